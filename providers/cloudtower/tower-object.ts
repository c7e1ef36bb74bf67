import type { z } from "zod";
import { BadAnswer, NotFound, PlanConflict } from "../kernel/errors";
import type { Path } from "../kernel/path";
import type { Context, Found, ObjectKind } from "../kernel/resource";
import { sameField } from "../kernel/schema";
import { cloudtower, oneOrMany, started } from "./client";
import { type TowerList, towerRows } from "./rows";
import { deleteWhere, untilShown } from "./settle";
import { refuseRename, type sharedSchema } from "./shared";
import { awaitTask } from "./task";
import { isKnown } from "./vm-mark";
import type { Where } from "./walk";

type Inputs = z.ZodObject<{ shared: typeof sharedSchema }>;
/** An object as its list shows it. */
type Row = { id: string; entityAsyncStatus?: unknown };

/** Vendor milliseconds between two looks. */
const LOOK = 2_000;

/** What differs between CloudTower's plain objects: those that one call makes, one changes and one deletes. */
export interface TowerObject<I extends Inputs, O extends z.ZodObject, R extends Row>
  extends Pick<ObjectKind<I, O>, "doc" | "example" | "key" | "parents" | "refuses"> {
  type: `cloudtower:${string}`;
  inputs: I;
  outputs: O;
  /** What messages call one and many. */
  noun: string;
  plural: string;
  /** Without one that updates, `refuses` refuses every change. */
  paths: Record<"list" | "create" | "delete", Path> & { update?: Path };
  row: z.ZodType<R>;
  /** What messages call this one, as it is planned or stands. */
  called(object: z.output<I> | R): string;
  /** The condition that finds the planned one. */
  where(inputs: z.output<I>): Where;
  /** What the mark on one that stands says of whose it is; left out where the API has no field for a mark. */
  markOn?(row: R, context: Context): Pick<Found, "ours" | "stack">;
  /** What a creation has. */
  made(inputs: z.output<I>, context: Context): object | Promise<object>;
  /** What an update has of the plan: what is changed in place. */
  changed?(inputs: z.output<I>, context: Context): object | Promise<object>;
  /** Inputs as they stand, in the words of those that they are compared with; one that cannot be observed is left out. */
  seen(row: R, context: Context, planned: z.output<I>): Partial<z.output<I>> | Promise<Partial<z.output<I>>>;
  /** Inputs that CloudTower may not show: then the state tells whether the plan has changed them. */
  mayHide?: readonly (keyof z.output<I>)[];
  /** Inputs that no update has: calls of their own change them, one after another, each of the object as it stands then. */
  apart?: {
    fields: readonly (keyof z.output<I>)[];
    changes: readonly ((context: Context, row: R, wanted: z.output<I>) => Promise<void>)[];
  };
  outputsOf(row: R): z.output<O>;
  /** Why one that stands is not deleted, as in "datacenter DC-01 stays: …"; undefined: it is. */
  stays(row: R, context: Context, prior: z.output<I>): Promise<string | undefined> | string | undefined;
}

/** Every object of a kind that a condition finds. */
export function listObjects<R extends Row>(
  context: Context,
  { plural, paths, row }: Pick<TowerObject<Inputs, z.ZodObject, R>, "plural" | "paths" | "row">,
  where?: Where,
): Promise<R[]> {
  return cloudtower(context).list({ what: plural, path: paths.list, where, row });
}

/** The kind of a plain object: found by its condition, made by one call, changed in place, kept while others use it. */
export function towerObject<I extends Inputs, O extends z.ZodObject, R extends Row>(
  about: TowerObject<I, O, R>,
): ObjectKind<I, O> {
  const { type, doc, inputs, outputs, example, key, parents, noun, paths, called, outputsOf } = about;
  const isApart = (field: string) => about.apart?.fields.includes(field as keyof z.output<I>) ?? false;
  const list = { what: about.plural, path: paths.list, row: about.row };
  const rows = (context: Context) => towerRows(context, list);

  /** The inputs that stand otherwise than the plan wants them, and as what. */
  async function differing(context: Context, row: R, wanted: z.output<I>): Promise<[string, unknown][]> {
    const seen = await about.seen(row, context, wanted);
    return Object.entries(seen).filter(
      ([field, value]) => !sameField(inputs, field, value, wanted[field as keyof typeof wanted]),
    );
  }

  /** The inputs that are not shown and that the plan has otherwise than the state. */
  function unseen(seen: object, prior: z.output<I> | undefined, wanted: z.output<I>): string[] {
    const hidden = prior ? (about.mayHide ?? []).filter((field) => !(field in seen)) : [];
    return hidden.map(String).filter((field) => {
      const name = field as keyof typeof wanted;
      return !sameField(inputs, field, prior?.[name], wanted[name]);
    });
  }

  const settled = (context: Context, id: string, what: string) => settledRow(context, list, id, what);

  /** What was taken over bears no mark, perhaps: the journal knows it by its id. */
  const ownByMark = (context: Context, row: R) => {
    const mark = about.markOn?.(row, context) ?? {};
    return isKnown(context, row.id) ? { stack: mark.stack } : mark;
  };

  return {
    type,
    sort: "object",
    doc,
    inputs,
    outputs,
    example,
    key,
    ...(parents && { parents }),
    ...(about.refuses && { refuses: about.refuses }),
    ...(about.markOn && { bearsMark: true }),

    async find(context, wanted) {
      return (await listObjects(context, about, about.where(wanted))).map((row) => ({
        id: row.id,
        ...(wanted.shared ? { ours: true } : ownByMark(context, row)),
      }));
    },

    async create(context, wanted) {
      const made = await about.made(wanted, context);
      return createTowerObject(context, `${noun} ${called(wanted)}`, paths.create, [made]);
    },

    async sync(context, id, wanted, prior) {
      const name = called(wanted);
      const stands = await settled(context, id, `${noun} ${name}`);
      if (!stands) throw new NotFound(`${noun} ${name} (id ${id}) stands no more`, "run pulumi refresh, then up");
      const inPlace = await about.seen(stands, context, wanted);
      const others = [
        ...(await differing(context, stands, wanted)).map(([field]) => field),
        ...unseen(inPlace, prior, wanted),
      ];
      if (others.length === 0) return outputsOf(stands);
      const seen = { ...wanted, ...inPlace, ...outputsOf(stands) };
      const cannot = about.refuses?.(seen, wanted) ?? [];
      if (cannot.length > 0) {
        const reasons = cannot.map(({ property, reason }) => `${property}: ${reason}`);
        throw new PlanConflict(`${noun} ${name} stands (id ${id}) and is not as planned: ${reasons.join("; ")}`);
      }
      if (wanted.shared) refuseRename(noun, called(stands), name);
      const isRename = called(stands) !== name;
      let isChanged = false;
      if (paths.update && others.some((field) => !isApart(field))) {
        const changed = await cloudtower(context).write({
          operation: isRename ? `rename ${noun} ${called(stands)} to ${name}` : `change ${noun} ${name}`,
          path: paths.update,
          body: { where: { id }, data: await about.changed?.(wanted, context) },
          schema: oneOrMany(started),
          idempotent: true,
        });
        await awaitTask(context, `${isRename ? "renaming" : "changing"} ${noun} ${name}`, changed?.[0]?.task_id);
        isChanged = changed !== undefined;
      }
      for (const change of others.some(isApart) ? (about.apart?.changes ?? []) : []) {
        // A change of it may still be shown as under way, and locks it.
        const now = await settled(context, id, `${noun} ${name}`);
        if (now) await change(context, now, wanted);
        isChanged = true;
      }
      // Nothing to change (304): what was read before was of an earlier moment.
      if (!isChanged) return outputsOf(stands);
      // Another client's write may have come between (facts: cloudtower-api-faq, ResourceLockedError).
      await untilShown(context, `the change of ${noun} ${name}`, async () => {
        const row = await rows(context).fresh(id);
        if (!row || row.entityAsyncStatus) return String(row?.entityAsyncStatus ?? "gone");
        const left = await differing(context, row, wanted);
        return left.length === 0
          ? undefined
          : left.map(([field, value]) => `${field} ${JSON.stringify(value)}`).join(", ");
      });
      return outputsOf(stands);
    },

    async read(context, id, prior) {
      const stands = await rows(context).recent(id);
      return stands && { inputs: await about.seen(stands, context, prior), outputs: outputsOf(stands) };
    },

    async delete(context, id, prior) {
      const what = `${noun} ${called(prior)}`;
      if (prior.shared) {
        context.warn(`${what} is shared with other sites and stays`);
        return "kept";
      }
      const stands = await settled(context, id, what);
      if (!stands) return "gone";
      const why = await about.stays(stands, context, prior);
      if (why !== undefined) {
        context.warn(`${what} stays: ${why}`);
        return "kept";
      }
      await deleteWhere(context, {
        what,
        path: paths.delete,
        where: { id },
        isGone: async () => !(await rows(context).fresh(id)),
      });
      return "gone";
    },
  };
}

/** Makes an object by one call and waits for its task; its id, which the journal has before the task ends. */
export async function createTowerObject(context: Context, what: string, path: Path, body: object): Promise<string> {
  const made = await cloudtower(context).write({ operation: `create ${what}`, path, body, schema: oneOrMany(started) });
  const [answer] = made ?? [];
  if (!answer) throw new BadAnswer(`Unable to create ${what}: CloudTower answered without one`);
  context.checkpoint(answer.data.id);
  await awaitTask(context, `making ${what}`, answer.task_id);
  return answer.data.id;
}

/** An object once no task works on it; a task may end earlier than that is shown (facts, part B 5A 7). */
export function settledRow<R extends Row>(
  context: Context,
  list: TowerList<R>,
  id: string,
  what: string,
): Promise<R | undefined> {
  return context.wait<R | undefined>(
    `CloudTower to be done with ${what}`,
    async () => {
      const row = await towerRows(context, list).fresh(id);
      return row?.entityAsyncStatus ? { pending: String(row.entityAsyncStatus) } : { done: row };
    },
    { interval: LOOK / 4, cap: LOOK },
  );
}

/** Changes what a call of its own changes, and waits for the tasks. The same twice is no change. */
export async function changeWhere(context: Context, operation: string, path: Path, body: object): Promise<void> {
  const schema = oneOrMany(started);
  const answers = await cloudtower(context).write({ operation, path, body, schema, idempotent: true });
  for (const { task_id } of answers ?? []) await awaitTask(context, operation, task_id);
}

/** As in "datacenter DC-01 stays: HCI-01 belongs to it"; undefined where nothing does. */
export function belonging(objects: { name: string }[] | null | undefined): string | undefined {
  if (!objects?.length) return undefined;
  return `${objects.map(({ name }) => name).join(", ")} belongs to it`;
}
