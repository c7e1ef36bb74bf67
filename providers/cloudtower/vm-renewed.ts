import { z } from "zod";
import type { Context } from "../kernel/resource";
import type { VmOutputs } from "./vm-inputs";
import type { SeenVm } from "./vm-seen";

/** What the journal has of a rollback: what the plan calls the snapshot, and by which task it is known. */
const begunSchema = z.object({
  to: z.string(),
  /** The machine's tasks that were there before. */
  before: z.array(z.string()),
  /**
   * The volumes that the snapshot is of, in the order in which they boot; empty: one that the machine had no more. Whether
   * they are the same ones afterwards is not documented.
   */
  volumes: z.array(z.string()).default([]),
  /** Undefined until CloudTower has answered. */
  task: z.string().optional(),
  /** Carried out: the volumes of now that stand in the place of others, by the ids of those. */
  renewed: z.record(z.string(), z.string()).optional(),
  /** The same of rollbacks before it that the state does not have either. */
  earlier: z.record(z.string(), z.string()).default({}),
});
export type Begun = z.output<typeof begunSchema>;
const notedSchema = z.looseObject({ rollback: begunSchema });

export function notedRollback({ memo }: Context): Begun | undefined {
  return notedSchema.safeParse(memo).data?.rollback;
}

type Volumes = Pick<VmOutputs, "volumeIds" | "madeVolumeIds">;

/** What the state has of a machine's volumes, with the ids that they have got in a rollback which it does not have yet. */
export function sinceRollback<T extends Partial<Volumes>>(context: Context, seen: SeenVm, prior: T): T {
  const noted = notedRollback(context);
  if (!noted) return prior;
  const renewed = allRenewed(noted, noted.renewed ?? renewedIn(seen, noted.volumes));
  const now = (id: string) => renewed[id] ?? id;
  const { volumeIds, madeVolumeIds } = prior;
  return {
    ...prior,
    ...(volumeIds && { volumeIds: volumeIds.map(now) }),
    ...(madeVolumeIds && { madeVolumeIds: madeVolumeIds.map(now) }),
  };
}

export function allRenewed({ earlier }: Begun, renewed: Record<string, string>): Record<string, string> {
  const on = Object.entries(earlier).map(([was, is]) => [was, renewed[is] ?? is]);
  return { ...renewed, ...Object.fromEntries(on) };
}

/** The ids of volumes that are others by now, by those of before that had their places. */
export function renewedIn({ disks }: SeenVm, before: string[]): Record<string, string> {
  const now = disks.map(({ volume }) => volume.id);
  return Object.fromEntries(
    before.flatMap((was, at) => {
      const is = now[at];
      return was === "" || is === undefined || now.includes(was) || before.includes(is) ? [] : [[was, is]];
    }),
  );
}
