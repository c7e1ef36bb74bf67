import { z } from "zod";
import { BadAnswer, PlanConflict, TaskFailed } from "../kernel/errors";
import { pathTo } from "../kernel/path";
import type { Failure } from "../kernel/schema";
import { cloudtower } from "./client";
import { byNameOrId, onlyOne } from "./rows";
import { awaitTask } from "./task";
import type { VmChange } from "./vm-change";
import type { VmInputs } from "./vm-inputs";

/** What the journal has of a rollback: what the plan calls the snapshot, and by which task it is known. */
const begunSchema = z.object({
  to: z.string(),
  /** The machine's tasks that were there before. */
  before: z.array(z.string()),
  /** Undefined until CloudTower has answered. */
  task: z.string().optional(),
});
type Begun = z.output<typeof begunSchema>;
const notedSchema = z.looseObject({ rollback: begunSchema });

const snapshots = {
  what: "snapshots of virtual machines",
  path: pathTo`/get-vm-snapshots`,
  row: z.looseObject({ id: z.string(), name: z.string() }),
};
const taskRow = z.looseObject({
  id: z.string(),
  description: z.string().nullish(),
  resource_mutation: z.string().nullish(),
});

/**
 * Rolls the machine back where the plan has another snapshot for it than the state: once, also where a run is killed on
 * the way, since nothing of a machine shows that it was rolled back; whether it was. The journal knows what was begun, and
 * CloudTower's list of tasks what has come of it.
 */
export async function syncRollback(change: VmChange, prior: VmInputs | undefined): Promise<boolean> {
  const { context, wanted, seen } = change;
  const { name, rollbackTo: to } = wanted;
  const noted = notedSchema.safeParse(context.entry?.memo).data?.rollback;
  if (to === undefined || !prior || prior.rollbackTo === to) {
    if (to !== undefined && !prior) context.info(`machine ${name} is new to this stack, and not rolled back to ${to}`);
    // Done, and in the state: should the plan have it anew some day, it is done anew.
    if (prior && noted) note(change, undefined);
    return false;
  }
  if (noted?.to === to && (await isDone(change, noted))) {
    context.info(`machine ${name} has been rolled back to ${to} by an earlier run`);
    return true;
  }
  const about = { noun: `snapshot of machine ${seen.row.name}`, plural: snapshots.what, called: to };
  const found = (await byNameOrId(context, snapshots, { vm: { id: change.id } })(to)) ?? [];
  const { id: snapshot_id } = onlyOne(found, about, "name it by its id");
  if (seen.row.status !== "STOPPED" && wanted.status !== "STOPPED" && !wanted.allowRestart)
    throw new PlanConflict(`machine ${name} is not rolled back to ${to}: it runs`, WAY_OUT);
  await change.stop(wanted.forceStop, "shut the guest down by hand, or set forceStop, then up again");
  const body = { where: { id: change.id }, data: { snapshot_id } };
  for (let times = 0; times < 2; times++) {
    const begun: Begun = { to, before: (await tasksOf(change)).map(({ id }) => id) };
    note(change, begun);
    const answered = (task: string) => note(change, { ...begun, task });
    if (await change.write(`roll back to ${to}`, pathTo`/rollback-vm`, body, answered)) return true;
    if (await isDone(change, begun)) return true;
  }
  throw new BadAnswer(`CloudTower does not answer to the request to roll back machine ${name}`);
}

const WAY_OUT = "set allowRestart, or status STOPPED first";

function note({ context }: VmChange, rollback: Begun | undefined): void {
  context.note({ ...context.entry?.memo, rollback });
}

/** Whether a rollback that was begun has been carried out. Throws PlanConflict where nobody can tell. */
async function isDone(change: VmChange, { to, before, task }: Begun): Promise<boolean> {
  const { context, wanted } = change;
  const since = task === undefined ? (await tasksOf(change)).filter(({ id }) => !before.includes(id)) : [{ id: task }];
  if (since.length === 0) return false;
  const [rollback] = since.filter((each) => each.id === task || isRollback(each));
  if (!rollback)
    throw new PlanConflict(
      `whether machine ${wanted.name} has been rolled back to ${to} is not known: a request for it was begun, and other tasks have worked on the machine since`,
      "look at its tasks in CloudTower; if it has been, leave rollbackTo out of the plan; to have it done, name the snapshot by its id, or by its name if it was the id",
    );
  try {
    await awaitTask(context, `rolling back machine ${wanted.name}`, rollback.id);
  } catch (error) {
    if (!(error instanceof TaskFailed)) throw error;
    return false;
  } finally {
    await change.look();
  }
  return true;
}

/** What a task is called is documented nowhere; its words say what it does. */
function isRollback({ description, resource_mutation }: z.output<typeof taskRow>): boolean {
  return /roll.?back|回滚/i.test(`${resource_mutation ?? ""} ${description ?? ""}`);
}

function tasksOf({ context, id }: VmChange): Promise<z.output<typeof taskRow>[]> {
  return cloudtower(context).list({
    what: "tasks",
    path: pathTo`/get-tasks`,
    where: { resource_id: id },
    row: taskRow,
  });
}

/** A machine that runs, and is to run on, is not stopped unasked. */
export function refusedRollback(stands: VmInputs, wanted: VmInputs): Failure[] {
  const { rollbackTo } = wanted;
  if (rollbackTo === undefined || stands.rollbackTo === rollbackTo || wanted.allowRestart) return [];
  if (stands.status === "STOPPED" || wanted.status === "STOPPED") return [];
  const reason = `the machine runs, and is not stopped unasked to be rolled back to ${rollbackTo}; ${WAY_OUT}`;
  return [{ property: "rollbackTo", reason }];
}
