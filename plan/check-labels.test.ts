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

test("an older template is said by the labels that it lacks and the date of its change log", async () => {
  // 20250820 brought the storage architecture, by its own change log.
  const findings = await findingsOf({
    更新说明: { A2: "mingcai", B2: "2025.4.24", C2: "交付版本5.1.4P1/6.2.0P1" },
    主机规划: { P19: null, Q19: null },
  });
  expect(places(findings)).toEqual(["template-other 主机规划!P19", "layout-unknown 主机规划!P19"]);
  expect(findings[0]?.cause).toBe(
    "This is an older template than the one that is read (version 20250820); its change log ends with 20250424. Labels that differ: 主机规划!P19 存储架构.",
  );
  expect(explain("template-other", findings[0]?.params ?? {}, "zh").cause).toContain("模板版本较旧");
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
