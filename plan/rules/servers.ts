import type { Draft } from "../draft";
import { isServer } from "../names";
import type { PartialPlan } from "./partial-plan";
import { report, reportTwice } from "./report";

/** What a resolver asks: resolv.conf(5), MAXNS. */
const mostDnsServers = 3;

/** NTP servers, which may be names, and DNS servers, which may not (their reading sees to that). */
export function checkServers(draft: Draft, plan: PartialPlan): void {
  const servers = (plan.ntp ?? []).map((value, i) => ({ path: ["ntp", i], value }));
  for (const { path, value } of servers) {
    if (typeof value === "string" && value !== "" && !isServer(value)) {
      report(draft, "server-invalid", path, { value });
    }
  }
  reportTwice(
    draft,
    "server-twice",
    servers.map((each) => ({ ...each, key: each.value?.toLowerCase() })),
  );
  reportTwice(
    draft,
    "server-twice",
    (plan.dns ?? []).map((value, i) => ({ path: ["dns", i], value })),
  );
  const fourth = plan.dns?.[mostDnsServers];
  if (fourth !== undefined) {
    report(draft, "dns-too-many", ["dns", mostDnsServers], { value: fourth, params: { most: mostDnsServers } });
  }
  const [first, second] = servers;
  if (first && second && servers.length === 2) {
    const reason = draft.quotes.get("ntp-two-servers");
    report(draft, "ntp-two-servers", second.path, {
      value: second.value,
      other: first.path,
      params: reason ? { reason } : {},
    });
  }
}
