import type { Context } from "../kernel/resource";

type Owner = Pick<Context, "owner">;
type Known = Pick<Context, "entry">;

const MARK = /\s*\[sitewright:([^\]]+)\]\s*$/;

/** A machine's description with the mark that says whose it is, also where state and journal are lost. */
export function marked(description: string, { owner }: Owner): string {
  return `${description} [sitewright:${owner}]`.trim();
}

/** A description without its stack's own mark; another's stays, and so shows as a difference. */
export function unmarked(description: string, context: Owner): string {
  return isMarked(description, context) ? description.replace(MARK, "") : description;
}

/** Whose a machine is by the mark in its description: `project/stack/resource`; undefined: it has none. */
export function markIn(description: string): string | undefined {
  return MARK.exec(description)?.[1];
}

/** Whether the mark in a description is this resource's. */
export function isMarked(description: string, { owner }: Owner): boolean {
  return markIn(description) === owner;
}

/** What the mark in a description says of whose an object is. */
export function markOn(description: string, context: Owner) {
  return { ours: isMarked(description, context), stack: otherStack(description, context) };
}

/** Whether the journal has the object of that id as this stack's: so it knows what was taken over and bears no mark yet. */
export function isKnown({ entry }: Known, id: string): boolean {
  return entry?.id === id && entry.stage !== "gone";
}

/** The stack of another mark than this stack's; undefined: it bears none. */
export function otherStack(description: string, { owner }: Owner): string | undefined {
  const stackOf = (mark: string) => mark.split("/").slice(0, 2).join("/");
  const mark = markIn(description);
  return mark === undefined || stackOf(mark) === stackOf(owner) ? undefined : stackOf(mark);
}
