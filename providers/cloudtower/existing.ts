import { z } from "zod";
import { PlanConflict } from "../kernel/errors";
import type { Path } from "../kernel/path";
import type { LookupKind } from "../kernel/resource";
import { cloudtower } from "./client";
import { cloudtowerConnection } from "./connection";
import type { Where } from "./walk";

const isScalar = (value: unknown) => value === null || ["string", "number", "boolean"].includes(typeof value);

/** Whether a value is a condition as the vendor's guide has them, whatever its fields are called. */
function isCondition(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(([field, wanted]) => {
    if (["AND", "OR", "NOT"].includes(field))
      return Array.isArray(wanted) ? wanted.every(isCondition) : isCondition(wanted);
    return isScalar(wanted) || (Array.isArray(wanted) && wanted.every(isScalar)) || isCondition(wanted);
  });
}

const whereSchema = z
  .record(z.string(), z.unknown())
  .refine(
    isCondition,
    "no condition: fields with values, lists of values or conditions; AND, OR and NOT of conditions",
  );

const anywhere = z.strictObject({
  connection: cloudtowerConnection,
  name: z.string().min(1).optional().describe("its name"),
  where: whereSchema
    .optional()
    .describe(
      'a condition of CloudTower\'s API: `{ name_starts_with: "web-", vcpu_gte: 4, host: { name: "node-1" } }`; fields of the object with `_not`, `_in`, `_not_in`, `_lt`, `_lte`, `_gt`, `_gte`, `_contains`, `_starts_with`, `_ends_with` and their `_not` forms, relations with `_some`, `_every`, `_none`, and AND, OR, NOT',
    ),
});
const inOne = anywhere.extend({
  cluster: z.string().min(1).optional().describe("id of the cluster that it is in"),
});

/** What differs between the look-ups of what stands in CloudTower. */
interface Existing<I extends z.ZodObject, O extends z.ZodObject, R extends { id: string; name: string }>
  extends Pick<LookupKind<I, O>, "doc" | "example"> {
  type: `cloudtower:Existing${string}`;
  /** What messages call many. */
  plural: string;
  path: Path;
  row: z.ZodType<R>;
  /** What holds of all that it finds, unless the condition names the field itself. */
  usual?: Where;
  outputs: O;
  outputsOf(row: R): z.output<O>;
}

/** The look-up of the one object that name and condition find. None is an error, and so are two, which it lists. */
export function existing<O extends z.ZodObject, R extends { id: string; name: string }>(
  about: Existing<typeof anywhere, O, R>,
): LookupKind<typeof anywhere, O> {
  return lookUp(about, anywhere, () => ({}));
}

/** The same within a cluster, where the plan names one. */
export function existingInCluster<O extends z.ZodObject, R extends { id: string; name: string }>(
  about: Existing<typeof inOne, O, R> & {
    /** The condition that says which cluster it is in. */
    inCluster(cluster: string): Where;
  },
): LookupKind<typeof inOne, O> {
  return lookUp(about, inOne, ({ cluster }) => (cluster ? about.inCluster(cluster as string) : {}));
}

function lookUp<I extends z.ZodObject, O extends z.ZodObject, R extends { id: string; name: string }>(
  about: Existing<I, O, R>,
  inputs: I,
  within: (inputs: z.output<I>) => Where,
): LookupKind<I, O> {
  const { type, doc, example, outputs, plural, path, row, usual = {} } = about;
  const askedOf = (given: z.output<I>) => given as { name?: string; cluster?: string; where?: Where };
  return {
    type,
    sort: "look-up",
    doc: `${doc} By name or by a condition, of which exactly one may be found: none is an error, and so are two, which it lists.`,
    inputs,
    outputs,
    ...(example && { example }),
    key(given) {
      const { name, cluster, where } = askedOf(given);
      return [name, cluster, where && JSON.stringify(where)].filter(Boolean).join(" ");
    },

    async read(context, _id, given) {
      const { name, where = {} } = askedOf(given);
      const isAsked = Object.keys(usual).some((field) => JSON.stringify(where).includes(`"${field}`));
      const conditions = [name ? { name } : {}, within(given), isAsked ? {} : usual, where];
      const [first = {}, ...more] = conditions.filter((each) => Object.keys(each).length > 0);
      const wanted = more.length > 0 ? { AND: [first, ...more] } : first;
      const found = await cloudtower(context).list({ what: plural, path, where: wanted, row });
      if (found.length > 1) {
        const named = found.slice(0, 10).map(({ id, name: called }) => `${called} (${id})`);
        const others = found.length > named.length ? ` and ${found.length - named.length} more` : "";
        throw new PlanConflict(
          `${found.length} ${plural} are found by ${context.label} on ${context.connection.name}: ${named.join(", ")}${others}`,
          "say more in the condition, so that one is left",
        );
      }
      const [only] = found;
      return only && { inputs: {}, outputs: about.outputsOf(only) };
    },
  };
}

/** The condition on what is in a cluster. */
export const inCluster = (cluster: string): Where => ({ cluster: { id: cluster } });

export const existingRow = z.looseObject({ id: z.string(), name: z.string() });
/** Of what the cluster has by an id of its own. */
export const localRow = existingRow.extend({ local_id: z.string() });
export const imageRow = localRow.extend({ path: z.string(), size: z.int() });

export function imageOutputs({
  id: imageId,
  name: imageName,
  local_id: localId,
  path,
  size,
}: z.output<typeof imageRow>) {
  return { imageId, imageName, localId, path, size };
}

export const idOf = (what: string) => z.string().describe(`id of the ${what} in CloudTower`);
export const localIdOf = (what: string) => z.string().describe(`the cluster's own id of the ${what}`);
export const nameOf = (what: string) => z.string().describe(`name of the ${what}`);
