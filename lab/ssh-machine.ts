import type { FaultRule } from "./faults";
import type { SshTerminal } from "./ssh-terminal";

/** A machine that takes SSH connections: its accounts, and the commands that it knows. */
export interface SshMachine {
  /** Whether its network is up. */
  answers(): boolean;
  /** Undefined: there is no such account. */
  passwordOf(user: string): string | undefined;
  read(text: string): SshCommand;
}

/** One command line, read and not yet run. */
export interface SshCommand {
  /** What fault rules and the record call it: one of SSH_OPERATIONS. */
  operation: string;
  /** Whether a client that sends it changes something. */
  write: boolean;
  /** For the record: programs, never their arguments, which may be secret. */
  shown: string;
  /** Returns its exit code and whether anything was changed. */
  run(session: SshSession): Promise<{ code: number; changed: boolean }>;
}

/** What one command line runs in. */
export interface SshSession {
  user: string;
  terminal: SshTerminal;
  /** The rule that applies to the command; lostUpdate: nothing takes effect. */
  fault: FaultRule;
  /** Aborted when the connection is gone. */
  lost: AbortSignal;
  /** Breaks the connection. */
  cut(): void;
}

/** What fault rules and the record call what is done over SSH. */
export const SSH_OPERATIONS = {
  logIn: "sshLogIn",
  passwords: "sshSetPasswords",
  other: "sshCommand",
  resolv: "guestResolv",
  preinstall: "guestPreinstall",
  installer: "guestInstaller",
};
