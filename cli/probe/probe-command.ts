import { dirname, join } from "node:path";
import type { LoadedPlan } from "../../plan/read";
import { describeProbes, describeTargets } from "./describe-probes";
import { type Probed, probePlan, reachBeside } from "./probe-plan";
import { isRangeCut, mostTestAddresses, probeTargets } from "./targets";

/** Longer than this without a word looks like a hang. */
const wordEveryMs = 2_000;

/**
 * `check --probe`: lists on `say` what is asked, asks it, says how far it is. With `dryRun` it lists only. A plan with
 * errors has no addresses to rely on: nothing is probed then, and that is said.
 */
export async function probeLoaded(
  loaded: LoadedPlan,
  options: { dryRun: boolean; say: (line: string) => void },
): Promise<Probed | undefined> {
  const { dryRun, say } = options;
  if (!loaded.ok) {
    say("nothing is probed: the plan has errors");
    return undefined;
  }
  const targets = probeTargets(loaded.plan, reachBeside(loaded.file));
  say(describeTargets(targets, dryRun));
  if (isRangeCut(loaded.plan)) say(`  of the test range the first ${mostTestAddresses} addresses alone`);
  if (dryRun) return { targets, findings: [], facts: [], pins: [] };
  let last = performance.now();
  return probePlan(loaded, {
    onProgress(done, total) {
      if (done < total && performance.now() - last < wordEveryMs) return;
      last = performance.now();
      say(`probed ${done} of ${total}`);
    },
  });
}

/** What a probe is in the JSON output, beside the findings. */
export function probesAsJson({ targets, facts, pins }: Probed) {
  return { targets, facts, pins };
}

/** The facts and pins of a probe, for people. */
export function probesAsText(probed: Probed, planFile: string): string {
  return describeProbes(probed, join(dirname(planFile), "trust.yaml"));
}
