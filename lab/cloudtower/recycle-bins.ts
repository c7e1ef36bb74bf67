import { z } from "zod";
import type { ExampleSite } from "../example";
import type { Call, Operation } from "../operation";
import type { SiteState } from "../site-state";
import { oneOf, type SwitchStates } from "../switch";
import { changeTower } from "./change-tower";
import { found } from "./found";
import { connected } from "./keep";
import { plainWrites } from "./plain";
import { parsed, Refused, rest } from "./rest";
import { startTask } from "./start-task";
import { rowOf } from "./tables";
import type { LabRecycleBin, LabTower, LabTowerCluster } from "./tower-model";

export const vmRecycleBin = oneOf(
  "vmRecycleBin",
  ["none", "kept", "inherited"],
  "What a cluster has for a recycle bin for virtual machines before a call sets one, and its settings show: none, one of its own, or that of all clusters.",
  "a cluster has one where somebody has set it up (/create-cluster-recycle-bin-setting); what its settings show without one is not documented: null is assumed. inherited: what /update-global-recycle-bin-setting sets, and none of its own to be updated",
);

/** Of the lab's own, where the switch says that there is one. */
const PRESET: LabRecycleBin = { enabled: true, retain: 7 };

const dataSchema = z.looseObject({ enabled: z.boolean(), retain: z.int().min(1) });
const whereSchema = z.looseObject({ where: z.looseObject({}) });
const setSchema = whereSchema.extend({ data: dataSchema });

const SCHEMA = "the vendor's schema: by a condition on clusters, answered with their settings";

/** The recycle bin that a cluster has for its virtual machines, as its settings show it. */
export const recycleBinOperations: Operation[] = [
  setOperation("create", "400 for a cluster that has one of its own", (bin) => bin === null, 400),
  setOperation("update", "404 for a cluster that has none of its own", (bin) => bin !== null, 404),
  rest({
    id: "deleteClusterRecycleBinSetting",
    path: "/delete-cluster-recycle-bin-setting",
    write: true,
    source: "the vendor's schema: by a condition on clusters, answered with an id",
    assumed: "done as a label is deleted; 404 for a cluster that has none of its own; the machines in it stay there",
    switches: [plainWrites],
    example: { when: "ends", request: ({ idOf }: ExampleSite) => ({ where: { id: idOf("Cluster") } }) },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where } = parsed(whereSchema, call.body);
      const clusters = clustersOf(site, tower, where, (bin) => bin !== null, 404);
      const body = clusters.map((cluster) => ({
        task_id: write(site, tower, call, "delete", cluster, null),
        data: { id: cluster.settings.id },
      }));
      return { status: 200, body };
    },
  }),
];

function setOperation(
  does: "create" | "update",
  assumed: string,
  isRight: (bin: LabRecycleBin | null) => boolean,
  status: number,
): Operation {
  return rest({
    id: `${does}ClusterRecycleBinSetting`,
    path: `/${does}-cluster-recycle-bin-setting`,
    write: true,
    source: SCHEMA,
    assumed: `done as a label is; retain counts days, from 1 on; ${assumed}`,
    switches: [plainWrites],
    example: {
      when: does === "create" ? "makes" : "changes",
      request: ({ idOf }: ExampleSite) => ({ where: { id: idOf("Cluster") }, data: { enabled: true, retain: 30 } }),
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(setSchema, call.body);
      const to = { enabled: data.enabled, retain: data.retain };
      const body = clustersOf(site, tower, where, isRight, status).map((cluster) => {
        const task_id = write(site, tower, call, does, cluster, to);
        return {
          task_id,
          data: rowOf(site, site.model.cloudtower as LabTower, "ClusterSettings", cluster.settings.id),
        };
      });
      return { status: 200, body };
    },
  });
}

/** What a cluster's settings show. */
export function shownRecycleBin({ switches }: { switches: SwitchStates }, cluster: LabTowerCluster) {
  return ownRecycleBin({ switches }, cluster) ?? (switches.of(vmRecycleBin) === "inherited" ? PRESET : null);
}

function ownRecycleBin({ switches }: { switches: SwitchStates }, { recycleBin }: LabTowerCluster) {
  if (recycleBin !== undefined) return recycleBin;
  return switches.of(vmRecycleBin) === "kept" ? PRESET : null;
}

/** The connected clusters that a condition finds, each with a bin of its own that is right for the call. */
function clustersOf(
  site: SiteState,
  tower: LabTower,
  where: object,
  isRight: (bin: LabRecycleBin | null) => boolean,
  status: number,
): LabTowerCluster[] {
  const ids = found(site, tower, "Cluster", where).map(({ id }) => id);
  return tower.clusters.flatMap((cluster) => {
    if (!ids.includes(cluster.id)) return [];
    const own = ownRecycleBin(site, connected(cluster));
    if (isRight(own)) return [cluster];
    throw new Refused(status, `cluster ${cluster.ip} has ${own ? "a" : "no"} recycle bin setting of its own`);
  });
}

/** Sets it at once, or takes a task on that does; the task's id. */
function write(
  site: SiteState,
  tower: LabTower,
  call: Call,
  does: "create" | "update" | "delete",
  { id, ip, settings }: LabTowerCluster,
  to: LabRecycleBin | null,
): string | null {
  const change = { kind: "recycleBin", cluster: id, to } as const;
  if (site.switches.of(plainWrites) === "direct") {
    changeTower(site, ({ clusters }) => {
      for (const cluster of clusters) if (cluster.id === id) cluster.recycleBin = to;
    });
    return null;
  }
  const resource = { type: "ClusterSettings", id: settings.id };
  const mutation = `${does}ClusterRecycleBinSetting`;
  const task = { description: `Set recycle bin of ${ip}`, mutation, resource, args: {}, change };
  return startTask(site, tower, call, task, () => {});
}
