import { describe, expect, test } from "vitest";
import { labPlan } from "../../lab/lab.fixture";
import type { LabCluster } from "../../lab/smtxos/cluster-model";
import type { ResourceSpec } from "../kit/program";
import { clusterTemplate, labSites } from "./lab-site";
import { towerConnection, towerSites } from "./tower-site";

const NOT_OURS = /is not known to be this stack's/;

describe("somebody else's object of the same name under another parent, after a creation that was lost", () => {
  const beginSite = labSites(() => clusterTemplate());
  const beginTower = towerSites("4.6.0");

  test("a VLAN of another switch is not taken over", async () => {
    const site = await beginSite();
    const { name, hosts } = { ...labPlan().cluster, hosts: labPlan().hosts };
    const addresses = hosts.map(({ management }) => management);
    const connection = { name, addresses, username: "root", password: "Canary-Root-1" };
    const idOf = (vds: string) => site.lab.site.model.cluster?.vdses.find((each) => each.name === vds)?.uuid ?? "";
    const vlan = (of: string, vlanId: number): ResourceSpec => ({
      name: of,
      type: "smtxos:Vlan",
      args: { connection, vds: idOf(of), name: "VLAN-9", vlanId },
    });
    site.lab.site.change(({ cluster }) => {
      const { vlans } = cluster as LabCluster;
      const own = { uuid: "foreign", name: "VLAN-9", use: "vm" as const, vlanId: 9, vds: idOf("VDS-MGT") };
      vlans.push({ ...structuredClone(vlans[0]), ...own } as LabCluster["vlans"][number]);
    });
    await site.lab.setFaults([{ operation: "createVlan", drop: "before-commit", count: 1 }]);
    expect(await site.errorsOf([vlan("VDS-SDS", 9)])).not.toBe("");
    expect(await site.errorsOf([vlan("VDS-MGT", 10)])).toMatch(NOT_OURS);
  });

  test("a datacenter of another organisation is not taken over", async () => {
    const site = await beginTower();
    const connection = towerConnection;
    const organization = (name: string): ResourceSpec => ({
      type: "cloudtower:Organization",
      name,
      args: { connection, name },
      options: { dependsOn: ["setup"] },
    });
    const datacenter = (of: string): ResourceSpec => ({
      type: "cloudtower:Datacenter",
      name: "dc",
      args: { connection, organization: { $ref: `${of}.organizationId` }, name: "DC-01" },
    });
    const before: ResourceSpec[] = [
      { type: "cloudtower:Setup", name: "setup", args: { connection } },
      organization("ours"),
      organization("theirs"),
    ];
    await site.up(before);
    site.lab.site.changeTower(({ datacenters, organizations }) => {
      const theirs = organizations.find(({ name }) => name === "theirs")?.id ?? "";
      datacenters.push({ id: "cforeign", name: "DC-01", organization: theirs });
    });
    await site.lab.setFaults([{ operation: "createDatacenter", drop: "before-commit", count: 1 }]);
    expect(await site.errorsOf([...before, datacenter("ours")])).not.toBe("");
    expect(await site.errorsOf([...before, datacenter("theirs")])).toMatch(NOT_OURS);
  });
});
