import type { Call } from "../operation";
import type { SiteState } from "../site-state";
import { changeTower } from "./change-tower";
import { applyKept, takeKept } from "./kept-change";
import { Refused } from "./rest";
import { startTask } from "./start-task";
import type { KeptObject, KeptStep, LabKept, LabTask, LabTower, LabTowerCluster } from "./tower-model";

/**
 * Changes what a cluster keeps in CloudTower: by a task, whose id it returns, or at once. What a task's outcome is
 * not known of has changed nothing but what is new.
 */
export function keep(
  site: SiteState,
  tower: LabTower,
  call: Call,
  cluster: LabTowerCluster,
  about: Pick<LabTask, "mutation" | "description" | "resource" | "args">,
  steps: KeptStep[],
  by: "task" | "direct",
  fails?: Parameters<typeof startTask>[5],
): string | null {
  const change = (carryOut: (kept: LabKept, steps: KeptStep[]) => void) => (changed: LabTower) => {
    const one = changed.clusters.find(({ id }) => id === cluster.id);
    if (one) carryOut(one.kept, steps);
  };
  if (by === "task")
    return startTask(
      site,
      tower,
      call,
      { ...about, change: { kind: "keep", cluster: cluster.id, steps } },
      change(takeKept),
      fails,
    );
  changeTower(site, change(applyKept));
  return null;
}

/** The connected cluster that a request names. */
export function clusterOf({ clusters }: LabTower, id: string): LabTowerCluster {
  const cluster = clusters.find((each) => each.id === id);
  if (!cluster) throw new Refused(404, `cluster ${id} is not found`);
  return connected(cluster);
}

/** A cluster that can be changed: one that is connected. */
export function connected(cluster: LabTowerCluster): LabTowerCluster {
  if (cluster.state !== "CONNECTED") throw new Refused(400, `cluster ${cluster.ip} is ${cluster.state}`);
  return cluster;
}

/** An object that a connected cluster keeps, and the cluster. */
export function keptOf<List extends keyof LabKept>(
  { clusters }: LabTower,
  list: List,
  id: string,
): { cluster: LabTowerCluster; object: KeptObject<List> } {
  for (const cluster of clusters) {
    const object = (cluster.kept[list] as KeptObject<List>[] | undefined)?.find((each) => each.id === id);
    if (object) return { cluster: connected(cluster), object };
  }
  throw new Refused(404, `${id} is not found`);
}

/** Without what is undefined. */
export function given<T extends object>(fields: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
