import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bringToStage } from "../lab/stage/stage";
import { createSiteProject, type SiteProject } from "../test/site/site-project";
import { towerSitePlan } from "../test/site/whole-site";

/**
 * `npm run bench`: virtual machines on CloudTower by the real engine, from `pulumi` to its end: made, left as they are,
 * refreshed, changed and destroyed. Of each run its wall time, its requests by the most frequent operations, and how many
 * of them a machine takes. With a lab whose tasks end at once, and one whose tasks take two seconds. BENCH_MACHINES=10,100
 * says how many. To hold, with tasks that end at once: 100 machines are made in under 10 s, and destroyed in under 10 s.
 */
const COUNTS = (process.env["BENCH_MACHINES"] ?? "10,100").split(",").map(Number);
const SPEEDS = { "end at once": "instant", "take 2 s": 10 } as const;

async function bench(): Promise<void> {
  for (const [tasks, speed] of Object.entries(SPEEDS))
    for (const count of COUNTS) {
      console.log(`${count} machines, tasks ${tasks}`);
      await measure(count, speed);
    }
}

async function measure(count: number, speed: (typeof SPEEDS)[keyof typeof SPEEDS]): Promise<void> {
  const plan = towerSitePlan(3);
  const site = await createSiteProject(plan, { speed });
  try {
    rmSync(join(site.stack, "plan.xlsx"));
    await bringToStage(site.lab.site, plan, "cloudtower");
    site.env["SITEWRIGHT_CLOUDTOWER_PASSWORD"] = plan.cloudtower?.password;
    site.writeSettings({ teardown: "true" });
    const write = (memory: string) => writeFileSync(join(site.stack, "vms.yaml"), machines(plan, count, memory));
    write("2 GiB");
    await timed(site, count, "preview", "preview");
    await timed(site, count, "up", "up", "--yes", "--skip-preview");
    await timed(site, count, "up, nothing to do", "up", "--yes", "--skip-preview");
    await timed(site, count, "preview --refresh", "preview", "--refresh");
    write("4 GiB");
    await timed(site, count, "up, memory of all", "up", "--yes", "--skip-preview");
    await timed(site, count, "destroy", "destroy", "--yes", "--skip-preview");
  } finally {
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

async function timed(site: SiteProject, count: number, what: string, ...args: string[]): Promise<void> {
  site.lab.clearRequests();
  const began = performance.now();
  const { code, output } = await site.pulumi(...args);
  const seconds = (performance.now() - began) / 1_000;
  if (code !== 0) throw new Error(output);
  const by = new Map<string, number>();
  for (const { operation } of site.lab.requests()) by.set(String(operation), (by.get(String(operation)) ?? 0) + 1);
  const requests = [...by.values()].reduce((sum, each) => sum + each, 0);
  const most = [...by].sort(([, a], [, b]) => b - a).slice(0, 4);
  const shown = most.map(([operation, times]) => `${operation} ${times}`).join(", ");
  console.log(
    `  ${what}: ${seconds.toFixed(2)} s, ${requests} requests, ${(requests / count).toFixed(2)} a machine (${shown})`,
  );
}

bench().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
