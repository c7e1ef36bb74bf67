import type { LabCluster } from "./cluster-model";

/** The next logical unit of the cluster's datastore. */
export function nextLun(cluster: LabCluster): number {
  cluster.luns += 1;
  return cluster.luns;
}
