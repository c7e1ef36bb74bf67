import { readdirSync, readFileSync } from "node:fs";

/** proc(5): USER_HZ, a hundred on every Linux that Node.js runs on. */
const TICKS = 100;
/** Milliseconds between two looks: what a process uses after the last one is not counted. */
const LOOK = 100;

/** What `pulumi` starts, by its command line. */
const ROLES = [
  ["provider", /dynamic-provider/],
  ["program", /cmd\/run(-policy-pack)?|pulumi-language-nodejs/],
  ["engine", /./],
] as const;
type Role = (typeof ROLES)[number][0];

export interface Used {
  cpuSeconds: number;
  /** Bytes in memory at most, of the largest process of that role. */
  peak: number;
}

/** Watches a process and all that it starts, by /proc (Linux alone). `end` says what each role has used. */
export function watchTree(root: number): { end(): Record<Role, Used> } {
  const seen = new Map<number, Used & { role: Role }>();
  function look(pid: number): void {
    const fields = statOf(pid);
    const command = read(pid, "cmdline");
    const role = ROLES.find(([, line]) => line.test(command))?.[0];
    if (fields && role) {
      const peak = Number(/^VmHWM:\s+(\d+)/m.exec(read(pid, "status"))?.[1] ?? 0) * 1024;
      const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / TICKS;
      seen.set(pid, { role, cpuSeconds, peak: Math.max(peak, seen.get(pid)?.peak ?? 0) });
    }
    for (const thread of entries(`/proc/${pid}/task`))
      for (const child of read(pid, `task/${thread}/children`).split(" ")) if (child) look(Number(child));
  }
  const timer = setInterval(() => look(root), LOOK);
  look(root);
  return {
    end() {
      clearInterval(timer);
      const used = Object.fromEntries(ROLES.map(([role]) => [role, { cpuSeconds: 0, peak: 0 }])) as Record<Role, Used>;
      for (const { role, cpuSeconds, peak } of seen.values()) {
        used[role].cpuSeconds += cpuSeconds;
        used[role].peak = Math.max(used[role].peak, peak);
      }
      return used;
    },
  };
}

/** The fields of /proc/PID/stat behind the name, which may hold spaces and brackets. */
function statOf(pid: number): string[] | undefined {
  const stat = read(pid, "stat");
  return stat ? stat.slice(stat.lastIndexOf(")") + 2).split(" ") : undefined;
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // it has ended
  }
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return ""; // it has ended
  }
}
