import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, extname, posix, relative, sep } from "node:path";
import { readCell } from "./cell-value";
import { firstHostRow, hostGroup, hostSheet, lastHostRow } from "./layout";
import { PlanUnreadable } from "./plan-unreadable";
import type { SitePlan } from "./site-plan";
import { WorkbookProblem } from "./workbook-problem";
import { readCells } from "./xlsx/patch-workbook";
import { ZipProblem } from "./zip";

/** Which workbook is delivered, and where to. Paths are relative to the project's root, with `/`. */
export interface Delivery {
  source: string;
  /** SHA-256 of the source as the plan was read from it, hexadecimal. */
  sourceSha256: string;
  target: string;
  /** The row of each of the plan's hosts in 主机规划; undefined for one that is not found again. */
  hostRows: (number | undefined)[];
}

/**
 * The delivered copy of a plan that is a workbook; undefined for a site.yaml, of which there is nothing to deliver.
 * Throws PlanUnreadable where the workbook can be read, but not be patched.
 */
export function deliveryOf(file: string, plan: SitePlan, root: string, stack: string): Delivery | undefined {
  if (extname(file).toLowerCase() !== ".xlsx") return undefined;
  const bytes = readFileSync(file);
  return {
    source: relative(root, file).split(sep).join(posix.sep),
    sourceSha256: createHash("sha256").update(bytes).digest("hex"),
    // A folder below the stack's: beside its plan, a second workbook would be a second plan.
    target: posix.join("stacks", stack, "delivered", basename(file)),
    hostRows: patchable(file, () => hostRows(bytes, plan)),
  };
}

function patchable<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ZipProblem || error instanceof WorkbookProblem)) throw error;
    throw new PlanUnreadable(file, error.message, error.hint);
  }
}

/** By management address, which no two hosts share: rows may be left blank, so that a host's place tells no row. */
function hostRows(bytes: Buffer, plan: SitePlan): (number | undefined)[] {
  const rows = Array.from({ length: lastHostRow - firstHostRow + 1 }, (_, i) => firstHostRow + i);
  const cellOf = (row: number) =>
    `${hostSheet}!${hostGroup(row, 0).fields.find(({ key }) => key === "management")?.cell}`;
  const shown = readCells(bytes, rows.map(cellOf));
  const addresses = rows.map((row) => {
    const text = shown.get(cellOf(row));
    return text === undefined ? undefined : readCell({ kind: "text", text }, "address").value;
  });
  return plan.hosts.map(({ management }) => {
    const index = addresses.indexOf(management);
    return index < 0 ? undefined : rows[index];
  });
}
