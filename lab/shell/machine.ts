import type { SiteState } from "../site-state";
import type { SshMachine, SshSession } from "../ssh-machine";
import { ConnectionGone } from "../ssh-terminal";
import { type Computer, type Context, Killed, type Session } from "./context";
import { homeOf } from "./files";
import { readLine } from "./line";
import { hangUp } from "./processes";
import { runWords } from "./programs";
import { runText } from "./shell";
import { terminalStreams } from "./streams";
import type { LabSystem, User } from "./system";

export interface ShellMachine {
  /** Whether its network is up. */
  answers(): boolean;
  /** The computer that is behind the address just now. */
  computer(): Computer;
}

/** A computer as SSH has it: its accounts, and a shell for each command line. `stopped` is aborted when the lab stops. */
export function shellMachine(site: SiteState, stopped: AbortSignal, { answers, computer }: ShellMachine): SshMachine {
  return {
    answers,
    passwordOf: (user) => computer().passwordIn(site.model, user),
    read: (text) => ({ ...readLine(text), run: (session) => run(site, stopped, computer, session, text) }),
  };
}

let sessions = 0;

async function run(
  living: SiteState,
  stopped: AbortSignal,
  computer: () => Computer,
  { user: name, terminal, fault, lost, cut }: SshSession,
  text: string,
): Promise<{ code: number; changed: boolean }> {
  const site = fault.lostUpdate ? living.apart(living.model) : living;
  site.advance();
  const on = computer();
  if (!on.systemIn(site.model)) throw new ConnectionGone();
  const user = name as User;
  const session: Session = {
    ...{ site, computer: on, terminal, fault, runWords, lost, stopped },
    id: `session ${++sessions}`,
    begun(program) {
      if (fault.drop !== "after-commit" || program === "sleep") return;
      // SIGHUP comes with the broken connection, not some time after it.
      hangUp({ session });
      cut();
    },
    held: [],
    changed: false,
  };
  const context: Context = {
    session,
    user,
    folder: homeOf(user),
    ...terminalStreams(terminal),
    freed: false,
    parents: [],
    variables: { status: 0, job: undefined, exits: false, named: {} },
  };
  const hungUp = () => hangUp({ session });
  lost.addEventListener("abort", hungUp);
  try {
    const code = await runText(context, text, `bash -c ${text}`);
    // As sshd does, which waits for all that holds the channel; on a terminal what is left is hung up.
    if (!terminal.pty && session.held.length > 0) await Promise.race([Promise.all(session.held), aborted(lost)]);
    // Nothing is said to be done that is not on disk.
    if (session.changed) await living.settled;
    return { code, changed: session.changed && !fault.lostUpdate };
  } catch (error) {
    if (error instanceof Killed) return { code: 129, changed: session.changed };
    throw error;
  } finally {
    lost.removeEventListener("abort", hungUp);
    hungUp();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve());
  });
}

/** Programs of connections that ended with the lab's last run: they are gone with them. */
export function endSessions(systems: LabSystem[]): void {
  for (const system of systems)
    system.processes = system.processes.filter((each) => each.session === undefined || each.ended !== undefined);
}
