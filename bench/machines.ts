import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bringToStage } from "../lab/stage/stage";
import { createSiteProject } from "../test/site/site-project";
import { towerSitePlan } from "../test/site/whole-site";
import { createBareEngine } from "./bare-engine";
import { watchTree } from "./process-tree";

/**
 * `npm run bench`: virtual machines on CloudTower by the real engine, from `pulumi` to its end: made, left as they are,
 * refreshed, changed and destroyed. Of each run its wall time, and that of the bare engine with as many resources that do
 * nothing; the CPU time and the memory of each process; the lab's own CPU time; the requests, by the most frequent
 * operations and a machine. With a lab whose tasks end at once, and one whose tasks take two seconds. BENCH_MACHINES=10,100
 * says how many, BENCH_TASKS=instant or 2s which lab. To hold, with tasks that end at once: 100 machines are made in under
 * 10 s, and destroyed in under 10 s; a refresh of 1,000 takes at most 3 s more than the bare engine, and a request for
 * each 100 rows of a type; a machine takes as many requests, and at most 1.3 times the provider's CPU time, among 1,000 as
 * among 100.
 */
const COUNTS = (process.env["BENCH_MACHINES"] ?? "10,100,1000").split(",").map(Number);
const SPEEDS = { instant: "instant", "2s": 10 } as const;
const TASKS = (process.env["BENCH_TASKS"] ?? Object.keys(SPEEDS).join(",")).split(",") as (keyof typeof SPEEDS)[];

/** The verbs, in the order in which they are run; `change` is made in the plan before it. */
const RUNS = [
  { what: "preview", args: ["preview"] },
  { what: "up", args: ["up", "--yes", "--skip-preview"] },
  { what: "up, nothing to do", args: ["up", "--yes", "--skip-preview"] },
  { what: "preview --refresh", args: ["preview", "--refresh"] },
  { what: "up, memory of all", args: ["up", "--yes", "--skip-preview"], isChanged: true },
  { what: "destroy", args: ["destroy", "--yes", "--skip-preview"] },
];

async function bench(): Promise<void> {
  for (const tasks of TASKS)
    for (const count of COUNTS) {
      console.log(`${count} machines, tasks ${tasks === "instant" ? "end at once" : "take 2 s"}`);
      await measure(count, SPEEDS[tasks]);
    }
}

async function measure(count: number, speed: "instant" | number): Promise<void> {
  const plan = towerSitePlan(3);
  const site = await createSiteProject(plan, { speed });
  // What a test saves when it starts Node.js a user does not.
  delete site.env["NODE_OPTIONS"];
  const bare = await createBareEngine(count);
  try {
    rmSync(join(site.stack, "plan.xlsx"));
    await bringToStage(site.lab.site, plan, "cloudtower");
    site.env["SITEWRIGHT_CLOUDTOWER_PASSWORD"] = plan.cloudtower?.password;
    site.writeSettings({ teardown: "true" });
    const write = (memory: string) => writeFileSync(join(site.stack, "vms.yaml"), machines(plan, count, memory));
    write("2 GiB");
    for (const { what, args, isChanged } of RUNS) {
      if (isChanged) write("4 GiB");
      if (isChanged) bare.env["VALUE"] = "other";
      const alone = await run(bare, args);
      site.lab.clearRequests();
      const { user, system } = process.cpuUsage();
      const { seconds, used } = await run(site, args);
      const spent = process.cpuUsage({ user, system });
      const cpu = Object.entries(used).map(([role, { cpuSeconds }]) => `${role} ${cpuSeconds.toFixed(2)}`);
      const memory = Object.entries(used).map(([role, { peak }]) => `${role} ${(peak / 1e6).toFixed(0)}`);
      console.log(
        `  ${what}: ${seconds.toFixed(2)} s (bare engine ${alone.seconds.toFixed(2)} s)
    CPU s: ${cpu.join(", ")}, lab ${((spent.user + spent.system) / 1e6).toFixed(2)}; provider ${((used.provider.cpuSeconds / count) * 1_000).toFixed(1)} ms a machine
    MB at most: ${memory.join(", ")}
    ${requestsOf(site.lab.requests(), count)}`,
      );
    }
  } finally {
    bare.close();
    await site.close();
  }
}

function machines({ cloudtower, cluster }: ReturnType<typeof towerSitePlan>, count: number, memory: string): string {
  return `kind: virtual-machines
cloudtower: ${cloudtower?.address}
cluster: ${cluster.name}
defaults: { vcpu: 2, memory: ${memory}, disks: [{ size: 10 GiB }], nics: [{ vlan: default }], status: STOPPED, deleteVolumes: true }
vms:
  - name: vm-{0001..${String(count).padStart(4, "0")}}
`;
}

/** Runs the engine in a project, and says how long that took, and what it has used. */
async function run({ folder, env }: { folder: string; env: NodeJS.ProcessEnv }, args: string[]) {
  const began = performance.now();
  const child = spawn("pulumi", [...args, "--non-interactive"], {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const watch = watchTree(child.pid as number);
  const [code] = await once(child, "close");
  const used = watch.end();
  if (code !== 0) throw new Error(output);
  return { seconds: (performance.now() - began) / 1_000, used };
}

function requestsOf(requests: { operation?: string }[], count: number): string {
  const by = new Map<string, number>();
  for (const { operation } of requests) by.set(String(operation), (by.get(String(operation)) ?? 0) + 1);
  const most = [...by].sort(([, a], [, b]) => b - a).slice(0, 6);
  const shown = most.map(([operation, times]) => `${operation} ${times}`).join(", ");
  return `${requests.length} requests, ${(requests.length / count).toFixed(2)} a machine (${shown})`;
}

bench().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
