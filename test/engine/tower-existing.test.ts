import { expect, test } from "vitest";
import { VIP } from "../../lab/lab.fixture";
import { kinds } from "../../providers/handler";
import type { ResourceSpec } from "../kit/program";
import type { LabSite } from "./lab-site";
import { addMachine, connectedTower, towerConnection as connection, towerSites } from "./tower-site";

const without = connectedTower();

/** The connected cluster, and one look-up. */
function existing(kind: string, args: Record<string, unknown>): ResourceSpec[] {
  const own = { type: `cloudtower:Existing${kind}`, name: "found", args: { connection, ...args } };
  return [...without, { ...own, options: { dependsOn: ["cluster"] } }];
}
const inCluster = { cluster: { $ref: "cluster.clusterId" } };

const beginSite = towerSites("4.6.0");
let site: LabSite;
async function begin(): Promise<void> {
  site = await beginSite();
  await site.up(without);
}

/** Somebody makes machines of these names in the cluster. */
function addMachines(...names: string[]): void {
  addMachine(site.lab);
  site.lab.site.change(({ cluster }) => {
    const [first] = cluster?.vms ?? [];
    if (cluster && first) cluster.vms = names.map((name, i) => ({ ...first, uuid: `vm-${i}`, name, vcpu: i + 1 }));
  });
}

test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
  ["Datacenter", { name: "DC-01" }, { datacenterName: "DC-01" }],
  ["Cluster", { where: { ip: VIP } }, { address: VIP, connectState: "CONNECTED" }],
  ["Cluster", { where: { hosts_some: { management_ip: "10.0.20.101" } } }, { address: VIP }],
  ["Host", { ...inCluster, where: { management_ip: "10.0.20.102" } }, { managementIp: "10.0.20.102" }],
  [
    "Host",
    { where: { AND: [{ management_ip_ends_with: ".103" }, { cluster: { ip: VIP } }] } },
    { managementIp: "10.0.20.103" },
  ],
  ["Vds", { ...inCluster, where: { name_contains: "MGT" } }, { bridge: expect.stringMatching(/^ovsbr-/) }],
  ["Vlan", { ...inCluster, name: "default" }, { vlanId: 0, type: "VM" }],
  ["Vm", { ...inCluster, name: "web-02" }, { vmName: "web-02", status: "STOPPED", vcpu: 2, addresses: [], host: "" }],
  ["Vm", { where: { name_starts_with: "web", vcpu_gte: 3, NOT: { name: "db-01" } } }, { vmName: "web-03" }],
  ["Vm", { where: { OR: [{ vcpu_in: [4] }, { name_not_contains: "-" }] } }, { vmName: "db-01" }],
])("one %s is found by %j", async (kind, args, outputs) => {
  await begin();
  addMachines("web-01", "web-02", "web-03", "db-01");
  site.writes();
  await site.up(existing(kind, args));
  expect(site.outputsOf("found")).toMatchObject(outputs);
  expect(site.writes()).toEqual([]);
});

test("none is an error, and so are two, which it lists", async () => {
  await begin();
  addMachines("web-01", "web-02");
  expect(await site.errorsOf(existing("Vm", { name: "web-09" }))).toMatch(/ExistingVm\/web-09 does not exist on TOWER/);
  expect(await site.errorsOf(existing("Vm", { where: { name_starts_with: "web" } }))).toMatch(
    /2 virtual machines are found by ExistingVm\/\{"name_starts_with":"web"\} on TOWER: web-01 \(\S+\), web-02 \(\S+\).* — say more in the condition/,
  );
  expect(await site.errorsOf(existing("Vm", { where: { name_like: "web" } }))).toMatch(/name_like/);
});

test("a condition that is none is refused at preview", async () => {
  await begin();
  for (const where of [{ AND: "web" }, { name_in: [["a"]] }, { vcpu: { gte: [{}] } }]) {
    const { errors } = await site.engine.preview(existing("Vm", { where }));
    expect(errors.join()).toMatch(/where: no condition: fields with values/);
  }
});

test("every look-up of what stands has been tried here", () => {
  const types = kinds.map(({ type }) => type).filter((type) => type.startsWith("cloudtower:Existing"));
  const tried = ["Datacenter", "Cluster", "Host", "Vds", "Vlan", "Vm"].map((kind) => `cloudtower:Existing${kind}`);
  // Images, templates and snapshots: by their examples (examples.test.ts).
  const byExample = [
    "ElfImage",
    "SvtImage",
    "VmTemplate",
    "VmSnapshot",
    "ContentLibraryVmTemplate",
    "ContentLibraryImage",
  ];
  expect(types.sort()).toEqual([...tried, ...byExample.map((kind) => `cloudtower:Existing${kind}`)].sort());
});
