import { shellWord } from "../../base/shell-word";
import { credentialVariables } from "./credentials";

let stack: string | undefined;
const cells = new Map<string, string>();

/** The stack whose secrets the advice names; a process has one stack. */
export function namePasswordStack(name: string): void {
  stack = name;
}

/** Where a plan holds the password of a connection: a cell of the planning workbook and a path of site.yaml. */
export function rememberPasswordCell(connection: string, cell: string): void {
  cells.set(connection, cell);
}

/** All places where the password of a connection is looked for, in that order, and how each is set. */
function passwordPlaces(connection: string): string {
  const cell = cells.get(connection);
  return [
    `the environment (${credentialVariables(connection).join(", ")})`,
    `the file that SITEWRIGHT_SECRETS names (connections, ${connection})`,
    `the stack's secrets (npx sitewright plan secrets stacks/${stack ?? "<stack>"} --set ${shellWord(connection)})`,
    `the plan${cell === undefined ? "" : ` (${cell})`}`,
  ].join(", ");
}

/** What to do where a log-in was refused: the first place that has a password counts. */
export function rightPassword(connection: string): string {
  return `put the password that stands there where it is looked for; the first place that has one counts: ${passwordPlaces(connection)}`;
}

/** What to do where no password is known. */
export function somePassword(connection: string): string {
  return `put it into one of the places where it is looked for: ${passwordPlaces(connection)}`;
}
