import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { passwordCells } from "../plan/delivered-cells";
import { samplePlan } from "../plan/sample-plan";
import { fillTemplate } from "../plan/template";
import { patchWorkbook } from "../plan/xlsx/patch-workbook";
import { openpyxl, type SheetView } from "./kit/openpyxl";

/** A workbook of the vendor's own, where there is one: it is not ours to carry along. */
const vendors = process.env.SITEWRIGHT_TEST_WORKBOOK;

let look: (bytes: Uint8Array) => Record<string, SheetView>;
beforeAll(async () => {
  look = await openpyxl();
}, 300_000);

const cells = { "主机规划!E19": "ba63eac5-a332", "集群管理信息!M3": "15271df9", "主机规划!D3": "=not a formula" };

/** The view with what was to change taken out. */
function unchanged(view: Record<string, SheetView>, changed: string[]): Record<string, SheetView> {
  return Object.fromEntries(
    Object.entries(view).map(([name, sheet]) => [
      name,
      {
        ...sheet,
        values: Object.fromEntries(
          Object.entries(sheet.values).filter(([cell]) => !changed.includes(`${name}!${cell}`)),
        ),
      },
    ]),
  );
}

const sources: [string, () => Promise<Uint8Array>][] = [["our template, filled", () => fillTemplate(samplePlan)]];
if (vendors) sources.push(["the vendor's workbook", async () => readFileSync(vendors)]);

test.each(sources)(
  "openpyxl sees the cells of %s, and protection, lists, merged cells and hidden sheets as they were",
  async (_what, make) => {
    const source = Buffer.from(await make());
    const before = look(source);
    const after = look(patchWorkbook(source, { cells }));
    expect(after["主机规划"]?.values).toMatchObject({ E19: "ba63eac5-a332", D3: "=not a formula" });
    expect(after["集群管理信息"]?.values.M3).toBe("15271df9");
    expect(unchanged(after, Object.keys(cells))).toEqual(unchanged(before, Object.keys(cells)));
    expect(before["主机规划"]).toMatchObject({ state: "visible", protection: { sheet: "1" } });
    expect(before["配置确认表"]?.state).toBe("hidden");
    expect(before["主机规划"]?.validations).toContainEqual(["O19", "list", '"None,RDMA,Boost,RDMA+Boost"']);
    expect(before["主机规划"]?.merged).toContain("E19:G19");
  },
);

test("openpyxl finds no password in a redacted copy", async () => {
  const source = Buffer.from(await fillTemplate(samplePlan));
  const view = look(patchWorkbook(source, { cells, redact: passwordCells }));
  expect(JSON.stringify(look(source))).toMatch(/HC!r0cks/);
  expect(JSON.stringify(view)).not.toMatch(/HC!r0cks|P@ssw0rd/);
  expect(unchanged(view, Object.keys(cells))).toMatchObject({
    主机规划: { merged: expect.arrayContaining(["E19:G19"]) },
  });
});
