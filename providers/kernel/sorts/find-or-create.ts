import type { z } from "zod";
import { shellWord } from "../../../base/shell-word";
import { isAdopted } from "../adopt";
import type { Call } from "../call";
import { NotOurs, Orphaned, PlanConflict, SitewrightError, TaskFailed, TimedOut, WritesNothing } from "../errors";
import type { Operation } from "../operation";
import { type Context, type Found, NoRoom, type ObjectKind } from "../resource";
import { onceThereIsRoom } from "../room";
import { fieldNames, holdsSecret, sameField, traits } from "../schema";
import { isAnswerLost } from "../wire-errors";
import { lookFor, retracted } from "./lost-answer";

/** Finds the object, or creates it: a creating write whose answer was lost is looked for, and never sent again. */
export async function findOrCreate(kind: ObjectKind, operation: Operation): Promise<string> {
  const { context, inputs, call } = operation;
  const found = await findAtRest(kind, operation);
  if (found) {
    const isOwn = isOurs(kind, context, found);
    if (!isOwn && !isAdopted(call.adopt, context.label)) {
      throw new NotOurs(
        `${context.label} stands already${whereOf(context)} (id ${found.id}) and is not known to be this stack's`,
        `to take it over: pulumi config set adopt ${shellWord(context.label)} (or all), then up; otherwise rename it in the plan`,
      );
    }
    refuseAnothers(call, context, found);
    await refuseOtherThanPlanned(kind, context, found, inputs);
    // Nothing is awaited from here until it is noted: whoever deletes the object after that sees whose it is.
    if (operation.leaving(found.id)) return findOrCreate(kind, operation);
    if (isOwn && context.isBegun && !found.whole) operation.made(found.id);
    else operation.taken(found.id, isOwn ? "found" : "taken");
    return found.id;
  }
  if (context.workspace.onlyAdopts) throw new WritesNothing(`${context.label} does not stand${whereOf(context)}`);
  // A creating write of an earlier run may have made an object that cannot be seen yet, and that has this write
  // refused.
  const sentBefore = context.isBegun && context.entry?.id === undefined;
  try {
    let isFirst = true;
    const id = await onceThereIsRoom(context, context.label, async () => {
      // Nothing of ours is left, and until there was room others have had minutes to make one.
      if (!isFirst) await refuseAppeared(kind, operation);
      isFirst = false;
      return tryToCreate(kind, operation);
    });
    context.checkpoint(id);
    return id;
  } catch (error) {
    if (!isAnswerLost(error) && !isJobUnseen(context, error)) throw sentBefore ? error : retracted(operation, error);
    // What bears another's mark was not made by this write.
    const look = async () =>
      single(
        context,
        (await kind.find(context, inputs)).filter(({ ours }) => ours !== false),
      );
    const made = await lookFor(context, `${context.label} after a lost answer`, look, kind.listedLate);
    if (!made) throw error;
    if (made.whole) operation.taken(made.id, "found");
    else operation.made(made.id);
    return made.id;
  }
}

/** One creating write, with an entry of its own. What is left of none is no more this resource's. */
async function tryToCreate(kind: ObjectKind, operation: Operation): Promise<string> {
  operation.intended(kind.madeFrom?.(operation.inputs));
  try {
    return await kind.create(operation.context, operation.inputs);
  } catch (error) {
    if (error instanceof NoRoom) operation.discarded();
    throw error;
  }
}

async function refuseAppeared(kind: ObjectKind, { context, inputs }: Operation): Promise<void> {
  const [found] = await kind.find(context, inputs);
  if (!found) return;
  throw new NotOurs(
    `${context.label} stands by now${whereOf(context)} (id ${found.id}): somebody else has made one while there was no room for it`,
    "rename it in the plan, or have it taken over (setting adopt), then up again",
  );
}

/** What bears another stack's mark is taken over by its name alone, and never along with others. */
function refuseAnothers({ adopt }: Call, context: Context, { id, stack }: Found): void {
  if (stack === undefined || (adopt !== "all" && isAdopted(adopt, context.label))) return;
  throw new NotOurs(
    `${context.label} stands already${whereOf(context)} (id ${id}) and is of the stack ${stack} by its mark`,
    `where that stack is to lose it: pulumi config set adopt ${shellWord(context.label)}, then up; otherwise take it out of the plan`,
  );
}

/** What stands of the object's key, once no deletion of it as another resource's is under way in this process. */
async function findAtRest(kind: ObjectKind, operation: Operation): Promise<Found | undefined> {
  const { context, inputs } = operation;
  for (;;) {
    const found = single(context, await kind.find(context, inputs)) ?? (await lookForBegun(kind, context, inputs));
    const deletion = found && operation.leaving(found.id);
    if (!deletion) return found;
    await deletion;
  }
}

/**
 * Looks for an object that an earlier run has begun and no list shows yet: by its id where the vendor told it, else by
 * its key.
 */
async function lookForBegun(
  kind: ObjectKind,
  context: Context,
  inputs: Record<string, unknown>,
): Promise<Found | undefined> {
  const { entry, isBegun } = context;
  if (kind.listedLate === undefined || !isBegun) return undefined;
  const look = async (): Promise<Found | undefined> => {
    const listed = single(context, await kind.find(context, inputs));
    if (listed || entry?.id === undefined) return listed;
    const seen = await kind.read(context, entry.id, inputs);
    return seen && !seen.unread ? { id: entry.id } : undefined;
  };
  return lookFor(context, `${context.label}, which an earlier run has begun`, look, kind.listedLate);
}

/**
 * Refuses to take an object over that differs from the plan in what only a replacement changes, which sync leaves
 * alone, or in what nothing changes. It is not replaced: the user was shown a creation, and was never asked whether
 * something may be deleted. And it is not the stack's until then: the plan may be put right at once.
 */
async function refuseOtherThanPlanned(
  kind: ObjectKind,
  context: Context,
  found: Found,
  inputs: Record<string, unknown>,
): Promise<void> {
  const { id } = found;
  const fixed = fieldNames(kind.inputs).filter((name) => traits(kind.inputs.shape[name] as z.ZodType).replaces);
  // What is this stack's, and half made, sync brings to the plan, or says what cannot be.
  const refuses = isOurs(kind, context, found) ? undefined : kind.refuses;
  if (fixed.length === 0 && !refuses) return;
  const seen = await kind.read(context, id, inputs);
  const stands: Record<string, unknown> = seen?.inputs ?? {};
  const others = fixed.filter((name) => name in stands && !sameField(kind.inputs, name, stands[name], inputs[name]));
  const differences = others.map((name) => {
    const field = kind.inputs.shape[name] as z.ZodType;
    if (holdsSecret(field)) return `${name} is another`;
    return `${name} stands as ${JSON.stringify(stands[name])}, planned is ${JSON.stringify(inputs[name])}`;
  });
  const refused = seen ? (refuses?.({ ...inputs, ...stands, ...seen.outputs }, inputs) ?? []) : [];
  for (const { property, reason } of refused) differences.push(`${property}: ${reason}`);
  if (differences.length === 0) return;
  throw new PlanConflict(
    `${context.label} stands already${whereOf(context)} (id ${id}) and cannot be brought to the plan: ${differences.join("; ")}`,
    "put the plan back to what stands and run up, then change it; or remove the object at the site",
  );
}

/**
 * Whether an error is one of looking at the job of a creation that the vendor has accepted without an id, and that goes
 * on.
 */
function isJobUnseen({ entry }: Context, error: unknown): boolean {
  if (entry?.stage !== "made" || entry.id !== undefined) return false;
  return error instanceof SitewrightError && ![TaskFailed, TimedOut, Orphaned].some((kind) => error instanceof kind);
}

function single(context: Context, found: Found[]): Found | undefined {
  if (found.length < 2) return found[0];
  const { id, stage } = context.entry ?? {};
  const marked = found.filter((each) => each.ours || (each.id === id && stage !== "gone"));
  if (marked.length === 1) return marked[0];
  throw new PlanConflict(
    `${context.label} stands ${found.length} times${whereOf(context)}: ids ${found.map((each) => each.id).join(", ")}`,
    "remove or rename all but one at the site, then run up again",
  );
}

/** ` on <connection>`; empty for objects of this machine, which belong to no connection. */
function whereOf({ connection }: Context): string {
  return connection.name ? ` on ${connection.name}` : "";
}

/**
 * Whether an object that was found is this stack's: it bears the stack's mark; or the journal has its id, whatever its
 * key was then; or a creation of this stack is begun and the vendor has told no id of it.
 */
function isOurs(kind: ObjectKind, { entry, isBegun, workspace, connection }: Context, found: Found): boolean {
  if (found.ours !== undefined) return found.ours;
  const holder = workspace.journal.holder({ kind: kind.type, connection: connection.name, id: found.id });
  if (holder && holder.stage !== "gone") return true;
  return isBegun && entry?.id === undefined;
}
