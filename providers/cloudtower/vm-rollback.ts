import { z } from "zod";
import { BadAnswer, PlanConflict, Refused, TaskFailed } from "../kernel/errors";
import { pathTo } from "../kernel/path";
import type { Failure } from "../kernel/schema";
import { reasonOf } from "../kernel/wire-errors";
import { byNameOrId, onlyOne } from "./rows";
import { awaitTask } from "./task";
import type { VmChange } from "./vm-change";
import type { VmInputs, VmOutputs } from "./vm-inputs";
import { allRenewed, type Begun, notedRollback, renewedIn, sinceRollback } from "./vm-renewed";
import { says, taskById, tasksOf } from "./vm-tasks";

type Prior = VmInputs & VmOutputs;

const snapshots = {
  what: "snapshots of virtual machines",
  path: pathTo`/get-vm-snapshots`,
  row: z.looseObject({
    id: z.string(),
    name: z.string(),
    vm_disks: z
      .array(z.looseObject({ type: z.string(), boot: z.int().nullish(), vm_volume_local_id: z.string().nullish() }))
      .nullish(),
  }),
};

/**
 * Rolls the machine back where the plan has another snapshot for it than the state: once, also where a run is killed on
 * the way, since nothing of a machine shows that it was rolled back. The journal knows what was begun, and CloudTower's
 * list of tasks what has come of it. Of a machine that was rolled back, what the state has that still holds.
 */
export async function syncRollback(change: VmChange, prior: Prior | undefined): Promise<Prior | undefined> {
  const { context, wanted } = change;
  const { name, rollbackTo: to } = wanted;
  const noted = notedRollback(context);
  if (to === undefined || !prior || prior.rollbackTo === to) {
    if (to !== undefined && !prior) context.info(`machine ${name} is new to this stack, and not rolled back to ${to}`);
    // Done, and in the state: should the plan have it anew some day, it is done anew.
    if (prior && noted) note(change, undefined);
    return undefined;
  }
  if (noted?.to === to && (noted.renewed || (await isDone(change, noted)))) {
    context.info(`machine ${name} has been rolled back to ${to} by an earlier run`);
    return afterwards(change, prior, noted);
  }
  return afterwards(change, prior, await rollBack(change, to, prior));
}

async function rollBack(change: VmChange, to: string, prior: Prior): Promise<Begun> {
  const { context, wanted, seen } = change;
  const about = { noun: `snapshot of machine ${seen.row.name}`, plural: snapshots.what, called: to };
  const found = (await byNameOrId(context, snapshots, { vm: { id: change.id } })(to)) ?? [];
  const { id: snapshot_id, vm_disks } = onlyOne(found, about, "name it by its id");
  if (seen.row.status !== "STOPPED" && wanted.status !== "STOPPED" && !wanted.allowRestart)
    throw new PlanConflict(`machine ${wanted.name} is not rolled back to ${to}: it runs`, WAY_OUT);
  const isToRunOn = wanted.status === "RUNNING" && [seen.row.status, prior.status].includes("RUNNING");
  await change.stopAsPlanned();
  const volumes = (vm_disks ?? [])
    .filter(({ type }) => type === "DISK")
    .toSorted((a, b) => (a.boot ?? 0) - (b.boot ?? 0))
    .map(({ vm_volume_local_id: local }) => {
      const standing = change.seen.disks.find(({ volume }) => local && volume.local_id === local);
      return standing?.volume.id ?? "";
    });
  const noted = notedRollback(context);
  const earlier = noted ? allRenewed(noted, noted.renewed ?? {}) : {};
  const body = { where: { id: change.id }, data: { snapshot_id } };
  try {
    for (let times = 0; times < 2; times++) {
      const begun: Begun = { to, before: (await tasksOf(change)).map(({ id }) => id), volumes, earlier };
      note(change, begun);
      const answered = (task: string) => note(change, { ...begun, task });
      if (await change.write(`roll back to ${to}`, pathTo`/rollback-vm`, body, answered)) return begun;
      if (await isDone(change, begun)) return begun;
    }
  } catch (error) {
    // It was running, and is not to stay off for a rollback that was not made.
    if (isToRunOn && (error instanceof TaskFailed || error instanceof Refused))
      await change
        .look()
        .then(() => change.start())
        .catch((other) => context.warn(`machine ${wanted.name} stays off: ${reasonOf(other)}`));
    throw error;
  }
  throw new BadAnswer(`CloudTower does not answer to the request to roll back machine ${wanted.name}`);
}

const WAY_OUT = "set allowRestart, or status STOPPED first";

function note({ context }: VmChange, rollback: Begun | undefined): void {
  context.note({ ...context.memo, rollback });
}

/**
 * What the state has of a machine that was rolled back: nothing that its guest was given since, and the volumes that now
 * stand in the place of those that were there before.
 */
function afterwards(change: VmChange, prior: Prior, begun: Begun): Prior {
  const { context, seen } = change;
  if (!begun.renewed) note(change, { ...begun, renewed: renewedIn(seen, begun.volumes) });
  const { hostname: _name, dnsServers: _dns, ntpServers: _ntp, ...left } = sinceRollback(context, seen, prior);
  return { ...left, givenAddresses: [], hasGivenPassword: false };
}

/** Whether a rollback that was begun has been carried out. Throws PlanConflict where nobody can tell. */
async function isDone(change: VmChange, { to, before, task }: Begun): Promise<boolean> {
  const { context, wanted } = change;
  const since = task === undefined ? (await tasksOf(change)).filter(({ id }) => !before.includes(id)) : [];
  if (task === undefined && since.length === 0) return false;
  const rollback = task === undefined ? since.find(says(ROLLS_BACK, change)) : await taskById(change, task);
  if (!rollback)
    throw new PlanConflict(
      `whether machine ${wanted.name} has been rolled back to ${to} is not known: a request for it was begun, and ${task === undefined ? "other tasks have worked on the machine since" : "CloudTower lists its task no more"}`,
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

/** What CloudTower calls the task of a rollback; documented nowhere. */
const ROLLS_BACK = /roll.?back|回滚/i;

/** A machine that runs, and is to run on, is not stopped unasked. */
export function refusedRollback(stands: VmInputs, wanted: VmInputs): Failure[] {
  const { rollbackTo } = wanted;
  if (rollbackTo === undefined || stands.rollbackTo === rollbackTo || wanted.allowRestart) return [];
  if (stands.status === "STOPPED" || wanted.status === "STOPPED") return [];
  const reason = `the machine runs, and is not stopped unasked to be rolled back to ${rollbackTo}; ${WAY_OUT}`;
  return [{ property: "rollbackTo", reason }];
}
