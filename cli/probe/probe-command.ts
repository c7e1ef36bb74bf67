import { basename, dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { isPlanCode } from "../../plan/finding-text";
import { type LoadedPlan, localDay } from "../../plan/read";
import type { Language } from "../../plan/text/text";
import { readWaivers, waive } from "../../plan/waivers";
import { readIfThere } from "../../providers/kernel/files";
import { type Home, refuseOtherHome } from "../../providers/kernel/home";
import { readSetting } from "../../providers/kernel/settings";
import { describeProbes, describeTargets } from "./describe-probes";
import { factText } from "./fact-text";
import { type Probed, probePlan, reachBeside } from "./probe-plan";
import { isRangeCut, mostTestAddresses, probeTargets } from "./targets";

/** Longer than this without a word looks like a hang. */
const wordEveryMs = 2_000;

/**
 * `check --probe`: lists on `say` what is asked, asks it, says how far it is. With `dryRun` it lists only. A plan with
 * errors has no addresses to rely on: nothing is probed then, and that is said. Findings are waived as the plan's own.
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
  const reach = reachBeside(loaded.file);
  const targets = probeTargets(loaded.plan, reach);
  say(describeTargets(targets, dryRun, language));
  if (isRangeCut(loaded.plan)) say(`  ${factText("test-range-cut", { most: mostTestAddresses }, language)}`);
  if (dryRun) return { targets, findings: [], facts: [], pins: [] };
  try {
    refuseOtherHome({ ...stackOf(loaded.file), reach, lived: undefined });
  } catch (error) {
    if (language === "zh") say("没有探测任何地址：该栈只属于实验环境（lab），原因和处理办法如下");
    throw error;
  }
  let last = performance.now();
  const probed = await probePlan(loaded, {
    onProgress(done, total) {
      if (done < total && performance.now() - last < wordEveryMs) return;
      last = performance.now();
      say({ en: `probed ${done} of ${total}`, zh: `已探测 ${done}/${total}` }[language]);
    },
  });
  waive(probed.findings, await readWaivers(dirname(loaded.file)), localDay(), (code) => !isPlanCode(code));
  return probed;
}

/** The stack that a plan's folder is of, and whether its settings keep it in a lab (Pulumi.<stack>.yaml beside the folder). */
function stackOf(planFile: string): { stack: string; setting: Home | undefined } {
  const folder = dirname(resolve(planFile));
  const stack = basename(folder);
  const settings: unknown = parse(readIfThere(join(dirname(folder), `Pulumi.${stack}.yaml`)) ?? "");
  const { config } = (settings ?? {}) as { config?: Record<string, unknown> };
  const home = config?.["sitewright:home"];
  return { stack, setting: readSetting("home", () => (home === undefined ? undefined : String(home))) };
}

/** What a probe is in the JSON output, beside the findings. */
export function probesAsJson({ targets, facts, pins }: Probed, language: Language) {
  const told = facts.map((fact) => ({ ...fact, text: factText(fact.code, fact.params, language) }));
  return { probes: { targets, facts: told, pins } };
}

/** The facts and pins of a probe, for people. */
export function probesAsText(probed: Probed, planFile: string, language: Language = "en"): string {
  return describeProbes(probed, join(dirname(planFile), "trust.yaml"), language);
}
