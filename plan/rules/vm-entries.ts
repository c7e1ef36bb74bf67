import { nearest } from "../../base/nearest";
import type { Path } from "../draft";
import { keysAt } from "../key-names";
import { specOf } from "../vms/machines";
import { type Names, namesOf } from "../vms/numbers";
import { SOURCES, type VmEntry, type VmSpec, type VmsPlan, vmsPlanSchema } from "../vms/vms-plan";
import type { DeepPartial } from "./partial-plan";

/** A plan of virtual machines of which any part may still be missing. */
export type PartialVmsPlan = DeepPartial<VmsPlan>;
type PartialSpec = DeepPartial<VmSpec>;

/** An entry of the plan with what it stands for. */
export interface Entry {
  path: Path;
  own: DeepPartial<VmEntry>;
  /** With what the defaults add. */
  spec: PartialSpec;
  /** Undefined where the braces mean nothing, or there is no name. */
  names: Names | undefined;
  keys: Names | undefined;
  /** What it is made from was refused, so that nobody knows what it lacks. */
  isUnsure: boolean;
  /** Where a field of the spec stands: in the entry, or in the defaults. */
  pathOf(field: keyof VmSpec): Path;
}

/** More in one stack would be a slip of the pen, or too much for the engine. */
export const MOST_MACHINES = 10_000;

/** The entries that stand for so many machines as a plan may have, and where the first one stands that is beyond. */
export function entriesOf(plan: PartialVmsPlan): { entries: Entry[]; beyond: Path | undefined } {
  const entries: Entry[] = [];
  let machines = 0;
  for (const [i, own] of (plan.vms ?? []).entries()) {
    if (!own) continue;
    const entry = entryOf(plan, own, ["vms", i]);
    machines += entry.names?.names.length ?? 1;
    if (machines > MOST_MACHINES) return { entries, beyond: entry.path };
    entries.push(entry);
  }
  return { entries, beyond: undefined };
}

function entryOf(plan: PartialVmsPlan, own: DeepPartial<VmEntry>, path: Path): Entry {
  const { defaults } = plan;
  const refused = Object.entries(own).filter(([, value]) => value === undefined);
  const isSourceTold = SOURCES.some((source) => own[source] !== undefined);
  const areDefaultsRefused = "defaults" in plan && defaults === undefined;
  return {
    path,
    own,
    // What was refused is not known, and not what the defaults say.
    spec: { ...specOf(own as VmEntry, defaults as VmSpec | undefined), ...Object.fromEntries(refused) },
    names: own.name === undefined ? undefined : namesOf(own.name),
    keys: own.key === undefined && own.name === undefined ? undefined : namesOf(String(own.key ?? own.name)),
    isUnsure: isSourceRefused(own) || (!isSourceTold && (areDefaultsRefused || isSourceRefused(defaults))),
    pathOf: (field: keyof VmSpec) => (own[field] === undefined ? ["defaults", field] : [...path, field]),
  };
}

/** Whether it names a source that was left out, or by a key that was misspelt. */
function isSourceRefused(part: object = {}): boolean {
  return Object.entries(part).some(([key, value]) =>
    sources.includes(key) ? value === undefined : isMisspeltSource(key),
  );
}

const known = keysAt(vmsPlanSchema, ["vms", 0]);
const sources: readonly string[] = SOURCES;

function isMisspeltSource(key: string): boolean {
  return !known.includes(key) && sources.includes(nearest(key, known) ?? "");
}

/** What is written by itself: the defaults, and what each entry says of its own. */
export function writtenSpecs({ defaults, vms = [] }: PartialVmsPlan): { path: Path; spec: PartialSpec }[] {
  return [
    { path: ["defaults"], spec: defaults ?? {} },
    ...vms.map((own, i) => ({ path: ["vms", i], spec: own ?? {} })),
  ];
}
