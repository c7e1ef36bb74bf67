import { checkRequest } from "../../lab/cloudtower/openapi.fixture";
import type { LabTower, TowerVersion } from "../../lab/cloudtower/tower-model";
import type { LabCluster } from "../../lab/smtxos/cluster-model";
import type { ResourceSpec } from "../kit/program";
import type { LabSite } from "./lab-site";
import { connectedTower, towerConnection as connection } from "./tower-site";

export const GIB = 2 ** 30;
const cluster = { $ref: "cluster.clusterId" };

/** The connected cluster, and no machine of the plan's in it. */
export const without = connectedTower();

/** A machine of the plan's; an argument that is undefined is left out. */
export function oneMachine(args: Record<string, unknown> = {}, name = "vm"): ResourceSpec {
  const all = {
    connection,
    cluster,
    name: "web-01",
    vcpu: 2,
    memory: "4 GiB",
    disks: [{ name: "web-01-system", size: "40 GiB" }],
    nics: [{ vlan: "default" }],
    status: "STOPPED",
    ...args,
  };
  const own = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return { type: "cloudtower:Vm", name, args: own, options: { dependsOn: ["cluster"] } };
}

/** The connected cluster, and a machine in it. */
export function machine(args: Record<string, unknown> = {}): ResourceSpec[] {
  return [...without, oneMachine(args)];
}

/** A volume of the plan's, for machines to mount, or a folder for them to be in. */
export function ofCluster(
  type: "VmVolume" | "VmFolder" | "VmPlacementGroup",
  name: string,
  args: object = {},
): ResourceSpec {
  const own = { connection, cluster, name, ...args };
  return { type: `cloudtower:${type}`, name, args: own, options: { dependsOn: ["cluster"] } };
}

/** A label of the plan's, room=VALUE, by the name of its value. */
export function label(value: string): ResourceSpec {
  return {
    type: "cloudtower:Label",
    name: value,
    args: { connection, key: "room", value },
    options: { dependsOn: ["setup"] },
  };
}

/** The site, which holds all that is sent to the vendor's document, where it is given, before it is looked at or forgotten. */
export function withCheckedRequests(site: LabSite, version: TowerVersion): LabSite {
  const REST = "/v2/api";
  const { writes, end } = site;
  const check = () => {
    const sent = site.lab.requests().filter(({ path, status }) => path.startsWith(REST) && status === 200);
    for (const { path, rawBody } of sent) checkRequest(version, path.slice(REST.length), rawBody);
  };
  return Object.assign(site, {
    writes() {
      check();
      return writes();
    },
    end() {
      check();
      return end();
    },
  });
}

/** Somebody changes the cluster by hand. */
export function byHand({ lab }: Pick<LabSite, "lab">, change: (cluster: LabCluster, tower: LabTower) => void): void {
  lab.site.change(({ cluster: changed, cloudtower }) => change(changed as LabCluster, cloudtower as LabTower));
}

/** Somebody makes a volume, and gives it to the first machine unless told otherwise. */
export function addVolume(site: Pick<LabSite, "lab">, name: string, isAttached = true): void {
  byHand(site, ({ volumes, vms: [vm] }) => {
    volumes.push({ uuid: `uuid of ${name}`, name, size: GIB });
    if (isAttached) vm?.disks.push({ volume: `uuid of ${name}`, name, bus: "virtio", policy: "", lun: 9 });
  });
}

/** Somebody makes a second network for machines, VLAN-20. */
export function addNetwork(site: Pick<LabSite, "lab">): void {
  byHand(site, ({ vlans, vdses: [vds] }) => {
    const [other] = vlans.filter(({ use }) => use === "vm");
    if (other) vlans.push({ ...other, uuid: "vlan-20", name: "VLAN-20", vlanId: 20, vds: vds?.uuid ?? other.vds });
  });
}
