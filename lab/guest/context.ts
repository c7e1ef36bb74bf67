import type { SiteState } from "../site-state";
import { ConnectionGone, type SshTerminal } from "../ssh-terminal";
import type { GuestUser, LabGuest, LabProcess } from "./guest-model";
import type { Input, Output } from "./streams";

/** One command line as a whole, and all that it starts. */
export interface GuestSession {
  /** The site; one beside it where nothing is to take effect. */
  site: SiteState;
  /** The machine's uuid. */
  vm: string;
  /** Names the connection: processes that are not freed from it die with it. */
  id: string;
  terminal: SshTerminal;
  /** Whether sudo asks the account for no password. */
  sudoIsFree: boolean;
  /** What a fault does to programs that the line starts. */
  breaks: { installer?: { says?: string }; preinstall?: { says: string }; pgrep?: number };
  /** Runs one command by its words. Returns its exit code. */
  runWords(context: Context, words: string[]): Promise<number>;
  /** A program that takes its time has begun. */
  begun(program: LabProcess["program"]): void;
  /** Aborted with the connection. */
  lost: AbortSignal;
  /** Aborted when the lab stops: the site is another lab's from then on. */
  stopped: AbortSignal;
  /** What still writes to the client's channel. */
  held: Promise<unknown>[];
  /** Whether anything was changed. */
  changed: boolean;
}

/** Where one command runs. */
export interface Context {
  session: GuestSession;
  user: GuestUser;
  folder: string;
  input: Input;
  out: Output;
  err: Output;
  /** Freed from the connection, by nohup, setsid or systemd-run. */
  freed: boolean;
  /** Command lines of the programs around it, as `pgrep -f` sees them. */
  parents: string[];
  /** The background job that it is part of. */
  job?: Job;
  variables: Variables;
}

/** Of one shell. */
export interface Variables {
  /** `$?`. */
  status: number;
  /** `$!`. */
  job: number | undefined;
  /** `set -e`. */
  exits: boolean;
  named: Record<string, string>;
}

export interface Job {
  /** Of its first program that takes its time. */
  pid: number;
  /** That program has begun. */
  taken: boolean;
  /** It has the client's channel open. */
  holds: boolean;
  begun(): void;
}

/** A program or builtin. Returns its exit code. */
export type Program = (context: Context, args: string[], words: string[]) => number | Promise<number>;

/** Its guest was switched off, or its process was killed: nothing of it goes on. */
export class Killed extends Error {}

export function guestOf({ session: { site, vm } }: Pick<Context, "session">): LabGuest {
  site.advance();
  const guest = site.model.cluster?.guests[vm];
  if (!guest?.up) throw new Killed();
  return guest;
}

/** Changes the guest. */
export function changeGuest({ session }: Pick<Context, "session">, change: (guest: LabGuest) => void): void {
  const { site, vm, stopped } = session;
  if (stopped.aborted) throw new ConnectionGone();
  site.change(({ cluster }) => {
    const guest = cluster?.guests[vm];
    if (!guest?.up) throw new Killed();
    change(guest);
  });
  session.changed = true;
}
