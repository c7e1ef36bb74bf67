import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { unzipSync, zipSync } from "fflate";
import { expect, test } from "vitest";
import { PlanUnreadable } from "./plan-unreadable";
import { readPlan } from "./read";
import { samplePlan } from "./sample-plan";
import { toSiteYaml, withoutSecrets } from "./site-yaml";
import { fillTemplate } from "./template";
import { changePart, editedWorkbook, fileOf } from "./workbook.fixture";

function folderOf(names: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "sitewright-plan-"));
  for (const name of names) writeFileSync(join(folder, name), name.endsWith(".xlsx") ? "x" : toSiteYaml(samplePlan));
  return folder;
}

/** The refusal's message: one line, with the file's name in it. */
async function refusal(path: string): Promise<string> {
  const error = await readPlan(path).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(PlanUnreadable);
  const { message } = error as PlanUnreadable;
  expect(message.startsWith(`${path}`)).toBe(true);
  expect(message).not.toContain("\n");
  return message.slice(path.length);
}

test("a folder with one plan is that plan; lock files and other files do not count", async () => {
  const folder = folderOf(["site.yaml", "~$plan.xlsx", "Pulumi.lab.yaml", "trust.yaml", "notes.txt"]);
  const loaded = await readPlan(folder);
  expect(loaded).toMatchObject({ ok: true, file: join(folder, "site.yaml"), plan: withoutSecrets(samplePlan) });
});

test("a folder with two plans lists them, one with none says so", async () => {
  expect(await refusal(folderOf(["b.xlsx", "site.yaml", "a.xlsx"]))).toContain("3 plans: a.xlsx, b.xlsx, site.yaml");
  expect(await refusal(folderOf(["trust.yaml"]))).toContain("holds no plan");
});

test("what is no file of a plan is refused", async () => {
  expect(await refusal("/no/such/plan.xlsx")).toContain("there is no such file");
  expect(await refusal(fileOf("", "plan.xlsx"))).toContain("0 bytes");
  expect(await refusal(fileOf("x", "plan.txt"))).toContain("no plan by its name");
  expect(await refusal(fileOf("x", "plan.xls"))).toContain("save it as .xlsx");
  expect(await refusal("/dev/zero")).toContain("no regular file");
});

test("a folder named .xlsx is a folder", async () => {
  const folder = join(folderOf([]), "plan.xlsx");
  mkdirSync(folder);
  expect(await refusal(folder)).toContain("holds no plan");
});

const ole = Buffer.from("d0cf11e0a1b11ae1", "hex");

test.each([
  ["noise", Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251)), "no workbook"],
  ["a web page", Buffer.from("<html><body>login</body></html>"), "web page"],
  ["an old workbook", Buffer.concat([ole, Buffer.alloc(600)]), "old .xls"],
  ["an encrypted workbook", Buffer.concat([ole, Buffer.from("EncryptedPackage", "utf16le")]), "encrypted"],
  ["the head of a zip alone", Buffer.from("504b0304", "hex"), "cut off"],
  ["another zip", Buffer.from(zipSync({ "word/document.xml": Buffer.from("<x/>") })), "not a workbook"],
  ["a binary workbook", Buffer.from(zipSync({ "xl/workbook.bin": Buffer.from("x") })), ".xlsb"],
  [
    "a zip of 501 parts",
    Buffer.from(zipSync(Object.fromEntries(range(501).map((i) => [`p${i}`, new Uint8Array()])))),
    "501 parts",
  ],
])("%s named .xlsx is refused", async (_, bytes, words) => {
  expect(await refusal(fileOf(bytes))).toContain(words);
});

test("a workbook cut in half is refused", async () => {
  const bytes = await fillTemplate(samplePlan);
  expect(await refusal(fileOf(bytes.subarray(0, bytes.length / 2)))).toContain("cut off or damaged");
});

test("a workbook with a damaged byte is refused", async () => {
  const bytes = Buffer.from(await fillTemplate(samplePlan));
  const at = bytes.indexOf("xl/worksheets/sheet9.xml") + 200;
  bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  expect(await refusal(fileOf(bytes))).toContain("damaged");
});

test("a workbook without the planning sheets names those that are missing", async () => {
  const bytes = changePart(await fillTemplate(samplePlan), "xl/workbook.xml", (xml) =>
    xml.replace('name="主机规划"', 'name="Hosts"').replace('name="虚拟网络"', 'name="虚拟网络 (2)"'),
  );
  expect(await refusal(fileOf(bytes))).toContain("lacks the sheets 虚拟网络, 主机规划 (it has: 更新说明");
});

test("parts with entities or broken XML are refused", async () => {
  const good = await fillTemplate(samplePlan);
  const entities = changePart(good, "xl/worksheets/sheet8.xml", (xml) => `<!DOCTYPE x [<!ENTITY a "b">]>${xml}`);
  expect(await refusal(fileOf(entities))).toContain("document type declaration");
  const wide = zipSync({
    ...unzipSync(good),
    "xl/worksheets/sheet8.xml": Buffer.from('\ufeff<!DOCTYPE x [<!ENTITY a "b">]><worksheet/>', "utf16le"),
  });
  expect(await refusal(fileOf(wide))).toContain("document type declaration");
  const broken = changePart(good, "xl/worksheets/sheet8.xml", (xml) => xml.replace('<c r="B3"', '<c r="B3" <'));
  expect(await refusal(fileOf(broken))).toContain("its part xl/worksheets/sheet8.xml is damaged");
  const deep = changePart(good, "xl/worksheets/sheet8.xml", (xml) =>
    xml.replace("<sheetData>", () => `${"<a>".repeat(100_000)}${"</a>".repeat(100_000)}<sheetData>`),
  );
  expect(await refusal(fileOf(deep))).toContain("elements within elements without end");
});

test("a zip bomb is refused by what it really unpacks to, whatever its header claims", async () => {
  const bomb = bombWorkbook(256);
  expect(bomb.length).toBeLessThan(1024 * 1024);
  const before = process.memoryUsage().arrayBuffers;
  expect(await refusal(fileOf(bomb))).toContain("unpacks to more than 32 MiB");
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(128 * 1024 * 1024);
});

test("sizes and places in ZIP64 fields are read, and a bomb that hides behind them is refused", async () => {
  const good = fileOf(asZip64(Buffer.from(await fillTemplate(samplePlan))));
  expect(await readPlan(good)).toMatchObject({ ok: true, plan: samplePlan });
  expect(await refusal(fileOf(asZip64(bombWorkbook(256))))).toContain("unpacks to more than 32 MiB");
});

test.each([
  ["rows without number", "xl/worksheets/sheet9.xml", "<row/>", "sheet9.xml is far larger"],
  ["rows that never end", "xl/worksheets/sheet9.xml", "<row ", "sheet9.xml is damaged"],
  ["cells of spaces", "xl/worksheets/sheet9.xml", "<row><c><v> </v></c></row>", "far larger"],
  ["the same cell again and again", "xl/worksheets/sheet9.xml", '<c r="A1"><v>1</v></c>', "sheet9.xml is damaged"],
  ["merged cells", "xl/worksheets/sheet9.xml", '<mergeCell ref="A1:B2"/>', "sheet9.xml is far larger"],
  ["columns", "xl/worksheets/sheet9.xml", '<cols><col min="1" max="1"/></cols>', "sheet9.xml is far larger"],
  ["hyperlinks", "xl/worksheets/sheet9.xml", '<hyperlink ref="A1"/>', "sheet9.xml is far larger"],
  ["relationships", "xl/_rels/workbook.xml.rels", '<Relationship Id="a"/>', "workbook.xml.rels is far larger"],
  ["texts", "xl/sharedStrings.xml", "<si><t>a</t></si>", "list of texts is far larger"],
  ["cell formats", "xl/styles.xml", '<xf numFmtId="0"/>', "list of cell formats is far larger"],
])("a workbook with %s in their millions is refused", async (_, part, words, expected) => {
  const many = words.repeat(Math.ceil((7 * 1024 * 1024) / words.length));
  const linked = changePart(
    await editedWorkbook({ 主机规划: { D3: { type: "s", xml: "<v>0</v>" } } }),
    "xl/_rels/workbook.xml.rels",
    (xml) =>
      xml.replace(
        "</Relationships>",
        '<Relationship Id="texts" Type="a/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
      ),
  );
  const bytes = changePart(
    linked,
    part,
    (xml) => `${xml.replace("</sheetData>", () => `${many}</sheetData>`)}${xml.includes("</sheetData>") ? "" : many}`,
  );
  expect(await refusal(fileOf(bytes))).toContain(expected);
});

test("rows beyond those that are known cost nothing, as the vendor's thousand styled ones", async () => {
  const rows = Array.from({ length: 100_000 }, (_, i) => `<row r="${i + 100}"><c r="A${i + 100}" s="1"/></row>`);
  const bytes = changePart(await fillTemplate(samplePlan), "xl/worksheets/sheet9.xml", (xml) =>
    xml.replace("</sheetData>", () => `${rows.join("")}</sheetData>`),
  );
  expect(await readPlan(fileOf(bytes))).toMatchObject({ ok: true, plan: samplePlan });
});

test("formulas that ask for each other without end are refused in no time", async () => {
  const sums = (column: string) => Array(150).fill(`${column}40`).join("&amp;");
  const next = [..."STUVWXYZ"].map((column, i, all) => [`${column}40`, { xml: `<f>${sums(all[i + 1] ?? "H")}</f>` }]);
  const bytes = await editedWorkbook({ 主机规划: { H3: { xml: `<f>${sums("S")}</f>` }, ...Object.fromEntries(next) } });
  const { findings } = await readPlan(fileOf(bytes));
  expect(findings).toContainEqual(expect.objectContaining({ code: "formula-unknown", cell: "H3" }));
});

test("two parts of one name, two sheets of one name and a cell that stands twice are refused", async () => {
  const good = await fillTemplate(samplePlan);
  const twice = zipSync({ ...unzipSync(good), "xl/WORKSHEETS/sheet9.xml": new Uint8Array() });
  expect(await refusal(fileOf(twice))).toContain("two parts of one name");
  const named = changePart(good, "xl/workbook.xml", (xml) => xml.replace('name="逻辑拓扑图"', 'name="主机规划"'));
  expect(await refusal(fileOf(named))).toContain("two of its sheets are called 主机规划");
  const cell = changePart(good, "xl/worksheets/sheet9.xml", (xml) =>
    xml.replace("</sheetData>", '<row r="3"><c r="I3"><v>1</v></c></row></sheetData>'),
  );
  expect(await refusal(fileOf(cell))).toContain("the cell I3 twice");
});

test("a part that leads out of the package, or to no part, is none", async () => {
  const good = await fillTemplate(samplePlan);
  const out = changePart(good, "xl/_rels/workbook.xml.rels", (xml) =>
    xml.replace("worksheets/sheet9.xml", "../../../../etc/passwd"),
  );
  expect(await refusal(fileOf(out))).toContain("the part of its sheet 主机规划 is missing");
});

test("a site.yaml that is no mapping or no text is refused", async () => {
  expect(await refusal(fileOf("- a\n- b\n", "site.yaml"))).toContain("not a mapping");
  expect(await refusal(fileOf(Buffer.from([0xff, 0xfe, 0x00]), "site.yaml"))).toContain("UTF-8");
});

/** The same zip with sizes and places of all entries in ZIP64 fields, as some writers have them. */
function asZip64(zip: Buffer): Buffer {
  const end = zip.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  const start = zip.readUInt32LE(end + 16);
  const records: Buffer[] = [];
  for (let at = start; at < end; ) {
    const record = Buffer.from(zip.subarray(at, at + 46 + zip.readUInt16LE(at + 28)));
    const extra = Buffer.alloc(28);
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(24, 2);
    extra.writeBigUInt64LE(BigInt(record.readUInt32LE(24)), 4);
    extra.writeBigUInt64LE(BigInt(record.readUInt32LE(20)), 12);
    extra.writeBigUInt64LE(BigInt(record.readUInt32LE(42)), 20);
    at += record.length + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
    for (const field of [20, 24, 42]) record.writeUInt32LE(0xffffffff, field);
    record.writeUInt16LE(extra.length, 30);
    record.writeUInt16LE(0, 32);
    records.push(record, extra);
  }
  return Buffer.concat([zip.subarray(0, start), ...records, zip.subarray(end)]);
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** A zip of one stored header and a workbook part of many MiB of spaces, whose header claims ten bytes. */
function bombWorkbook(mib: number): Buffer {
  const name = Buffer.from("xl/workbook.xml");
  const packed = deflateRawSync(Buffer.alloc(mib * 1024 * 1024, 0x20));
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(8, 8);
  local.writeUInt32LE(packed.length, 18);
  local.writeUInt32LE(10, 22);
  local.writeUInt16LE(name.length, 26);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(8, 10);
  central.writeUInt32LE(packed.length, 20);
  central.writeUInt32LE(10, 24);
  central.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length + name.length, 12);
  end.writeUInt32LE(local.length + name.length + packed.length, 16);
  return Buffer.concat([local, name, packed, central, name, end]);
}
