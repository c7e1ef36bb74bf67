import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startLab } from "./lab";
import { ask, deploy, FIRST, labPlan, logIn, SECOND, scan, VIP, withLab } from "./lab.fixture";

const ON_ITS_WAY = "SUCCEEDED: A new cluster deploying task is on its way now.";

test.each([1_000, "instant"] as const)(
  "at speed %s a site goes from factory hosts to a cluster with a VIP",
  async (speed) => {
    await withLab({ speed }, async (lab) => {
      const factory = await scan(lab, FIRST);
      expect(factory).toMatchObject({ host_ip: FIRST, hostname: "localhost.localdomain" });
      expect((await ask(lab, "GET", "/api/v2/deployment/deploy_verify")).body.data).toEqual({
        is_deployed: false,
        platform: "kvm",
      });
      expect((await ask(lab, "POST", "/api/v3/sessions", { body: {} })).status).toBe(503);

      expect((await deploy(lab)).body).toEqual({ data: { msg: ON_ITS_WAY }, ec: "EOK", error: {} });
      await expect
        .poll(
          async () => {
            const reply = await ask(lab, "GET", "/api/v2/deployment/deploy_verify").catch(() => undefined);
            return reply?.body.data?.["is_deployed"];
          },
          { timeout: 20_000 },
        )
        .toBe(true);

      const deployed = await scan(lab, SECOND);
      expect(deployed.hostname).toBe("node-02");
      expect(deployed.ifaces).toContainEqual(expect.objectContaining({ name: "port-mgt", ipv4: SECOND }));
      expect(deployed.ifaces).toContainEqual(expect.objectContaining({ name: "port-storage", ipv4: "10.0.21.102" }));

      const token = await logIn(lab);
      const licence = await ask(lab, "GET", "/api/v2/tools/license", { token });
      expect(licence.body.data?.["serial"]).toMatch(/^[0-9a-f-]{36}$/);

      await expect(ask(lab, "GET", "/api/v2/settings/vip", { at: VIP, token })).rejects.toThrow(/ECONNREFUSED/);
      const put = { management_vip: VIP, iscsi_vip: null };
      expect((await ask(lab, "PUT", "/api/v2/settings/vip", { token, body: put })).body.ec).toBe("EOK");
      expect((await ask(lab, "GET", "/api/v2/settings/vip", { at: VIP, token })).body.data).toEqual(put);
      expect((await ask(lab, "GET", "/api/v2/tools/license", { at: VIP, port: 443, token })).status).toBe(200);
      expect((await ask(lab, "DELETE", "/api/v3/sessions", { token })).status).toBe(200);
      expect((await ask(lab, "GET", "/api/v2/tools/license", { token })).status).toBe(401);
    });
  },
);

test.each([4, 5, 16])("a site of %i hosts is deployed whole", async (hosts) => {
  const plan = labPlan(hosts);
  await withLab({ plan }, async (lab) => {
    expect((await deploy(lab, plan)).body.ec).toBe("EOK");
    for (const host of plan.hosts) expect((await scan(lab, host.management)).hostname).toBe(host.name);
    expect(lab.site.model.cluster?.masters).toHaveLength(hosts < 5 ? 3 : 5);
    expect(new Set(lab.site.model.hosts.map(({ uuid }) => uuid)).size).toBe(hosts);
  });
});

test("the stages of a deployment follow each other, and hosts are cut off in two of them", async () => {
  await withLab({ speed: 0 }, async (lab) => {
    await deploy(lab);
    const status = () => ask(lab, "GET", `/api/v2/deployment/host/deploy_status?host_ip=${FIRST}`);
    const seen: unknown[] = [];
    for (const minutes of [0, 3, 2, 5, 7, 2]) {
      lab.site.pass(minutes);
      const reply = await status().catch((error: NodeJS.ErrnoException) => error.code);
      seen.push(typeof reply === "object" ? reply.body.data?.["current_stage"] : reply);
      if (typeof reply === "object") expect(reply.body.data?.["state"]).toBe("running");
    }
    expect(seen).toEqual([1, "ECONNRESET", 3, 4, "ECONNRESET", 6]);
    lab.site.pass(10);
    expect((await status()).body.ec).toBe("ENOTFOUND");
    expect((await ask(lab, "GET", "/api/v2/deployment/deploy_verify")).body.data?.["is_deployed"]).toBe(true);
  });
});

test("deploy_status knows a host by the host_ip that was sent, and a second deployment is refused meanwhile", async () => {
  await withLab({ speed: 0 }, async (lab) => {
    await deploy(lab);
    const asked = (ip: string) => ask(lab, "GET", `/api/v2/deployment/host/deploy_status?host_ip=${ip}`);
    expect((await asked(SECOND)).body.data).toMatchObject({
      current_stage: 1,
      stage_info: "prepare_network_and_config_file",
      state: "running",
    });
    expect((await asked("10.0.21.101")).body.ec).toBe("ENOTFOUND");
    expect((await deploy(lab)).body.ec).toBe("EDEPLOYING");
    expect(lab.requests().filter((each) => each.operation === "deployCluster" && each.committed)).toHaveLength(1);
  });
});

test("a deployment that fails leaves hosts that are not deployed and take no second one", async () => {
  await withLab({}, async (lab) => {
    lab.smtxos.nextDeployment = "fails";
    await deploy(lab);
    expect((await ask(lab, "GET", "/api/v2/deployment/deploy_verify")).body.data?.["is_deployed"]).toBe(false);
    expect((await deploy(lab)).body).toMatchObject({ ec: "EINVAL", error: { msg: expect.stringContaining(FIRST) } });
    for (const host of labPlan().hosts) lab.smtxos.reinstall(host.management);
    lab.smtxos.nextDeployment = "well";
    expect((await deploy(lab)).body.ec).toBe("EOK");
  });
});

test("a deployment that never ends stays running", async () => {
  await withLab({ speed: 0 }, async (lab) => {
    lab.smtxos.nextDeployment = "never-ends";
    await deploy(lab);
    lab.site.pass(10_000);
    const status = await ask(lab, "GET", `/api/v2/deployment/host/deploy_status?host_ip=${FIRST}`);
    expect(status.body.data?.["state"]).toBe("running");
  });
});

test("started again on its folder it is the same site on the same ports, and a deployment goes on", async () => {
  await withLab({ speed: 0, seed: "one" }, async (first, dir) => {
    const before = await scan(first, FIRST);
    await deploy(first);
    first.site.pass(5);
    await first.stop();

    const second = await startLab({ plan: labPlan(), dir, speed: 0, seed: "another" });
    try {
      expect(second.reach.endpoints).toEqual(first.reach.endpoints);
      expect(second.reach.ca).toBe(first.reach.ca);
      expect((await scan(second, FIRST)).host_uuid).toBe(before.host_uuid);
      const status = await ask(second, "GET", `/api/v2/deployment/host/deploy_status?host_ip=${FIRST}`);
      expect(status.body.data?.["current_stage"]).toBe(3);
      second.site.pass(20);
      const token = await logIn(second);
      await ask(second, "PUT", "/api/v2/settings/vip", { token, body: { management_vip: VIP, iscsi_vip: null } });
      await second.stop();

      const third = await startLab({ plan: labPlan(), dir, speed: 0 });
      const licence = await ask(third, "GET", "/api/v2/tools/license", { at: VIP, port: 443, token });
      await third.stop();
      expect(licence.status).toBe(200);
    } finally {
      await second.stop();
    }
  });
});

test("a host that the plan has gained since stands there fresh from the factory", async () => {
  await withLab({}, async (first, dir) => {
    await deploy(first);
    await first.stop();
    const second = await startLab({ plan: labPlan(4), dir, speed: "instant" });
    try {
      expect((await scan(second, FIRST)).hostname).toBe("node-01");
      expect((await scan(second, "10.0.20.104")).hostname).toBe("localhost.localdomain");
    } finally {
      await second.stop();
    }
  });
});

test("the same seed gives the same ids, another one others", async () => {
  const uuids: string[] = [];
  for (const seed of ["a", "a", "b"])
    await withLab({ seed }, async (lab) => void uuids.push((await scan(lab, FIRST)).host_uuid));
  expect(uuids[1]).toBe(uuids[0]);
  expect(uuids[2]).not.toBe(uuids[0]);
});

test("a second lab on the same folder is refused and the first one lives on", async () => {
  await withLab({}, async (lab, dir) => {
    await expect(startLab({ plan: labPlan(), dir })).rejects.toThrow(`a lab runs on ${dir} already`);
    expect((await scan(lab, FIRST)).host_ip).toBe(FIRST);
  });
});

test("a lab that is stopped twice leaves alone the one that has its folder since", async () => {
  await withLab({}, async (first, dir) => {
    await first.stop();
    const second = await startLab({ plan: labPlan(), dir });
    try {
      await first.stop();
      await expect(startLab({ plan: labPlan(), dir })).rejects.toThrow(`a lab runs on ${dir} already`);
    } finally {
      await second.stop();
    }
  });
});

test("a site that is changed after its lab has stopped opens nothing again", async () => {
  await withLab({}, async (lab) => {
    await lab.stop();
    lab.smtxos.renameHost(FIRST, "node-99");
    await lab.site.settled;
    await expect(scan(lab, FIRST)).rejects.toThrow(/ECONNREFUSED/);
  });
});

test("the record says when each request came and keeps the newest", async () => {
  const begun = Date.now();
  await withLab({ recordLimit: 4 }, async (lab) => {
    for (let call = 0; call < 5; call++) await scan(lab, FIRST);
    const kept = lab.requests();
    expect(kept.map(({ n }) => n)).toEqual([4, 5]);
    expect(kept[0]?.at).toBeGreaterThanOrEqual(begun - 1);
    expect(kept[1]?.at).toBeGreaterThanOrEqual(kept[0]?.at ?? Number.NaN);
  });
});

test("a port that is taken is named, and nothing is left listening", async () => {
  await withLab({}, async (first, dir) => {
    const { endpoints } = first.reach;
    await first.stop();
    await withLab({}, async (other) => {
      const state = join(dir, "state.json");
      const model = JSON.parse(readFileSync(state, "utf8"));
      model.ports[`${SECOND}:80`] = Number(other.reach.endpoints[`${FIRST}:80`]?.split(":")[1]);
      writeFileSync(state, JSON.stringify(model));
      await expect(startLab({ plan: labPlan(), dir })).rejects.toThrow(/cannot serve 10\.0\.20\.102:80: .* is in use/);
    });
    expect(Object.keys(endpoints)).toHaveLength(12);
    await expect(scan(first, FIRST)).rejects.toThrow(/ECONNREFUSED/);
  });
});

test("what the lab does not have is answered with 501 and recorded as a write", async () => {
  await withLab({}, async (lab) => {
    const reply = await ask(lab, "POST", "/api/v2/volumes", { body: {} });
    expect(reply.status).toBe(501);
    expect(reply.body.message).toContain("POST /api/v2/volumes");
    expect((await ask(lab, "DELETE", "/api/v2/deployment/host")).status).toBe(501);
    expect(lab.requests()).toMatchObject([
      { method: "POST", operation: undefined, write: true, committed: false, status: 501 },
      { method: "DELETE", write: true, committed: false },
    ]);
  });
});

test("a wrong token is refused before and after the deployment", async () => {
  await withLab({ switches: { unauthorised: 403 } }, async (lab) => {
    const wrong = { token: "wrong" };
    expect((await ask(lab, "GET", "/api/v2/deployment/host", wrong)).status).toBe(403);
    await deploy(lab);
    expect((await ask(lab, "GET", "/api/v2/tools/license")).status).toBe(403);
    expect((await ask(lab, "PUT", "/api/v2/settings/vip", { ...wrong, body: {} })).status).toBe(403);
  });
  await withLab({}, async (lab) => {
    expect((await ask(lab, "GET", "/api/v2/deployment/host", { token: "wrong" })).status).toBe(401);
  });
});

test("root is set up once; a session ends after seven days of the site's time", async () => {
  await withLab({ speed: 0 }, async (lab) => {
    await deploy(lab);
    lab.site.pass(30);
    const token = await logIn(lab, "first");
    const again = { username: "root", password: "second", repeat: "second", encrypted: false };
    expect((await ask(lab, "POST", "/api/v3/users:setupRoot", { body: again })).status).toBe(400);
    expect((await ask(lab, "POST", "/api/v3/sessions", { body: again })).status).toBe(401);
    lab.site.pass(7 * 24 * 60 - 1);
    expect((await ask(lab, "GET", "/api/v2/tools/license", { token })).status).toBe(200);
    lab.site.pass(1);
    expect((await ask(lab, "GET", "/api/v2/tools/license", { token })).status).toBe(401);
  });
});

test("calls under /api/v3 take a session in Grpc-Metadata-Token too, those under /api/v2 do not", async () => {
  await withLab({}, async (lab) => {
    await deploy(lab);
    const asked = { token: "", headers: { "Grpc-Metadata-Token": await logIn(lab) } };
    expect((await ask(lab, "GET", "/api/v2/tools/license", asked)).status).toBe(401);
    expect((await ask(lab, "DELETE", "/api/v3/sessions", asked)).status).toBe(200);
    expect((await ask(lab, "DELETE", "/api/v3/sessions", asked)).status).toBe(401);
    expect(JSON.stringify(lab.requests().map(({ headers }) => headers))).not.toContain(
      asked.headers["Grpc-Metadata-Token"],
    );
  });
});

test.each([404, 405] as const)("with readVip %i the VIP cannot be read", async (readVip) => {
  await withLab({ switches: { readVip } }, async (lab) => {
    await deploy(lab);
    const token = await logIn(lab);
    expect((await ask(lab, "GET", "/api/v2/settings/vip", { token })).status).toBe(readVip);
  });
});

test.each([
  ["either", 200, 200],
  ["fixed", 200, 401],
  ["session", 401, 200],
] as const)("a deployed host with deploymentToken %s answers the fixed token %i and a session %i", async (...row) => {
  const [deploymentToken, fixed, session] = row;
  await withLab({ switches: { deploymentToken } }, async (lab) => {
    // Before, no host knows a session.
    expect((await ask(lab, "GET", "/api/v2/deployment/host")).status).toBe(200);
    await deploy(lab);
    lab.site.advance();
    const verify = async (token?: string) =>
      (await ask(lab, "GET", "/api/v2/deployment/deploy_verify", token === undefined ? {} : { token })).status;
    expect([await verify(), await verify(await logIn(lab))]).toEqual([fixed, session]);
  });
});

test.each([
  ["error", { status: 200, ec: "ENOTFOUND", data: {} }],
  ["empty", { status: 200, ec: "EOK", data: {} }],
  [500, { status: 500, ec: "EINTERNAL", data: {} }],
] as const)(
  "with statusAfterwards %s that is what deploy_status says once the deployment has ended",
  async (...row) => {
    const [statusAfterwards, expected] = row;
    await withLab({ switches: { statusAfterwards } }, async (lab) => {
      await deploy(lab);
      lab.site.advance();
      const { status, body } = await ask(lab, "GET", `/api/v2/deployment/host/deploy_status?host_ip=${FIRST}`);
      expect({ status, ec: body.ec, data: body.data }).toEqual(expected);
    });
  },
);

test("with noError null an envelope without an error says null, one with an error names it", async () => {
  await withLab({ switches: { noError: "null" } }, async (lab) => {
    expect((await ask(lab, "GET", "/api/v2/deployment/host")).body.error).toBeNull();
    const refused = await ask(lab, "POST", "/api/v2/deployment/cluster", { body: {} });
    expect(refused.body).toMatchObject({ ec: "EINVAL", error: { msg: expect.stringContaining("platform") } });
  });
});

test("the VIP moves with what is set, and is gone when it is taken away", async () => {
  await withLab({}, async (lab) => {
    await deploy(lab);
    const token = await logIn(lab);
    await ask(lab, "PUT", "/api/v2/settings/vip", { token, body: { management_vip: VIP, iscsi_vip: null } });
    expect((await ask(lab, "GET", "/api/v2/settings/vip", { at: VIP, token })).status).toBe(200);
    await ask(lab, "PUT", "/api/v2/settings/vip", { token, body: { management_vip: null, iscsi_vip: null } });
    await expect(ask(lab, "GET", "/api/v2/settings/vip", { at: VIP, token })).rejects.toThrow(/ECONNREFUSED/);
    const wrong = await ask(lab, "PUT", "/api/v2/settings/vip", { token, body: { management_vip: "here" } });
    expect(wrong.body.ec).toBe("EINVAL");
    expect(lab.requests().at(-1)?.committed).toBe(false);
  });
});

test("https is served with a certificate of the lab's CA for the planned address", async () => {
  await withLab({}, async (lab) => {
    expect((await ask(lab, "GET", "/api/v2/deployment/host", { port: 443 })).status).toBe(200);
    const stranger = { ...lab, reach: { ...lab.reach, ca: "" } };
    await expect(ask(stranger, "GET", "/api/v2/deployment/host", { port: 443 })).rejects.toThrow(/certificate/);
    const astray = { ...lab.reach.endpoints, [`${SECOND}:443`]: lab.reach.endpoints[`${FIRST}:443`] as string };
    const moved = { ...lab, reach: { ...lab.reach, endpoints: astray } };
    await expect(ask(moved, "GET", "/api/v2/deployment/host", { at: SECOND, port: 443 })).rejects.toThrow(/altnames/);
    expect(readFileSync(lab.caFile, "utf8")).toBe(lab.reach.ca);
  });
});

test("the record masks secrets; raw bodies are there for tests alone", async () => {
  await withLab({}, async (lab) => {
    await deploy(lab);
    await logIn(lab, "Canary-Root-1");
    const shown = JSON.stringify(lab.requests().map(({ rawBody: _, ...rest }) => rest));
    for (const secret of ["Canary-Root-1", "c+G6KvJYsKyQyY4U", "e79b85fc18b7402fbcc0391fe8d7d24c"])
      expect(shown).not.toContain(secret);
    expect(JSON.stringify(lab.requests().map(({ rawBody }) => rawBody))).toContain("Canary-Root-1");
    expect(shown).toContain('"user":"smartx"');
  });
});
