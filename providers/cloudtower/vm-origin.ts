import { createHash } from "node:crypto";
import { z } from "zod";
import { PlanConflict } from "../kernel/errors";
import { type Context, Discarded } from "../kernel/resource";
import type { VmChange } from "./vm-change";
import { isStartedAtOnce } from "./vm-creation";
import { removeBegun } from "./vm-deletion";
import { isCopy, SOURCES, type VmInputs } from "./vm-inputs";
import { isAddressedByCloudInit } from "./vm-source";
import { says, tasksOf } from "./vm-tasks";

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
  /** Whether it was asked to start, or seen running. */
  started: z.boolean().optional(),
  /** Whether its removal has begun. */
  removing: z.boolean().optional(),
});
type Noted = z.output<typeof notedSchema>;

/** What the entry has that announces a machine's creation. */
export function begunWith(wanted: VmInputs): Noted {
  return { from: originOf(wanted), ...(isStartedAtOnce(wanted) && { started: true }) };
}

function originOf(wanted: VmInputs): Origin {
  if (!isCopy(wanted)) return {};
  const { cloudInit, fullCopy, nics = [] } = wanted;
  const addresses = nics.flatMap(({ ipAddress, subnetMask, gateway }, at) =>
    ipAddress ? [[at, ipAddress, subnetMask, gateway]] : [],
  );
  return {
    ...Object.fromEntries(
      SOURCES.flatMap((source) => (wanted[source] === undefined ? [] : [[source, wanted[source]]])),
    ),
    fullCopy,
    ...(cloudInit && { cloudInit: fingerprint(openlyOf(cloudInit)) }),
    ...(addresses.length > 0 && { addresses: fingerprint(addresses) }),
  };
}

/**
 * What of the data for cloud-init is no secret. Of a secret not even a fingerprint is noted: with many machines of one
 * password it would tell every guess at it.
 */
function openlyOf({ hostname, nameservers, publicKeys }: NonNullable<VmInputs["cloudInit"]>): unknown {
  return { hostname, nameservers, publicKeys };
}

function fingerprint(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}

/** What the journal has of a machine that is being made; undefined: nobody has noted it. */
function notedOf({ memo, isBegun }: Context): Noted | undefined {
  return isBegun ? notedSchema.safeParse(memo).data : undefined;
}

/** Notes, while the machine is being made, that it may have run from here on: it runs, or is about to be started. */
export function noteStart({ context, id, seen }: VmChange, isToStart = false): void {
  const noted = notedOf(context);
  if (!noted || noted.started) return;
  if (isToStart || seen.row.status !== "STOPPED") context.checkpoint(id, { ...context.memo, started: true });
}

/**
 * A half-made machine that was begun from something else than the plan has by now is removed, to be made anew: throws
 * Discarded. A removal that was begun is ended, whatever the plan has by now. Throws PlanConflict for one that may have
 * run, and on which something may be.
 */
export async function refuseOtherOrigin(change: VmChange): Promise<void> {
  const { context, wanted, seen, id } = change;
  const noted = notedOf(context);
  if (!noted) return;
  const others = await otherOrigin(context, noted.from, wanted);
  const { name } = seen.row;
  const said = noted.removing
    ? `machine ${name} (id ${id}) was being removed, as begun with something else than was planned`
    : `machine ${name} (id ${id}) was begun with ${others.join(", ")}`;
  if (others.length === 0 && !noted.removing) return warnOfSecrets(change);
  if (await mayHaveRun(change, noted))
    throw new PlanConflict(
      `${said}, and it has run since`,
      `${noted.removing ? "" : "put the plan back and run up; or "}delete the machine in CloudTower, with what is on it, then up`,
    );
  context.checkpoint(id, { ...context.memo, removing: true });
  await removeBegun(change);
  throw new Discarded(new PlanConflict(said, "run up again"));
}

/** What CloudTower calls tasks after which a machine runs; documented nowhere. */
const STARTS = /start|resume|power.?on|启动|开机|恢复运行/i;

/** Also one that somebody has started and stopped since. */
async function mayHaveRun(change: VmChange, { started }: Noted): Promise<boolean> {
  const { status, last_shutdown_time } = change.seen.row;
  return (
    started || status !== "STOPPED" || Boolean(last_shutdown_time) || (await tasksOf(change)).some(says(STARTS, change))
  );
}

/** Machines that this process has made: with what the plan has. */
const madeNow = new WeakSet<Context>();

export function noteMade(context: Context): void {
  madeNow.add(context);
}

/** Nobody can tell whether the plan has another secret by now than the run that has begun the machine. */
function warnOfSecrets({ context, wanted }: VmChange): void {
  const { defaultUserPassword, userData } = wanted.cloudInit ?? {};
  if (madeNow.has(context) || (defaultUserPassword === undefined && userData === undefined)) return;
  context.warn(
    `machine ${wanted.name} was begun by an earlier run, with the password and the user data that the plan had for cloud-init then: where they are others by now, delete the machine in CloudTower and run up again`,
  );
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
