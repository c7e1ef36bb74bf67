import { z } from "zod";
import type { ExampleSite } from "../example";
import type { Operation } from "../operation";
import type { SiteState } from "../site-state";
import { oneOf } from "../switch";
import { clusterOf, given } from "./keep";
import { busyKept, byTask, idle, type KeptKind } from "./kept-objects";
import { each, parsed, Refused, rest } from "./rest";
import { vmsById } from "./shown-vms";
import { type LabSnapshotPlan, type LabTower, type LabTowerCluster, PLAN_TYPES } from "./tower-model";

export const sameSnapshotPlan = oneOf(
  "sameSnapshotPlan",
  ["refused", "made"],
  "A second snapshot plan of one name in a cluster.",
  "whether two snapshot plans of a cluster may have one name",
);

export const secondSnapshotPlan = oneOf(
  "secondSnapshotPlan",
  ["refused", "moved"],
  "A machine that is in a snapshot plan and is asked for in another; moved: it leaves the first one as the task ends.",
  "a machine shows one plan at most (the vendor's schema); whether it can be taken into another is not documented",
);

const KIND: KeptKind<"snapshotPlans"> = {
  list: "snapshotPlans",
  kind: "SnapshotPlan",
  noun: "snapshot plan",
  lock: "SNAPSHOT_PLAN",
};

const time = z.string().refine((text) => !Number.isNaN(Date.parse(text)), "no time");
const planSchema = z.looseObject({
  name: z.string().min(1),
  vm_ids: z.array(z.string()),
  execute_plan_type: z.enum(PLAN_TYPES),
  execute_intervals: z.array(z.int().min(0)).min(1),
  exec_h_m: z
    .string()
    .regex(/^\d{1,2}:\d{2}$/)
    .optional(),
  end_time: time.optional(),
  remain_snapshot_num: z.int().min(1),
});
const createSchema = planSchema.extend({ cluster_id: z.string(), start_time: time });
const whereSchema = z.looseObject({ where: z.looseObject({}) });
const updateSchema = whereSchema.extend({ data: planSchema.partial().optional() });

const SCHEMA = "the vendor's schema: an entityAsyncStatus";
const BY_TASK = "a task; nothing remains of one that fails";
const READ =
  "exec_h_m is hour and minute, as in 08:30, times are ISO 8601; 404 for machines that are not there, 400 for those of another cluster";

const onExamplePlan = ({ idOf }: ExampleSite) => ({ where: { id: idOf("SnapshotPlan") } });

/** Plans by which snapshots of virtual machines are taken. */
export const snapshotPlanOperations: Operation[] = [
  rest({
    id: "createSnapshotPlan",
    path: "/create-snapshot-plan",
    write: true,
    source: SCHEMA,
    assumed: `${BY_TASK}; ${READ}`,
    switches: [sameSnapshotPlan, secondSnapshotPlan],
    example: {
      when: "makes",
      request: ({ idOf }) => [
        {
          cluster_id: idOf("Cluster"),
          name: "nightly",
          vm_ids: [idOf("Vm")],
          execute_plan_type: "DAY",
          execute_intervals: [1],
          exec_h_m: "02:30",
          start_time: "2026-01-01T00:00:00.000Z",
          remain_snapshot_num: 7,
        },
      ],
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) =>
      each(createSchema, call.body, (asked) => {
        const cluster = clusterOf(tower, asked.cluster_id);
        checkName(site, cluster, asked.name);
        checkVms(site, tower, cluster, asked.vm_ids);
        const id = site.cuid(`${cluster.id} snapshot plan ${asked.name}`);
        const object: LabSnapshotPlan = {
          id,
          name: asked.name,
          type: asked.execute_plan_type,
          intervals: asked.execute_intervals,
          time: asked.exec_h_m ?? null,
          start: asked.start_time,
          end: asked.end_time ?? null,
          remain: asked.remain_snapshot_num,
          suspended: false,
          vms: asked.vm_ids,
          groups: 0,
        };
        return byTask(site, tower, call, cluster, KIND, { list: "snapshotPlans", act: "create", id, object });
      }),
  }),
  rest({
    id: "updateSnapshotPlan",
    path: "/update-snapshot-plan",
    write: true,
    source: `${SCHEMA}; no start_time`,
    assumed: `${BY_TASK}; what is left out stays; ${READ}`,
    switches: [sameSnapshotPlan, secondSnapshotPlan, busyKept],
    example: { when: "changes", request: (at) => ({ ...onExamplePlan(at), data: { remain_snapshot_num: 14 } }) },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data = {} } = parsed(updateSchema, call.body);
      const body = idle(site, tower, KIND, where).map(({ cluster, object: { id } }) => {
        if (data.name !== undefined) checkName(site, cluster, data.name, id);
        if (data.vm_ids) checkVms(site, tower, cluster, data.vm_ids, id);
        const to = given({
          name: data.name,
          type: data.execute_plan_type,
          intervals: data.execute_intervals,
          time: data.exec_h_m,
          end: data.end_time,
          remain: data.remain_snapshot_num,
          vms: data.vm_ids,
        });
        return byTask(site, tower, call, cluster, KIND, { list: "snapshotPlans", act: "update", id, to });
      });
      return { status: 200, body };
    },
  }),
  suspension("suspendSnapshotPlan", "/suspend-snapshot-plan", true),
  suspension("resumeSnapshotPlan", "/resume-snapshot-plan", false),
  rest({
    id: "deleteSnapshotPlan",
    path: "/delete-snapshot-plan",
    write: true,
    source: SCHEMA,
    assumed: `${BY_TASK}; what becomes of its snapshots is not shown, since it takes none`,
    switches: [busyKept],
    example: { when: "ends", request: onExamplePlan },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where } = parsed(whereSchema, call.body);
      const body = idle(site, tower, KIND, where).map(({ cluster, object: { id } }) =>
        byTask(site, tower, call, cluster, KIND, { list: "snapshotPlans", act: "delete", id }),
      );
      return { status: 200, body };
    },
  }),
];

function suspension(mutation: string, path: string, suspended: boolean): Operation {
  return rest({
    id: mutation,
    path,
    write: true,
    source: SCHEMA,
    assumed: `${BY_TASK}; also where it is so already`,
    switches: [busyKept],
    example: { when: "changes", request: onExamplePlan },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where } = parsed(whereSchema, call.body);
      const body = idle(site, tower, KIND, where).map(({ cluster, object: { id } }) => {
        const step = { list: "snapshotPlans", act: "update", id, to: { suspended } } as const;
        return byTask(site, tower, call, cluster, KIND, step, { mutation });
      });
      return { status: 200, body };
    },
  });
}

function checkName(site: SiteState, { kept }: LabTowerCluster, name: string, own?: string): void {
  const isTaken = kept.snapshotPlans?.some((plan) => plan.name === name && plan.id !== own);
  if (isTaken && site.switches.of(sameSnapshotPlan) === "refused")
    throw new Refused(400, `snapshot plan ${name} already exists`);
}

/** Refused for a machine that is not the cluster's, or that another plan has. */
function checkVms(site: SiteState, tower: LabTower, cluster: LabTowerCluster, vms: string[], own?: string): void {
  const shown = vmsById(site, tower);
  for (const vm of vms) {
    const found = shown.get(vm);
    if (!found) throw new Refused(404, `virtual machine ${vm} is not found`);
    if (found.cluster.id !== cluster.id) throw new Refused(400, `virtual machine ${vm} is of another cluster`);
    const other = cluster.kept.snapshotPlans?.find((plan) => plan.id !== own && plan.vms.includes(vm));
    if (other && site.switches.of(secondSnapshotPlan) === "refused")
      throw new Refused(400, `virtual machine ${vm} is in snapshot plan ${other.name}`);
  }
}
