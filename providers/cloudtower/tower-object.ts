import type { z } from "zod";
import { BadAnswer, NotFound } from "../kernel/errors";
import type { Path } from "../kernel/path";
import type { Context, ObjectKind } from "../kernel/resource";
import { cloudtower, oneOrMany, started } from "./client";
import { deleteWhere } from "./settle";
import { refuseRename, type sharedSchema } from "./shared";
import { awaitTask } from "./task";
import type { Where } from "./walk";

type Inputs = z.ZodObject<{ shared: typeof sharedSchema }>;
/** An object as its list shows it. */
type Row = { id: string };

/** What differs between CloudTower's plain objects: those that one call makes, one changes and one deletes. */
export interface TowerObject<I extends Inputs, O extends z.ZodObject, R extends Row>
  extends Pick<ObjectKind<I, O>, "doc" | "example" | "key" | "parents"> {
  type: `cloudtower:${string}`;
  inputs: I;
  outputs: O;
  /** What messages call one and many. */
  noun: string;
  plural: string;
  paths: Record<"list" | "create" | "update" | "delete", Path>;
  row: z.ZodType<R>;
  /** What messages call this one, as it is planned or stands. */
  called(object: z.output<I> | R): string;
  /** The condition that finds the planned one. */
  where(inputs: z.output<I>): Where;
  /** What a creation has. */
  made(inputs: z.output<I>): object;
  /** What an update has of the plan: what is changed in place. */
  changed(inputs: z.output<I>): Partial<R>;
  /** Inputs as they stand. */
  seen(row: R): Partial<z.output<I>>;
  outputsOf(id: string): z.output<O>;
  /** Why one that stands is not deleted, as in "datacenter DC-01 stays: …"; undefined: it is. */
  stays(row: R, context: Context): Promise<string | undefined> | string | undefined;
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
  const list = (context: Context, where: Where) => listObjects(context, about, where);
  return {
    type,
    sort: "object",
    doc,
    inputs,
    outputs,
    example,
    key,
    ...(parents && { parents }),

    async find(context, wanted) {
      return (await list(context, about.where(wanted))).map(({ id }) => ({ id, ...(wanted.shared && { ours: true }) }));
    },

    async create(context, wanted) {
      const what = `${noun} ${called(wanted)}`;
      const made = await cloudtower(context).write({
        operation: `create ${what}`,
        path: paths.create,
        body: [about.made(wanted)],
        schema: oneOrMany(started),
      });
      const [answer] = made ?? [];
      if (!answer) throw new BadAnswer(`Unable to create ${what}: CloudTower answered without one`);
      context.checkpoint(answer.data.id);
      await awaitTask(context, `making ${what}`, answer.task_id);
      return answer.data.id;
    },

    async sync(context, id, wanted) {
      const name = called(wanted);
      const [stands] = await list(context, { id });
      if (!stands) throw new NotFound(`${noun} ${name} (id ${id}) stands no more`, "run pulumi refresh, then up");
      const data = about.changed(wanted);
      if (Object.entries(data).every(([field, value]) => stands[field as keyof R] === value)) return outputsOf(id);
      if (wanted.shared) refuseRename(noun, called(stands), name);
      const isRename = called(stands) !== name;
      const changed = await cloudtower(context).write({
        operation: isRename ? `rename ${noun} ${called(stands)} to ${name}` : `change ${noun} ${name}`,
        path: paths.update,
        body: { where: { id }, data },
        schema: oneOrMany(started),
        idempotent: true,
      });
      await awaitTask(context, `${isRename ? "renaming" : "changing"} ${noun} ${name}`, changed?.[0]?.task_id);
      return outputsOf(id);
    },

    async read(context, id) {
      const [stands] = await list(context, { id });
      return stands && { inputs: about.seen(stands), outputs: outputsOf(id) };
    },

    async delete(context, id, prior) {
      const what = `${noun} ${called(prior)}`;
      if (prior.shared) {
        context.warn(`${what} is shared with other sites and stays`);
        return "kept";
      }
      const [stands] = await list(context, { id });
      if (!stands) return "gone";
      const why = await about.stays(stands, context);
      if (why !== undefined) {
        context.warn(`${what} stays: ${why}`);
        return "kept";
      }
      await deleteWhere(context, {
        what,
        path: paths.delete,
        where: { id },
        isGone: async () => (await list(context, { id })).length === 0,
      });
      return "gone";
    },
  };
}

/** As in "datacenter DC-01 stays: HCI-01 belongs to it"; undefined where nothing does. */
export function belonging(objects: { name: string }[] | null | undefined): string | undefined {
  if (!objects?.length) return undefined;
  return `${objects.map(({ name }) => name).join(", ")} belongs to it`;
}
