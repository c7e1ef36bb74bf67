import { setTimeout as delay } from "node:timers/promises";
import type { FaultRule, Faults } from "./faults";
import type { LabHost } from "./model";
import type { Recorder } from "./record";
import type { SiteState } from "./site-state";
import { type Account, changesPasswords, readCommand, runCommand } from "./ssh-commands";
import { ConnectionGone, type SshTerminal } from "./ssh-terminal";

/** What fault rules and the record call what is done over SSH. */
export const SSH_OPERATIONS = { logIn: "sshLogIn", passwords: "sshSetPasswords", other: "sshCommand" };

export interface SshRun {
  site: SiteState;
  faults: Faults;
  recorder: Recorder;
  endpoint: string;
  host: () => LabHost;
  user: Account;
  connected(): boolean;
  /** Breaks the connection. */
  cut(): void;
}

/** Runs one command line, in earnest or as a fault says. Its exit code stands as status in the record. */
export async function runSsh(run: SshRun, text: string, terminal: SshTerminal): Promise<void> {
  const { site, faults, recorder, endpoint, host, user, connected, cut } = run;
  const line = readCommand(text);
  const write = changesPasswords(line);
  const id = write ? SSH_OPERATIONS.passwords : SSH_OPERATIONS.other;
  // Arguments may hold a secret, and so may a word that is no program's name: they are not kept.
  const [program = ""] = line.words;
  const path = [...(line.sudo ? ["sudo"] : []), /^[\w./-]*$/.test(program) ? program : "***"].join(" ");
  const record = recorder.open(
    { endpoint, method: "SSH", path, query: {}, headers: {}, rawBody: { user } },
    { id, write },
  );
  const fault: FaultRule = faults.match(id, endpoint) ?? {};
  if (Object.keys(fault).length > 0) record.fault = fault;
  if (fault.delay) await delay(fault.delay);
  // When the lab stops it cuts every connection: the site is another lab's from then on.
  if (!connected()) return;
  if (fault.drop === "before-commit") return cut();
  if (fault.hang === "before-commit") return;
  if (fault.answer) {
    const { status, body } = fault.answer;
    if (typeof body === "string") terminal.err(`${body}\n`);
    record.status = status;
    return terminal.end(status);
  }
  try {
    const takesEffect = !fault.lostUpdate;
    const { code, changed } = await runCommand({ site, host, user, terminal, takesEffect }, line);
    record.committed = code === 0 && (changed || !write);
    if (fault.drop === "after-commit") return cut();
    if (fault.hang === "after-commit") return;
    record.status = code;
    terminal.end(code);
  } catch (error) {
    if (!(error instanceof ConnectionGone)) throw error;
  }
}
