import type { Draft, Path } from "../draft";
import { diskName } from "../vms/machines";
import { bytesOf, isCopy, SOURCES } from "../vms/vms-plan";
import type { PasswordKnown } from "./passwords";
import { report } from "./report";
import type { RuleOptions } from "./rules";
import { checkVmAddresses } from "./vm-addresses";
import { type Entry, entriesOf, type PartialVmsPlan, writtenSpecs } from "./vm-entries";

/** The name that CloudTower's log-in is looked up by. */
export const TOWER_CONNECTION = "cloudtower";

/** What holds across the values of a plan of virtual machines; as checkRules of a site. */
export function checkVms(draft: Draft, { passwordKnown }: RuleOptions): void {
  const plan = draft.tree as PartialVmsPlan;
  const entries = entriesOf(plan);
  for (const entry of entries) checkNames(draft, entry);
  checkTwice(draft, entries);
  checkSizes(draft, plan);
  checkDisks(draft, entries);
  for (const entry of entries) {
    checkNeeded(draft, plan, entry);
    checkSource(draft, entry);
    checkCloudInit(draft, entry);
  }
  checkCpus(draft, entries);
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

/** Two machines of one name, or of one key where no name says it already; once for two entries. */
function checkTwice(draft: Draft, entries: Entry[]): void {
  const [names, keys] = [new Map<string, Path>(), new Map<string, Path>()];
  for (const { path, own, names: named, keys: keyed } of entries) {
    const at = [...path, "name"];
    const twice = firstTwice(named?.names ?? [], names, at);
    if (twice) report(draft, "vm-name-twice", at, { other: twice.other, params: { vm: twice.text } });
    const by = own.key === undefined ? at : [...path, "key"];
    const known = firstTwice(keyed?.names ?? [], keys, by);
    if (known && !twice) report(draft, "vm-key-twice", by, { other: known.other, params: { vm: known.text } });
  }
}

function firstTwice(texts: string[], seen: Map<string, Path>, path: Path): { text: string; other: Path } | undefined {
  const text = texts.find((each) => seen.has(each));
  const other = text === undefined ? undefined : seen.get(text);
  for (const each of texts) if (!seen.has(each)) seen.set(each, path);
  return text !== undefined && other ? { text, other } : undefined;
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
function checkNeeded(draft: Draft, { defaults = {} }: PartialVmsPlan, { path, own, spec }: Entry): void {
  if (isCopy(spec)) return;
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
function checkCloudInit(draft: Draft, { path, spec, pathOf }: Entry): void {
  if (!spec.cloudInit || spec.template !== undefined || spec.contentLibraryTemplate !== undefined) return;
  const at = pathOf("cloudInit");
  if (at[0] === "vms") report(draft, "vm-cloud-init-alone", at);
  else report(draft, "vm-cloud-init-alone", [...path, "name"], { other: at });
}

function checkDisks(draft: Draft, entries: Entry[]): void {
  const said = new Set<string>();
  for (const { spec, keys, pathOf } of entries) {
    const disks = spec.disks ?? [];
    const twice = namedTwice(disks, keys?.names ?? []);
    for (const [i, disk] of disks.entries()) {
      const at = [...pathOf("disks"), i];
      if (!disk || ("name" in disk && disk.name === undefined)) continue;
      if (!isCopy(spec) && !("name" in disk) && !("size" in disk) && isNew(said, at))
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
