import { dirname, join } from "node:path";
import type { LoadedPlan } from "../../plan/read";
import type { Language } from "../../plan/text/text";
import { describeProbes, describeTargets } from "./describe-probes";
import { factText } from "./fact-text";
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
  options: { dryRun: boolean; say: (line: string) => void; language?: Language },
): Promise<Probed | undefined> {
  const { dryRun, say, language = "en" } = options;
  if (!loaded.ok) {
    say({ en: "nothing is probed: the plan has errors", zh: "规划有错误，不进行探测" }[language]);
    return undefined;
  }
  const targets = probeTargets(loaded.plan, reachBeside(loaded.file));
  say(describeTargets(targets, dryRun, language));
  if (isRangeCut(loaded.plan)) say(`  ${factText("test-range-cut", { most: mostTestAddresses }, language)}`);
  if (dryRun) return { targets, findings: [], facts: [], pins: [] };
  let last = performance.now();
  return probePlan(loaded, {
    onProgress(done, total) {
      if (done < total && performance.now() - last < wordEveryMs) return;
      last = performance.now();
      say({ en: `probed ${done} of ${total}`, zh: `已探测 ${done}/${total}` }[language]);
    },
  });
}

/** What a probe is in the JSON output, beside the findings. */
export function probesAsJson({ targets, facts, pins }: Probed) {
  return { targets, facts, pins };
}

/** The facts and pins of a probe, for people. */
export function probesAsText(probed: Probed, planFile: string, language: Language = "en"): string {
  return describeProbes(probed, join(dirname(planFile), "trust.yaml"), language);
}
