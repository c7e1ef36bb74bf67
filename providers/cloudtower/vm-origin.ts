import { createHash } from "node:crypto";
import { z } from "zod";
import { PlanConflict } from "../kernel/errors";
import { type Context, Discarded } from "../kernel/resource";
import type { VmChange } from "./vm-change";
import { removeBegun } from "./vm-deletion";
import { isCopy, SOURCES, type VmInputs } from "./vm-inputs";
import { isAddressedByCloudInit } from "./vm-source";

/** What a machine is made from and with, as the journal has it while it is being made. */
const originSchema = z.strictObject({
  template: z.string().optional(),
  contentLibraryTemplate: z.string().optional(),
  clone: z.string().optional(),
  snapshot: z.string().optional(),
  fullCopy: z.boolean().optional(),
  /** Fingerprints. */
  cloudInit: z.string().optional(),
  addresses: z.string().optional(),
});
type Origin = z.output<typeof originSchema>;
const notedSchema = z.looseObject({
  from: originSchema,
  /** Whether it was asked to start. */
  started: z.boolean().optional(),
});

export function originOf(wanted: VmInputs): Origin {
  if (!isCopy(wanted)) return {};
  const { cloudInit, fullCopy, nics = [] } = wanted;
  const addresses = nics.map(({ ipAddress, subnetMask, gateway }) => [ipAddress, subnetMask, gateway]);
  return {
    ...Object.fromEntries(
      SOURCES.flatMap((source) => (wanted[source] === undefined ? [] : [[source, wanted[source]]])),
    ),
    fullCopy,
    ...(cloudInit && { cloudInit: fingerprint(Object.entries(cloudInit).sort(([a], [b]) => (a < b ? -1 : 1))) }),
    ...(addresses.length > 0 && { addresses: fingerprint(addresses) }),
  };
}

/** So short that nobody finds a password by it: of 65,536 changes it lets one pass. */
function fingerprint(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 4);
}

/** What a machine that is being made was begun from; undefined: nobody has noted it. */
function begunFrom({ entry, isBegun }: Context): Origin | undefined {
  return isBegun ? notedSchema.safeParse(entry?.memo).data?.from : undefined;
}

/** Notes, while the machine is being made, that it may have run from here on. */
export function noteStart({ context, id, wanted, seen }: VmChange): void {
  const { memo } = context.entry ?? {};
  const noted = notedSchema.safeParse(memo).data;
  if (!context.isBegun || !noted || noted.started) return;
  if (wanted.status !== "STOPPED" && seen.row.status !== "RUNNING") context.checkpoint(id, { ...memo, started: true });
}

/**
 * A half-made machine that was begun from something else than the plan has by now is removed, to be made anew: throws
 * Discarded. Throws PlanConflict for one that may have run, and on which something may be.
 */
export async function refuseOtherOrigin(change: VmChange): Promise<void> {
  const { context, wanted, seen, id } = change;
  const begun = begunFrom(context);
  if (!begun) return;
  const others = await otherOrigin(context, begun, wanted);
  if (others.length === 0) return;
  const { name, status } = seen.row;
  const said = `machine ${name} (id ${id}) was begun with ${others.join(", ")}`;
  if (status !== "STOPPED" || notedSchema.safeParse(context.entry?.memo).data?.started)
    throw new PlanConflict(
      `${said}, and it has run since`,
      "put the plan back and run up; or delete the machine in CloudTower, with what is on it, then up",
    );
  await removeBegun(change);
  throw new Discarded(new PlanConflict(said, "run up again"));
}

/** What the plan has otherwise than the machine was begun with. What it does not name any more says nothing. */
async function otherOrigin(context: Context, begun: Origin, wanted: VmInputs): Promise<string[]> {
  const planned = originOf(wanted);
  const isOther = (field: keyof Origin) => planned[field] !== undefined && planned[field] !== begun[field];
  const sources = SOURCES.filter(isOther).map((field) => {
    const [was = field] = SOURCES.filter((each) => begun[each] !== undefined);
    return `${was} ${begun[was] ?? "none"}, planned is ${field === was ? "" : `${field} `}${planned[field]}`;
  });
  if (sources.length > 0) return sources;
  const copied = isOther("fullCopy") ? [`fullCopy ${begun.fullCopy}, planned is ${planned.fullCopy}`] : [];
  const init = isOther("cloudInit") ? ["other data for cloud-init (cloudInit)"] : [];
  const isAddressed = isOther("addresses") && (await isAddressedByCloudInit(context, wanted));
  return [...copied, ...init, ...(isAddressed ? ["other addresses by cloud-init (nics)"] : [])];
}
