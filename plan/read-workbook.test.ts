import { expect, test } from "vitest";
import { readPlan } from "./read";
import { samplePlan } from "./sample-plan";
import { writeTemplate } from "./template";
import {
  besidesPasswords,
  type CellEdit,
  changePart,
  editedWorkbook,
  fileOf,
  places,
  planOfEdited,
  readEdited,
} from "./workbook.fixture";

const network = "虚拟网络";
const host = "主机规划";
const tower = "集群管理信息";

async function placesOf(sheet: string, cells: Record<string, CellEdit>): Promise<string[]> {
  return places((await readEdited({ [sheet]: cells })).findings);
}

test("a filled workbook gives the plan it was filled with, with no finding", async () => {
  const loaded = await readEdited({});
  expect(loaded).toMatchObject({ ok: true, kind: "site", plan: samplePlan, findings: [] });
});

test("a blank template names every cell that must be filled, and nothing else", async () => {
  const loaded = await readPlan(fileOf(await writeTemplate()));
  expect(loaded.ok).toBe(false);
  expect(places(loaded.findings)).toEqual([
    "value-missing 虚拟网络!B3",
    "value-missing 虚拟网络!J4",
    "value-missing 虚拟网络!H4",
    "value-missing 虚拟网络!J6",
    "value-missing 虚拟网络!H6",
    "choice-default 主机规划!O19",
    "too-few-hosts 主机规划!H3",
    "password-blank 主机规划!M19",
  ]);
});

test("every problem comes out in one run", async () => {
  const loaded = await readEdited({
    [network]: { F8: "vlan-1020", K4: "bond0", H6: "10.0.21.0" },
    [host]: { I3: "10.0.20.300", H4: null, N5: "10.0.21.12" },
    [tower]: { E3: "10.0.20.11x", E25: "dns.example.com" },
  });
  expect(loaded).not.toHaveProperty("plan");
  expect(places(loaded.findings).sort()).toEqual([
    "address-invalid 主机规划!I3",
    "address-invalid 集群管理信息!E25",
    "address-invalid 集群管理信息!E3",
    "address-twice 主机规划!N5",
    "bond-unknown 虚拟网络!K4",
    "subnet-invalid 虚拟网络!H6",
    "value-missing 主机规划!H4",
    "vlan-invalid 虚拟网络!F8",
  ]);
});

test("a formula is evaluated where it is one of the template's, and refused otherwise", async () => {
  const formula = (text: string): CellEdit => ({ xml: `<f>${text}</f><v/>` });
  expect((await planOfEdited({ [network]: { B3: formula('文档描述!C17&amp;"-Cls01"') } })).cluster.name).toBe(
    "LAB-DC-Cls01",
  );
  expect((await planOfEdited({ [host]: { Q4: formula('IF(ISNUMBER(Q3),Q3+1,"")') } })).hosts[1]?.rack?.unit).toBe(2);
  const loaded = await readEdited({ [host]: { I3: formula('CONCATENATE("10.0.20.","11")') } });
  expect(loaded.findings).toMatchObject([
    { code: "formula-unknown", sheet: host, cell: "I3", value: '=CONCATENATE("10.0.20.","11")' },
  ]);
});

test("a formula that is not the template's counts with the result that Excel stored", async () => {
  const stored = { type: "str", xml: '<f>CONCATENATE("10.0.20.","15")</f><v>10.0.20.15</v>' };
  expect((await planOfEdited({ [host]: { I3: stored } })).hosts[0]?.management).toBe("10.0.20.15");
});

test("a formula that makes a password is not shown", async () => {
  const loaded = await readEdited({ [host]: { K3: { xml: '<f>CONCATENATE("Canary","1")</f>' } } });
  expect(places(loaded.findings)).toEqual(["formula-unknown 主机规划!K3"]);
  expect(JSON.stringify(loaded.findings)).not.toContain("Canary");
});

test("a formula that goes round in a circle is refused", async () => {
  expect(await placesOf(host, { I3: { xml: "<f>I4</f>" }, I4: { xml: "<f>I3</f>" } })).toEqual([
    "formula-unknown 主机规划!I3",
    "formula-unknown 主机规划!I4",
  ]);
});

test("a cluster name that differs on another sheet names both cells", async () => {
  const loaded = await readEdited({ [host]: { C3: "Other" } });
  expect(loaded.findings).toMatchObject([{ code: "cluster-name-differs", cell: "C3", other: "虚拟网络!B3" }]);
});

test("numbers typed for text are their text", async () => {
  const loaded = await readEdited({ [host]: { K3: 12345678, H3: 1001, E19: 77 }, [tower]: { D3: 4.7 } });
  if (!loaded.ok) throw new Error(places(loaded.findings).join());
  expect(loaded.plan.hosts[0]).toMatchObject({ name: "1001", ssh: { password: "12345678" } });
  expect(loaded.plan.cluster.serial).toBe("77");
  expect(loaded.plan.cloudtower?.version).toBe("4.7");
  expect(loaded.findings).toMatchObject([
    { code: "password-number", severity: "warning", cell: "K3", value: "***" },
    { code: "rack-device-unplanned", cell: "D47" },
    { code: "rack-host-missing", cell: "H3" },
  ]);
});

test("a number of more digits than Excel keeps is refused", async () => {
  expect(await placesOf(host, { K3: 1234567890123456 })).toEqual(["number-imprecise 主机规划!K3"]);
});

test("rich text is read as its text", async () => {
  const rich = { type: "inlineStr", xml: "<is><r><t>10.0.</t></r><r><rPr><b/></rPr><t>20.15</t></r></is>" };
  expect((await planOfEdited({ [host]: { I3: rich } })).hosts[0]?.management).toBe("10.0.20.15");
});

test("full-width digits, commas, colons and spaces are read as what they mean", async () => {
  const plan = await planOfEdited({
    [network]: {
      F8: "１１２０",
      J4: "ens224，ens192",
      J6: "ens256、ens161",
      J8: "ens225；　ens257",
      H4: "10.0.20.0／24",
    },
    [host]: { I3: "　１０.0.20.11 ", C19: "版本：6.2.0P4", I4: "'10.0.20.12" },
  });
  expect(plan).toEqual(samplePlan);
});

test("names that people chose keep their full-width forms", async () => {
  const plan = await planOfEdited({ 文档描述: { C15: " 某某银行（北京）\n" } });
  expect(plan.customer).toBe("某某银行（北京）");
});

test.each([
  ["1120", 1120],
  ["0", 0],
  [4094, 4094],
])("VLAN %j is read", async (typed, vlan) => {
  expect((await planOfEdited({ [network]: { F8: typed } })).business?.networks[0]?.vlan).toBe(vlan);
});

test.each(["vlan-1020", 5000, -1, 11.5, "1120,1121", "4095", { type: "b", xml: "<v>1</v>" }])(
  "VLAN %j is refused, not guessed",
  async (typed) => {
    const [finding] = (await readEdited({ [network]: { F8: typed } })).findings;
    expect(finding).toMatchObject({ severity: "error", sheet: network, cell: "F8" });
  },
);

test("a blank VLAN is untagged for management and storage, and asked for elsewhere", async () => {
  expect(await planOfEdited({ [network]: { F4: null, F6: null } })).toEqual(samplePlan);
  expect(await placesOf(network, { F8: null })).toEqual(["vlan-missing 虚拟网络!F8"]);
});

test("host rows count by E, H, I and N, and order is row order", async () => {
  const swapped = {
    ...{ H3: "BJ-SMTX-Prod-Node-02", I3: "10.0.20.12", H4: "BJ-SMTX-Prod-Node-01", I4: "10.0.20.11" },
    ...{ H6: "n6", I6: "10.0.20.19", N6: "10.0.21.19" },
  };
  const plan = await planOfEdited({ [host]: swapped });
  expect(plan.hosts.map(({ name }) => name)).toEqual([
    "BJ-SMTX-Prod-Node-02",
    "BJ-SMTX-Prod-Node-01",
    "BJ-SMTX-Prod-Node-03",
    "n6",
  ]);
});

test.each([
  ["E6", "10.0.19.99", ["value-missing 主机规划!H6", "value-missing 主机规划!I6", "value-missing 主机规划!N6"]],
  ["H6", "node-5", ["value-missing 主机规划!I6", "value-missing 主机规划!N6"]],
  ["I6", "10.0.20.99", ["value-missing 主机规划!H6", "value-missing 主机规划!N6"]],
  ["N6", "10.0.21.99", ["value-missing 主机规划!H6", "value-missing 主机规划!I6"]],
  ["D6", "SN-5", []],
])("a host row with %s alone is said to be unfinished", async (cell, value, expected) => {
  const found = await placesOf(host, { [cell]: value });
  expect(found.filter((each) => each.startsWith("value-missing"))).toEqual(expected);
  expect(found.includes("host-row-unused 主机规划!D6")).toBe(cell === "D6");
});

test("a host needs no out-of-band controller, and of half of one nothing is planned", async () => {
  expect((await planOfEdited({ [host]: { E3: null, F3: null, G3: null } })).hosts[0]?.bmc).toBeUndefined();
  const half = await readEdited({ [host]: { E3: null } });
  expect(besidesPasswords(half.findings)).toMatchObject([
    { code: "bmc-address-missing", severity: "warning", cell: "E3" },
  ]);
  expect(half.ok && half.plan.hosts[0]?.bmc).toBeUndefined();
});

test("blank trailing rows, cells of spaces and rows with names only are no hosts and no networks", async () => {
  const loaded = await readEdited({ [host]: { H18: "  ", I18: "　" }, [network]: { D5: "Infra", J7: "ens162" } });
  expect(loaded).toMatchObject({ ok: true, plan: samplePlan, findings: [] });
});

test("rows 5 and 7 are read where they have a subnet", async () => {
  const plan = await planOfEdited({
    [network]: {
      ...{ F5: 20, H5: "10.0.30.0/24", I5: "10.0.30.1" },
      ...{ F7: 30, H7: "10.0.40.0/24", J7: "ens162", K7: null },
    },
    [tower]: { E3: "10.0.30.2", E4: "10.0.30.3", E5: "10.0.30.4" },
  });
  expect(plan.management.extra).toEqual({
    name: "Infra-network",
    vlan: 20,
    subnet: "10.0.30.0/24",
    gateway: "10.0.30.1",
  });
  expect(plan.backup).toEqual({
    switch: { name: "vDS-Backup-Network", nics: ["ens162"] },
    network: { name: "backup-network", vlan: 30, subnet: "10.0.40.0/24" },
  });
});

test("with 存储独立 business networks have no switch of their own", async () => {
  const plan = await planOfEdited({ [host]: { Q20: "存储独立" }, [network]: { J8: null, K8: null } });
  expect(plan.cluster.networks).toBe("storage-separate");
  expect(plan.business?.switch).toBeUndefined();
  expect(await placesOf(host, { Q20: "存储独立" })).toEqual(["business-ports-unused 虚拟网络!J8"]);
});

test("三网融合 and RDMA are refused with the sheet's own reason", async () => {
  const loaded = await readEdited({ [host]: { Q20: "三网融合", O19: "RDMA+Boost" } });
  expect(loaded.findings).toMatchObject([
    { code: "rdma-unsupported", cell: "O19", cause: expect.stringContaining("尚不支持开启RDMA") },
    { code: "converged-unsupported", cell: "Q20", cause: expect.stringContaining("当前仅支持") },
  ]);
});

test("choices are read, blank ones by the workbook's defaults", async () => {
  const { cluster } = await planOfEdited({ [host]: { O19: "None", Q19: "全闪-不分层" } });
  expect(cluster).toMatchObject({ boost: false, storage: "all-flash" });
  const blank = await planOfEdited({ [host]: { O19: null, Q19: null, Q20: null } });
  expect(blank.cluster).toMatchObject({ boost: false, storage: "tiered", networks: "separate" });
  expect(await placesOf(host, { Q19: "混闪" })).toEqual(["choice-unknown 主机规划!Q19"]);
});

test("ER is read with its controllers, and asked for its VIP", async () => {
  const plan = await planOfEdited({ [tower]: { E6: "10.0.20.50", E7: "10.0.20.51", E9: "10.0.20.53", M6: "er-1" } });
  expect(plan.everoute).toEqual({ vip: "10.0.20.50", nodes: ["10.0.20.51", "10.0.20.53"], serial: "er-1" });
  expect(await placesOf(tower, { E8: "10.0.20.52" })).toEqual(["everoute-vip-missing 集群管理信息!E6"]);
});

test("NTP servers may be names, DNS servers may not, and a test range has two ends", async () => {
  expect(await placesOf(tower, { E22: "10.0.0", E26: "dns1", E19: null })).toEqual([
    "address-invalid 集群管理信息!E26",
    "value-missing 集群管理信息!E19",
    "server-invalid 集群管理信息!E22",
  ]);
});

test("an error of Excel or a truth value where a text should be is refused", async () => {
  expect(await placesOf(host, { H3: { type: "e", xml: "<v>#REF!</v>" }, I3: { type: "b", xml: "<v>1</v>" } })).toEqual([
    "cell-error 主机规划!H3",
    "not-a-text 主机规划!I3",
  ]);
});

test("a password is taken as typed, spaces included, and never shown", async () => {
  const loaded = await readEdited({ [host]: { G3: " Canary！" } });
  if (!loaded.ok) throw new Error("refused");
  expect(loaded.plan.hosts[0]?.bmc?.password).toBe(" Canary！");
  expect(places(loaded.findings)).toEqual(["password-space 主机规划!G3"]);
  expect(JSON.stringify(loaded.findings)).not.toContain("Canary");
});

test("hyperlinks, comments with an absolute target, shared strings and boundless ranges do not disturb the reading", async () => {
  let bytes = await editedWorkbook({ [host]: { G3: { type: "s", xml: "<v>0</v>" } } });
  const relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
  bytes = changePart(bytes, "xl/worksheets/sheet9.xml", (xml) =>
    xml
      .replace(/<mergeCells.*<\/mergeCells>/, '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>')
      .replace(/<sheetData>/, '<cols><col min="1" max="2000000000" width="9"/></cols><sheetData>')
      .replace(/sqref="O19"/, 'sqref="A1:XFD1048576"')
      .replace(
        "</worksheet>",
        `<hyperlinks><hyperlink xmlns:r="${relations}" ref="G3" r:id="rId1"/></hyperlinks></worksheet>`,
      ),
  );
  bytes = changePart(
    bytes,
    "xl/worksheets/_rels/sheet9.xml.rels",
    () =>
      `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="${relations}/hyperlink" Target="mailto:P@ssw0rd!123" TargetMode="External"/><Relationship Id="comments" Type="${relations}/comments" Target="/xl/comments/comment1.xml"/></Relationships>`,
  );
  bytes = changePart(
    bytes,
    "xl/sharedStrings.xml",
    () =>
      '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="1" uniqueCount="1"><si><t>P@ssw0rd!123</t></si></sst>',
  );
  bytes = changePart(bytes, "xl/_rels/workbook.xml.rels", (xml) =>
    xml.replace(
      "</Relationships>",
      `<Relationship Id="texts" Type="${relations}/sharedStrings" Target="sharedStrings.xml"/></Relationships>`,
    ),
  );
  bytes = changePart(bytes, "xl/workbook.xml", (xml) =>
    xml.replace(
      "<calcPr",
      '<definedNames><definedName name="x">主机规划!$A$1:$XFD$1048576</definedName></definedNames><calcPr',
    ),
  );
  const loaded = await readPlan(fileOf(bytes));
  expect(loaded).toMatchObject({ ok: true, plan: samplePlan });
  expect(besidesPasswords(loaded.findings)).toEqual([]);
});

test("a date is refused where an address should be", async () => {
  const bytes = changePart(await editedWorkbook({ [tower]: { E25: 45000 } }), "xl/styles.xml", (xml) =>
    xml.replace('numFmtId="49"', 'numFmtId="14"'),
  );
  expect(besidesPasswords((await readPlan(fileOf(bytes))).findings)).toMatchObject([
    { code: "not-a-text", sheet: tower, cell: "E25", value: "2023-03-15" },
  ]);
});

test("merged cells hold their value in the first; what is left in the others does not count", async () => {
  const plan = await planOfEdited({ [network]: { C5: "left over", J5: "ens999", B4: "other" } });
  expect(plan).toEqual(samplePlan);
});

test("racks are read from the sheet 机架位置 with the devices by their uppermost height unit", async () => {
  const plan = await planOfEdited({
    机架位置: {
      A5: "数据中心区域：\n信息中心B1楼",
      J5: "机柜编号：F1-A08-R05",
      L8: "MgMt Switch01 （Back)",
      L48: "Blanking Panel",
    },
  });
  expect(plan.area).toBe("信息中心B1楼");
  expect(plan.racks).toEqual([
    samplePlan.racks?.[0],
    { name: "F1-A08-R05", devices: { 41: "MgMt Switch01 （Back)", 1: "Blanking Panel" } },
  ]);
});

test("a workbook without the rack sheet, or without labels in it, is read without racks", async () => {
  const { racks: _, area: __, ...rest } = samplePlan;
  const bytes = changePart(await editedWorkbook({}), "xl/workbook.xml", (xml) =>
    xml.replace(/<sheet name="机架位置"[^>]*>/, ""),
  );
  const loaded = await readPlan(fileOf(bytes));
  expect(loaded.ok && loaded.plan).toEqual(rest);
  expect(await planOfEdited({ 机架位置: { D6: null } })).toEqual(rest);
});

test("the out-of-band network of row 3 is read; what is wrong with it is left out", async () => {
  expect((await planOfEdited({ [network]: { F3: "１９", I3: null } })).ipmi).toEqual({
    vlan: 19,
    subnet: "10.0.19.0/24",
  });
  expect((await planOfEdited({ [network]: { H3: "10.0.19" } })).ipmi).toBeUndefined();
});

test("the password of root on each host stands in column M", async () => {
  const loaded = await readPlan(fileOf(await editedWorkbook({ [host]: { M4: "Canary-Root-1" } })));
  expect(places(loaded.findings)).toContain("password-in-plan 主机规划!M4");
  expect(loaded.ok && loaded.plan.hosts.map(({ root }) => root.password)).toEqual([
    "HC!r0cks",
    "Canary-Root-1",
    "HC!r0cks",
  ]);
  expect(JSON.stringify(loaded.findings)).not.toContain("Canary");
});

test("the full stop of Chinese input methods is a dot, and characters that are not seen do not count", async () => {
  const plan = await planOfEdited({
    [host]: { I3: "10。0。20。11", I4: "10．0．20．12\u200b", E3: "\ufeff10.0.19.11" },
    [network]: { H4: "10。0.20.0／24" },
  });
  expect(plan).toEqual(samplePlan);
});

test("a row that was put into the list of networks widens it, by the merged cells of its switch or by its name", async () => {
  const row = { D19: "VLAN-1131", F19: 1131, G19: "Access", H19: "10.1.31.0/24", I19: "10.1.31.1" };
  const network12 = { name: "VLAN-1131", vlan: 1131, subnet: "10.1.31.0/24", gateway: "10.1.31.1" };
  const wider = changePart(await editedWorkbook({ [network]: row }), "xl/worksheets/sheet8.xml", (xml) =>
    xml.replace(/ref="([CEJK]8):([CEJK])18"/g, 'ref="$1:$219"'),
  );
  const loaded = await readPlan(fileOf(wider));
  expect(besidesPasswords(loaded.findings)).toEqual([]);
  expect(loaded.ok && loaded.plan.business?.networks[11]).toEqual(network12);
  const named = await planOfEdited({ [network]: { ...row, C19: "vDS-Prod-Network" } });
  expect(named.business?.networks[11]).toEqual(network12);
});

test("NTP and DNS servers go on below their rows, each by its labels", async () => {
  expect((await planOfEdited({ [tower]: { E27: "10.0.0.115" } })).dns).toEqual([
    "10.0.0.114",
    "10.0.0.1",
    "10.0.0.115",
  ]);
  const plan = await planOfEdited({
    [tower]: { B27: "NTP Server4", E27: "10.0.0.4", E28: "10.0.0.5", B29: "DNS Server3", E29: "10.0.0.115" },
  });
  expect(plan.ntp).toEqual([...samplePlan.ntp, "10.0.0.4", "10.0.0.5"]);
  expect(plan.dns).toEqual([...samplePlan.dns, "10.0.0.115"]);
});

test("merged cells that were taken apart may say the same again, and nothing else", async () => {
  const apart = (bytes: Uint8Array) =>
    changePart(bytes, "xl/worksheets/sheet8.xml", (xml) => xml.replace(/<mergeCell ref="[CJK]8:[CJK]18"\/>/g, ""));
  const read = async (cells: Record<string, CellEdit>) =>
    places(besidesPasswords((await readPlan(fileOf(apart(await editedWorkbook({ [network]: cells }))))).findings));
  expect(await read({ C9: "vDS-Prod-Network", J9: "ens225,ens257", K9: "balance-slb" })).toEqual([]);
  expect(await read({ C9: "vDS-Other" })).toEqual(["cell-unread 虚拟网络!C9"]);
});

test("remarks below the lists and signs that say nothing are no findings", async () => {
  const { findings } = await readEdited({
    [network]: { B20: "备注：以上网络由客户网络组提供。", O3: "—", A3: "√", C21: "N/A" },
    [host]: { B36: "1. 密码由客户另行提供", D21: "/" },
  });
  expect(places(findings)).toEqual([]);
});

test("a flood of cells that are not read is told in some, with how many more there are", async () => {
  const cells = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`D${i + 30}`, `VLAN-${i}`]));
  const { findings } = await readEdited({ [network]: cells });
  expect(findings).toHaveLength(60);
  expect(findings.at(-1)?.cause).toContain("as of 440 more cells");
});

test("a stray password is not shown", async () => {
  const { findings } = await readEdited({ [host]: { K21: "Canary-1", S4: "Canary-2" }, [tower]: { G14: "Canary-3" } });
  expect(findings.map(({ severity }) => severity)).toEqual(["error", "error", "error"]);
  expect(JSON.stringify(findings)).not.toContain("Canary");
});

test("a struck-out format names the row and its host; a formula of another sheet counts with its stored result", async () => {
  const struck = changePart(await editedWorkbook({}), "xl/styles.xml", (xml) =>
    xml.replace("<font><sz", "<font><strike/><sz").replace(/(<xf numFmtId="49" fontId=)"0"/, '$1"1"'),
  );
  expect((await readPlan(fileOf(struck))).findings.map(({ code }) => code)).toContain("row-struck-out");
  const hidden = await readEdited({ [host]: { "5:5": { xml: 'hidden="1"' } } });
  expect(hidden.findings).toMatchObject([{ code: "row-hidden", cell: "H5", value: "BJ-SMTX-Prod-Node-03" }]);
  expect(hidden.findings[0]?.cause).toContain("Row 5 (BJ-SMTX-Prod-Node-03) is hidden");
  const other = { type: "str", xml: "<f>[1]Sheet1!B3</f><v>10.0.20.15</v>" };
  expect((await planOfEdited({ [host]: { I3: other } })).hosts[0]?.management).toBe("10.0.20.15");
});

test("a formula that cells share is the same formula, moved along", async () => {
  const plan = await planOfEdited({
    [host]: {
      Q3: 1,
      Q4: { xml: '<f t="shared" ref="Q4:Q5" si="0">IF(ISNUMBER(Q3),Q3+1,"")</f>' },
      Q5: { xml: '<f t="shared" si="0"/>' },
    },
  });
  expect(plan.hosts.map(({ rack }) => rack?.unit)).toEqual([1, 2, 3]);
});

test("what a merge hides nobody sees, and it is not read", async () => {
  const merged = changePart(await editedWorkbook({}), "xl/worksheets/sheet9.xml", (xml) =>
    xml.replace(/<mergeCells[^>]*>/, '$&<mergeCell ref="H3:H4"/>'),
  );
  expect(places(besidesPasswords((await readPlan(fileOf(merged))).findings))).toContain("value-missing 主机规划!H4");
});

test("formulas that make more and more of each other are not worked out without end", async () => {
  const many = Array(1300).fill("A1002").join("&amp;");
  const cells = Object.fromEntries(
    Array.from({ length: 1500 }, (_, i) => [`A${1002 + i}`, { xml: '<f t="shared" si="0"/>' }]),
  );
  const { findings } = await readEdited({
    [host]: { A1001: { xml: `<f t="shared" ref="A1001:A9000" si="0">${many}</f>` }, ...cells },
  });
  expect(findings.at(-1)?.code).toBe("cell-unread");
});

test("a copy of a sheet that is read is named", async () => {
  const { findings } = await readEdited({ 更新说明: { "": "主机规划 (2)" } });
  expect(findings).toMatchObject([{ code: "sheet-unread", severity: "warning", sheet: host }]);
  expect(findings[0]?.cause).toContain("主机规划 (2)");
});

test("how things stand, right of a list, is a warning; who signed a plan, below it, is none", async () => {
  const { findings } = await readEdited({
    [host]: { S4: "已上架", E40: "审核：李四", H40: "日期：2025-11-01" },
    [network]: { O8: "张工负责" },
  });
  expect(findings.map(({ severity, code, cell }) => `${severity} ${code} ${cell}`)).toEqual([
    "warning text-unread O8",
    "warning text-unread S4",
  ]);
});
