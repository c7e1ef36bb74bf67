import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FaultRule } from "../../lab/faults";
import type { LabCluster } from "../../lab/smtxos/cluster-model";
import type { SitePlan } from "../../plan/site-plan";
import { stageThreePlan } from "./plans";
import { createTestEngineSite, type TestEngineSite } from "./test-engine-site";

const UP = ["up", "--yes", "--skip-preview"];
const plan = stageThreePlan();
const business = plan.business as NonNullable<SitePlan["business"]>;
const name = "vDS-Prod-Network";

let site: TestEngineSite;
const cluster = () => site.lab.site.model.cluster as LabCluster;
const productive = () => cluster().vdses.filter((vds) => vds.name === name);
const machineVlans = () =>
  cluster()
    .vlans.filter(({ use, name: vlan }) => use === "vm" && vlan !== "default")
    .map(({ name: vlan, vlanId }) => `${vlan} ${vlanId}`)
    .sort();
const writes = () =>
  site.lab
    .requests()
    .filter(({ write }) => write)
    .map(({ operation }) => operation)
    .sort();

async function up(...more: string[]) {
  site.lab.clearRequests();
  const { code, output } = await site.pulumi(...UP, ...more);
  expect(code, output).toBe(0);
  return output;
}

async function failing(faults: FaultRule[], ...more: string[]) {
  site.lab.clearRequests();
  await site.lab.setFaults(faults);
  const { code, output } = await site.pulumi(...UP, ...more);
  await site.lab.setFaults([]);
  expect(code, output).not.toBe(0);
  expect(output).not.toMatch(/\n\s+at |Canary-/);
  return output;
}

/** A plan whose business switch has one port fewer, and whose first network has another name. */
function changedPlan(): SitePlan {
  const [first, ...rest] = business.networks;
  if (!first) throw new Error("no network");
  const vds = { name, nics: ["ens225"] };
  return { ...plan, business: { switch: vds, networks: [{ ...first, name: "Renamed" }, ...rest] } };
}

describe("a site that spells LACP its own way, shows no hosts, and leaves what failed", () => {
  beforeAll(async () => {
    site = await createTestEngineSite(plan, {
      switches: {
        vdsBondMode: "lacp",
        failedVds: "left",
        failedJobSays: "nothing",
        hostsShown: false,
        missingObject: 404,
        readIpmi: 200,
      },
    });
  });
  afterAll(() => site?.close());

  test("refuses the workbook's word, and the error names the setting for the other", async () => {
    const output = await failing([]);
    expect(output).toMatch(
      /make virtual switch vDS-Prod-Network on HCI-01: .* was refused with EINVAL: bond_mode: balance-tcp is none of .* — if it is about the bond mode, this site spells it otherwise: pulumi config set balanceTcpAs lacp, then up/,
    );
    expect(productive()).toEqual([]);
  });

  test("a creation that fails without a reason is told so, and what it leaves is named", async () => {
    site.writeSettings({ balanceTcpAs: "lacp" });
    const output = await failing([{ operation: "createVds", job: "fails" }]);
    expect(output).toMatch(
      /making virtual switch vDS-Prod-Network has failed: job [0-9a-f-]{36} gives no reason — look at the job in Fisheye's task list/,
    );
    expect(output).toMatch(
      /VirtualDistributedSwitch\/vDS-Prod-Network \(id [0-9a-f-]{36}\) is left of a creation that failed: the next up removes it and makes it anew/,
    );
    expect(productive()).toHaveLength(1);
  });

  test("the next up says at preview that it is replaced, and does so", async () => {
    const { output } = await site.pulumi("preview");
    expect(output).toMatch(/VirtualDistributedSwitch +business-switch +replace/);
    const told = await up();
    expect(writes()).toEqual(["createVds", "createVlan", "createVlan", "deleteVds"]);
    expect(productive().map(({ bondMode }) => bondMode)).toEqual(["lacp"]);
    expect(told).toMatch(
      /the site shows the hosts of no switch: whether vDS-Prod-Network has its ports cannot be seen/,
    );
    expect(await up("--refresh")).toMatch(/unchanged/);
    expect(writes()).toEqual([]);
  });

  test("settings that are read back in another shape count as not to be seen: neither as drift nor as an error", async () => {
    const other = { status: 200, body: { ec: "EOK", data: { other: 1 }, error: {} } };
    const reads = ["readDns", "readNtp", "readVip", "readIpmiAccounts"];
    const faults = reads.map((operation): FaultRule => ({ operation, answer: other }));
    await site.lab.setFaults(faults);
    const { code, output } = await site.pulumi("preview", "--refresh", "--expect-no-changes");
    expect(site.lab.faultsApplied().every((times) => times > 0)).toBe(true);
    await site.lab.setFaults([]);
    expect(code, output).toBe(0);
    for (const what of ["the DNS servers", "the time servers", "the VIPs", "the out-of-band accounts"])
      expect(output).toMatch(
        new RegExp(`the site does not let ${what} of HCI-01 be read back; drift there cannot be seen`),
      );
  });

  test("a change of ports is written though the site does not show them, and again when its job failed", async () => {
    await site.writePlan(changedPlan());
    expect(await failing([{ operation: "updateVds", job: { fails: "never said" } }])).toMatch(
      /changing virtual switch vDS-Prod-Network has failed: job [0-9a-f-]{36} gives no reason/,
    );
    await up();
    expect(writes()).toEqual(["updateVds", "updateVlan"]);
    expect(productive().flatMap(({ hosts }) => hosts.flatMap(({ nics }) => nics))).toEqual([
      "ens225",
      "ens225",
      "ens225",
    ]);
    expect(machineVlans()).toEqual(["Renamed 1120", "VLAN-1121 1121"]);
  });

  test("a switch that somebody deletes with its VLANs is made again, with them", async () => {
    site.lab.site.change(({ cluster: changed }) => {
      if (!changed) return;
      const gone = changed.vdses.find((vds) => vds.name === name)?.uuid;
      changed.vdses = changed.vdses.filter(({ uuid }) => uuid !== gone);
      changed.vlans = changed.vlans.filter(({ vds }) => vds !== gone);
    });
    await up("--refresh");
    expect(writes()).toEqual(["createVds", "createVlan", "createVlan"]);
    expect(machineVlans()).toEqual(["Renamed 1120", "VLAN-1121 1121"]);
  });
});

describe("a site that lets nothing be read back, and no switch or VLAN be changed", () => {
  beforeAll(async () => {
    site = await createTestEngineSite(plan, {
      switches: { readDns: 404, readNtp: 405, readVip: 405, changeVds: 405, changeVlan: 404 },
    });
  });
  afterAll(() => site?.close());

  test("comes up, and what somebody changes by hand is claimed to be neither drift nor none", async () => {
    await up();
    site.lab.smtxos.changeSettings({ dns: ["10.9.9.9"], ntp: { mode: "internal", servers: [] } });
    const output = await up("--refresh");
    expect(writes()).toEqual([]);
    expect(output).toMatch(/unchanged/);
    for (const what of ["the DNS servers", "the time servers", "the VIPs"])
      expect(output).toMatch(
        new RegExp(`the site does not let ${what} of HCI-01 be read back; drift there cannot be seen`),
      );
  });

  test("a changed plan is written where the site takes it, and where not the error says what to do by hand", async () => {
    // A switch that fails takes its VLANs with it: so the VLAN goes first.
    const changed = { ...changedPlan(), dns: ["10.0.0.115"], ntp: ["10.0.0.9"] };
    const { networks } = changed.business ?? business;
    await site.writePlan({ ...changed, business: { ...business, networks } });
    expect(await failing([], "--continue-on-error")).toMatch(
      /HCI-01 has no call to change VLAN VLAN-1120 to Renamed \(PUT \S+ answered 404\)/,
    );
    await site.writePlan(changed);
    const output = await failing([]);
    expect(cluster()).toMatchObject({ dns: ["10.0.0.115"], ntp: { mode: "external", servers: ["10.0.0.9"] } });
    expect(output).toMatch(
      /HCI-01 has no call to change virtual switch vDS-Prod-Network \(PUT \/api\/v2\/network\/vds\/\S+ answered 405\); Fisheye's documents show none — do it by hand in Fisheye or CloudTower, then up --refresh/,
    );
  });

  test("and what was done by hand then is taken without a write", async () => {
    site.lab.smtxos.changeVds(name, ({ hosts }) => {
      for (const host of hosts) host.nics = ["ens225"];
    });
    site.lab.smtxos.changeVlan("VLAN-1120", (vlan) => {
      vlan.name = "Renamed";
    });
    site.writeSettings({ teardown: "true" });
    await up("--refresh");
    expect(writes()).toEqual([]);
    expect((await site.pulumi("preview", "--refresh", "--expect-no-changes")).code).toBe(0);
  });

  test("destroy names what must be deleted by hand, and goes on once that is done", async () => {
    const first = await site.pulumi("destroy", "--yes", "--skip-preview");
    expect(first.code).not.toBe(0);
    expect(first.output).toMatch(/HCI-01 has no call to delete VLAN \S+ \(DELETE \S+ answered 404\).* — do it by hand/);
    site.lab.site.change(({ cluster: changed }) => {
      if (!changed) return;
      changed.vdses = changed.vdses.filter((vds) => vds.name !== name);
      changed.vlans = changed.vlans.filter(({ vds }) => changed.vdses.some(({ uuid }) => uuid === vds));
    });
    const second = await site.pulumi("destroy", "--yes", "--skip-preview");
    expect(second.code, second.output).toBe(0);
  });
});
