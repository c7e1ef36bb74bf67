import type { Path } from "../draft";
import { specOf } from "../vms/machines";
import { type Names, namesOf } from "../vms/numbers";
import type { VmEntry, VmSpec, VmsPlan } from "../vms/vms-plan";
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
  /** Where a field of the spec stands: in the entry, or in the defaults. */
  pathOf(field: keyof VmSpec): Path;
}

export function entriesOf({ defaults, vms = [] }: PartialVmsPlan): Entry[] {
  return vms.flatMap((own, i) => {
    if (!own) return [];
    const path = ["vms", i];
    const refused = Object.entries(own).filter(([, value]) => value === undefined);
    return [
      {
        path,
        own,
        // What was refused is not known, and not what the defaults say.
        spec: { ...specOf(own as VmEntry, defaults as VmSpec | undefined), ...Object.fromEntries(refused) },
        names: own.name === undefined ? undefined : namesOf(own.name),
        keys: own.key === undefined && own.name === undefined ? undefined : namesOf(String(own.key ?? own.name)),
        pathOf: (field: keyof VmSpec) => (own[field] === undefined ? ["defaults", field] : [...path, field]),
      },
    ];
  });
}

/** What is written by itself: the defaults, and what each entry says of its own. */
export function writtenSpecs({ defaults, vms = [] }: PartialVmsPlan): { path: Path; spec: PartialSpec }[] {
  return [
    { path: ["defaults"], spec: defaults ?? {} },
    ...vms.map((own, i) => ({ path: ["vms", i], spec: own ?? {} })),
  ];
}
