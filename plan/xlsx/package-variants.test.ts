import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { openpyxl, type SheetView } from "../../test/kit/openpyxl";
import { annotateWorkbook } from "../annotate-workbook";
import { passwordCells } from "../delivered-cells";
import { makeFinding } from "../finding";
import { readPlan } from "../read";
import { samplePlan } from "../sample-plan";
import { fillTemplate } from "../template";
import { fileOf } from "../workbook.fixture";
import {
  contentVariants,
  encodingVariants,
  nameVariants,
  type Package,
  packed,
  unpacked,
  type Variant,
} from "./package-variants.fixture";
import { patchWorkbook, readCells } from "./patch-workbook";

const seed = Number(process.env.SITEWRIGHT_TEST_SEED ?? Date.now() % 2 ** 31);

let base: Package;
let look: (bytes: Uint8Array) => Record<string, SheetView>;
beforeAll(async () => {
  base = unpacked(await fillTemplate(samplePlan));
  look = await openpyxl();
}, 300_000);

const cells = {
  "主机规划!E19": "ba63eac5",
  "主机规划!D3": "SN-001",
  "集群管理信息!M3": "15271df9",
  "主机规划!Z40": "new",
};
const finding = makeFinding(
  "address-invalid",
  { sheet: "主机规划", cell: "I3" },
  { params: { field: "hosts.management" } },
);

async function planOf(bytes: Uint8Array) {
  const loaded = await readPlan(fileOf(bytes));
  return loaded.ok ? loaded.plan : loaded.findings.filter(({ severity }) => severity === "error");
}

const all = Object.entries({ ...contentVariants, ...nameVariants, ...encodingVariants });

test.each(all)("a workbook with %s is read, delivered and annotated", async (_what, { variant, openpyxl: opens }) => {
  const bytes = packed(variant(base));
  expect(await planOf(bytes)).toEqual(samplePlan);

  const delivered = patchWorkbook(bytes, { cells, redact: passwordCells });
  expect(Object.fromEntries(readCells(delivered, Object.keys(cells)))).toEqual(cells);
  expect([...readCells(delivered, passwordCells).values()].filter((text) => text !== undefined)).toEqual([]);

  const annotated = annotateWorkbook(bytes, [finding]).bytes;
  expect(await planOf(annotated)).toEqual(samplePlan);
  if (!opens) return;
  expect(look(delivered)["主机规划"]?.values).toMatchObject({ E19: "ba63eac5", H3: "BJ-SMTX-Prod-Node-01" });
  const view = look(annotated);
  expect(view["主机规划"]?.notes.I3).toContain("address-invalid");
  expect(Object.keys(view)).toContain("Findings");
});

test("whatever ways a package is written in at a time, it reads as the same plan and can be patched", async () => {
  process.stdout.write(`package variants: seed ${seed} (SITEWRIGHT_TEST_SEED)\n`);
  const variantsOf = (list: typeof contentVariants) => Object.values(list).map(({ variant }) => variant);
  const none: Variant = (book) => book;
  const ways = fc.tuple(
    fc.subarray(variantsOf(contentVariants)),
    fc.constantFrom(none, ...variantsOf(nameVariants)),
    fc.constantFrom(none, ...variantsOf(encodingVariants)),
  );
  await fc.assert(
    fc.asyncProperty(ways, async ([contents, name, encoding]) => {
      const bytes = packed([...contents, name, encoding].reduce((book, variant) => variant(book), base));
      expect(await planOf(bytes)).toEqual(samplePlan);
      const copy = annotateWorkbook(patchWorkbook(bytes, { cells }), [finding]).bytes;
      expect(Object.fromEntries(readCells(copy, Object.keys(cells)))).toEqual(cells);
    }),
    { seed, numRuns: 25 },
  );
});
