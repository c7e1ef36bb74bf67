import { loneFields, looseLimits, NO_RATE, withoutRate } from "../../base/vm-rules";
import type { Draft, Path } from "../draft";
import { isServer } from "../names";
import { ownWords } from "../text/words";
import { diskName } from "../vms/machines";
import { bytesOf, isCopy, isOfTemplate, SOURCES, VMS_PAGE } from "../vms/vms-plan";
import type { PasswordKnown } from "./passwords";
import { report } from "./report";
import type { RuleOptions } from "./rules";
import { checkVmAddresses } from "./vm-addresses";
import { type Entry, entriesOf, MOST_MACHINES, type PartialVmsPlan, writtenSpecs } from "./vm-entries";
import { checkGroups, checkHostnames, checkTwice, checkVolumes } from "./vm-twice";

/** The name that CloudTower's log-in is looked up by. */
export const TOWER_CONNECTION = "cloudtower";

/** What holds across the values of a plan of virtual machines; as checkRules of a site. */
export function checkVms(draft: Draft, { passwordKnown }: RuleOptions): void {
  const plan = draft.tree as PartialVmsPlan;
  const { cloudtower } = plan;
  if (cloudtower !== undefined && !isServer(cloudtower))
    report(draft, "server-invalid", ["cloudtower"], { value: cloudtower });
  checkGroups(draft, plan);
  const { entries, beyond } = entriesOf(plan);
  if (beyond) report(draft, "vm-many", [...beyond, "name"], { params: { most: MOST_MACHINES } });
  for (const entry of entries) checkNames(draft, entry);
  checkTwice(draft, entries);
  checkSizes(draft, plan);
  checkDisks(draft, entries);
  for (const entry of entries) {
    checkNeeded(draft, plan, entry);
    checkSource(draft, entry);
    checkCloudInit(draft, entry);
    checkLone(draft, plan, entry);
  }
  checkLimits(draft, entries);
  checkCpus(draft, entries);
  checkHostnames(draft, entries);
  checkVolumes(draft, entries);
  checkVmAddresses(draft, plan, entries);
  checkPassword(draft, plan, passwordKnown);
}

function checkNames(draft: Draft, { path, own, names, keys }: Entry): void {
  if (own.name !== undefined && !names) report(draft, "vm-numbers-invalid", [...path, "name"], { value: own.name });
  if (own.key === undefined) return;
  if (!keys) report(draft, "vm-numbers-invalid", [...path, "key"], { value: own.key });
  else if (names && names.names.length !== keys.names.length) {
    const params = { names: names.names.length, keys: keys.names.length };
    report(draft, "vm-key-numbers", [...path, "key"], { value: own.key, params, other: [...path, "name"] });
  }
}

/** Less is a number whose unit was left out. */
const SMALLEST = 2 ** 20;

function checkSizes(draft: Draft, plan: PartialVmsPlan): void {
  for (const { path, spec } of writtenSpecs(plan)) {
    const sizes: [Path, unknown][] = [
      [[...path, "memory"], spec.memory],
      ...(spec.disks ?? []).map((disk, i): [Path, unknown] => [[...path, "disks", i, "size"], disk?.size]),
    ];
    for (const [at, size] of sizes)
      if (size !== undefined && Number(bytesOf(size)) < SMALLEST)
        report(draft, "vm-size-small", at, { value: String(size) });
  }
}

/** Each machine has CPUs and memory, its own, those of the defaults or those of what it is made from. */
function checkNeeded(draft: Draft, { defaults = {} }: PartialVmsPlan, entry: Entry): void {
  const { path, own, spec, isUnsure } = entry;
  if (isUnsure || isCopy(spec)) return;
  for (const field of ["vcpu", "memory"] as const) {
    const at = [...path, field];
    // What was refused is there, and undefined.
    if (field in own || field in defaults) continue;
    report(draft, "key-missing", at, { params: { path: at.join(".") } });
  }
}

function checkCpus(draft: Draft, entries: Entry[]): void {
  const said = new Set<string>();
  for (const { spec, pathOf } of entries) {
    const { vcpu, cpuCores } = spec;
    if (vcpu === undefined || cpuCores === undefined || vcpu % cpuCores === 0) continue;
    const [cpus, cores] = [pathOf("vcpu"), pathOf("cpuCores")];
    // At what the entry itself has.
    const [at, other] = cpus[0] === "vms" || cores[0] !== "vms" ? [cpus, cores] : [cores, cpus];
    if (!isNew(said, at)) continue;
    report(draft, "vm-vcpu-cores", at, {
      value: String(at === cpus ? vcpu : cpuCores),
      other,
      params: { vcpu, cpuCores },
    });
  }
}

/** A machine is made from one thing; `iso` is the image of its first drive. */
function checkSource(draft: Draft, { path, spec, pathOf }: Entry): void {
  const sources = SOURCES.filter((source) => spec[source] !== undefined);
  const found = [
    ...sources.map((name) => ({ name: String(name), at: pathOf(name) })),
    ...(spec.iso !== undefined && spec.cdRoms?.[0]?.image !== undefined
      ? [{ name: "cdRoms[0].image", at: pathOf("cdRoms") }]
      : []),
  ];
  const [first, second] = found;
  if (!first || !second) return;
  const [at, other] = second.at[0] === "vms" ? [second.at, first.at] : [first.at, second.at];
  const params = { sources: found.map(({ name }) => name).join(", ") };
  report(draft, "vm-source-twice", at[0] === "vms" ? at : [...path, "name"], { params, other });
}

/** What a machine is given for its first start goes with a template. */
function checkCloudInit(draft: Draft, { path, spec, isUnsure, pathOf }: Entry): void {
  if (isUnsure || !spec.cloudInit || isOfTemplate(spec)) return;
  const at = pathOf("cloudInit");
  if (at[0] === "vms") report(draft, "vm-cloud-init-alone", at);
  else report(draft, "vm-cloud-init-alone", [...path, "name"], { other: at });
}

/** What means nothing without what the machine does not have, in the words of the provider. */
function checkLone(draft: Draft, { defaults = {} }: PartialVmsPlan, entry: Entry): void {
  const { path, own, spec, isUnsure, pathOf } = entry;
  if (isUnsure) return;
  for (const { field, problem } of loneFields(spec, isCopy(spec))) {
    // That the CPUs are missing is said, or that they were refused.
    if (field === "cpuCores" && (!isCopy(spec) || "vcpu" in own || "vcpu" in defaults)) continue;
    const written = pathOf(field);
    const at = written[0] === "vms" ? written : [...path, "name"];
    reportProblem(draft, at, { written, problem, value: spec[field] });
  }
}

/** Limits of what is read and written, and of what is sent, in the words of the provider. What was refused is not known. */
function checkLimits(draft: Draft, entries: Entry[]): void {
  const said = new Set<string>();
  const tell = ({ path }: Entry, written: Path, problem: string, value?: unknown) => {
    // What stands in the defaults is wrong by who has it, and told at the first one.
    if (!isNew(said, written)) return;
    reportProblem(draft, written[0] === "vms" ? written : [...path, "name"], { written, problem, value });
  };
  for (const entry of entries) {
    const { spec, pathOf } = entry;
    const isPolicyUnsure = "ioPolicy" in spec && spec.ioPolicy === undefined;
    if (!isPolicyUnsure && !hasRefusedLimit(spec))
      for (const { field, problem } of looseLimits(spec, "RESTRICT_WHOLE_VM", spec.ioPolicy))
        tell(entry, pathOf(field), problem, spec[field]);
    for (const [i, disk] of (spec.disks ?? []).entries())
      if (disk && !isPolicyUnsure && !hasRefusedLimit(disk))
        for (const { field, problem } of looseLimits(disk, "RESTRICT_EACH_DISK", spec.ioPolicy))
          tell(entry, [...pathOf("disks"), i, field], problem, disk[field]);
    for (const [i, nic] of (spec.nics ?? []).entries())
      for (const way of withoutRate(nic?.qos)) {
        const isRefused = Object.values(nic?.qos?.[way] ?? {}).some((value) => value === undefined);
        if (!isRefused) tell(entry, [...pathOf("nics"), i, "qos", way, "rateLimit"], NO_RATE);
      }
  }
}

function hasRefusedLimit(part: { maxIops?: unknown; maxBandwidth?: unknown }): boolean {
  return (["maxIops", "maxBandwidth"] as const).some((field) => field in part && part[field] === undefined);
}

function reportProblem(
  draft: Draft,
  at: Path,
  { written, problem, value }: { written: Path; problem: string; value?: unknown },
): void {
  const params = { path: written.join("."), problem, problemZh: ownWords(problem) ?? problem, page: VMS_PAGE };
  report(draft, "value-invalid", at, { ...(value !== undefined && { value: String(value) }), params });
}

function checkDisks(draft: Draft, entries: Entry[]): void {
  const said = new Set<string>();
  for (const { spec, keys, isUnsure, pathOf } of entries) {
    const disks = spec.disks ?? [];
    const twice = namedTwice(disks, keys?.names ?? []);
    for (const [i, disk] of disks.entries()) {
      const at = [...pathOf("disks"), i];
      if (!disk || ("name" in disk && disk.name === undefined)) continue;
      if (!isUnsure && !isCopy(spec) && !("name" in disk) && !("size" in disk) && isNew(said, at))
        report(draft, "vm-disk-unknown", at);
      const { name, before } = twice.get(i) ?? {};
      if (name === undefined || before === undefined || !isNew(said, at)) continue;
      report(draft, "vm-disk-name-twice", at, { value: name, other: [...pathOf("disks"), before] });
    }
  }
}

/** The disks, by their places, that some machine has under the name of one before. */
function namedTwice(disks: readonly ({ name?: string | undefined } | undefined)[], keys: string[]) {
  const twice = new Map<number, { name: string; before: number }>();
  for (const key of keys) {
    const places = new Map<string, number>();
    for (const [place, disk] of disks.entries()) {
      const name = disk?.name ?? diskName(key, place);
      const before = places.get(name);
      if (before === undefined) places.set(name, place);
      else if (!twice.has(place)) twice.set(place, { name, before });
    }
  }
  return twice;
}

function checkPassword(draft: Draft, plan: PartialVmsPlan, known: PasswordKnown = () => undefined): void {
  if (plan.cloudtower === undefined || known(TOWER_CONNECTION) !== false) return;
  report(draft, "vm-password-missing", ["cloudtower"], { params: { connection: TOWER_CONNECTION } });
}

/** Whether nothing was said at a place yet: what stands in the defaults is looked at for each entry. */
function isNew(said: Set<string>, path: Path): boolean {
  const key = path.join(".");
  if (said.has(key)) return false;
  said.add(key);
  return true;
}
