import { expect, test } from "vitest";
import { explain } from "./finding-text";
import { type Edits, places, readEdited } from "./workbook.fixture";

async function findingsOf(edits: Edits) {
  return (await readEdited(edits)).findings;
}

test("a row put in moves the labels: both are named, and the sheet is not read", async () => {
  const findings = await findingsOf({ 主机规划: { H19: "10.0.20.10", I19: "集群VIP" } });
  expect(findings).toMatchObject([
    { code: "template-other", cell: "H19", params: { age: "other", labels: "主机规划!H19 集群VIP" } },
    { code: "layout-unknown", cell: "H19", value: "10.0.20.10" },
  ]);
});

test("an older template is said by the labels that differ and the date of its change log", async () => {
  const findings = await findingsOf({
    更新说明: { A2: "mingcai", B2: "2025.4.24", C2: "交付版本5.1.4P1/6.2.0P1" },
    主机规划: { P19: "保留" },
  });
  expect(places(findings)).toEqual(["template-other 主机规划!P19", "layout-unknown 主机规划!P19"]);
  expect(findings[0]?.cause).toBe(
    "This is an older template than the one that is read (version 20250820); its change log ends with 20250424. Labels that differ: 主机规划!P19 存储架构.",
  );
  expect(explain("template-other", findings[0]?.params ?? {}, "zh").cause).toContain("模板版本较旧");
});

test("versions are compared as dates, and the one that is read is not called another", async () => {
  const causeOf = async (dates: string[]) => {
    const log = Object.fromEntries(dates.map((date, i) => [`B${i + 2}`, date]));
    return (await findingsOf({ 更新说明: log, 主机规划: { P19: "保留" } }))[0]?.cause;
  };
  expect(await causeOf(["2025.4.24", "2025.8.20"])).toMatch(/^By its change log this is the version that is read/);
  expect(await causeOf(["2025.10.3", "2025.9.30"])).toMatch(/a newer template .* ends with 20251003/);
  expect(await causeOf(["2025.8.9"])).toMatch(/an older template .* ends with 20250809/);
});

const rackless = { P2: null, Q2: null, P19: null, P20: null };

test("labels that older templates lack are missed with a warning, and the defaults hold", async () => {
  const blank = Object.fromEntries([3, 4, 5].flatMap((row) => [`P${row}`, `Q${row}`]).map((cell) => [cell, null]));
  const loaded = await readEdited({ 主机规划: { ...rackless, ...blank, Q19: null, Q20: null } });
  expect(loaded.ok && loaded.plan.cluster).toMatchObject({ storage: "tiered", networks: "separate" });
  expect(places(loaded.findings)).toEqual([
    ...["P2", "Q2", "P19", "P20"].map((cell) => `label-missing 主机规划!${cell}`),
    "choice-default 主机规划!Q19",
    "choice-default 主机规划!Q20",
  ]);
});

test("what is filled in below a label that is missing is read all the same", async () => {
  const loaded = await readEdited({ 主机规划: { ...rackless, Q19: "全闪-不分层" } });
  expect(loaded.ok && loaded.plan.cluster.storage).toBe("all-flash");
  expect(loaded.ok && loaded.plan.hosts[0]?.rack).toEqual({ name: "A01", unit: 1 });
});

test("a label that stands elsewhere was moved, and one that no plan can do without is an error", async () => {
  expect(places(await findingsOf({ 主机规划: { P20: null, P21: "网络架构" } }))).toEqual([
    "template-other 主机规划!P20",
    "layout-unknown 主机规划!P20",
  ]);
  expect(places(await findingsOf({ 主机规划: { H2: null } }))).toEqual([
    "template-other 主机规划!H2",
    "layout-unknown 主机规划!H2",
  ]);
});

test("a newer template is said by the date of its change log, or by labels that are not known", async () => {
  const dated = await findingsOf({
    更新说明: { B2: "2025.8.20", B3: "2026年1月9日" },
    虚拟网络: { J2: "上行端口" },
  });
  expect(dated[0]).toMatchObject({ code: "template-other", params: { age: "newer", dated: "20260109" } });
  const labelled = await findingsOf({ 虚拟网络: { J2: "MTU", K2: "主机端口", O2: "网口绑定模式" } });
  expect(labelled[0]).toMatchObject({
    code: "template-other",
    cell: "J2",
    params: { age: "newer", labels: "虚拟网络!J2 主机端口, 虚拟网络!K2 网口绑定模式" },
  });
});

test("a change log of the site's own says nothing where all labels are where they belong", async () => {
  expect(await findingsOf({ 更新说明: { B2: "2026.11.1", C2: "首次交付" } })).toEqual([]);
});

test("a column put beside the others is read past, with a warning", async () => {
  const findings = await findingsOf({ 主机规划: { S2: "备注", S3: "x" }, 集群管理信息: { O21: "备注" } });
  expect(places(findings)).toEqual(["label-unknown 主机规划!S2", "label-unknown 集群管理信息!O21"]);
});

test("labels of full-width letters, other case or other spaces are the same labels", async () => {
  expect(await findingsOf({ 虚拟网络: { F2: "ｖｌａｎ　ＩＤ" }, 主机规划: { J2: "SSH用户名" } })).toEqual([]);
});

test("a password that stands where a label is expected is not shown", async () => {
  const findings = await findingsOf({ 主机规划: { N19: "Canary!1" } });
  expect(findings).toMatchObject([{ code: "template-other" }, { code: "layout-unknown", cell: "N19", value: "***" }]);
  expect(JSON.stringify(findings)).not.toContain("Canary");
});
