import type { FaultRule } from "../faults";
import type { Model } from "../model";
import type { SiteState } from "../site-state";
import { ConnectionGone, type SshTerminal } from "../ssh-terminal";
import type { Input, Output } from "./streams";
import type { LabProcess, LabSystem, User } from "./system";

/** A machine that shells run on. */
export interface Computer {
  /** Its operating system in the site, or in a copy of it; undefined while its network is down. */
  systemIn(model: Model): LabSystem | undefined;
  /** Its folders, with who may write in them. */
  folders: Record<string, User | "all">;
  hostname(model: Model): string;
  /** Of an account; undefined: there is no such account, or nobody can log in to it. */
  passwordIn(model: Model, user: string): string | undefined;
  setPassword(model: Model, user: User, password: string): void;
  /** The accounts that passwords can be given to. */
  accountsIn(model: Model): User[];
  /** Whether sudo asks for no password. */
  sudoIsFree(site: SiteState): boolean;
  /** A program that this machine has beside what every one has. */
  programOf?(words: string[]): Program | undefined;
}

/** One command line as a whole, and all that it starts. */
export interface Session {
  /** The site; one beside it where nothing is to take effect. */
  site: SiteState;
  computer: Computer;
  /** Names the connection: processes that are not freed from it die with it. */
  id: string;
  terminal: SshTerminal;
  /** What goes wrong with the line. */
  fault: FaultRule;
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
  session: Session;
  user: User;
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

/** Its machine was switched off, or its process was killed: nothing of it goes on. */
export class Killed extends Error {}

export function systemOf({ session: { site, computer } }: Pick<Context, "session">): LabSystem {
  site.advance();
  const system = computer.systemIn(site.model);
  if (!system) throw new Killed();
  return system;
}

/** Changes what the machine remembers. */
export function changeSystem(
  { session }: Pick<Context, "session">,
  change: (system: LabSystem, model: Model) => void,
): void {
  const { site, computer, stopped } = session;
  if (stopped.aborted) throw new ConnectionGone();
  site.change((model) => {
    const system = computer.systemIn(model);
    if (!system) throw new Killed();
    change(system, model);
  });
  session.changed = true;
}
