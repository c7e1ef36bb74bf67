import { z } from "zod";
import { type Batch, createBatch } from "../kernel/batch";
import { PlanConflict } from "../kernel/errors";
import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { isAnswerLost } from "../kernel/wire-errors";
import { cloudtower, forAll, oneOrMany, started, type TowerCaller } from "./client";
import { towerRows } from "./rows";
import { awaitTask } from "./task";
import type { VmChange } from "./vm-change";
import type { VmInputs } from "./vm-inputs";
import { named, type SeenVm } from "./vm-seen";

export async function syncFolder(change: VmChange): Promise<void> {
  const { context, wanted, seen } = change;
  const { folder, cluster } = wanted;
  if ((seen.row.folder?.name ?? undefined) === folder) return;
  const where = { id: change.id };
  if (folder === undefined) {
    await change.write("leave the folder", pathTo`/remove-vm-from-folder`, { where });
    return;
  }
  const data = { folder_id: await named(context, "folder", cluster, folder) };
  await change.write(`enter folder ${folder}`, pathTo`/add-vm-to-folder`, { where, data });
}

const groupRow = z.looseObject({
  id: z.string(),
  name: z.string(),
  entityAsyncStatus: z.string().nullish(),
  vms: z.array(z.looseObject({ id: z.string() })),
});
const groups = { what: "placement groups", path: pathTo`/get-vm-placement-groups`, row: groupRow };

/** Vendor milliseconds between two looks at a group that a task works on. */
const LOOK = 2_000;

/** Puts it into the placement group of the plan, and takes it out of others. */
export async function syncPlacementGroup(change: VmChange): Promise<void> {
  const { context, wanted, seen } = change;
  const { placementGroup, cluster } = wanted;
  if (placementGroup === undefined || isIn(seen, placementGroup)) return;
  const to = await named(context, "placement group", cluster, placementGroup);
  const out = (seen.row.vm_placement_group ?? []).map(({ id }) => id);
  for (const id of out) await membersOf(context, id)(`${change.id} out`);
  context.progress(`putting machine ${wanted.name} into placement group ${placementGroup}`);
  await membersOf(context, to)(`${change.id} in`);
  await change.look();
}

function isIn({ row }: SeenVm, name: string): boolean {
  const [only, ...more] = row.vm_placement_group ?? [];
  return only?.name === name && more.length === 0;
}

/**
 * Who comes into a group and who leaves it, in one change for all that ask at the same time: CloudTower takes all of a
 * group's machines at once, and of two changes at a time one would be lost, or refused.
 */
function membersOf(context: Context, group: string): Batch<string, true> {
  const { connection, workspace } = context;
  const caller = forAll(context);
  return workspace.shared(`cloudtower members ${connection.name} ${group}`, () =>
    createBatch<string, true>({
      async ask(changes) {
        await changeMembers(caller(), group, changes);
        return new Map(changes.map((each) => [each, true]));
      },
      clock: workspace.clock,
    }),
  );
}

async function changeMembers(caller: TowerCaller, group: string, changes: string[]): Promise<void> {
  const operation = `set the machines of placement group ${group}`;
  const send = () =>
    cloudtower(caller).write({
      operation,
      path: pathTo`/update-vm-placement-group`,
      // As they are when it is sent: while it waited, others may have changed them.
      body: async () => ({ where: { id: group }, data: { vms: { id_in: await membersThen(caller, group, changes) } } }),
      schema: oneOrMany(started),
    });
  const answers = await send().catch((error) => {
    // From what is there by then it comes to the same.
    if (isAnswerLost(error)) return send();
    throw error;
  });
  for (const { task_id } of answers ?? []) await awaitTask(caller, operation, task_id);
}

/** Who is in the group once these changes are made, by what stands now. */
async function membersThen(caller: TowerCaller, group: string, changes: string[]): Promise<string[]> {
  const row = await caller.wait<z.output<typeof groupRow>>(
    "CloudTower to be done with a placement group",
    async () => {
      const stands = await towerRows(caller, groups).fresh(group);
      if (!stands) throw new PlanConflict(`placement group ${group} stands no more`, "run pulumi refresh, then up");
      return stands.entityAsyncStatus ? { pending: stands.entityAsyncStatus } : { done: stands };
    },
    { interval: LOOK / 4, cap: LOOK },
  );
  const members = new Set(row.vms.map(({ id }) => id));
  for (const change of changes) {
    const [id = "", way] = change.split(" ");
    if (way === "in") members.add(id);
    else members.delete(id);
  }
  return [...members];
}

type Label = NonNullable<VmInputs["labels"]>[number];

const labelRow = z.looseObject({ id: z.string(), key: z.string(), value: z.string().nullish() });

export function seenLabels({ row }: SeenVm): Label[] {
  return (row.labels ?? []).map(({ key, value }) => ({ key, value: value ?? "" }));
}

/** Puts on the labels of the plan, and takes off all others. */
export async function syncLabels(change: VmChange): Promise<void> {
  const { context, wanted } = change;
  if (!wanted.labels) return;
  const has = seenLabels(change.seen);
  const isOf = (label: Label, among: Label[]) => among.some((each) => sameLabel(each, label));
  const missing = wanted.labels.filter((label) => !isOf(label, has));
  const ids = await Promise.all(missing.map((label) => labelId(context, label)));
  const surplus = (change.seen.row.labels ?? []).filter(
    ({ key, value }) => !isOf({ key, value: value ?? "" }, wanted.labels ?? []),
  );
  const data = { vms: { id: change.id } };
  if (ids.length > 0)
    await change.write("put labels", pathTo`/add-labels-to-resources`, { where: { id_in: ids }, data });
  if (surplus.length > 0) {
    const where = { id_in: surplus.map(({ id }) => id) };
    await change.write("take labels", pathTo`/remove-labels-from-resources`, { where, data });
  }
}

function sameLabel(a: Label, b: Label): boolean {
  return a.key === b.key && a.value === b.value;
}

/** The id of the label that is there. Throws PlanConflict where there is none. */
async function labelId(context: Context, { key, value }: Label): Promise<string> {
  const list = { what: "labels", path: pathTo`/get-labels`, row: labelRow };
  const found = await cloudtower(context).list({ ...list, where: { key } });
  const label = found.find((each) => sameLabel({ key, value: each.value ?? "" }, { key, value }));
  if (label) return label.id;
  const shown = value ? `${key}=${value}` : key;
  throw new PlanConflict(`CloudTower has no label ${shown}`, "put the plan right, or make it first (cloudtower:Label)");
}
