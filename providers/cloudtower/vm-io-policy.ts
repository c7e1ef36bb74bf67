import { BadAnswer, PlanConflict } from "../kernel/errors";
import { pathTo } from "../kernel/path";
import { areSameLimits, limitBody } from "./io-limits";
import type { VmChange } from "./vm-change";
import { type KnownDisks, matchedDisks } from "./vm-disks";
import type { SeenDisk } from "./vm-seen";

/** Sets what the machine as a whole, or each of its disks, reads and writes at most. */
export async function syncIoPolicy(change: VmChange, known: KnownDisks): Promise<void> {
  const { wanted } = change;
  const { ioPolicy: io_policy, name } = wanted;
  if (io_policy === undefined) return;
  const differing = () => differingLimits(change, known);
  const isSet = () => change.seen.row.io_policy === io_policy && differing().length === 0;
  // One whose answer was lost may never have come, and the same twice is no change.
  let isAnswered = false;
  for (let times = 0; times < 2 && !isAnswered; times++) {
    if (isSet()) return;
    const data =
      io_policy === "RESTRICT_WHOLE_VM"
        ? { io_policy, whole_vm: limitBody(wanted, change.seen.row) }
        : { io_policy, each_disk: eachDisk(change, known) };
    const body = { where: { id: change.id }, data };
    isAnswered = await change.write("set the limits", pathTo`/update-vm-io-policy`, body);
  }
  if (!isAnswered) return;
  // A limit that is to go is in no request, and whether one that is left out stays is not documented.
  const kept = differing().filter(({ lifts }) => lifts);
  if (kept.length > 0)
    throw new PlanConflict(
      `CloudTower keeps limits of machine ${name} that are to go (of ${kept.map(({ of }) => of).join(", ")}), and no request says that there is none`,
      "lift them in CloudTower, then up again; or plan a number that is out of the way",
    );
}

/** Whose limits are not as planned, and whether one of those is to be lifted. */
function differingLimits({ wanted, seen }: VmChange, known: KnownDisks): { of: string; lifts: boolean }[] {
  const lifts = ({ maxIops, maxBandwidth }: typeof wanted | NonNullable<typeof wanted.disks>[number]) =>
    maxIops === false || maxBandwidth === false;
  if (wanted.ioPolicy === "RESTRICT_WHOLE_VM")
    return areSameLimits(seen.row, wanted) ? [] : [{ of: "the machine", lifts: lifts(wanted) }];
  return matchedDisks(seen, wanted.disks ?? [], known).matched.flatMap(({ disk, stands }) =>
    !stands || areSameLimits(stands.row, disk) ? [] : [{ of: `disk ${disk.name}`, lifts: lifts(disk) }],
  );
}

/** Every disk of the machine with its limits, by the place at which it boots, which a change of disks changes. */
function eachDisk({ wanted, seen }: VmChange, known: KnownDisks) {
  const { matched, left } = matchedDisks(seen, wanted.disks ?? [], known);
  const all = [...matched, ...left.map((stands) => ({ disk: {}, stands }))];
  return all.flatMap(({ disk, stands }) =>
    stands ? [{ boot: bootOf(stands), data: limitBody(disk, stands.row) }] : [],
  );
}

function bootOf({ row: { boot }, volume }: SeenDisk): number {
  if (typeof boot !== "number") throw new BadAnswer(`CloudTower shows the disk of volume ${volume.name} without boot`);
  return boot;
}
