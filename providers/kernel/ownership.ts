import type { z } from "zod";
import { shellWord } from "../../base/shell-word";
import {
  BadFile,
  CannotReach,
  NotAuthorised,
  NotOurs,
  NotTrusted,
  Orphaned,
  PasswordExpired,
  PlanConflict,
  Refused,
  SitewrightError,
  TaskFailed,
  TimedOut,
  UnknownPrompt,
} from "./errors";
import type { JournalEntry } from "./journal";
import type { Context, Found, ObjectKind, OneWayKind } from "./resource";
import { fieldNames, holdsSecret, sameField, traits } from "./schema";
import { isAnswerLost, reasonOf } from "./wire-errors";

/** The stack setting `adopt`: everything, or names as errors print them (`Vlan/VLAN-1120`). */
export type Adopt = "all" | string[];

export function isAdopted(adopt: Adopt, label: string): boolean {
  return adopt === "all" || adopt.includes(label);
}

/** Has the journal know of what is there: half made by us, or whole. */
export type Take = (stage: "made" | "standing", id: string) => void;

/** Has the journal know of a write before it leaves, and of one that the other side has surely not carried out. */
export type Note = (stage: "intended" | "gone") => void;

/** The end of a deletion of that id which this run has under way. */
export type Leaving = (id: string) => Promise<void> | undefined;

/** Find before create; and a creating write whose answer was lost is looked for, never sent again. */
export async function findOrCreate(
  kind: ObjectKind,
  context: Context,
  inputs: Record<string, unknown>,
  adopt: Adopt,
  { note, take, leaving }: { note: Note; take: Take; leaving: Leaving },
): Promise<string> {
  const found = await standing(kind, context, inputs, leaving);
  if (found) {
    if (!isOurs(kind, context, found) && !isAdopted(adopt, context.label)) {
      throw new NotOurs(
        `${context.label} stands already${whereOf(context)} (id ${found.id}) and is not known to be this stack's`,
        `to take it over: pulumi config set adopt ${shellWord(context.label)} (or all), then up; otherwise rename it in the plan`,
      );
    }
    await refuseOtherThanPlanned(kind, context, found.id, inputs);
    // Nothing is awaited from here to the note: whoever deletes it after that sees who has it.
    if (leaving(found.id)) return findOrCreate(kind, context, inputs, adopt, { note, take, leaving });
    take(isHalfMade(context.journal) && !found.whole ? "made" : "standing", found.id);
    return found.id;
  }
  // A request of an earlier run may stand though it cannot be seen yet, and be why this one is refused.
  const sentBefore = isHalfMade(context.journal) && context.journal?.id === undefined;
  note("intended");
  try {
    const id = await kind.create(context, inputs);
    context.checkpoint(id);
    return id;
  } catch (error) {
    if (!isAnswerLost(error) && !isJobUnseen(context, error))
      throw sentBefore ? error : retracted(context, error, note);
    const look = async () => single(context, await kind.find(context, inputs));
    const made = await lookFor(context, `${context.label} after a lost answer`, look, kind.listedLate);
    if (!made) throw error;
    take(made.whole ? "standing" : "made", made.id);
    return made.id;
  }
}

/** What stands of it, but for what this run is deleting just now as another resource's. */
async function standing(
  kind: ObjectKind,
  context: Context,
  inputs: Record<string, unknown>,
  leaving: Leaving,
): Promise<Found | undefined> {
  for (;;) {
    const found = single(context, await kind.find(context, inputs)) ?? (await lookForBegun(kind, context, inputs));
    const deletion = found && leaving(found.id);
    if (!deletion) return found;
    await deletion;
  }
}

/** What an earlier run has begun and no list shows yet: by its id where the vendor told it, by its key otherwise. */
async function lookForBegun(
  kind: ObjectKind,
  context: Context,
  inputs: Record<string, unknown>,
): Promise<Found | undefined> {
  const { journal } = context;
  if (kind.listedLate === undefined || !isHalfMade(journal)) return undefined;
  const look = async (): Promise<Found | undefined> => {
    const listed = single(context, await kind.find(context, inputs));
    if (listed || journal?.id === undefined) return listed;
    const seen = await kind.read(context, journal.id, inputs);
    return seen && !seen.unread ? { id: journal.id } : undefined;
  };
  return lookFor(context, `${context.label}, which an earlier run has begun`, look, kind.listedLate);
}

/**
 * What is taken over is brought to the plan by sync, which leaves alone what only a replacement changes. It is
 * not replaced here: the user was shown a creation, and was never asked whether something may be deleted.
 */
async function refuseOtherThanPlanned(
  kind: ObjectKind,
  context: Context,
  id: string,
  inputs: Record<string, unknown>,
): Promise<void> {
  const fixed = fieldNames(kind.inputs).filter((name) => traits(kind.inputs.shape[name] as z.ZodType).replaces);
  if (fixed.length === 0) return;
  const stands: Record<string, unknown> = (await kind.read(context, id, inputs))?.inputs ?? {};
  const others = fixed.filter((name) => name in stands && !sameField(kind.inputs, name, stands[name], inputs[name]));
  if (others.length === 0) return;
  const differences = others.map((name) => {
    const field = kind.inputs.shape[name] as z.ZodType;
    if (holdsSecret(field)) return `${name} is another`;
    return `${name} stands as ${JSON.stringify(stands[name])}, planned is ${JSON.stringify(inputs[name])}`;
  });
  throw new PlanConflict(
    `${context.label} stands already${whereOf(context)} (id ${id}) and cannot be brought to the plan: ${differences.join("; ")}`,
    "put the plan back to what stands and run up, then change it; or remove the object at the site",
  );
}

/** A refusal of the creating write is an answer: nothing was made. A deadline or a lost engine is none. */
function retracted(context: Context, error: unknown, note: Note): unknown {
  // Refused later, while the vendor's job is looked at: something is there, or comes to be.
  if (context.journal?.stage !== "intended") return error;
  const surelyNot = [
    Refused,
    CannotReach,
    NotAuthorised,
    PasswordExpired,
    UnknownPrompt,
    NotTrusted,
    PlanConflict,
    BadFile,
  ];
  return surelyNot.some((kind) => error instanceof kind)
    ? alsoNoted(error as SitewrightError, () => note("gone"))
    : error;
}

/** The error, after it was noted; where that fails the error says so too, since why the work failed is what counts. */
export function alsoNoted(error: SitewrightError, note: () => void): SitewrightError {
  try {
    note();
  } catch (failed) {
    const tail = error.hint ? ` — ${error.hint}` : "";
    error.message = `${reasonOf(error)}; and it could not be noted: ${(failed as Error).message}${tail}`;
  }
  return error;
}

/** Whether a creation that the vendor has taken on, and told no id of, goes on behind an error of the look at its job. */
function isJobUnseen({ journal }: Context, error: unknown): boolean {
  if (journal?.stage !== "made" || journal.id !== undefined) return false;
  return error instanceof SitewrightError && ![TaskFailed, TimedOut, Orphaned].some((kind) => error instanceof kind);
}

/** Sets a one-way object going; when the answer is lost, looks whether it goes instead of sending again. */
export async function performOnce(
  kind: OneWayKind,
  context: Context,
  inputs: Record<string, unknown>,
  note: Note,
): Promise<void> {
  note("intended");
  try {
    await kind.perform(context, inputs);
  } catch (error) {
    if (!isAnswerLost(error)) throw retracted(context, error, note);
    const begun = await lookFor(context, `${context.label} after a lost answer`, async () => {
      const state = await kind.find(context, inputs);
      return state === "absent" ? undefined : state;
    });
    if (!begun) throw error;
  }
}

/** A request on its way may still commit: look for a while before saying that nothing came of it. */
async function lookFor<T>(
  context: Context,
  what: string,
  look: () => Promise<T | undefined>,
  atMost = 20_000,
): Promise<T | undefined> {
  context.progress(`looking for ${what}`);
  try {
    return await context.wait(
      what,
      async () => {
        const seen = await look();
        return seen === undefined ? { pending: "not to be seen" } : { done: seen };
      },
      { interval: 1_000, cap: 5_000, atMost, throughOutage: true },
    );
  } catch (error) {
    if (error instanceof TimedOut) return undefined;
    throw error;
  }
}

function single(context: Context, found: Found[]): Found | undefined {
  if (found.length < 2) return found[0];
  const marked = found.filter((each) => each.ours || each.id === context.journal?.id);
  if (marked.length === 1) return marked[0];
  throw new PlanConflict(
    `${context.label} stands ${found.length} times${whereOf(context)}: ids ${found.map((each) => each.id).join(", ")}`,
    "remove or rename all but one at the site, then run up again",
  );
}

/** Some objects are of this machine and belong to no connection. */
function whereOf({ connection }: Context): string {
  return connection.name ? ` on ${connection.name}` : "";
}

/** Whether the journal last saw it being made: whether it is whole is not known. */
function isHalfMade(entry: JournalEntry | undefined): boolean {
  return entry?.stage === "intended" || entry?.stage === "made";
}

/**
 * Our mark is on it; or the journal has that id as ours, whatever its key was then; or it is what we have asked for and
 * were told no id of.
 */
function isOurs(kind: ObjectKind, { journal, workspace, connection }: Context, found: Found): boolean {
  if (found.ours !== undefined) return found.ours;
  const holder = workspace.journal.holder({ kind: kind.type, connection: connection.name, id: found.id });
  if (holder && holder.stage !== "gone") return true;
  return journal !== undefined && isHalfMade(journal) && journal.id === undefined;
}
