import { goodPlan } from "../plan/good-plans.fixture";
import { createSiteProject, type SiteProject } from "../test/site/site-project";
import { createWholeSite, towerSitePlan } from "../test/site/whole-site";

/**
 * `npm run bench`: provider time with a lab that answers at once, from the first request of `pulumi up` to the last, at
 * the engine's own parallelism. Stages 01 to 03, from bare hosts to all settings, accounts and networks: to hold, under
 * 5 s for 3 hosts, and linear at worst up to 16. Stages 01 to 06, with CloudTower from its image to a configured cluster:
 * to hold, under 15 s for 3 hosts.
 */
const RUNS = 3;

async function bench(): Promise<void> {
  for (const hosts of [3, 5, 16]) {
    const plan = goodPlan({ hosts, networks: "separate", storage: "tiered", whole: true });
    await measure(`stages 01 to 03 of ${hosts} hosts`, () => createSiteProject(plan, { speed: "instant" }));
  }
  for (const hosts of [3, 5]) {
    const plan = towerSitePlan(hosts);
    await measure(`stages 01 to 06 of ${hosts} hosts`, () => createWholeSite(plan, { speed: "instant" }));
  }
}

async function measure(what: string, make: () => Promise<SiteProject>): Promise<void> {
  const measured: number[] = [];
  let requests = 0;
  for (let run = 0; run < RUNS; run++) {
    const site = await make();
    try {
      const { code, output } = await site.pulumi("up", "--yes", "--skip-preview");
      if (code !== 0) throw new Error(output);
      const times = site.lab.requests().map(({ at }) => at);
      requests = times.length;
      measured.push((Math.max(...times) - Math.min(...times)) / 1_000);
    } finally {
      await site.close();
    }
  }
  const [median = 0] = measured.sort((a, b) => a - b).slice(Math.floor(RUNS / 2));
  console.log(`${what}: ${median.toFixed(2)} s of provider time (median of ${RUNS}), ${requests} requests`);
}

bench().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
