import { z } from "zod";
import { defineResource } from "../kernel/define";
import { output } from "../kernel/example";
import { type Path, pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { replaces } from "../kernel/schema";
import { cloudtower, oneOrMany, started } from "./client";
import { ClusterConnection } from "./cluster-connection";
import { noSettings } from "./cluster-settings";
import { cloudtowerConnection } from "./connection";
import { TowerRefused } from "./refusals";
import { lookAfterLoss, untilShown } from "./settle";
import { awaitTask } from "./task";

const settingsRow = z.looseObject({
  id: z.string(),
  vm_recycle_bin: z.looseObject({ enabled: z.boolean(), retain: z.int() }).nullish(),
});

const binSchema = z.strictObject({
  enabled: z.boolean().default(true).describe("whether a machine that is deleted goes into the bin"),
  retain: z
    .int()
    .min(1)
    .describe("how long a machine stays in it: the vendor's retain, days (assumed: no document says it)"),
});
type Bin = z.output<typeof binSchema>;

/** The recycle bin that a cluster has for its virtual machines. */
export const VmRecycleBin = defineResource({
  type: "cloudtower:VmRecycleBin",
  sort: "setting",
  doc: "The recycle bin of a cluster's virtual machines, by `POST /v2/api/create-cluster-recycle-bin-setting` or, where there is one, `/update-cluster-recycle-bin-setting` (the vendor's schema); read by `/get-cluster-settingses`. What it is set to decides what becomes of a `cloudtower:Vm` that the plan drops.",
  inputs: z.strictObject({
    connection: cloudtowerConnection,
    cluster: replaces(z.string().min(1)).describe("id of the cluster in CloudTower; a change replaces"),
    ...binSchema.shape,
  }),
  outputs: z.strictObject({ settingsId: z.string().describe("id of the cluster's settings in CloudTower") }),
  example: {
    args: { cluster: output(ClusterConnection, "clusterId"), retain: 7 },
    changed: { enabled: false, retain: 30 },
  },
  key: ({ cluster }) => cluster,

  async sync(context, wanted) {
    const stands = await read(context, wanted.cluster);
    if (differenceOf(stands.bin, wanted)) {
      await write(context, stands.bin !== undefined, wanted);
      await untilShown(context, "the recycle bin", async () =>
        differenceOf((await read(context, wanted.cluster)).bin, wanted),
      );
    }
    return { settingsId: stands.id };
  },

  async read(context, _id, { cluster }) {
    const stands = await find(context, cluster);
    if (!stands) return undefined;
    const { enabled, retain } = stands.bin ?? {};
    return { inputs: { enabled, retain }, outputs: { settingsId: stands.id } };
  },
});

/** Undefined where CloudTower has no such cluster, or has not connected it yet. */
async function find(context: Context, cluster: string): Promise<{ id: string; bin: Bin | undefined } | undefined> {
  const [row] = await cloudtower(context).list({
    what: "cluster settings",
    path: pathTo`/get-cluster-settingses`,
    where: { cluster: { id: cluster } },
    row: settingsRow,
  });
  return row && { id: row.id, bin: row.vm_recycle_bin ?? undefined };
}

async function read(context: Context, cluster: string) {
  const stands = await find(context, cluster);
  if (!stands) throw noSettings(context, cluster);
  return stands;
}

/** How what stands differs from what is wanted, in words; undefined: it does not. */
function differenceOf(stands: Bin | undefined, wanted: Bin): string | undefined {
  if (!stands) return "there is none";
  const differing = (["enabled", "retain"] as const).filter((name) => stands[name] !== wanted[name]);
  return differing.length === 0 ? undefined : differing.map((name) => `${name} is ${stands[name]}`).join(", ");
}

/**
 * Makes the cluster's own setting or changes it. Settings may show one that is that of all clusters: which of the two
 * calls is right CloudTower says, and one that it refuses has done nothing.
 */
async function write(context: Context, isShown: boolean, wanted: Bin & { cluster: string }): Promise<void> {
  const calls = [pathTo`/update-cluster-recycle-bin-setting`, pathTo`/create-cluster-recycle-bin-setting`] as const;
  const [first, other] = isShown ? calls : ([calls[1], calls[0]] as const);
  try {
    await send(context, first, wanted);
  } catch (error) {
    if (!(error instanceof TowerRefused)) throw error;
    await send(context, other, wanted).catch((second) => {
      throw second instanceof TowerRefused ? error : second;
    });
  }
}

/** Twice the same would be refused where it makes one: what a request whose answer was lost has done is looked for. */
async function send(context: Context, path: Path, { cluster, enabled, retain }: Bin & { cluster: string }) {
  const set = async () => {
    const answers = await cloudtower(context).write({
      operation: `set the recycle bin of cluster ${cluster}`,
      path,
      body: { where: { id: cluster }, data: { enabled, retain } },
      schema: oneOrMany(started),
    });
    await awaitTask(context, "setting the recycle bin", answers?.[0]?.task_id);
    return true;
  };
  await lookAfterLoss(context, set, async () =>
    differenceOf((await read(context, cluster)).bin, { enabled, retain }) === undefined ? true : undefined,
  );
}
