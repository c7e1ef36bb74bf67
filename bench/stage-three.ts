import { goodPlan } from "../plan/good-plans.fixture";
import { createSiteProject } from "../test/site/site-project";

/**
 * `npm run bench`: provider time of stages 01 to 03, from bare hosts to all settings, accounts and networks, with a lab
 * that answers at once: from the first request of `pulumi up` to the last, at the engine's own parallelism. To hold:
 * under 5 s for 3 hosts, and linear at worst up to 16.
 */
const RUNS = 3;

async function bench(): Promise<void> {
  for (const hosts of [3, 5, 16]) {
    const measured: number[] = [];
    let requests = 0;
    for (let run = 0; run < RUNS; run++) {
      const plan = goodPlan({ hosts, networks: "separate", storage: "tiered", whole: true });
      const site = await createSiteProject(plan, { speed: "instant" });
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
    console.log(
      `stages 01 to 03 of ${hosts} hosts: ${median.toFixed(2)} s of provider time (median of ${RUNS}), ${requests} requests`,
    );
  }
}

bench().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
