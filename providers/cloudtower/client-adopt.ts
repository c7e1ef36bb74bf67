import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { z } from "zod";
import { sizeText } from "../../base/byte-size";
import { NotFound, PlanConflict } from "../kernel/errors";
import { pathTo } from "../kernel/path";
import { cloudtower, type TowerCaller } from "./client";
import { seenCdRoms } from "./vm-cd-roms";
import { seenDisks } from "./vm-disks";
import { markIn, otherStack, unmarked } from "./vm-mark";
import { seenNics } from "./vm-nics";
import { isPlaceholder, type SeenVm, seenVm, vms } from "./vm-seen";
import { policySchema } from "./volume-policy";

/** A machine as it stands, in the words of `cloudtower:Vm`; `key`: what its stack knows it by, where that is not its name. */
export type StandingVm = { name: string; key?: string } & Record<string, unknown>;

/** A machine, or a part of one, that is not taken, and why. */
export interface PassedBy {
  name: string;
  why: string;
}

interface Asked {
  /** Name of the cluster; undefined: the only one. */
  cluster: string | undefined;
  isMeant(name: string): boolean;
  /** The stack that they become, as marks name it; undefined where there is none yet. */
  stack: { project: string; stack: string } | undefined;
}

/**
 * The machines of a cluster that are somebody's, those that a plan cannot have passed by with the reason. Only reads.
 * `notes`: what is to be known beside.
 */
export async function standingVms(
  caller: TowerCaller,
  { cluster: called, isMeant, stack }: Asked,
): Promise<{ cluster: string; machines: StandingVm[]; passed: PassedBy[]; notes: string[] }> {
  const client = cloudtower(caller);
  const cluster = await clusterCalled(caller, called);
  const listed = await client.list({ ...vms, where: { cluster: { id: cluster.id } } });
  const tower = await addressesOf(caller.connection.addresses);
  // Whether vm_usage tells it of one that was installed by hand is not documented.
  const isTower = ({ ips }: { ips?: string | null | undefined }) =>
    ips?.split(",").some((address) => tower.has(address)) ?? false;
  const meant = listed.filter(
    ({ name, vm_usage, internal, in_recycle_bin }) => isMeant(name) && !vm_usage && !internal && !in_recycle_bin,
  );
  const seen = await Promise.all(meant.map(({ id }) => seenVm(caller, id, cluster.id, "recent")));
  const machines: StandingVm[] = [];
  const passed: PassedBy[] = [];
  const owner = stack ? `${stack.project}/${stack.stack}/` : "";
  const bearers = bearersOf(listed.filter(({ in_recycle_bin }) => !in_recycle_bin));
  for (const each of seen.filter((one) => one !== undefined)) {
    const { name } = each.row;
    const why = isTower(each.row)
      ? "CloudTower itself runs in it"
      : (whyPassed(each, owner) ?? whyUnsure(each, bearers));
    if (why) passed.push({ name, why });
    else machines.push(standing(each, (part) => passed.push({ name, why: part })));
  }
  const [address = ""] = caller.connection.addresses;
  const notes =
    isIP(address) === 0 && !listed.some(isTower)
      ? [
          `no machine of ${cluster.name} has an address of ${address} (${[...tower].join(", ") || "none is known here"}): should CloudTower itself run in one of them, take that out of the plan`,
        ]
      : [];
  return { cluster: cluster.name, machines: machines.sort((a, b) => (a.name < b.name ? -1 : 1)), passed, notes };
}

/** Addresses, and all those of names among them: machines tell theirs as numbers. */
async function addressesOf(called: string[]): Promise<Set<string>> {
  const found = called.map(async (each) => {
    if (isIP(each) !== 0) return [each];
    return (await lookup(each, { all: true }).catch(() => [])).map(({ address }) => address);
  });
  return new Set((await Promise.all(found)).flat());
}

/** The cluster of that name, or the only one. */
async function clusterCalled(caller: TowerCaller, called: string | undefined) {
  const [tower, path] = [`the CloudTower at ${caller.connection.addresses.join(", ")}`, pathTo`/get-clusters`];
  const where = called === undefined ? {} : { name: called };
  const row = z.looseObject({ id: z.string(), name: z.string() });
  const [cluster, ...others] = await cloudtower(caller).list({ what: "clusters", path, where, row });
  if (!cluster)
    throw new NotFound(called === undefined ? `${tower} has no cluster` : `${tower} has no cluster ${called}`);
  if (others.length === 0) return cluster;
  const names = [cluster, ...others].map(({ name }) => name).join(", ");
  throw new PlanConflict(`${tower} has ${others.length + 1} clusters: ${names}`, "--cluster NAME says which is meant");
}

function whyPassed({ row, isWhole }: SeenVm, owner: string): string | undefined {
  const stack = otherStack(row.description ?? "", { owner });
  if (stack !== undefined) return `it is of the stack ${stack} by the mark in its description`;
  if (/[{}]/.test(row.name)) return "braces in its name mean several machines in a plan";
  if (!["RUNNING", "STOPPED", "SUSPENDED"].includes(row.status)) return `it is ${row.status}`;
  if (row.entityAsyncStatus || !isWhole || isPlaceholder(row)) return "a task works on it: adopt it later";
  return undefined;
}

/** The names of the machines that bear each mark. */
function bearersOf(rows: SeenVm["row"][]): Map<string, string[]> {
  const bearers = new Map<string, string[]>();
  for (const { name, description } of rows) {
    const mark = markIn(description ?? "");
    if (mark !== undefined) bearers.set(mark, [...(bearers.get(mark) ?? []), name]);
  }
  return bearers;
}

/** A copy that somebody has made in CloudTower has the mark of what it was copied from. */
function whyUnsure({ row }: SeenVm, bearers: Map<string, string[]>): string | undefined {
  const mark = markIn(row.description ?? "") ?? "";
  const names = bearers.get(mark) ?? [];
  if (names.length < 2) return undefined;
  return `${names.join(" and ")} bear one mark, ${mark}: take it out of the description of the copy`;
}

function standing(seen: SeenVm, leave: (why: string) => void): StandingVm {
  const { row } = seen;
  const { vcpu, cpu, memory, ha, status } = row;
  const [disks, nics, cdRoms] = [disksOf(seen, leave), nicsOf(seen, leave), cdRomsOf(seen, leave)];
  // Its own stack's: another's is not taken.
  const mark = markIn(row.description ?? "");
  const key = mark?.split("/").slice(2).join("/");
  const description = unmarked(row.description ?? "", { owner: mark ?? "" }).trim();
  return {
    name: row.name,
    ...(key && key !== row.name && { key }),
    ...(description && { description }),
    ...(row.folder?.name && { folder: row.folder.name }),
    vcpu,
    ...(cpu.cores > 1 && vcpu % cpu.cores === 0 && { cpuCores: cpu.cores }),
    memory: sizeText(memory),
    ...(!ha && { ha }),
    ...(row.firmware === "UEFI" && { firmware: "UEFI" }),
    ...(status !== "RUNNING" && { status }),
    ...(disks && { disks }),
    ...(nics && { nics }),
    ...(cdRoms && { cdRoms }),
  };
}

/** What a plan cannot have is left to CloudTower, and then what becomes of it is not looked at. */
function disksOf(seen: SeenVm, leave: (why: string) => void) {
  const { disks } = seenDisks(seen, [], {});
  const isOne = disks.every(({ name }, at) => disks.findIndex((each) => each.name === name) === at);
  if (!isOne || disks.some(({ bus }) => !["IDE", "SCSI", "VIRTIO"].includes(bus ?? "")))
    return leave("its disks are left out: two have one name, or one has a bus that no plan has");
  return disks.map(({ name, size, storagePolicy, bus }) => ({
    name,
    size: sizeText(size ?? 0),
    ...(policySchema.safeParse(storagePolicy).success && { storagePolicy }),
    bus,
  }));
}

function nicsOf(seen: SeenVm, leave: (why: string) => void) {
  const nics = seenNics(seen, []);
  if (nics.some(({ vlan, model }) => vlan === "" || !["VIRTIO", "E1000"].includes(model)))
    return leave("its NICs are left out: one is in no network, or of a model that no plan has");
  return nics.map(({ vlan, model, enabled, mirror }) => ({
    vlan,
    ...(model !== "VIRTIO" && { model }),
    ...(!enabled && { enabled }),
    ...(mirror && { mirror }),
  }));
}

function cdRomsOf(seen: SeenVm, leave: (why: string) => void) {
  if (seen.cdRoms.some(({ svt_image }) => svt_image)) return leave("its drives are left out: the tools are in one");
  return seenCdRoms(seen, []);
}
