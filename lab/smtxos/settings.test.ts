import { expect, test } from "vitest";
import { startLab } from "../lab";
import { ask, labPlan, sessionOf, standing, VIP, withLab } from "../lab.fixture";
import { operations } from "../router";
import { unauthorised } from "./session";

const EXTERNAL = { ntp_mode: "external", ntp_servers: ["10.0.0.2", "ntp.c89.fun"] };
const DNS = { dns_servers: ["10.0.0.114", "10.0.0.1"] };

test.each([
  ["dns", { dns_servers: ["127.0.0.1"] }, DNS],
  ["ntp", { ntp_mode: "internal", ntp_servers: [] }, EXTERNAL],
] as const)("%s is set once its job has ended, and stays so over a restart", async (what, factory, wanted) => {
  await withLab({ speed: 0 }, async (lab, dir) => {
    const session = await standing(lab);
    const path = `/settings/${what}`;
    const reply = await session.call("PUT", path, wanted);
    expect(reply.body).toEqual({ ec: "EOK", error: {}, data: { job_id: expect.any(String) } });
    expect(await session.data("GET", path)).toEqual(factory);
    lab.site.pass(1);
    expect(await session.job(reply.body.data?.["job_id"] as string)).toBe("done");
    expect(await session.data("GET", path)).toEqual(wanted);
    await lab.stop();
    const again = await startLab({ plan: labPlan(), dir, speed: 0 });
    try {
      expect(await sessionOf(again, session.token).data("GET", path)).toEqual(wanted);
    } finally {
      await again.stop();
    }
  });
});

test.each([
  ["dns", { dns_servers: ["dns.example.org"] }],
  ["dns", { dns_servers: "10.0.0.1" }],
  ["ntp", { ntp_mode: "EXTERNAL", ntp_servers: ["10.0.0.2"] }],
  ["ntp", { ntp_mode: "external", ntp_servers: [] }],
  ["ntp", { ntp_mode: "external", ntp_servers: ["a name"] }],
  ["ntp", { ntp_mode: "internal", ntp_servers: ["10.0.0.2"] }],
])("%s is not set to %j", async (what, body) => {
  await withLab({}, async (lab) => {
    const session = await standing(lab);
    expect(await session.call("PUT", `/settings/${what}`, body)).toMatchObject({ status: 200, body: { ec: "EINVAL" } });
  });
});

test("time comes from inside again", async () => {
  await withLab({}, async (lab) => {
    const session = await standing(lab);
    await session.data("PUT", "/settings/ntp", EXTERNAL);
    await session.data("PUT", "/settings/ntp", { ntp_mode: "internal", ntp_servers: null });
    expect(await session.data("GET", "/settings/ntp")).toEqual({ ntp_mode: "internal", ntp_servers: [] });
  });
});

test("a setting whose job fails stays as it was", async () => {
  await withLab({ faults: [{ operation: "setDns", job: { fails: "no quorum" } }] }, async (lab) => {
    const session = await standing(lab);
    const { job_id } = await session.data<{ job_id: string }>("PUT", "/settings/dns", DNS);
    expect(await session.data("GET", `/jobs/${job_id}`)).toMatchObject({
      job: { state: "failed", resources: {}, error: { msg: "no quorum" } },
    });
    expect(await session.data("GET", "/settings/dns")).toEqual({ dns_servers: ["127.0.0.1"] });
  });
});

test.each([404, 405] as const)("with readDns, readNtp and readIpmi %i none of them can be read", async (status) => {
  const switches = { readDns: status, readNtp: status, readIpmi: status };
  await withLab({ switches }, async (lab) => {
    const session = await standing(lab);
    for (const path of ["/settings/dns", "/settings/ntp", "/ipmi/upsert_accounts"])
      expect((await session.call("GET", path)).status).toBe(status);
  });
});

test("with setVipAnswers job the VIP is served once the job has ended", async () => {
  await withLab({ speed: 0, switches: { setVipAnswers: "job" } }, async (lab) => {
    const session = await standing(lab);
    const put = { management_vip: VIP, iscsi_vip: null };
    const { job_id } = await session.data<{ job_id: string }>("PUT", "/settings/vip", put);
    expect(await session.data("GET", "/settings/vip")).toEqual({ management_vip: null, iscsi_vip: null });
    lab.site.pass(1);
    expect(await session.job(job_id)).toBe("done");
    expect((await ask(lab, "GET", "/api/v2/settings/vip", { at: VIP, token: session.token })).body.data).toEqual(put);
  });
});

test("what somebody sets by hand is what is read", async () => {
  await withLab({}, async (lab) => {
    const session = await standing(lab);
    lab.smtxos.changeSettings({ dns: ["10.9.9.9"], ntp: { mode: "external", servers: ["a"] }, cpuModel: "Opteron" });
    expect(await session.data("GET", "/settings/dns")).toEqual({ dns_servers: ["10.9.9.9"] });
    expect(await session.data("GET", "/settings/ntp")).toEqual({ ntp_mode: "external", ntp_servers: ["a"] });
    expect(await session.data("GET", "/elf/cluster_cpu_compatibility")).toEqual({ cpu_model: "Opteron" });
  });
});

test("the CPU model is one of those recommended", async () => {
  await withLab({}, async (lab) => {
    const session = await standing(lab);
    const path = "/elf/cluster_cpu_compatibility";
    expect(await session.data("GET", "/elf/cluster_recommended_cpu_models")).toEqual({ cpu_models: ["EPYC"] });
    expect(await session.data("GET", path)).toEqual({ cpu_model: null });
    expect((await session.call("PUT", path, { cpu_model: "Nehalem" })).body.ec).toBe("EINVAL");
    await session.data("PUT", path, { cpu_model: "EPYC" });
    expect(await session.data("GET", path)).toEqual({ cpu_model: "EPYC" });
  });
});

test("one storage policy is there, default, and it stays the same", async () => {
  await withLab({}, async (lab) => {
    const session = await standing(lab);
    const policies = await session.data<{ uuid: string }[]>("GET", "/storage_policies");
    expect(policies).toMatchObject([
      { name: "default", replica_num: 2, thin_provision: true, whitelist: "10.0.21.101,10.0.21.102,10.0.21.103" },
    ]);
    expect(await session.data("GET", "/storage_policies")).toEqual(policies);
  });
});

test("no call of fisheye is answered without a session, or once it has expired", async () => {
  const within = operations.filter(({ switches, system }) => system === "fisheye" && switches?.includes(unauthorised));
  expect(within.length).toBeGreaterThan(20);
  await withLab({ speed: 0 }, async (lab) => {
    const { token } = await standing(lab);
    lab.site.pass(7 * 24 * 60);
    for (const { method, path } of within)
      expect([path, (await ask(lab, method, path, { token })).status]).toEqual([path, 401]);
    expect(lab.requests().filter(({ write, committed }) => write && committed)).toHaveLength(2);
  });
});
