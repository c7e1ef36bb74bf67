import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const root = join(__dirname, "..", "..");

/** A sheet as openpyxl sees it; cells of the first 80 rows and 40 columns, by address. */
export interface SheetView {
  state: string;
  protection: Record<string, unknown>;
  validations: [range: string, type: string, formula: string][];
  merged: string[];
  values: Record<string, string>;
  links: Record<string, string>;
  notes: Record<string, string>;
}

/** Opens workbooks with openpyxl, which is installed where it is missing. */
export async function openpyxl(): Promise<(bytes: Uint8Array) => Record<string, SheetView>> {
  const { ensurePython } = (await import(
    pathToFileURL(join(root, "toolchain", "python.mjs")).href
  )) as typeof import("../../toolchain/python.mjs");
  const python = await ensurePython(root);
  return (bytes) => {
    const folder = mkdtempSync(join(tmpdir(), "openpyxl-"));
    try {
      const file = join(folder, "workbook.xlsx");
      writeFileSync(file, bytes);
      const script = join(root, "test", "kit", "openpyxl_view.py");
      return JSON.parse(execFileSync(python, [script, file], { encoding: "utf8", maxBuffer: 1e8 }));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
}
