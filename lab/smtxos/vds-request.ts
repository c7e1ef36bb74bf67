import { z } from "zod";
import type { SiteState } from "../site-state";
import { oneOf } from "../switch";
import type { LabCluster, LabVds } from "./cluster-model";

export const vdsBondMode = oneOf(
  "vdsBondMode",
  ["either", "lacp", "balance-tcp"],
  "How POST and PUT of a switch spell LACP.",
  "the deployment request says balance-tcp, a public client sends lacp here (facts, part A 3.7); which is right",
);

const hostsSchema = z
  .array(
    z.strictObject({
      host_uuid: z.string(),
      nics_associated: z.array(z.string().min(1)).min(1),
      data_ip: z.ipv4(),
    }),
  )
  .min(1);
const createSchema = z.strictObject({
  name: z.string().min(1),
  bond_mode: z.string().optional(),
  hosts_associated: hostsSchema,
});
const updateSchema = createSchema.partial();

export type VdsSpec = Pick<LabVds, "name" | "bondMode" | "hosts">;

/** A refusal, with the ec that it has. */
export interface Refusal {
  ec: "EINVAL" | "EEXIST" | "EINUSE";
  msg: string;
}

/** Reads a request for a new switch (`old` undefined), or for one that is there: what it leaves out stays. */
export function readVdsRequest(
  site: SiteState,
  cluster: LabCluster,
  body: unknown,
  old?: LabVds,
): { spec: VdsSpec } | Refusal {
  const parsed = (old ? updateSchema : createSchema).safeParse(body);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map((issue) => `${issue.path.join(".") || "the request"}: ${issue.message}`);
    return { ec: "EINVAL", msg: wrong.join("; ") };
  }
  const { name, bond_mode, hosts_associated } = parsed.data;
  const hosts = hosts_associated?.map((each) => ({
    hostUuid: each.host_uuid,
    nics: each.nics_associated,
    dataIp: each.data_ip,
  }));
  const spec: VdsSpec = {
    name: name ?? old?.name ?? "",
    bondMode: bond_mode ?? old?.bondMode ?? "",
    hosts: hosts ?? old?.hosts ?? [],
  };
  const others = cluster.vdses.filter((each) => each.uuid !== old?.uuid);
  return wrongBond(site, spec) ?? wrongHosts(site, spec) ?? taken(others, spec) ?? { spec };
}

/** How LACP is spelled here is disputed (facts, part A 3.7): as in the deployment request, or `lacp`. */
function wrongBond({ switches }: SiteState, { bondMode, hosts }: VdsSpec): Refusal | undefined {
  const lacp = { either: ["lacp", "balance-tcp"], lacp: ["lacp"], "balance-tcp": ["balance-tcp"] };
  const known = ["active-backup", "balance-slb", ...lacp[switches.of(vdsBondMode)]];
  // A single port needs no mode (facts, part A 2.3, of the deployment request).
  if (bondMode === "" && hosts.every((host) => host.nics.length === 1)) return undefined;
  return known.includes(bondMode)
    ? undefined
    : { ec: "EINVAL", msg: `bond_mode: ${bondMode || "none"} is none of ${known.join(", ")}` };
}

function wrongHosts(site: SiteState, { hosts }: VdsSpec): Refusal | undefined {
  const wrong: string[] = [];
  const seen = new Set<string>();
  for (const { hostUuid, nics, dataIp } of hosts) {
    const host = site.model.hosts.find((each) => each.uuid === hostUuid && each.deployed);
    if (seen.has(hostUuid)) wrong.push(`host ${hostUuid} stands there twice`);
    seen.add(hostUuid);
    if (!host) wrong.push(`host ${hostUuid} is not in the cluster`);
    if (!host) continue;
    // Runbook stage 03 创建业务虚拟交换机: data_ip is the host's storage address.
    if (dataIp !== host.storageIp) wrong.push(`data_ip ${dataIp} is not the storage address of ${hostUuid}`);
    for (const nic of nics) if (!host.hardware.ports.includes(nic)) wrong.push(`no port ${nic} on ${hostUuid}`);
    if (new Set(nics).size < nics.length) wrong.push(`a port of ${hostUuid} stands there twice`);
  }
  return wrong.length > 0 ? { ec: "EINVAL", msg: `hosts_associated: ${wrong.join("; ")}` } : undefined;
}

function taken(others: LabVds[], { name, hosts }: VdsSpec): Refusal | undefined {
  if (others.some((each) => each.name === name)) return { ec: "EEXIST", msg: `a VDS ${name} is there already` };
  for (const other of others) {
    for (const { hostUuid, nics } of other.hosts) {
      const wanted = hosts.find((host) => host.hostUuid === hostUuid)?.nics ?? [];
      const nic = nics.find((each) => wanted.includes(each));
      if (nic !== undefined) return { ec: "EINUSE", msg: `port ${nic} of ${hostUuid} is in VDS ${other.name}` };
    }
  }
  return undefined;
}
