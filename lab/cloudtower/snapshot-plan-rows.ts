import type { SiteState } from "../site-state";
import { oneOf } from "../switch";
import { type Entry, entry } from "./row";
import { vmsById } from "./shown-vms";
import { asyncStatus, nestedCluster } from "./standing";
import type { LabSnapshotPlan, LabTower, LabTowerCluster } from "./tower-model";

export const planTimeShown = oneOf(
  "planTimeShown",
  ["object", "null"],
  "How a snapshot plan shows the time of day that it was given: as hour and minute, or not at all.",
  "exec_h_m is a text where a plan is made, and an object without fields, or null, where it is shown (the vendor's schema)",
);

/** The snapshot plans of every cluster. */
export function snapshotPlanEntries(site: SiteState, tower: LabTower): Entry[] {
  return tower.clusters.flatMap((cluster) =>
    (cluster.kept.snapshotPlans ?? []).map((plan) =>
      entry({ id: plan.id, name: plan.name }, () => planFields(site, tower, cluster, plan)),
    ),
  );
}

function planFields(site: SiteState, tower: LabTower, cluster: LabTowerCluster, plan: LabSnapshotPlan) {
  const shown = vmsById(site, tower);
  const vms = plan.vms.flatMap((id) => {
    const name = shown.get(id)?.vm.name;
    return name === undefined ? [] : [{ id, name }];
  });
  const [hour = 0, minute = 0] = (plan.time ?? "").split(":").map(Number);
  const isTimeShown = plan.time !== null && site.switches.of(planTimeShown) === "object";
  return {
    ...nothingTaken,
    local_id: site.fixedId(`local ${plan.id}`),
    cluster: nestedCluster(site, cluster),
    description: "",
    end_time: plan.end && new Date(plan.end).toISOString(),
    entityAsyncStatus: asyncStatus(site, plan.busy),
    exec_h_m: isTimeShown ? { hour, minute } : null,
    execute_intervals: plan.intervals,
    execute_plan_type: plan.type,
    object_num: vms.length,
    remain_snapshot_num: plan.remain,
    snapshot_group_num: plan.groups,
    start_time: new Date(plan.start).toISOString(),
    status: plan.suspended ? "SUSPENDED" : "NORMAL",
    vms,
  };
}

const nothingTaken = {
  auto_delete_num: 0,
  auto_execute_num: 0,
  execution_tasks: [],
  healthy: true,
  last_execute_end_time: null,
  last_execute_status: "UNSPECIFIED",
  last_execute_time: null,
  logical_size_bytes: 0,
  manual_delete_num: 0,
  manual_execute_num: 0,
  mirror: false,
  next_execute_time: null,
  physical_size_bytes: 0,
};
