import type { LabProcess } from "../shell/system";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** The line that says CloudTower is installed (runbook stage 04; facts, part A 4.7). */
const SUCCESS = "Install Operation Center Successfully";

/** Site time after its start at which an installer breaks that a fault lets fail or fall silent. */
export const BREAKS_AFTER = 9 * MINUTE;
/** Lines of the installer until then. */
export const BREAKS_BEHIND = 8;

/** What the installer says but for its last line is made up: about twenty minutes, "大量日志输出" (runbook stage 04). */
const INSTALLER: [minutes: number, text: string][] = [
  [0, "Start to install Operation Center"],
  [0.2, "Check system resources: cpu 8, memory 19 GiB, disk 400 GiB: ok"],
  [0.5, "Load container images"],
  [2, "Loaded images 8/31"],
  [4, "Loaded images 17/31"],
  [6, "Loaded images 31/31"],
  [7, "Initialize kubernetes control plane"],
  [8.5, "Kubernetes control plane is ready"],
  [9.5, "Deploy postgres"],
  [11, "postgres is ready"],
  [12, "Migrate database"],
  [14, "Deploy cloudtower services"],
  [16, "Waiting for cloudtower services: 12/20 ready"],
  [18, "Waiting for cloudtower services: 19/20 ready"],
  [19.5, "Deploy nginx"],
  [20, SUCCESS],
];
const PREINSTALL: [minutes: number, text: string][] = [
  [0, "Prepare system settings"],
  [0.5, "Preinstall finished"],
];

/** What a program writes and when, milliseconds of site time after its start; and its end, unless it has none. */
export interface Course {
  lines: { after: number; text: string }[];
  ends?: { after: number; code: number };
}

export function courseOf(process: LabProcess): Course {
  if (process.program === "sleep") return { lines: [], ends: { after: process.lasts ?? 0, code: 0 } };
  const script = process.program === "installer" ? INSTALLER : PREINSTALL;
  const whole = script.map(([minutes, text]) => ({ after: minutes * MINUTE, text }));
  const { breaks } = process;
  if (!breaks) return { lines: whole, ends: { after: whole.at(-1)?.after ?? 0, code: 0 } };
  const after = breaks.at - process.startedAt;
  const lines = whole.slice(0, breaks.lines);
  if (breaks.says === undefined) return { lines };
  return { lines: [...lines, { after, text: breaks.says }], ends: { after, code: 1 } };
}

/** The site time of the next line of a program, or of its end; undefined: nothing comes any more. */
export function nextMomentOf(process: LabProcess): number | undefined {
  const { lines, ends } = courseOf(process);
  const after = process.ended === undefined ? (lines[process.written]?.after ?? ends?.after) : undefined;
  return after === undefined ? undefined : process.startedAt + after;
}
