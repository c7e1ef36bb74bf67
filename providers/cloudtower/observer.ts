import { z } from "zod";
import type { Observer, Question } from "../kernel/observer";
import { type Path, pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { cloudtower } from "./client";
import { addressesOf, clusterRow as seenCluster } from "./clusters";

const list = z.array(z.string()).nullish();
const clusterRow = seenCluster.extend({
  iscsi_vip: z.string().nullish(),
  dns: list,
  ntp_mode: z.string().nullish(),
  ntp_servers: list,
  current_cpu_model: z.string().nullish(),
});
type ClusterRow = z.output<typeof clusterRow>;

type Fields = Record<string, unknown>;

/** What a cluster's row tells of a setting of Fisheye's, by kind. A value that it leaves out tells nothing. */
const settings: Record<string, (cluster: ClusterRow) => Fields> = {
  "smtxos:ManagementVip": ({ management_vip, iscsi_vip }) => ({
    ...(management_vip !== undefined && { managementVip: management_vip || undefined }),
    ...(iscsi_vip !== undefined && { iscsiVip: iscsi_vip || undefined }),
  }),
  "smtxos:DnsServers": ({ dns }) => ({ ...(dns && { servers: dns }) }),
  // INTERNAL and EXTERNAL here, in small letters there (facts, part B 5B 12).
  "smtxos:NtpServers": ({ ntp_mode, ntp_servers }) => ({
    ...(ntp_mode && { mode: ntp_mode.toLowerCase() }),
    ...(ntp_servers && { servers: ntp_servers }),
  }),
  "smtxos:CpuCompatibility": ({ current_cpu_model }) => ({ ...(current_cpu_model && { model: current_cpu_model }) }),
};

/** What has a row of its own, by kind: the list it stands in, and what of it a kind's inputs have. */
const objects: Record<
  string,
  { path: Path; what: string; within?: string; seen: (row: Fields, prior: Fields) => Fields }
> = {
  "smtxos:Vlan": {
    path: pathTo`/get-vlans`,
    // A VLAN belongs to its switch, and that to the cluster.
    within: "vds",
    what: "VLANs",
    seen: ({ name, vlan_id }) => ({ ...(name !== undefined && { name }), ...(vlan_id != null && { vlanId: vlan_id }) }),
  },
  "smtxos:VirtualDistributedSwitch": {
    path: pathTo`/get-vdses`,
    what: "virtual switches",
    // One port has no bond to speak of.
    seen: ({ name, bond_mode }, prior) => ({
      ...(name !== undefined && { name }),
      ...(prior.bondMode !== undefined &&
        Boolean(bond_mode) && { bondMode: bond_mode === "lacp" ? "balance-tcp" : bond_mode }),
    }),
  },
  "smtxos:SvtImage": {
    path: pathTo`/get-svt-images`,
    what: "images of the tools",
    // That it stands: name and size never change there, and another spelling of them would have it uploaded anew.
    seen: () => ({}),
  },
};

const objectRow = z.looseObject({ id: z.string(), local_id: z.string().nullish() });

/**
 * What CloudTower shows of a cluster that it is connected to (get-clusters, get-vdses, get-vlans, get-svt-images: facts,
 * part A 10). It finds the cluster by its addresses. Of one that it has lost it tells nothing: what it knew may be old.
 */
export const cloudtowerObserver: Observer = {
  async observe(context, question) {
    const setting = settings[question.kind];
    const object = objects[question.kind];
    if (!setting && !object) return undefined;
    const cluster = await connectedCluster(context, question);
    if (!cluster) return undefined;
    if (setting) return setting(cluster);
    if (!object) return undefined;
    // An object that it does not show may be younger than its last look: that is no word on whether it stands.
    const row = (await rowsOf(context, object, { cluster: { id: cluster.id } })).find(
      ({ local_id }) => local_id === localIdOf(question),
    );
    return row && object.seen(row, question.prior);
  },
};

async function connectedCluster(context: Context, { prior }: Question): Promise<ClusterRow | undefined> {
  const { addresses } = prior.connection;
  const all = await cloudtower(context).list({ what: "clusters", path: pathTo`/get-clusters`, row: clusterRow });
  const cluster = all.find((each) => addressesOf(each).some((address) => addresses.includes(address)));
  if (!cluster || cluster.connect_state === "CONNECTED") return cluster;
  const reason = cluster.disconnected_reason ? ` (${cluster.disconnected_reason})` : "";
  context.info(`${context.connection.name} has ${cluster.ip} as ${cluster.connect_state}${reason}`);
  return undefined;
}

function rowsOf(
  context: Context,
  { path, what, within }: { path: Path; what: string; within?: string | undefined },
  where: Fields,
) {
  const scope = within === undefined ? where : { [within]: where };
  return cloudtower(context).list({ what, path, where: scope, row: objectRow });
}

/** CloudTower's local_id is Fisheye's id; an image's is the first part of the kind's own. */
function localIdOf({ kind, id, prior }: Question): string {
  return kind === "smtxos:SvtImage" ? String(prior.uuid ?? id) : id;
}
