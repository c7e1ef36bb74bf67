import { z } from "zod";
import { defineResource } from "../kernel/define";
import { PlanConflict } from "../kernel/errors";
import { output } from "../kernel/example";
import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { asSet, byMeaning, replaces } from "../kernel/schema";
import { ClusterConnection } from "./cluster-connection";
import { cloudtowerConnection } from "./connection";
import { byNameOrId } from "./rows";
import { sharedSchema } from "./shared";
import { changeWhere, towerObject } from "./tower-object";
import { Vm } from "./vm";
import { vms } from "./vm-seen";

const EVERY = ["MINUTE", "HOUR", "DAY", "WEEK", "MONTH"] as const;

const time = byMeaning(z.iso.datetime({ offset: true }), (value) => Date.parse(String(value)));
const named = z.looseObject({ id: z.string(), name: z.string() });

/** A plan by which snapshots of virtual machines are taken. */
export const SnapshotPlan = defineResource(
  towerObject({
    type: "cloudtower:SnapshotPlan",
    doc: "A plan by which a cluster takes snapshots of virtual machines, by `POST /v2/api/create-snapshot-plan` (the vendor's schema), and by `/suspend-snapshot-plan` and `/resume-snapshot-plan`. Known by its name in its cluster. Whether a plan's snapshots go with it no document says: one that has taken any is deleted only where `allowDestroy` says so. Its schema has no field for a mark, so that the journal alone tells whose a plan is.",
    inputs: z.strictObject({
      connection: cloudtowerConnection,
      cluster: replaces(z.string().min(1)).describe("id of its cluster in CloudTower; a change replaces"),
      name: z.string().min(1).describe("name of the plan; changed in place"),
      vms: asSet(z.array(z.string().min(1)).min(1)).describe(
        "the machines, each by its name in the cluster or its id in CloudTower, in any order; changed in place",
      ),
      every: z.enum(EVERY).describe("what the intervals count (execute_plan_type); changed in place"),
      intervals: z
        .array(z.int().min(0))
        .min(1)
        .describe("execute_intervals, as CloudTower takes them: no document says more; changed in place"),
      time: z
        .string()
        .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "hour and minute, as in 02:30")
        .optional()
        .describe(
          "time of day, as in 02:30 (exec_h_m; this form is assumed); changed in place; left out: it stays as it is",
        ),
      startTime: time.describe("from when on, as in 2026-01-01T00:00:00Z; a change is refused: CloudTower has none"),
      endTime: time.optional().describe("until when; changed in place; one that is set is not taken back"),
      remain: z.int().min(1).describe("how many snapshots are kept (remain_snapshot_num); changed in place"),
      suspended: z.boolean().default(false).describe("whether it takes none for the time being; changed in place"),
      allowDestroy: z
        .boolean()
        .default(false)
        .describe("whether it is deleted though it has taken snapshots, which may go with it"),
      shared: sharedSchema,
    }),
    outputs: z.strictObject({
      planId: z.string().describe("id of the plan in CloudTower"),
    }),
    example: {
      args: {
        cluster: output(ClusterConnection, "clusterId"),
        name: "nightly",
        vms: [output(Vm, "vmId")],
        every: "DAY",
        intervals: [1],
        time: "02:30",
        startTime: "2026-01-01T00:00:00Z",
        remain: 7,
      },
      changed: { name: "evenings", time: "21:00", remain: 14, suspended: true },
    },
    key: ({ name }) => name,
    parents: ["cluster"],
    noun: "snapshot plan",
    plural: "snapshot plans",
    paths: {
      list: pathTo`/get-snapshot-plans`,
      create: pathTo`/create-snapshot-plan`,
      update: pathTo`/update-snapshot-plan`,
      delete: pathTo`/delete-snapshot-plan`,
    },
    row: z.looseObject({
      id: z.string(),
      name: z.string(),
      cluster: z.looseObject({ id: z.string() }),
      execute_plan_type: z.string(),
      execute_intervals: z.array(z.int()),
      exec_h_m: z.unknown(),
      start_time: z.string(),
      end_time: z.string().nullish(),
      remain_snapshot_num: z.int(),
      snapshot_group_num: z.int().nullish(),
      status: z.string(),
      vms: z.array(named).nullish(),
    }),
    called: ({ name }) => name,
    where: ({ name, cluster }) => ({ name, cluster: { id: cluster } }),
    made: async (wanted, context) => ({
      cluster_id: wanted.cluster,
      start_time: wanted.startTime,
      ...(await written(wanted, context)),
    }),
    changed: written,
    mayHide: ["time"],
    apart: {
      fields: ["suspended"],
      changes: [
        (context, { id }, { name, suspended }) =>
          suspended
            ? changeWhere(context, `suspend snapshot plan ${name}`, pathTo`/suspend-snapshot-plan`, { where: { id } })
            : changeWhere(context, `resume snapshot plan ${name}`, pathTo`/resume-snapshot-plan`, { where: { id } }),
      ],
    },
    refuses(stands, { startTime, endTime }) {
      const refused = [];
      if (Date.parse(stands.startTime) !== Date.parse(startTime))
        refused.push({
          property: "startTime",
          reason: `CloudTower has no change of it: it is ${stands.startTime}, planned is ${startTime}; put the plan back, or make another one`,
        });
      if (stands.endTime !== undefined && endTime === undefined)
        refused.push({
          property: "endTime",
          reason: `CloudTower has no call to take it back: it is ${stands.endTime}; put it back, or make another one`,
        });
      return refused;
    },
    seen: (row, _context, planned) => ({
      name: row.name,
      cluster: row.cluster.id,
      ...(row.vms && { vms: row.vms.map(({ id, name }) => (planned.vms.includes(id) ? id : name)) }),
      every: row.execute_plan_type as (typeof EVERY)[number],
      intervals: row.execute_intervals,
      ...seenTime(row.exec_h_m, planned.time),
      startTime: row.start_time,
      endTime: row.end_time ?? undefined,
      remain: row.remain_snapshot_num,
      suspended: row.status === "SUSPENDED",
    }),
    outputsOf: ({ id: planId }) => ({ planId }),
    stays({ snapshot_group_num: groups }, _context, { allowDestroy }) {
      if (groups === 0 || allowDestroy) return undefined;
      const taken = groups ? `it has taken snapshots (${groups})` : "CloudTower does not say whether it has taken any";
      return `${taken}, which may go with it, and goes on: to have it deleted, put it back into the plan with allowDestroy, run up, then drop it`;
    },
  }),
);

interface Planned {
  cluster: string;
  name: string;
  vms: string[];
  every: (typeof EVERY)[number];
  intervals: number[];
  time?: string | undefined;
  endTime?: string | undefined;
  remain: number;
}

/** All of a plan but its cluster, its start, and whether it is suspended. */
async function written(wanted: Planned, context: Context): Promise<object> {
  const { name, every, intervals, time: at, endTime, remain } = wanted;
  return {
    name,
    vm_ids: await idsOf(context, wanted),
    execute_plan_type: every,
    execute_intervals: intervals,
    ...(at && { exec_h_m: at }),
    ...(endTime && { end_time: endTime }),
    remain_snapshot_num: remain,
  };
}

/** The ids of machines that are named, or given by their ids. Throws PlanConflict for one that is not there, or there twice. */
function idsOf(context: Context, { cluster, vms: wanted }: Planned): Promise<string[]> {
  const find = byNameOrId(context, { ...vms, row: named }, { cluster: { id: cluster }, in_recycle_bin: false });
  return Promise.all(
    wanted.map(async (called) => {
      const found = (await find(called)) ?? [];
      const [only] = found;
      if (only && found.length === 1) return only.id;
      const what = only
        ? `${found.length} machines are called ${called}`
        : `no machine is called ${called}, or has that id`;
      throw new PlanConflict(`${what} in the cluster`, "put the plan right, or name it by its id, then up again");
    }),
  );
}

/** Left out where CloudTower does not show it: exec_h_m has no fields in its schema. Hour and minute are told by their names. */
function seenTime(shown: unknown, planned: string | undefined): { time?: string | undefined } {
  if (planned === undefined) return {};
  const fields = typeof shown === "object" && shown !== null ? Object.entries(shown) : [];
  const part = (letter: string) => fields.find(([name]) => name.toLowerCase().startsWith(letter))?.[1];
  const [hour, minute] = [part("h"), part("m")].map((value) => Number(value ?? Number.NaN));
  if (!Number.isInteger(hour) || !Number.isInteger(minute)) return {};
  return { time: [hour, minute].map((value) => String(value).padStart(2, "0")).join(":") };
}
