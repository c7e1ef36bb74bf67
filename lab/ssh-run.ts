import { setTimeout as delay } from "node:timers/promises";
import type { FaultRule, Faults } from "./faults";
import type { RecordedRequest, Recorder } from "./record";
import type { SshCommand, SshMachine } from "./ssh-machine";
import { ConnectionGone, type SshTerminal } from "./ssh-terminal";

export interface SshRun {
  faults: Faults;
  recorder: Recorder;
  endpoint: string;
  machine: SshMachine;
  user: string;
  /** Aborted when the connection is gone. */
  lost: AbortSignal;
  /** Breaks the connection. */
  cut(): void;
}

/** Runs one command line, in earnest or as a fault says. Its exit code stands as status in the record. */
export async function runSsh(run: SshRun, text: string, terminal: SshTerminal): Promise<void> {
  const { recorder, endpoint, machine, user } = run;
  const command = machine.read(text);
  const { operation, write, shown } = command;
  const record = recorder.open(
    { endpoint, method: "SSH", path: shown, query: {}, headers: {}, rawBody: { user } },
    { id: operation, write },
  );
  try {
    await runRecorded(run, command, record, terminal);
  } finally {
    recorder.close(record);
  }
}

async function runRecorded(
  { faults, endpoint, user, lost, cut }: SshRun,
  { operation, write, run }: SshCommand,
  record: RecordedRequest,
  terminal: SshTerminal,
): Promise<void> {
  const fault: FaultRule = faults.match(operation, endpoint) ?? {};
  if (Object.keys(fault).length > 0) record.fault = fault;
  if (fault.delay) await delay(fault.delay);
  // When the lab stops it cuts every connection: the site is another lab's from then on.
  if (lost.aborted) return;
  if (fault.drop === "before-commit") return cut();
  if (fault.hang === "before-commit") return;
  if (fault.answer) {
    const { status, body } = fault.answer;
    if (typeof body === "string") terminal.err(`${body}\n`);
    record.status = status;
    return terminal.end(status);
  }
  try {
    const { code, changed } = await run({ user, terminal, fault, lost, cut });
    record.committed = code === 0 && (changed || !write);
    if (fault.drop === "after-commit") return cut();
    if (fault.hang === "after-commit") return;
    record.status = code;
    terminal.end(code);
  } catch (error) {
    if (!(error instanceof ConnectionGone)) throw error;
  }
}
