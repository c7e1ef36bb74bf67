import { strFromU8, unzipSync } from "fflate";
import { expect, test } from "vitest";
import { readPlan } from "./read";
import { samplePlan } from "./sample-plan";
import { withoutSecrets } from "./site-yaml";
import { fillTemplate, NoRoom, writeTemplate } from "./template";
import { fileOf } from "./workbook.fixture";

test("secrets are left out by choice", async () => {
  const bytes = await fillTemplate(samplePlan, { secrets: false });
  const text = Object.values(unzipSync(bytes))
    .map((part) => strFromU8(part))
    .join("");
  expect(text).not.toMatch(/r0cks|P@ss/);
  const loaded = await readPlan(fileOf(bytes));
  expect(loaded.ok && loaded.plan).toEqual(withoutSecrets(samplePlan));
});

test("a text that only a workbook's own sign for it can hold, and one that looks like such a sign, stay what they are", async () => {
  for (const name of ["a_x001B_[31m", "__x005F_", "＆ <b>"]) {
    const plan = { ...samplePlan, customer: name };
    const loaded = await readPlan(fileOf(await fillTemplate(plan)));
    expect(loaded.ok && loaded.plan.customer).toBe(name);
  }
  const hidden = await readPlan(fileOf(await fillTemplate({ ...samplePlan, customer: "a\u001bb" })));
  expect(hidden.findings.filter(({ severity }) => severity === "error")).toMatchObject([{ value: "a\\x1bb" }]);
});

test("what the workbook has no room for is refused", async () => {
  const host = samplePlan.hosts[0];
  const network = samplePlan.business?.networks[0];
  if (!host || !network) throw new Error("no sample");
  await expect(fillTemplate({ ...samplePlan, hosts: Array(17).fill(host) })).rejects.toThrow(NoRoom);
  const business = { ...samplePlan.business, networks: Array(12).fill(network) };
  await expect(fillTemplate({ ...samplePlan, business })).rejects.toThrow(
    "no room for 12 business networks: it holds 11",
  );
  const rack = { name: "A01", devices: {} };
  await expect(fillTemplate({ ...samplePlan, racks: Array(4).fill(rack) })).rejects.toThrow("no room for 4 racks");
  await expect(fillTemplate({ ...samplePlan, racks: [{ ...rack, devices: { 47: "node-1" } }] })).rejects.toThrow(
    "no room for 47 height units of a rack: it holds 42",
  );
});

test("the same plan gives the same bytes", async () => {
  expect(await fillTemplate(samplePlan)).toEqual(await fillTemplate(samplePlan));
});

test("the blank workbook has the vendor's thirteen sheets, three of them hidden", async () => {
  const book = strFromU8(unzipSync(await writeTemplate())["xl/workbook.xml"] as Uint8Array);
  const sheets = [...book.matchAll(/<sheet name="([^"]+)" sheetId="\d+"( state="hidden")?/g)];
  expect(sheets.map(([, name, hidden]) => `${name}${hidden ? " hidden" : ""}`)).toEqual([
    "更新说明",
    "文档描述",
    "设计调研(内部） hidden",
    "配置确认表 hidden",
    "逻辑拓扑图",
    "硬件兼容评估 hidden",
    "机架位置",
    "虚拟网络",
    "主机规划",
    "集群管理信息",
    "端口开放需求(可选）",
    "超融合平台加固基线（可选）",
    "服务器端口连线(可选)",
  ]);
});

test("the four planning sheets are protected but for the vendor's 23 editable ranges", async () => {
  const files = unzipSync(await writeTemplate());
  const ranges = [2, 8, 9, 10].map((number) => {
    const xml = strFromU8(files[`xl/worksheets/sheet${number}.xml`] as Uint8Array);
    expect(xml).toMatch(/<\/sheetData><sheetProtection sheet="1"[^>]*\/><protectedRanges>/);
    return [...xml.matchAll(/<protectedRange sqref="([^"]+)"/g)].map((match) => match[1]);
  });
  expect(ranges.flat()).toHaveLength(23);
  expect(ranges[2]).toContain("E3:E18 I3:I19 N3:N18");
});
