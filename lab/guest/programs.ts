import type { Context, Program } from "../shell/context";
import { runsInstaller, runsPreinstall } from "../shell/line";
import { runProcess } from "../shell/processes";
import type { LabProcess } from "../shell/system";
import { oneOf } from "../switch";
import { BREAKS_AFTER, BREAKS_BEHIND } from "./course";
import { INSTALLER, type LabGuest, PREINSTALL } from "./guest-model";

export const unprepared = oneOf(
  "unprepared",
  ["fails", "runs"],
  "The installer where preinstall.sh has not run.",
  "the runbook (stage 04) runs preinstall.sh first; what the installer does without is not shown",
  "SSH of CloudTower's guest",
);

const TOLD = "ERROR the lab was told to let it fail";

/** The two programs that CloudTower's image brings along. */
export function guestProgram(words: string[]): Program | undefined {
  if (runsInstaller(words))
    return (context) => asRoot(context, INSTALLER, () => run(context, "installer", words, breakInstaller));
  if (runsPreinstall(words))
    return (context) => asRoot(context, PREINSTALL, () => run(context, "preinstall", words, breakPreinstall));
  return undefined;
}

/** That both need root is assumed; the runbook runs both by sudo. */
function asRoot({ user, err }: Context, path: string, started: () => Promise<number>): Promise<number> | number {
  if (user === "root") return started();
  err.write(`${path}: Permission denied\n`);
  return 126;
}

type Starts = (context: Context, guest: LabGuest, process: LabProcess) => void;

function run(context: Context, program: LabProcess["program"], words: string[], starts: Starts): Promise<number> {
  return runProcess(context, { program, command: words.join(" ") }, (system, process) =>
    starts(context, system as LabGuest, process),
  );
}

function breakPreinstall({ session: { fault } }: Context, _guest: LabGuest, process: LabProcess): void {
  if (fault.preinstall) process.breaks = { lines: 0, at: process.startedAt, says: TOLD };
}

function breakInstaller({ session: { fault, site } }: Context, guest: LabGuest, process: LabProcess): void {
  const { startedAt: at } = process;
  guest.installerStarts += 1;
  if (fault.installer) {
    const says = typeof fault.installer === "object" ? fault.installer.fails : TOLD;
    process.breaks = { lines: BREAKS_BEHIND, at: at + BREAKS_AFTER, ...(fault.installer !== "silent" && { says }) };
  }
  const others = guest.processes.filter(
    (each) => each !== process && each.program === "installer" && each.ended === undefined,
  );
  // What two do to each other no document says; that they do harm is assumed.
  if (others.length > 0)
    for (const each of [...others, process])
      each.breaks = { lines: each.written, at, says: "ERROR another installer is running" };
  else if (!guest.prepared && site.switches.of(unprepared) === "fails")
    process.breaks = { lines: 0, at, says: "ERROR the environment is not prepared, run preinstall.sh first" };
}
