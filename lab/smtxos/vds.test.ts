import { expect, test } from "vitest";
import type { FaultRule } from "../faults";
import { type Lab, startLab } from "../lab";
import { labPlan, type Session, sessionOf, standing, vdsRequest, withLab } from "../lab.fixture";

const PORTS = ["ens162", "ens194"];
const MINUTE = 1;

interface Vds {
  uuid: string;
  name: string;
  bond_mode: string;
  hosts_associated: { host_uuid: string; nics_associated: string[]; data_ip: string }[];
  vlans_count: number;
  [key: string]: unknown;
}

const list = (session: Session) => session.data<Vds[]>("GET", "/network/vds");
const named = async (session: Session, name: string) => (await list(session)).find((vds) => vds.name === name);
const request = (lab: Lab, name = "vDS-Production", nics = PORTS) => vdsRequest(lab, name, nics, "active-backup");

async function create(session: Session, body: unknown): Promise<string> {
  return (await session.data<{ job_id: string }>("POST", "/network/vds", body)).job_id;
}

test("the deployment's two switches stand in the list, which is data itself", async () => {
  await withLab({}, async (lab) => {
    const session = await standing(lab);
    const [management, storage, ...more] = await list(session);
    expect(more).toEqual([]);
    expect(management).toEqual({
      uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      bond_mode: "active-backup",
      bond_name: `bond-m-${management?.uuid.slice(0, 8)}`,
      bond_type: "ovs_bond",
      description: "",
      name: "VDS-MGT",
      ovsbr_name: expect.stringMatching(/^ovsbr-[0-9a-f]{9}$/),
      qos_enable: false,
      rb_interval: "",
      type: 1,
      work_mode: "single",
      hosts_associated: request(lab, "", ["ens224", "ens192"]).hosts_associated,
      vlans_count: 2,
    });
    expect(storage).toMatchObject({ name: "VDS-SDS", vlans_count: 1 });
    expect((await session.data<Vds>("GET", `/network/vds/${storage?.uuid}`)).name).toBe("VDS-SDS");
  });
});

test("a switch is made by a job that tells its uuid while pending, and shows its hosts a while after it", async () => {
  await withLab({ speed: 0 }, async (lab) => {
    const session = await standing(lab);
    const id = await create(session, request(lab));
    const { job } = await session.data<{ job: Record<string, unknown> }>("GET", `/jobs/${id}`);
    const [uuid] = Object.keys(job["resources"] as object);
    expect(job).toMatchObject({
      job_id: id,
      state: "pending",
      life_cycle: "run",
      description: "NETWORK_CREATE_VDS",
      resources: {
        [uuid as string]: { uuid, type: "NETWORK_VDS", name: "vDS-Production", bond_mode: "active-backup" },
      },
      event: { event_name: "CREATE_VDS", data: { name: "vDS-Production", uuid } },
    });
    const seen: [string, number][] = [];
    for (const seconds of [0, 10, 30, 15]) {
      lab.site.pass((seconds * MINUTE) / 60);
      seen.push([await session.job(id), (await named(session, "vDS-Production"))?.hosts_associated.length ?? -1]);
    }
    expect(seen).toEqual([
      ["pending", 0],
      ["processing", 0],
      ["done", 0],
      ["done", 3],
    ]);
    const stands = await session.data<Vds>("GET", `/network/vds/${uuid}`);
    expect(stands.hosts_associated).toEqual(request(lab).hosts_associated);
  });
});

test("at speed instant the job is done and the switch right at the first look", async () => {
  await withLab({}, async (lab) => {
    const session = await standing(lab);
    expect(await session.job(await create(session, request(lab)))).toBe("done");
    expect((await named(session, "vDS-Production"))?.hosts_associated).toHaveLength(3);
  });
});

test.each<[string, (lab: Lab) => object, string, RegExp]>([
  ["an unknown host", (lab) => withHost(lab, { host_uuid: "nobody" }), "EINVAL", /host nobody is not in the cluster/],
  ["an unknown port", (lab) => request(lab, "new", ["ens999"]), "EINVAL", /no port ens999/],
  ["a port twice", (lab) => request(lab, "new", ["ens162", "ens162"]), "EINVAL", /twice/],
  ["a wrong data_ip", (lab) => withHost(lab, { data_ip: "10.0.21.9" }), "EINVAL", /10\.0\.21\.9 is not the storage/],
  ["a port of another switch", (lab) => request(lab, "new", ["ens162", "ens224"]), "EINUSE", /ens224 .* VDS-MGT/],
  ["a name that is there", (lab) => request(lab, "VDS-SDS"), "EEXIST", /VDS-SDS/],
  [
    "an unknown bond mode",
    (lab) => vdsRequest(lab, "new", PORTS, "ACTIVE_BACKUP"),
    "EINVAL",
    /bond_mode: ACTIVE_BACKUP/,
  ],
  ["no bond mode for two ports", (lab) => vdsRequest(lab, "new", PORTS), "EINVAL", /bond_mode: none/],
  ["no hosts", (lab) => ({ ...request(lab), hosts_associated: [] }), "EINVAL", /hosts_associated/],
])("a switch with %s is refused with its ec at HTTP 200", async (_what, body, ec, msg) => {
  await withLab({}, async (lab) => {
    const session = await standing(lab);
    const reply = await session.call("POST", "/network/vds", body(lab));
    expect(reply).toMatchObject({ status: 200, body: { ec, error: { msg: expect.stringMatching(msg) } } });
    expect(await list(session)).toHaveLength(2);
    expect(lab.requests().findLast(({ operation }) => operation === "createVds")?.committed).toBe(false);
  });
});

function withHost(lab: Lab, change: object) {
  const { hosts_associated, ...rest } = request(lab);
  return { ...rest, hosts_associated: hosts_associated.map((host, at) => (at === 0 ? { ...host, ...change } : host)) };
}

test("a single port needs no bond mode", async () => {
  await withLab({}, async (lab) => {
    const session = await standing(lab);
    await create(session, vdsRequest(lab, "one", ["ens162"]));
    expect((await named(session, "one"))?.bond_mode).toBe("");
  });
});

test.each([
  ["either", ["EOK", "EOK"]],
  ["lacp", ["EOK", "EINVAL"]],
  ["balance-tcp", ["EINVAL", "EOK"]],
] as const)("with vdsBondMode %s lacp and balance-tcp are answered %s", async (vdsBondMode, expected) => {
  await withLab({ switches: { vdsBondMode } }, async (lab) => {
    const session = await standing(lab);
    const ecs: unknown[] = [];
    for (const [mode, nic] of [
      ["lacp", "ens162"],
      ["balance-tcp", "ens194"],
    ] as const)
      ecs.push((await session.call("POST", "/network/vds", vdsRequest(lab, mode, [nic], mode))).body.ec);
    expect(ecs).toEqual(expected);
  });
});

test.each<[FaultRule["job"], string, string | undefined]>([
  ["fails", "failed", "the lab was told to let it fail"],
  [{ fails: "no carrier on ens162" }, "failed", "no carrier on ens162"],
  ["stuck", "processing", undefined],
])("by a fault a job %j ends as %s", async (fault, state, words) => {
  await withLab({}, async (lab) => {
    const session = await standing(lab);
    await lab.setFaults([{ operation: "createVds", job: fault as "fails", count: 1 }]);
    const id = await create(session, request(lab));
    lab.site.pass(1_000);
    const { job } = await session.data<{ job: { state: string; error?: { msg: string } } }>("GET", `/jobs/${id}`);
    expect([job.state, job.error?.msg]).toEqual([state, words]);
    const left = await named(session, "vDS-Production");
    expect(left?.hosts_associated).toEqual(state === "failed" ? undefined : []);
    const again = await session.call("POST", "/network/vds", request(lab));
    expect(again.body.ec).toBe(state === "failed" ? "EOK" : "EEXIST");
  });
});

test("with failedVds left a failed job leaves a switch without hosts; with failedJobSays nothing it does not say why", async () => {
  await withLab({ switches: { failedVds: "left", failedJobSays: "nothing" } }, async (lab) => {
    const session = await standing(lab);
    await lab.setFaults([{ operation: "createVds", job: "fails" }]);
    const id = await create(session, request(lab));
    const { job } = await session.data<{ job: object }>("GET", `/jobs/${id}`);
    expect(job).toMatchObject({ state: "failed" });
    expect(job).not.toHaveProperty("error");
    expect(await named(session, "vDS-Production")).toMatchObject({ hosts_associated: [], vlans_count: 0 });
  });
});

test.each([
  ["accepted", true],
  ["done", false],
] as const)("with vdsListed %s the list shows a switch while its job is pending: %s", async (vdsListed, shown) => {
  await withLab({ speed: 0, switches: { vdsListed } }, async (lab) => {
    const session = await standing(lab);
    await create(session, request(lab));
    expect((await named(session, "vDS-Production")) !== undefined).toBe(shown);
    expect((await session.call("POST", "/network/vds", request(lab))).body.ec).toBe("EEXIST");
    lab.site.pass(1);
    expect((await named(session, "vDS-Production")) !== undefined).toBe(true);
  });
});

test("with hostsShown off no switch ever shows hosts, and its ports are taken all the same", async () => {
  await withLab({ switches: { hostsShown: false } }, async (lab) => {
    const session = await standing(lab);
    await create(session, request(lab));
    expect((await list(session)).map((vds) => vds.hosts_associated)).toEqual([[], [], []]);
    expect((await session.call("POST", "/network/vds", request(lab, "other"))).body.ec).toBe("EINUSE");
  });
});

test("a switch's ports are changed by a job, and what is left out stays", async () => {
  await withLab({ speed: 0 }, async (lab) => {
    const session = await standing(lab);
    const { uuid } = (await named(session, "VDS-SDS")) as Vds;
    const { hosts_associated } = request(lab, "", ["ens256", "ens162"]);
    const change = { hosts_associated };
    const { job_id } = await session.data<{ job_id: string }>("PUT", `/network/vds/${uuid}`, change);
    expect((await session.call("PUT", `/network/vds/${uuid}`, change)).body.ec).toBe("EBUSY");
    expect((await named(session, "VDS-SDS"))?.hosts_associated[0]?.nics_associated).toEqual(["ens256", "ens161"]);
    lab.site.pass(1);
    expect(await session.job(job_id)).toBe("done");
    expect(await named(session, "VDS-SDS")).toMatchObject({ uuid, bond_mode: "active-backup", hosts_associated });
    const taken = { hosts_associated: request(lab, "", ["ens224"]).hosts_associated };
    expect((await session.call("PUT", `/network/vds/${uuid}`, taken)).body.ec).toBe("EINUSE");
    expect((await session.call("PUT", `/network/vds/${uuid}`, { name: "VDS-MGT" })).body.ec).toBe("EEXIST");
  });
});

test("a switch without networks is deleted by a job, one with networks is not", async () => {
  await withLab({}, async (lab) => {
    const session = await standing(lab);
    await create(session, request(lab));
    const { uuid } = (await named(session, "vDS-Production")) as Vds;
    const vlan = { name: "VLAN-1120", vlan_id: 1120, vds_uuid: uuid };
    const made = await session.data<{ uuid: string }>("POST", `/network/vds/${uuid}/vlans`, vlan);
    expect(await session.call("DELETE", `/network/vds/${uuid}`)).toMatchObject({
      status: 200,
      body: { ec: "EINUSE", error: { msg: "on VDS vDS-Production are VLAN-1120" } },
    });
    await session.data("DELETE", `/network/vds/${uuid}/vlans/${made.uuid}`);
    const { job_id } = await session.data<{ job_id: string }>("DELETE", `/network/vds/${uuid}`);
    expect(await session.job(job_id)).toBe("done");
    expect(await named(session, "vDS-Production")).toBeUndefined();
    const management = (await named(session, "VDS-MGT")) as Vds;
    expect((await session.call("DELETE", `/network/vds/${management.uuid}`)).body.ec).toBe("EINUSE");
  });
});

test.each([404, 405] as const)("with changeVds %i a switch cannot be changed or deleted", async (changeVds) => {
  await withLab({ switches: { changeVds } }, async (lab) => {
    const session = await standing(lab);
    const { uuid } = (await named(session, "VDS-SDS")) as Vds;
    expect((await session.call("PUT", `/network/vds/${uuid}`, { name: "new" })).status).toBe(changeVds);
    expect((await session.call("DELETE", `/network/vds/${uuid}`)).status).toBe(changeVds);
    expect(await list(session)).toHaveLength(2);
  });
});

test.each([200, 404] as const)(
  "with missingObject %i a switch or job that is not there is answered so",
  async (...row) => {
    const [missingObject] = row;
    await withLab({ switches: { missingObject } }, async (lab) => {
      const session = await standing(lab);
      for (const [method, path] of [
        ["GET", "/jobs/none"],
        ["GET", "/network/vds/none"],
        ["PUT", "/network/vds/none"],
        ["DELETE", "/network/vds/none"],
        ["GET", "/network/vds/none/vlans"],
      ] as const)
        expect(await session.call(method, path)).toMatchObject({ status: missingObject, body: { ec: "ENOTFOUND" } });
    });
  },
);

test("a lost update answers with a job that nobody knows, and nobody's job has that id later", async () => {
  await withLab({}, async (lab) => {
    const session = await standing(lab);
    await lab.setFaults([{ operation: "createVds", lostUpdate: true, count: 1 }]);
    const lost = await create(session, request(lab));
    const kept = await create(session, request(lab));
    expect(lost).not.toBe(kept);
    expect((await session.call("GET", `/jobs/${lost}`)).body.ec).toBe("ENOTFOUND");
    expect(await session.job(kept)).toBe("done");
  });
});

test("jobs and switches outlive a restart, and a job goes on", async () => {
  await withLab({ speed: 0 }, async (first, dir) => {
    const { token, ...session } = await standing(first);
    const id = await create({ token, ...session }, request(first));
    first.site.pass(0.2);
    expect(await session.job(id)).toBe("processing");
    await first.stop();
    const second = await startLab({ plan: labPlan(), dir, speed: 0 });
    try {
      const again = sessionOf(second, token);
      expect(await again.job(id)).toBe("processing");
      second.site.pass(2);
      expect(await again.job(id)).toBe("done");
      expect((await named(again, "vDS-Production"))?.hosts_associated).toHaveLength(3);
    } finally {
      await second.stop();
    }
  });
});

test("ids are the same for the same seed, in whatever order switches are made", async () => {
  const made = async (seed: string, names: string[]) => {
    let ids: unknown;
    await withLab({ seed }, async (lab) => {
      const session = await standing(lab);
      const jobs: [string, string][] = [];
      for (const name of names) jobs.push([name, await create(session, vdsRequest(lab, name, [name]))]);
      const vdses = (await list(session)).map(({ name, uuid }) => [name, uuid]);
      ids = Object.fromEntries([...vdses, ...jobs.map(([name, id]) => [`job of ${name}`, id])]);
    });
    return ids;
  };
  const first = await made("a", ["ens162", "ens194"]);
  expect(Object.keys(first as object)).toHaveLength(6);
  expect(await made("a", ["ens194", "ens162"])).toEqual(first);
  expect(await made("b", ["ens162", "ens194"])).not.toEqual(first);
});

test("a switch that is made again has another id", async () => {
  await withLab({}, async (lab) => {
    const session = await standing(lab);
    const uuids = new Set<string>();
    for (let time = 0; time < 3; time++) {
      await create(session, request(lab));
      const { uuid } = (await named(session, "vDS-Production")) as Vds;
      uuids.add(uuid);
      await session.data("DELETE", `/network/vds/${uuid}`);
    }
    expect(uuids.size).toBe(3);
  });
});
