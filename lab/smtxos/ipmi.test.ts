import { expect, test } from "vitest";
import { type SitePlan, sitePlanSchema } from "../../plan/site-plan";
import { startLab } from "../lab";
import { FIRST, labPlan, SECOND, sessionOf, standing, withLab } from "../lab.fixture";

const PATH = "/ipmi/upsert_accounts";
const PASSWORD = "Canary-Ipmi-1";

interface Shown {
  host: string;
  is_valid: boolean;
}

/** Of three hosts: the last one's controller may have any account. */
function plan(): SitePlan {
  const bare = labPlan();
  const hosts = bare.hosts.map((host, at) => ({
    ...host,
    bmc: { address: `10.0.1.${11 + at}`, ...(at < 2 ? { username: "root", password: PASSWORD } : {}) },
  }));
  return sitePlanSchema.parse({ ...bare, hosts });
}

function accounts(uuids: string[], change: object = {}) {
  return {
    accounts: uuids.map((node_uuid, at) => ({
      node_uuid,
      node_name: `node-0${at + 1}`,
      host: `10.0.1.${11 + at}`,
      user: "root",
      password: PASSWORD,
      ...change,
    })),
  };
}

const hostsOf = (shown: Shown[]) => shown.map(({ host }) => host);

test("accounts that the controllers take are kept, over a restart too, and never shown with a password", async () => {
  await withLab({ plan: plan(), switches: { readIpmi: 200 } }, async (lab, dir) => {
    const session = await standing(lab, plan());
    const uuids = lab.site.model.hosts.map(({ uuid }) => uuid);
    const { success, failure } = await session.data<Record<string, Shown[]>>("POST", PATH, accounts(uuids));
    expect(failure).toEqual([]);
    expect(success?.[0]).toEqual({
      node_uuid: uuids[0],
      node_name: "node-01",
      host: "10.0.1.11",
      port: 623,
      user: "root",
      is_valid: true,
      interface: "lanplus",
    });
    await lab.stop();
    const again = await startLab({ plan: plan(), dir, speed: "instant", switches: { readIpmi: 200 } });
    try {
      expect(await sessionOf(again, session.token).data("GET", PATH)).toEqual(success);
      expect(again.site.model.cluster?.ipmi[uuids[0] ?? ""]?.password).toBe(PASSWORD);
    } finally {
      await again.stop();
    }
  });
});

test.each([
  ["a wrong password", { password: "other" }, ["10.0.1.13"]],
  ["a wrong user", { user: "admin" }, ["10.0.1.13"]],
  ["no password", { password: "" }, []],
  ["another address", { host: "10.0.9.9" }, []],
  ["an unknown host", { node_uuid: "nobody" }, []],
])("with %s an account stands among the failures of an EOK at HTTP 200", async (_what, change, right) => {
  await withLab({ plan: plan() }, async (lab) => {
    const session = await standing(lab, plan());
    const body = accounts(
      lab.site.model.hosts.map(({ uuid }) => uuid),
      change,
    );
    const reply = await session.call("POST", PATH, body);
    expect(reply).toMatchObject({ status: 200, body: { ec: "EOK" } });
    const { success = [], failure = [] } = reply.body.data as Record<string, Shown[]>;
    expect(hostsOf(success)).toEqual(right);
    expect(failure).toHaveLength(3 - right.length);
    expect(failure[0]).toMatchObject({ port: 623, is_valid: false, interface: null });
    expect(Object.keys(lab.site.model.cluster?.ipmi ?? {})).toHaveLength(right.length);
  });
});

test.each([
  ["all", []],
  [["10.0.1.12"], ["10.0.1.11", "10.0.1.13"]],
] as const)("by a fault the controllers %j refuse their accounts", async (refused, right) => {
  await withLab({ plan: plan() }, async (lab) => {
    const session = await standing(lab, plan());
    const ipmiRefused = refused === "all" ? refused : [...refused];
    await lab.setFaults([{ operation: "upsertIpmiAccounts", ipmiRefused, count: 1 }]);
    const body = accounts(lab.site.model.hosts.map(({ uuid }) => uuid));
    const send = async () => hostsOf((await session.data<{ success: Shown[] }>("POST", PATH, body)).success);
    expect(await send()).toEqual(right);
    expect(await send()).toHaveLength(3);
  });
});

test("a controller whose password was changed by hand takes the new one alone", async () => {
  await withLab({ plan: plan() }, async (lab) => {
    const session = await standing(lab, plan());
    lab.smtxos.setBmc(SECOND, { address: "10.0.1.12", user: "root", password: "new" });
    const uuids = lab.site.model.hosts.map(({ uuid }) => uuid);
    const send = async (change: object) =>
      hostsOf((await session.data<{ success: Shown[] }>("POST", PATH, accounts(uuids, change))).success);
    expect(await send({})).toEqual(["10.0.1.11", "10.0.1.13"]);
    expect(await send({ password: "new" })).toEqual(["10.0.1.12", "10.0.1.13"]);
    expect((await session.call("POST", PATH, { accounts: [] })).body.ec).toBe("EINVAL");
  });
});

test("a plan that names the controllers later is heard", async () => {
  await withLab({}, async (lab, dir) => {
    expect(lab.site.model.hosts[0]?.bmc).toBeUndefined();
    await lab.stop();
    const again = await startLab({ plan: plan(), dir, speed: "instant" });
    await again.stop();
    expect(again.site.model.hosts.find((host) => host.managementIp === FIRST)?.bmc).toEqual({
      address: "10.0.1.11",
      user: "root",
      password: PASSWORD,
    });
  });
});
