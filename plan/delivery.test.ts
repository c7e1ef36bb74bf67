import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { deliveredCells, passwordCells } from "./delivered-cells";
import { deliveryOf } from "./delivery";
import { readPlan } from "./read";
import { samplePlan } from "./sample-plan";
import { changePart, editedWorkbook, fileOf } from "./workbook.fixture";
import { readCells } from "./xlsx/patch-workbook";

test("what a site reports goes into the vendor's cells, and what it does not leaves its cell out", () => {
  expect(
    deliveredCells({
      clusterSerial: "ba63eac5",
      version: "6.2.0 P4",
      hosts: [
        { row: 3, serial: "SN-1" },
        { row: undefined, serial: "SN-2" },
        { row: 5, serial: "" },
      ],
      components: { cloudtower: "15271df9", observability: "obs", everoute: "er" },
    }),
  ).toEqual({
    "主机规划!E19": "ba63eac5",
    "主机规划!C19": "版本:6.2.0P4",
    "主机规划!D3": "SN-1",
    "集群管理信息!M3": "15271df9",
    "集群管理信息!M4": "obs",
    "集群管理信息!M6": "er",
  });
  expect(deliveredCells({})).toEqual({});
});

test("every password of a filled workbook stands in a password cell", async () => {
  const bytes = Buffer.from(await editedWorkbook({}));
  const { default: exceljs } = await import("exceljs");
  const book = new exceljs.Workbook();
  await book.xlsx.load(new Uint8Array(bytes).buffer);
  const found: string[] = [];
  book.eachSheet((sheet) =>
    sheet.eachRow((row) =>
      row.eachCell((cell) => {
        if (/HC!r0cks|P@ssw0rd/.test(String(cell.value))) found.push(`${sheet.name}!${cell.address}`);
      }),
    ),
  );
  expect(found.length).toBeGreaterThan(5);
  expect(found.filter((cell) => !passwordCells.includes(cell))).toEqual([]);
});

test("a workbook is delivered beside its stack's plan, with each host's row however rows are left blank", async () => {
  const row5 = { E5: "10.0.19.13", H5: "BJ-SMTX-Prod-Node-03", I5: "１０.0.20.13", N5: "10.0.21.13" };
  const moved = Object.fromEntries(Object.entries(row5).map(([cell, value]) => [cell.replace("5", "9"), value]));
  const blank = Object.fromEntries(Object.keys(row5).map((cell) => [cell, null]));
  const file = fileOf(await editedWorkbook({ 主机规划: { ...blank, ...moved } }));
  expect(readCells(readFileSync(file), ["主机规划!I9"]).get("主机规划!I9")).toBe("１０.0.20.13");
  const delivery = deliveryOf(file, samplePlan, dirname(dirname(file)), "prod");
  expect(delivery).toEqual({
    source: `${dirname(file).split("/").at(-1)}/plan.xlsx`,
    sourceSha256: createHash("sha256").update(readFileSync(file)).digest("hex"),
    target: "stacks/prod/delivered/plan.xlsx",
    hostRows: [3, 4, 9],
  });
  const other = { ...samplePlan, hosts: samplePlan.hosts.map((host) => ({ ...host, management: "10.9.9.9" })) };
  expect(deliveryOf(file, other, "/", "prod")?.hostRows).toEqual([undefined, undefined, undefined]);
});

test("of a site.yaml nothing is delivered, and a workbook that cannot be patched is named", async () => {
  expect(deliveryOf("/nowhere/site.yaml", samplePlan, "/", "prod")).toBeUndefined();
  const bytes = changePart(await editedWorkbook({}), "xl/worksheets/sheet9.xml", (xml) =>
    xml.replace('encoding="UTF-8"', 'encoding="GBK"'),
  );
  const file = fileOf(bytes);
  const refused = `${file}: its part xl/worksheets/sheet9.xml is not XML in UTF-8 or UTF-16`;
  await expect(readPlan(file)).rejects.toThrow(refused);
  expect(() => deliveryOf(file, samplePlan, "/", "prod")).toThrow(refused);
});
