import { z } from "zod";
import { PlanConflict } from "../kernel/errors";
import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { cloudtower } from "./client";
import type { VmChange } from "./vm-change";
import type { VmInputs } from "./vm-inputs";

const userRow = z.looseObject({ id: z.string(), username: z.string(), source: z.string().nullish() });

/** The user of CloudTower, as requests have an owner. Throws PlanConflict where there is none, or where there are several. */
export async function ownerBody(context: Context, called: string): Promise<{ search_for: "id"; value: string }> {
  const list = { what: "users of CloudTower", path: pathTo`/get-users`, row: userRow };
  const [user, ...more] = await cloudtower(context).list({
    ...list,
    where: { OR: [{ username: called }, { id: called }] },
  });
  if (!user) throw new PlanConflict(`CloudTower has no user ${called}`, "put the plan right, or make it first");
  if (more.length === 0) return { search_for: "id", value: user.id };
  const each = [user, ...more].map(({ id, source }) => `${source ?? "?"} (${id})`).join(", ");
  throw new PlanConflict(`CloudTower has ${more.length + 1} users ${called}, of ${each}`, "name one by its id");
}

/**
 * Hands the machine to the plan's owner. CloudTower shows none, so that it is done where the plan has another than the
 * state; and once for a new machine, whose creation may have been an earlier plan's.
 */
export async function syncOwner(change: VmChange, prior: VmInputs | undefined): Promise<void> {
  const { owner } = change.wanted;
  if (owner === undefined || prior?.owner === owner) return;
  const body = { where: { id: change.id }, data: await ownerBody(change.context, owner) };
  await change.writeUnseen(`hand to ${owner}`, pathTo`/update-vm-owner`, body);
}
