import { z } from "zod";
import { defineResource } from "../kernel/define";
import { pathTo } from "../kernel/path";
import { cloudtowerConnection } from "./connection";
import { sharedSchema } from "./shared";
import { towerObject } from "./tower-object";

/** A label, a key with a value, which objects of CloudTower are given. */
export const Label = defineResource(
  towerObject({
    type: "cloudtower:Label",
    doc: "A label of CloudTower, by `POST /v2/api/create-label` (the vendor's schema). Known by key and value together. One that is still on objects is not deleted.",
    inputs: z.strictObject({
      connection: cloudtowerConnection,
      key: z.string().min(1).describe("key of the label; changed in place, on all that has it"),
      value: z.string().default("").describe("value of the label; changed in place, on all that has it"),
      shared: sharedSchema,
    }),
    outputs: z.strictObject({ labelId: z.string().describe("id of the label") }),
    example: { args: { key: "room", value: "A-03" }, changed: { value: "B-01" } },
    // As it is named, but that no key with = in it is taken for another key and its value.
    key: ({ key, value }) => named({ key: key.replaceAll(/[\\=]/g, "\\$&"), value }),
    noun: "label",
    plural: "labels",
    paths: {
      list: pathTo`/get-labels`,
      create: pathTo`/create-label`,
      update: pathTo`/update-label`,
      delete: pathTo`/delete-label`,
    },
    row: z.looseObject({
      id: z.string(),
      key: z.string(),
      // None is null or empty: the schema has both, and no document says which.
      value: z
        .string()
        .nullish()
        .transform((value) => value ?? ""),
      total_num: z.number().nullish(),
    }),
    called: (label) => named(label),
    where: ({ key, value }) => ({ key, ...(value ? { value } : { OR: [{ value: "" }, { value: null }] }) }),
    made: ({ key, value }) => ({ key, value }),
    changed: ({ key, value }) => ({ key, value }),
    seen: ({ key, value }) => ({ key, value }),
    outputsOf: ({ id: labelId }) => ({ labelId }),
    stays({ total_num: count }) {
      if (count === 0) return undefined;
      if (!count) return "CloudTower does not say whether it is on anything";
      return `it is on ${count === 1 ? "1 object" : `${count} objects`}`;
    },
  }),
);

function named({ key, value }: { key: string; value: string }): string {
  return value ? `${key}=${value}` : key;
}
