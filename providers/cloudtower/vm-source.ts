import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { PlanConflict } from "../kernel/errors";
import { type Path, pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import type { Failure } from "../kernel/schema";
import { byNameOrId, onlyOne, type TowerList } from "./rows";
import { isCopy, SOURCES, type VmInputs } from "./vm-inputs";
import { vms } from "./vm-seen";
import type { Where } from "./walk";

const frozenRow = z.looseObject({ id: z.string(), name: z.string() });
const templateRow = frozenRow.extend({ cloud_init_supported: z.boolean() });
type SourceRow = z.output<typeof frozenRow> & { cloud_init_supported?: unknown };

interface Source {
  noun: string;
  list: TowerList<SourceRow>;
  /** Where those lie that a machine of the cluster can be made from. */
  scope(cluster: string): Where;
  path: Path;
  /** What the creation's request has of it. */
  body(id: string, cluster: string): object;
}

const inCluster = (cluster: string) => ({ cluster: { id: cluster } });

/** Machines' sources, by the inputs that name them. */
const sources: Record<(typeof SOURCES)[number], Source> = {
  template: {
    noun: "template",
    list: { what: "templates of virtual machines", path: pathTo`/get-vm-templates`, row: templateRow },
    scope: inCluster,
    path: pathTo`/create-vm-from-template`,
    body: (template_id) => ({ template_id }),
  },
  contentLibraryTemplate: {
    noun: "template of the content library",
    list: { what: "content library templates", path: pathTo`/get-content-library-vm-templates`, row: templateRow },
    scope: (cluster) => ({ clusters_some: { id: cluster } }),
    path: pathTo`/create-vm-from-content-library-template`,
    body: (template_id, cluster_id) => ({ template_id, cluster_id }),
  },
  clone: {
    noun: "virtual machine",
    list: { ...vms, row: frozenRow },
    scope: (cluster) => ({ ...inCluster(cluster), in_recycle_bin: false }),
    path: pathTo`/clone-vm`,
    body: (src_vm_id) => ({ src_vm_id }),
  },
  snapshot: {
    noun: "snapshot",
    list: { what: "snapshots of virtual machines", path: pathTo`/get-vm-snapshots`, row: frozenRow },
    scope: inCluster,
    path: pathTo`/rebuild-vm-from-snapshot`,
    body: (rebuild_from_snapshot_id) => ({ rebuild_from_snapshot_id }),
  },
};

function sourceOf(wanted: VmInputs): { source: Source; called: string } | undefined {
  for (const each of SOURCES) {
    const called = wanted[each];
    if (called !== undefined) return { source: sources[each], called };
  }
  return undefined;
}

async function standingSource(context: Context, { cluster }: VmInputs, source: Source, called: string) {
  return (await byNameOrId(context, source.list, source.scope(cluster))(called)) ?? [];
}

/** How a machine is made from its source: by which request, and what that has of it. Throws PlanConflict where it cannot. */
export async function copyRequest(context: Context, wanted: VmInputs): Promise<{ path: Path; fields: object }> {
  const { source, called } = sourceOf(wanted) as { source: Source; called: string };
  const found = await standingSource(context, wanted, source, called);
  const about = { noun: source.noun, plural: source.list.what, called };
  const only = onlyOne(found, about, "name it by its id, or rename all but one of them in CloudTower");
  const { cloudInit, nics = [], cluster, fullCopy } = wanted;
  if (cloudInit && !only.cloud_init_supported)
    throw new PlanConflict(
      `${source.noun} ${called} is not marked as one with cloud-init, which machine ${wanted.name} is to be given data for`,
      "mark it so in CloudTower (cloud_init_supported), or leave cloudInit out of the plan",
    );
  const isGiven = cloudInit !== undefined || nics.some(({ ipAddress }) => ipAddress);
  const init = isGiven && only.cloud_init_supported ? { cloud_init: cloudInitOf(wanted) } : {};
  return { path: source.path, fields: { ...source.body(only.id, cluster), is_full_copy: fullCopy, ...init } };
}

/** Whether a machine that is being made has its addresses from cloud-init, which needs no tools for it. */
export async function isAddressedByCloudInit(context: Context, wanted: VmInputs): Promise<boolean> {
  if (wanted.cloudInit) return true;
  const found = sourceOf(wanted);
  if (!found || !wanted.nics?.some(({ ipAddress }) => ipAddress)) return false;
  const [only] = await standingSource(context, wanted, found.source, found.called);
  return only?.cloud_init_supported === true;
}

const EVERYWHERE = { network: "0.0.0.0", netmask: "0.0.0.0" };

/** As cloudtower-api-faq has it: the one way to set addresses at creation. */
function cloudInitOf({ cloudInit = {}, nics = [] }: VmInputs) {
  const { hostname, nameservers, publicKeys, defaultUserPassword, userData } = cloudInit;
  const networks = nics.map(({ ipAddress, subnetMask, gateway }, nic_index) => {
    if (!ipAddress) return { type: "IPV4_DHCP", nic_index };
    const routes = gateway ? { routes: [{ gateway, ...EVERYWHERE }] } : {};
    return { type: "IPV4", nic_index, ip_address: ipAddress, netmask: subnetMask, ...routes };
  });
  return {
    ...(hostname && { hostname }),
    ...(nameservers && { nameservers }),
    ...(publicKeys && { public_keys: publicKeys }),
    ...(defaultUserPassword && { default_user_password: defaultUserPassword }),
    ...(userData && { user_data: userData }),
    // Without an address in the plan the guest's networks are its own affair.
    ...(nics.some(({ ipAddress }) => ipAddress) && { networks }),
  };
}

/** What a machine has been made from, and with, does not change. One that is not named any more says nothing. */
export function refusedSources(stands: VmInputs, wanted: VmInputs): Failure[] {
  const fixed = [...SOURCES, ...(isCopy(stands) ? (["fullCopy", "cloudInit"] as const) : [])];
  return fixed.flatMap((property) => {
    const [was, is] = [stands[property], wanted[property]];
    if (is === undefined || isDeepStrictEqual(is, was) || !isCopy(wanted)) return [];
    // What cloud-init was given may be a secret.
    const shown = typeof is === "object" ? "" : `: it was ${was ?? "none"}, planned is ${is}`;
    const reason = `the machine is made, and not again for it${shown}; put the plan back or leave it out, or make another machine`;
    return [{ property, reason }];
  });
}
