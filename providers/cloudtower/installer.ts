import { z } from "zod";
import { CannotReach, Refused, TimedOut } from "../kernel/errors";
import type { SshResult, SshSession } from "../kernel/ssh";

export const PREINSTALL = "/usr/share/smartx/tower/preinstall.sh";
const INSTALLER = "/usr/share/smartx/tower/installer/binary/installer";

/** In the home of the account that starts it, where a public client has it too (facts, part A 4.7). */
const LOG = "installer.out";
/** Where it goes when it is started by hand, as the runbook has it (stage 04). */
const LOG_BY_HAND = "nohup.out";
export const DONE = "Install Operation Center Successfully";

/** CloudTower's installer in its virtual machine, as it stands. */
export interface Installer {
  running: boolean;
  /** preinstall.sh runs. */
  preparing: boolean;
  /** One of the logs has the success line. Each start empties ours, so that it tells of the last one. */
  succeeded: boolean;
  /** The last lines of the first log that has any. */
  log: string;
  /** machine-id(5): made with the machine's system, and another one in a machine that was made anew; "" not known. */
  machine: string;
}

/** What the journal keeps of an installer that this project starts. */
export const startSchema = z.object({
  /** Whose home has its log. */
  account: z.string(),
  /** The machine-id; "" not known. */
  machine: z.string(),
  /** Its start was answered, or it was seen since: that there is neither process nor log says nothing any more. */
  accepted: z.boolean(),
});
export type Start = z.output<typeof startSchema>;

/** Whether it was started in another machine than this one, as far as both are known. */
export function isElsewhere(start: Start, machine: string): boolean {
  return start.machine !== "" && machine !== "" && start.machine !== machine;
}

// In brackets, so that a pattern does not find itself in the command line of the shell that runs it.
const SEEN = { installer: "/binary/[i]nstaller deploy", preinstall: "/tower/[p]reinstall.sh" };

/** A log of an account, whichever account looks: the shell knows its home. */
export function logOf(account: string, name = LOG): string {
  // What is no plain name the shell would take apart; it can only be looked for at home.
  return /^[a-z_][\w.-]*$/i.test(account) ? `~${account}/${name}` : `~/${name}`;
}

/**
 * The processes first and the logs then, so that an end between the two is not taken for a failure. `account` is the one
 * that is logged in; the logs are those of whoever has started it, then its own, then those of the others.
 */
export async function lookAtInstaller(
  on: SshSession,
  {
    address,
    account,
    others,
    start,
  }: { address: string; account: string; others: string[]; start?: Start | undefined },
): Promise<Installer> {
  const session = orLost(on);
  const machine = await machineOf(session);
  const starter = start && !isElsewhere(start, machine) ? [start.account] : [];
  const running = await runs(session, SEEN.installer, address);
  const preparing = !running && (await runs(session, SEEN.preinstall, address));
  const logs: string[] = [];
  for (const owner of new Set([...starter, account, ...others]))
    for (const name of [LOG, LOG_BY_HAND])
      logs.push(await tail(session, logOf(owner, name), owner === account, starter.includes(owner)));
  return {
    running,
    preparing,
    succeeded: logs.some((log) => log.includes(DONE)),
    log: logs.find((log) => log.trim() !== "") ?? "",
    machine,
  };
}

/** Only 0 and 1 are answers (pgrep(1)): with anything else it has not looked, and something may run. */
async function runs(session: SshSession, pattern: string, address: string): Promise<boolean> {
  const { code, signal, stderr } = await session.run({ command: `pgrep -f '${pattern}'` });
  if (code === 0 || code === 1) return code === 0;
  throw new Refused(
    `Unable to tell on ${address} whether CloudTower's installer runs: pgrep ended with ${code ?? signal}: ${lastLines(stderr, 1)}`,
    { hint: "put right there what it says, then run up again: nothing is started before" },
  );
}

/** machine-id(5); "" where it cannot be told. */
export async function machineOf(session: SshSession): Promise<string> {
  const { code, stdout } = await session.run({ command: "cat /etc/machine-id" });
  const id = stdout.trim();
  return code === 0 && /^[\w-]{1,64}$/.test(id) ? id : "";
}

/** "" where there is no such log. A home is its account's alone: another account reads in it as root. */
async function tail(session: SshSession, log: string, own: boolean, needed: boolean): Promise<string> {
  const { stdout, stderr } = await session.run({ command: `${own ? "" : "sudo -n "}tail -n 200 ${log}` });
  if (!needed || !/^sudo:/m.test(stderr)) return stdout;
  throw new Refused(`Unable to read ${log}, the log of CloudTower's installer: ${lastLines(stderr, 1)}`, {
    hint: "put the account that started it into the plan again, or let the plan's own use sudo there without a password",
  });
}

/**
 * Starts the installer, with a session of its own so that it outlives this one; where one runs, whoever has started it,
 * it does nothing, and where pgrep cannot tell it ends as that does. Between the quotes the shell's own command line is
 * none that the pattern finds.
 */
export function startInstaller(session: SshSession, account: string): Promise<SshResult> {
  const start = `nohup setsid sudo -n '${INSTALLER}' deploy > ${logOf(account)} 2>&1 < /dev/null &`;
  // In braces: without them the shell waits in the background for the whole line, and holds the session's channel.
  const look = `pgrep -f '${SEEN.installer}' > /dev/null; found=$?; if [ $found -gt 1 ]; then exit $found; fi`;
  return session.run({ command: `${look}; [ $found -eq 0 ] || { ${start} }` });
}

/** A session in which a command without a time of its own that is not answered counts as a lost connection. */
export function orLost(session: SshSession): SshSession {
  return {
    async run(command) {
      try {
        return await session.run(command);
      } catch (error) {
        if (!(error instanceof TimedOut) || command.timeoutMs !== undefined) throw error;
        throw new CannotReach(error.message, { sent: true, cause: error });
      }
    },
  };
}

/** For messages: one line, however many there are. */
export function lastLines(text: string, count = 5): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.slice(-count).join(" | ") || "none";
}
