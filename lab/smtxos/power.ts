import { oneOf } from "../switch";
import type { LabVm } from "./cluster-model";

export const guestTools = oneOf(
  "guestTools",
  ["installed", "missing"],
  "Whether what the images install brings the guest tools along.",
  "CloudTower's own ISO installs no guest tools; one with a changed kickstart does (facts, part A 4.5). missing: ga_state never becomes Running",
);

const MINUTE = 60_000;

/** Site time from the first start until the tools of a guest that installs itself run: 888 s in the runbook's sample. */
const INSTALLS = 15 * MINUTE;
/** Site time from any later start; assumed. */
export const BOOTS = MINUTE;

/** What a machine that is started at a moment becomes. */
export function startedNow(moment: number): Partial<LabVm> {
  return { status: "running", startedAt: moment };
}

/** What a running machine becomes that is stopped: an installation that had not ended begins anew with the next start. */
export function stoppedNow(vm: LabVm, isDue: (moment: number) => boolean): Partial<LabVm> {
  return { status: "stopped", installed: vm.installed || isInstalled(vm, isDue) };
}

/** What becomes of a machine before its drives change: while it runs, an installation that had not ended begins anew. */
export function drivesChanged(vm: LabVm, moment: number, isDue: (moment: number) => boolean): Partial<LabVm> {
  if (vm.status !== "running") return {};
  return vm.installed || isInstalled(vm, isDue) ? { installed: true } : { startedAt: moment };
}

/** Whether the installation from what is in the drive has ended, if none had before. */
function isInstalled({ startedAt, cdroms }: LabVm, isDue: (moment: number) => boolean): boolean {
  const bootable = cdroms.some(({ disabled, path }) => !disabled && path !== "");
  return startedAt !== undefined && bootable && isDue(startedAt + INSTALLS);
}

/** Whether the guest's tools run, where what the images install brings them. */
export function toolsRunIn(vm: LabVm, isDue: (moment: number) => boolean): boolean {
  if (vm.status !== "running" || vm.startedAt === undefined) return false;
  return vm.installed ? isDue(vm.startedAt + BOOTS) : isInstalled(vm, isDue);
}
