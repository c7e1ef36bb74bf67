import { expect, test } from "vitest";
import { kinds } from "../../providers/handler";
import { configuredTower, FIRST_WANTED } from "./tower-configured";
import { connectedTower, towerSites } from "./tower-site";

/**
 * Each kind of object, and whether it may stay at the site once the plan has dropped it. That every way out of a delete
 * says whether it has gone or was kept, the compiler sees to; that a kept one is taken again is seen here, or where it says.
 */
const STAYS: Record<string, "never" | "here" | `test/${string}.test.ts`> = {
  "smtxos:Vm": "never",
  "smtxos:Vlan": "never",
  "smtxos:VirtualDistributedSwitch": "never",
  "smtxos:SvtImage": "never",
  "smtxos:IsoImage": "test/engine/iso-image.test.ts",
  "cloudtower:ClusterConnection": "never",
  "cloudtower:Organization": "here",
  "cloudtower:Datacenter": "here",
  "cloudtower:Label": "test/engine/tower-label.test.ts",
  "cloudtower:VmFolder": "test/engine/tower-vm-folder.test.ts",
  "cloudtower:VmPlacementGroup": "test/engine/tower-placement-groups.test.ts",
  "cloudtower:Vds": "test/engine/tower-networks.test.ts",
  "cloudtower:Vm": "never",
  "cloudtower:VmSnapshot": "never",
  "cloudtower:VmTemplate": "never",
  "cloudtower:ContentLibraryVmTemplate": "never",
  "cloudtower:ElfImage": "test/engine/tower-images.test.ts",
  "cloudtower:SvtImage": "test/engine/tower-library-images.test.ts",
  "cloudtower:ContentLibraryImage": "test/engine/tower-library-images.test.ts",
  "cloudtower:SnapshotPlan": "test/engine/tower-snapshot-plans.test.ts",
  "cloudtower:VmVolume": "test/engine/tower-volumes.test.ts",
  "cloudtower:Vlan": "test/engine/tower-networks.test.ts",
  "cloudtower:MonitoringDashboard": "here",
  "cloudtower:RackTopology": "here",
  "site:DeliveredWorkbook": "test/site/delivered.test.ts",
};

test("of every kind of object it is known whether it may stay", () => {
  const objects = kinds.filter(({ sort }) => sort === "object").map(({ type }) => type);
  expect(Object.keys(STAYS).sort()).toEqual(objects.sort());
});

const beginSite = towerSites("4.6.0");

test("what stays since others use it is still this stack's when the plan names it again", async () => {
  const site = await beginSite();
  const all = configuredTower(FIRST_WANTED);
  const parts = ["view", "rack"];
  await site.up(all);
  const before = parts.map((name) => site.outputsOf(name));
  site.lab.cloudtower.change(({ clusters, organizations }) => {
    organizations.push({ id: "c-others", name: "C90" });
    const [cluster] = clusters;
    if (!cluster) throw new Error("no cluster");
    const { bricks, graphs } = cluster.kept;
    bricks.push({ ...structuredClone(bricks[0] as (typeof bricks)[number]), id: "c-brick", name: "x", position: 30 });
    graphs.push({
      ...structuredClone(graphs[0] as (typeof graphs)[number]),
      id: "c-graph",
      title: "x",
      metricCount: 9,
    });
  });
  const said = await site.up(all.filter(({ name }) => !parts.includes(name)));
  expect(said).toMatch(/rack R-01 stays.*view VM stays/s);
  await site.up(all);
  expect(site.outputsOf("view").viewId).toBe(before[0]?.viewId);
  expect(site.outputsOf("rack").rackId).toBe(before[1]?.rackId);

  // The cluster goes out of CloudTower, and another one belongs to its datacenter by now.
  site.lab.cloudtower.change(({ clusters }) => {
    const other = { ...structuredClone(clusters[0] as (typeof clusters)[number]), id: "c-cluster", ip: "10.0.30.10" };
    Object.assign(other.kept, { views: [], graphs: [], racks: [], bricks: [] });
    clusters.push(other);
  });
  const [organization, datacenter] = ["organization", "datacenter"].map((name) => site.outputsOf(name));
  await site.engine.kill();
  expect(await site.up(connectedTower().slice(0, 1))).toMatch(/datacenter DC-01 stays.*organisation C89 stays/s);
  await site.up(connectedTower().slice(0, 3));
  expect(site.outputsOf("organization").organizationId).toBe(organization?.organizationId);
  expect(site.outputsOf("datacenter").datacenterId).toBe(datacenter?.datacenterId);
});
