import type { FaultRule } from "../faults";
import type { SiteState } from "../site-state";
import type { SshMachine, SshSession } from "../ssh-machine";
import { ConnectionGone } from "../ssh-terminal";
import { type Context, type GuestSession, Killed } from "./context";
import { homeOf } from "./files";
import { CLOUDTOWER_PASSWORD, type GuestUser } from "./guest-model";
import { readLine } from "./line";
import { hangUp } from "./processes";
import { runWords } from "./programs";
import { runText } from "./shell";
import { terminalStreams } from "./streams";

/** The guest at CloudTower's address as SSH has it: account cloudtower, ops where somebody has added it, and the commands of the runbook (stage 04). */
export function guestMachine(site: SiteState, stopped: AbortSignal): SshMachine {
  return {
    answers: () => site.towerGuest !== undefined,
    passwordOf: (user) => passwordIn(site, user),
    read: (text) => ({ ...readLine(text), run: (session) => run(site, stopped, session, text) }),
  };
}

function passwordIn({ model, towerGuest }: SiteState, user: string): string | undefined {
  const guest = model.cluster?.guests[towerGuest ?? ""];
  if (user === "ops") return guest?.opsPassword;
  return user === "cloudtower" ? (guest?.password ?? CLOUDTOWER_PASSWORD) : undefined;
}

let sessions = 0;

async function run(
  living: SiteState,
  stopped: AbortSignal,
  { user, terminal, fault, lost, cut }: SshSession,
  text: string,
): Promise<{ code: number; changed: boolean }> {
  const site = fault.lostUpdate ? living.apart(living.model) : living;
  site.advance();
  const vm = site.towerGuest;
  if (vm === undefined) throw new ConnectionGone();
  const session: GuestSession = {
    site,
    vm,
    id: `session ${++sessions}`,
    terminal,
    sudoIsFree: site.switches.towerSudo === "free",
    breaks: {
      ...(fault.installer && { installer: brokenInstaller(fault.installer) }),
      ...(fault.pgrep !== undefined && { pgrep: fault.pgrep }),
      ...(fault.preinstall && { preinstall: { says: "ERROR the lab was told to let it fail" } }),
    },
    runWords,
    begun(program) {
      if (fault.drop !== "after-commit" || program === "sleep") return;
      // SIGHUP comes with the broken connection, not some time after it.
      hangUp({ session });
      cut();
    },
    lost,
    stopped,
    held: [],
    changed: false,
  };
  const context: Context = {
    session,
    user: user as GuestUser,
    folder: homeOf(user as GuestUser),
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
    return { code, changed: session.changed && !fault.lostUpdate };
  } catch (error) {
    if (error instanceof Killed) return { code: 129, changed: session.changed };
    throw error;
  } finally {
    lost.removeEventListener("abort", hungUp);
    hungUp();
  }
}

function brokenInstaller(fault: NonNullable<FaultRule["installer"]>): { says?: string } {
  if (fault === "silent") return {};
  return { says: fault === "fails" ? "ERROR the lab was told to let it fail" : fault.fails };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve());
  });
}

/** Programs of connections that ended with the lab's last run: they are gone with them. */
export function endSessions(site: SiteState): void {
  site.change(({ cluster }) => {
    for (const guest of Object.values(cluster?.guests ?? {}))
      guest.processes = guest.processes.filter((each) => each.session === undefined || each.ended !== undefined);
  });
}
