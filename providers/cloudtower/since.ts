import { z } from "zod";
import { type Batch, createBatch } from "../kernel/batch";
import { PlanConflict } from "../kernel/errors";
import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { cloudtower, forAll } from "./client";

/**
 * Inputs that CloudTower takes from a version on (the vendor's OpenAPI documents): an older one passes over what it does
 * not know, and would never show it.
 */
const SINCE: Record<string, string> = { haPriority: "4.8.0" };

const deployRow = z.looseObject({ id: z.string(), version: z.string().nullish() });

/**
 * Refuses, before anything is written, what the plan has and this CloudTower is too old for. One that does not tell its
 * version is taken to be new enough.
 */
export async function refuseTooOld(context: Context, wanted: object, what: string): Promise<void> {
  const planned = new Map(Object.entries(wanted));
  const young = Object.entries(SINCE).filter(([field]) => planned.get(field) !== undefined);
  if (young.length === 0) return;
  const { name } = context.connection;
  const stands = await versionOf(context)(name);
  if (stands === undefined) return;
  const late = young.filter(([, since]) => isBefore(stands, since));
  if (late.length === 0) return;
  const told = late.map(([field, since]) => `${field} takes CloudTower ${since}`).join(", ");
  throw new PlanConflict(
    `${what} cannot have all that is planned: ${told}, and ${name} is ${stands}`,
    `leave ${late.map(([field]) => field).join(", ")} out of the plan, or bring CloudTower to that version first`,
  );
}

/** The version that CloudTower tells: in one request for all that ask at the same time. */
function versionOf(context: Context): Batch<string, string> {
  const { connection, workspace } = context;
  const caller = forAll(context);
  const list = { what: "versions of CloudTower", path: pathTo`/get-deploys`, row: deployRow };
  return workspace.shared(`cloudtower version ${connection.name}`, () =>
    createBatch<string, string>({
      async ask([name = ""]) {
        const [deploy] = await cloudtower(caller()).list(list);
        return new Map(deploy?.version ? [[name, deploy.version]] : []);
      },
      clock: workspace.clock,
    }),
  );
}

/** Whether a version stands before another by its numbers; one that has none does not. */
function isBefore(version: string, other: string): boolean {
  const numbersOf = (text: string) => text.split(".").map((part) => Number.parseInt(part, 10));
  const [stands, since] = [numbersOf(version), numbersOf(other)];
  const at = since.findIndex((number, place) => (stands[place] ?? 0) !== number);
  return (stands[at] ?? 0) < (since[at] ?? 0);
}
