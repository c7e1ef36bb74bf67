import { z } from "zod";
import type { Operation } from "../operation";
import type { SiteState } from "../site-state";
import type { LabVds } from "../smtxos/cluster-model";
import { clusterOf, given } from "./keep";
import { nicId } from "./nic-rows";
import { changeable, changeOwned, ownedIn } from "./owned";
import { each, parsed, Refused, rest } from "./rest";
import { hostsIn } from "./standing";
import type { LabTowerCluster } from "./tower-model";
import { siteOf } from "./tower-site";

const whereSchema = z.looseObject({ where: z.looseObject({}) });
const BOND_MODES = ["active-backup", "balance-slb", "balance-tcp"];
const vdsSchema = z.looseObject({
  name: z.string().min(1),
  bond_mode: z.string().optional(),
  work_mode: z.string().optional(),
});
const createSchema = vdsSchema.extend({ cluster_id: z.string(), nic_ids: z.array(z.string()).min(1) });
const updateSchema = whereSchema.extend({
  data: vdsSchema.extend({ nicIds: z.array(z.string()).min(1) }).partial(),
});

const REFUSALS =
  "400 for a name that another switch of the cluster has, for a port of another switch, for ports of one host without a bond_mode where they are more than one, and while another task on it has not ended; 404 for ports that are not the cluster's";

/** Virtual switches, which are those of Fisheye. */
export const vdsOperations: Operation[] = [
  rest({
    id: "createTowerVds",
    path: "/create-vds",
    write: true,
    source: "the vendor's schema; facts, part A 10: the fields",
    assumed: `by a task, as networks; work_mode is not heeded; ${REFUSALS}`,
    example: {
      when: "makes",
      request: ({ idOf }) => [
        {
          name: "vDS-Data",
          cluster_id: idOf("Cluster"),
          nic_ids: [idOf("Nic", { vds: null })],
          bond_mode: "balance-slb",
        },
      ],
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) =>
      each(createSchema, call.body, (asked) => {
        const cluster = clusterOf(tower, asked.cluster_id);
        const vds: LabVds = {
          uuid: site.id(`vds ${cluster.id} ${asked.name}`),
          name: asked.name,
          bondMode: asked.bond_mode ?? "",
          hosts: hostsOf(site, cluster, asked.nic_ids),
          settledAt: siteOf(site, cluster).now,
        };
        checkFree(site, cluster, vds);
        return changeOwned(site, tower, call, cluster, "vds", vds, { does: "create" });
      }),
  }),
  rest({
    id: "updateTowerVds",
    path: "/update-vds",
    write: true,
    source: "the vendor's schema: nicIds",
    assumed: `by a task; what is left out stays; ${REFUSALS}`,
    example: { when: "changes", request: () => ({ where: { name: "vDS-Data" }, data: { name: "vDS-Backup" } }) },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(updateSchema, call.body);
      const body = changeable(site, tower, "vds", where).map(({ cluster, object: vds }) => {
        const hosts = data.nicIds && hostsOf(site, cluster, data.nicIds);
        const to = given({ name: data.name, bondMode: data.bond_mode, hosts });
        checkFree(site, cluster, { ...vds, ...to });
        return changeOwned(site, tower, call, cluster, "vds", vds, { does: "update", to });
      });
      return { status: 200, body };
    },
  }),
  rest({
    id: "deleteTowerVds",
    path: "/delete-vds",
    write: true,
    source: "the vendor's schema",
    assumed: "by a task; 400 while networks are on it, and for the deployment's own, which have some",
    example: { when: "ends", request: () => ({ where: { name: "vDS-Backup" } }) },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where } = parsed(whereSchema, call.body);
      const body = changeable(site, tower, "vds", where).map(({ cluster, object: vds }) => {
        const left = ownedIn(site, cluster, "vlan").find((vlan) => vlan.vds === vds.uuid);
        if (left) throw new Refused(400, `network ${left.name} is on switch ${vds.name}`);
        return changeOwned(site, tower, call, cluster, "vds", vds, { does: "delete" });
      });
      return { status: 200, body };
    },
  }),
];

/** The hosts of a switch, by the ids of their ports. */
function hostsOf(site: SiteState, cluster: LabTowerCluster, nicIds: string[]): LabVds["hosts"] {
  const left = new Set(nicIds);
  const hosts = hostsIn(site, cluster).flatMap((host) => {
    const nics = host.hardware.ports.filter((port) => left.delete(nicId(site, cluster, host.uuid, port)));
    return nics.length > 0 ? [{ hostUuid: host.uuid, nics, dataIp: host.storageIp }] : [];
  });
  if (left.size > 0) throw new Refused(404, `ports ${[...left].join(", ")} are not found`);
  return hosts;
}

function checkFree(site: SiteState, cluster: LabTowerCluster, { uuid, name, bondMode, hosts }: LabVds): void {
  if (bondMode === "" ? hosts.some(({ nics }) => nics.length > 1) : !BOND_MODES.includes(bondMode))
    throw new Refused(400, `bond_mode: ${bondMode || "none"} is none of ${BOND_MODES.join(", ")}`);
  for (const other of ownedIn(site, cluster, "vds")) {
    if (other.uuid === uuid) continue;
    if (other.name === name) throw new Refused(400, `switch ${name} already exists`);
    for (const { hostUuid, nics } of other.hosts) {
      const wanted = hosts.find((host) => host.hostUuid === hostUuid)?.nics ?? [];
      const nic = nics.find((each) => wanted.includes(each));
      if (nic !== undefined) throw new Refused(400, `port ${nic} of host ${hostUuid} is in switch ${other.name}`);
    }
  }
}
