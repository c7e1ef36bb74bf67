import { CannotReach, TimedOut } from "../kernel/errors";
import type { SshResult, SshSession } from "../kernel/ssh";

export const PREINSTALL = "/usr/share/smartx/tower/preinstall.sh";
const INSTALLER = "/usr/share/smartx/tower/installer/binary/installer";

/** In the home of the account that starts it, where a public client has it too (facts, part A 4.7). */
export const LOG = "~/installer.out";
/** Where it goes when it is started by hand, as the runbook has it (stage 04). */
const LOG_BY_HAND = "~/nohup.out";
export const DONE = "Install Operation Center Successfully";

/** CloudTower's installer in its virtual machine, as it stands. */
export interface Installer {
  running: boolean;
  /** preinstall.sh runs. */
  preparing: boolean;
  /** One of the logs has the success line. Each start empties ours, so that it tells of the last one. */
  succeeded: boolean;
  /** The last lines of our log, or of the one by hand where ours is empty. */
  log: string;
}

// In brackets, so that a pattern does not find itself in the command line of the shell that runs it.
const SEEN = { installer: "/binary/[i]nstaller deploy", preinstall: "/tower/[p]reinstall.sh" };

/** The processes first and the logs then, so that an end between the two is not taken for a failure. */
export async function lookAtInstaller(on: SshSession): Promise<Installer> {
  const session = orLost(on);
  const runs = async (pattern: string) => (await session.run({ command: `pgrep -f '${pattern}'` })).code === 0;
  const running = await runs(SEEN.installer);
  const preparing = !running && (await runs(SEEN.preinstall));
  const tail = async (file: string) => (await session.run({ command: `tail -n 200 ${file}` })).stdout;
  const logs = [await tail(LOG), await tail(LOG_BY_HAND)];
  return {
    running,
    preparing,
    succeeded: logs.some((log) => log.includes(DONE)),
    log: logs.find((log) => log.trim() !== "") ?? "",
  };
}

/**
 * Starts the installer, with a session of its own so that it outlives this one; where one runs, whoever has started it,
 * it does nothing. Between the quotes the shell's own command line is none that the pattern finds.
 */
export function startInstaller(session: SshSession): Promise<SshResult> {
  const start = `nohup setsid sudo -n '${INSTALLER}' deploy > ${LOG} 2>&1 < /dev/null &`;
  // In braces: without them the shell waits in the background for the whole line, and holds the session's channel.
  return session.run({ command: `pgrep -f '${SEEN.installer}' > /dev/null || { ${start} }` });
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
