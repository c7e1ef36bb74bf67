import type { SshTerminal } from "../ssh-terminal";

/** Options of sudo that bear on its question for a password. */
export interface Sudo {
  /** Not -n. */
  asks: boolean;
  /** -S: from standard input. */
  reads: boolean;
  prompt?: string;
}

/** Takes sudo's own options off a command line that begins with `sudo`. */
export function readSudo(words: string[]): { sudo: Sudo; words: string[] } {
  const sudo: Sudo = { asks: true, reads: false };
  let at = 1;
  for (; words[at]?.startsWith("-"); at++) {
    const option = words[at] ?? "";
    if (option === "--") return { sudo, words: words.slice(at + 1) };
    // Root is the only one that the lab's sudo knows.
    if (option === "-u" && words[at + 1] === "root") at += 1;
    else if (option === "-p") sudo.prompt = words[++at] ?? "";
    else if (option.startsWith("--prompt=")) sudo.prompt = option.slice("--prompt=".length);
    else if (option === "--non-interactive") sudo.asks = false;
    else if (option === "--stdin") sudo.reads = true;
    else if (!/^-[nSHEk]+$/.test(option)) break;
    else {
      sudo.asks &&= !option.includes("n");
      sudo.reads ||= option.includes("S");
    }
  }
  return { sudo, words: words.slice(at) };
}

/** Who asks for root, and what with. */
export interface Asking {
  user: string;
  password: string;
  /** sudo asks this account for no password. */
  free: boolean;
  terminal: Pick<SshTerminal, "pty" | "err" | "secretLine">;
}

/** Whether sudo lets an account become root, asking for its password as sudo does. */
export async function becomesRoot({ user, password, free, terminal }: Asking, sudo: Sudo): Promise<boolean> {
  if (user === "root" || free) return true;
  if (!sudo.asks) {
    terminal.err("sudo: a password is required\n");
    return false;
  }
  if (!sudo.reads && !terminal.pty) {
    terminal.err(
      "sudo: a terminal is required to read the password; either use the -S option to read from standard input or configure an askpass helper\n",
    );
    return false;
  }
  for (let attempt = 1; attempt <= 3; attempt++) {
    terminal.err(sudo.prompt ?? `[sudo] password for ${user}: `);
    const given = await terminal.secretLine();
    if (terminal.pty) terminal.err("\n");
    if (given === password) return true;
    if (given === undefined) break;
    if (attempt < 3) terminal.err("Sorry, try again.\n");
  }
  terminal.err("sudo: incorrect password attempts\n");
  return false;
}
