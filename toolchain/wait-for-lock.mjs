// `--wait-for-lock`: a backend of Pulumi's own makes do without a queue. Who finds a stack locked is told at once by whom,
// and has to come again; this comes again for them, for that error alone.
import { SetupError } from "./run.mjs";

export const HELP = `
In this project, before or after the command:
  --wait-for-lock DURATION   with up, refresh and destroy: while somebody else holds the stack's lock, wait and try again
                             until it is free or the time is over (90s, 10m, 1h30m). Any other error ends the command, and
                             nothing that has begun is run twice. ^C ends the wait.

SITEWRIGHT_BACKEND_URL in the environment has the state elsewhere than in .pulumi/state (docs/shared-state.md).
`;

/**
 * They take the lock before they do anything else, and no second one; but for destroy --remove and a refresh that deals with
 * pending creations, see takeWait.
 */
const VERBS = ["up", "update", "refresh", "destroy", "down", "dn"];
/** Flags before a command whose value is an argument of its own. */
const VALUED = /^(-C|-s|-v|--(cwd|stack|color|verbose|profiling|memprofilerate|tracing))$/;
const UNITS = /** @type {Record<string, number>} */ ({ s: 1_000, m: 60_000, h: 3_600_000 });

/**
 * @param {string[]} args as they were typed
 * @returns {{args: string[], wait: number}} those of the engine, and for how many milliseconds to wait; 0: not at all
 * @throws {SetupError}
 */
export function takeWait(args) {
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const at = args.findIndex((arg, i) => i < end && /^--wait-for-lock(=|$)/.test(arg));
  if (at < 0) return { args, wait: 0 };
  const taken = args[at]?.includes("=") ? 1 : 2;
  const written = taken === 1 ? args[at]?.slice("--wait-for-lock=".length) : args[at + 1];
  const rest = [...args.slice(0, at), ...args.slice(at + taken)];
  const wait = milliseconds(written ?? "");
  if (!wait) throw new SetupError(`--wait-for-lock takes a duration such as 90s, 10m or 1h30m, not "${written ?? ""}"`);
  const verb = verbAt(rest);
  if (!VERBS.includes(rest[verb] ?? ""))
    throw new SetupError("--wait-for-lock goes with up, refresh and destroy, which take the stack's lock first of all");
  // It takes the lock again once all is destroyed, so that the same error does not say that nothing has been done.
  if (rest.some((arg) => /^--remove(=|$)/.test(arg)))
    throw new SetupError("--wait-for-lock does not go with --remove: run `stack rm` once the stack is destroyed");
  // They read the state before they take the lock, and write it back under one of their own: what another run has written
  // in between is lost, and who waits for that run's end meets it.
  const pending = rest.find((arg) => /^--(clear|import)-pending-creates(=|$)/.test(arg));
  if (pending !== undefined)
    throw new SetupError(
      `--wait-for-lock does not go with ${pending.split("=")[0]}, which changes the state without the lock: run it while nobody else runs the stack`,
    );
  // On a terminal a refresh asks what became of pending creations, and then changes the state in the same way.
  if (rest[verb] === "refresh") rest.splice(verb + 1, 0, "--skip-pending-creates");
  return { args: rest, wait };
}

/** Whether the engine's help is what is asked for. @param {string[]} args */
export function asksForHelp(args) {
  return args[0] === "help" || args.includes("--help") || args.includes("-h");
}

/** @param {string} written */
function milliseconds(written) {
  const parts = [...written.matchAll(/(\d+)([smh])/g)];
  if (parts.map(([part]) => part).join("") !== written) return 0;
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ""] ?? 0), 0);
}

/** Where the command stands; -1 where there is none. @param {string[]} args */
function verbAt(args) {
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    if (!arg.startsWith("-")) return at;
    if (VALUED.test(arg)) at++;
  }
  return -1;
}

const LOCKED = "error: the stack is currently locked by ";
const LOCK_ERROR =
  /^error: the stack is currently locked by \d+ lock\(s\)\. .*`pulumi cancel`\.(\n {2}.+: created by .+ \(pid \d+\) at \S+)+\s*$/;
const HOLDER = /: created by (.+) \(pid (\d+)\) at (\S+)/g;
const ESCAPE = String.fromCharCode(0x1b);
const COLOURS = new RegExp(`${ESCAPE}(\\[[0-9;]*m?)?`, "g");

/** @param {string} text */
const withoutColours = (text) => text.replace(COLOURS, "");

/**
 * What the engine writes to standard error, passed on as it comes, byte by byte; held back from a line on that says that
 * the stack is locked, since only its end tells whether that is all.
 * @param {(bytes: Buffer) => void} pass
 */
export function holdLockError(pass) {
  let held = "";
  let atLineStart = true;
  const letGo = (/** @type {number} */ end) => {
    if (end === 0) return;
    atLineStart = held[end - 1] === "\n";
    pass(Buffer.from(held.slice(0, end), "latin1"));
    held = held.slice(end);
  };
  return {
    /** @param {Buffer} chunk */
    take(chunk) {
      held += chunk.toString("latin1");
      letGo(startOfLockError(held, atLineStart) ?? held.length);
    },
    /** Who holds the lock, for people; undefined where anything else was said last. @returns {string | undefined} */
    holders() {
      const text = withoutColours(Buffer.from(held, "latin1").toString("utf8"));
      if (!LOCK_ERROR.test(text)) return undefined;
      // Others have written it.
      const printable = (/** @type {string | undefined} */ part) => part?.replace(/\p{C}/gu, "?");
      return [...text.matchAll(HOLDER)]
        .map(([, who, pid, since]) => `${printable(who)} (process ${pid}, since ${printable(since)})`)
        .join(" and ");
    },
    passOn: () => letGo(held.length),
  };
}

/** Where a line begins that is the error, or may yet become it. @param {string} text @param {boolean} atLineStart */
function startOfLockError(text, atLineStart) {
  const lineAfter = (/** @type {number} */ at) => {
    const end = text.indexOf("\n", at);
    return end < 0 ? undefined : end + 1;
  };
  let start = atLineStart ? 0 : lineAfter(0);
  while (start !== undefined) {
    const line = withoutColours(text.slice(start));
    if (LOCKED.startsWith(line.slice(0, LOCKED.length))) return start;
    start = lineAfter(start);
  }
  return undefined;
}
