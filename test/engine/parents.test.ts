import { describe, expect, test } from "vitest";
import { labPlan } from "../../lab/lab.fixture";
import type { LabCluster } from "../../lab/smtxos/cluster-model";
import type { ResourceSpec } from "../kit/program";
import { clusterTemplate, type LabSite, labSites } from "./lab-site";
import { towerConnection, towerSites } from "./tower-site";

const NOT_OURS = /is not known to be this stack's/;

const beginSite = labSites(() => clusterTemplate());

function idOf({ lab }: LabSite, vds: string): string {
  return lab.site.model.cluster?.vdses.find((each) => each.name === vds)?.uuid ?? "";
}

/** A VLAN of a switch, the management's unless told. */
function vlanOf(site: LabSite, resource: string, name: string, vlanId: number, vds = "VDS-MGT"): ResourceSpec {
  const { cluster, hosts } = labPlan();
  const addresses = hosts.map(({ management }) => management);
  const connection = { name: cluster.name, addresses, username: "root", password: "Canary-Root-1" };
  return { name: resource, type: "smtxos:Vlan", args: { connection, vds: idOf(site, vds), name, vlanId } };
}

describe("somebody else's object of the same name under another parent, after a creation that was lost", () => {
  const beginTower = towerSites("4.6.0");

  test("a VLAN of another switch is not taken over", async () => {
    const site = await beginSite();
    site.lab.site.change(({ cluster }) => {
      const { vlans } = cluster as LabCluster;
      const own = { uuid: "foreign", name: "VLAN-9", use: "vm" as const, vlanId: 9, vds: idOf(site, "VDS-MGT") };
      vlans.push({ ...structuredClone(vlans[0]), ...own } as LabCluster["vlans"][number]);
    });
    await site.lab.setFaults([{ operation: "createVlan", drop: "before-commit", count: 1 }]);
    expect(await site.errorsOf([vlanOf(site, "sds", "VLAN-9", 9, "VDS-SDS")])).not.toBe("");
    expect(await site.errorsOf([vlanOf(site, "mgt", "VLAN-9", 10)])).toMatch(NOT_OURS);
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
    site.lab.cloudtower.change(({ datacenters, organizations }) => {
      const theirs = organizations.find(({ name }) => name === "theirs")?.id ?? "";
      datacenters.push({ id: "cforeign", name: "DC-01", organization: theirs });
    });
    await site.lab.setFaults([{ operation: "createDatacenter", drop: "before-commit", count: 1 }]);
    expect(await site.errorsOf([...before, datacenter("ours")])).not.toBe("");
    expect(await site.errorsOf([...before, datacenter("theirs")])).toMatch(NOT_OURS);
  });
});

test.each([["renamed first"], ["made first"]])(
  "a VLAN that is renamed and one made under its name are two steps (%s)",
  async (order) => {
    const site = await beginSite();
    await site.up([vlanOf(site, "a", "A", 11)]);
    site.writes();
    const both = [vlanOf(site, "a", "C", 11), vlanOf(site, "b", "A", 12)];
    const said = await site.errorsOf(order === "renamed first" ? both : both.reverse());
    expect(said).toMatch(/::a is given another name, and .*::b is to be made under the one that it has/);
    expect(site.writes()).toEqual([]);
  },
);
