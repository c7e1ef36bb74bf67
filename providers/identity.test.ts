import { expect, test } from "vitest";
import type { z } from "zod";
import { kinds } from "./handler";
import { journalKey } from "./kernel/identity";
import type { Kind } from "./kernel/resource";
import { fieldNames, traits } from "./kernel/schema";

const connection = { name: "HCI-01", addresses: ["10.0.20.10"], username: "root" };

/** Which inputs make an object another one than what goes by the same name elsewhere. */
function identifyingFields(kind: Kind): string[] {
  const values = Object.fromEntries(fieldNames(kind.inputs).map((name) => [name, `a ${name}`]));
  const key = (changed: Record<string, unknown>) => journalKey(kind, { ...values, connection, ...changed }).key;
  return fieldNames(kind.inputs).filter((name) => name !== "connection" && key({ [name]: "another" }) !== key({}));
}

/**
 * What replaces an object when it changes either says which one it is, or what it is like. Of the second sort, by kind:
 * a new field that replaces is put here with a thought, or into the kind's `key` or `parents`.
 */
const LIKE: Record<string, string[]> = {
  "smtxos:IsoImage": ["size"],
  "smtxos:SvtImage": ["size"],
  "cloudtower:ElfImage": ["size", "sha256"],
  "cloudtower:SvtImage": ["version", "size", "sha256"],
  "cloudtower:ContentLibraryImage": ["size", "sha256", "url"],
};

test.each(kinds.map((kind) => [kind.type, kind] as const))(
  "%s is known by all that says which one it is",
  (type, kind) => {
    const replacing = fieldNames(kind.inputs).filter(
      (name) => name !== "connection" && traits(kind.inputs.shape[name] as z.ZodType).replaces,
    );
    const identifying = identifyingFields(kind);
    expect(replacing.filter((name) => !identifying.includes(name))).toEqual(LIKE[type] ?? []);
    for (const parent of kind.parents ?? []) expect(identifying).toContain(parent);
  },
);

test("what an object belongs to says which one it is, but for what can be changed in place", () => {
  const inPlace = kinds.flatMap((kind) =>
    fieldNames(kind.inputs)
      .filter((name) => /^ids? of /.test((kind.inputs.shape[name] as z.ZodType).description ?? ""))
      .filter((name) => !identifyingFields(kind).includes(name))
      .map((name) => `${kind.type} ${name}`),
  );
  expect(inPlace).toEqual([
    // A cluster is moved to another datacenter.
    "cloudtower:ClusterConnection datacenter",
    // So is an image of the library.
    "cloudtower:ContentLibraryImage clusters",
    // A template is known by its name, whatever it was made from, and given to one cluster after another.
    "cloudtower:VmTemplate vm",
    "cloudtower:ContentLibraryVmTemplate vm",
    "cloudtower:ContentLibraryVmTemplate clusters",
  ]);
});
