import type { Draft } from "../draft";
import { isHostName } from "../names";
import type { PartialPlan } from "./partial-plan";
import { hasError, report, reportTwice } from "./report";

/** How many hosts there are, what tells one from the other, and the address that they share. */
export function checkHosts(draft: Draft, plan: PartialPlan): void {
  const hosts = plan.hosts ?? [];
  // Where the list itself is missing or wrong, or its sheet was not read, there is nothing to count.
  const counted = plan.hosts !== undefined || !hasError(draft, ["hosts"]);
  if (hosts.length < 3 && counted) report(draft, "too-few-hosts", ["hosts"], { params: { count: hosts.length } });

  const vip = ["cluster", "vip"];
  if (hosts.length > 0 && plan.cluster && plan.cluster.vip === undefined && !hasError(draft, vip)) {
    report(draft, "vip-missing", vip);
  }

  hosts.forEach((host, i) => {
    if (typeof host?.name !== "string" || host.name === "") return;
    if (!isHostName(host.name)) report(draft, "hostname-invalid", ["hosts", i, "name"], { value: host.name });
  });
  const names = hosts.map((host, i) => ({ path: ["hosts", i, "name"], value: host?.name }));
  reportTwice(
    draft,
    "host-name-twice",
    names.map((each) => ({ ...each, key: each.value?.toLowerCase() })),
  );
  reportTwice(
    draft,
    "host-serial-twice",
    hosts.map((host, i) => ({ path: ["hosts", i, "serial"], value: host?.serial })),
  );
}
