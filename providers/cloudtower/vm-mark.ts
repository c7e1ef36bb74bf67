import type { Context } from "../kernel/resource";

const MARK = /\s*\[sitewright:([^\]\s]+)\]\s*$/;

/** A machine's description with the mark that says whose it is, also where state and journal are lost. */
export function marked(description: string, { owner }: Pick<Context, "owner">): string {
  return `${description} [sitewright:${owner}]`.trim();
}

/** A description without a mark, whosever it is. */
export function unmarked(description: string): string {
  return description.replace(MARK, "");
}

/** Whether the mark in a description is this stack's. */
export function isMarked(description: string, { owner }: Pick<Context, "owner">): boolean {
  return MARK.exec(description)?.[1] === owner;
}
