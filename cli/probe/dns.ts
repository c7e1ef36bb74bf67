import { isIP } from "node:net";
import type { SitePlan } from "../../plan/site-plan";
import { askDns } from "./name-lookup";
import type { ProbeTarget } from "./target";
import type { Telling } from "./tools";

const timeoutMs = 3_000;

/** Asks a planned DNS server for each name in the plan; for none, whether it answers at all. */
export async function probeDns(target: ProbeTarget, names: string[]): Promise<Telling> {
  const [way] = target.ways;
  if (!way?.at) return (report) => report.fact("not-probed", target);
  const asked = names.length > 0 ? names : ["."];
  const answers = await Promise.all(asked.map(async (name) => ({ name, answer: await askDns(way, name, timeoutMs) })));
  if (answers.every(({ answer }) => answer.outcome === "silent")) {
    return (report) => report.finding("probe-dns-silent", target);
  }
  return (report) => {
    for (const { name, answer } of answers) {
      // That the root is not told there is no fault of a server that is closed to the world.
      if (name === ".") report.fact("dns-answers", target);
      else if (answer.outcome === "found") {
        report.fact("dns-resolves", target, { name, addresses: answer.addresses.join(", ") });
      } else if (answer.outcome === "unknown") report.finding("probe-dns-name-unknown", target, { name });
      else {
        report.finding("probe-dns-silent", target, { name, ...(answer.outcome === "failed" && { code: answer.code }) });
      }
    }
  };
}

/** The names in a plan that a DNS server has to know. */
export function plannedNames(plan: SitePlan): string[] {
  return [...new Set(plan.ntp.filter((server) => isIP(server) === 0))];
}
