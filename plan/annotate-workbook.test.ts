import { existsSync, linkSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DOMParser } from "@xmldom/xmldom";
import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import { beforeAll, expect, test } from "vitest";
import { openpyxl, type SheetView } from "../test/kit/openpyxl";
import { annotateWorkbook } from "./annotate-workbook";
import { writeAnnotatedCopy } from "./annotated-copy";
import { type Finding, makeFinding } from "./finding";
import { explain } from "./finding-text";
import { readPlan } from "./read";
import { changePart, editedWorkbook, fileOf } from "./workbook.fixture";

/** A workbook of the vendor's own, where there is one: it is not ours to carry along. */
const vendors = process.env.SITEWRIGHT_TEST_WORKBOOK;

let look: (bytes: Uint8Array) => Record<string, SheetView>;
let source: Buffer;
let findings: Finding[];
beforeAll(async () => {
  look = await openpyxl();
  source = Buffer.from(await editedWorkbook({ 主机规划: { I3: "10.0.20.300" }, 虚拟网络: { F8: 5000, B3: null } }));
  findings = (await readPlan(fileOf(source))).findings;
  expect(findings.length).toBeGreaterThan(2);
}, 300_000);

const partsOf = (bytes: Uint8Array) => new Map(Object.entries(unzipSync(bytes)));
const textOf = (bytes: Uint8Array, part: string) => strFromU8(partsOf(bytes).get(part) as Uint8Array);

/** Names of the parts that are not the very same in both. */
function changedParts(before: Uint8Array, after: Uint8Array): string[] {
  const [a, b] = [partsOf(before), partsOf(after)];
  const same = (name: string) => Buffer.compare(a.get(name) ?? Buffer.of(), b.get(name) ?? Buffer.of()) === 0;
  return [...new Set([...a.keys(), ...b.keys()])].filter((name) => !same(name)).sort();
}

function at(sheet: string, cell: string): Finding {
  return makeFinding("address-invalid", { sheet, cell }, { value: "x", params: { field: "hosts.management" } });
}

/** Our workbook with a comment on 主机规划!I3, related by an absolute path as the vendor's own is. */
function withComment(more = ""): Buffer {
  const comment =
    '<comments xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><authors><author>Li</author></authors><commentList><comment ref="I3" authorId="0"><text><t>ask the customer</t></text></comment></commentList></comments>';
  const drawing = '<xml xmlns:v="urn:schemas-microsoft-com:vml"><v:shape id="_x0000_s9217"><br></v:shape></xml>';
  const type = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
  const rels = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="a" Type="${type}/comments" Target="/xl/comments/comment1.xml"/><Relationship Id="b" Type="${type}/vmlDrawing" Target="/xl/drawings/commentsDrawing1.vml"/>${more}</Relationships>`;
  const linked = changePart(source, "xl/worksheets/sheet9.xml", (xml) =>
    xml.replace("</worksheet>", `<legacyDrawing xmlns:r="${type}" r:id="b"/></worksheet>`),
  );
  const typed = changePart(linked, "[Content_Types].xml", (xml) =>
    xml.replace(
      "</Types>",
      '<Override PartName="/xl/comments/comment1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"/><Default Extension="vml" ContentType="application/vnd.openxmlformats-officedocument.vmlDrawing"/></Types>',
    ),
  );
  const files = {
    "xl/comments/comment1.xml": strToU8(comment),
    "xl/drawings/commentsDrawing1.vml": strToU8(drawing),
    "xl/worksheets/_rels/sheet9.xml.rels": strToU8(rels),
  };
  return Buffer.from(zipSync({ ...unzipSync(typed), ...files }));
}

test("each finding is a note on its cell and a line of the first sheet; the sheets are otherwise as they were", () => {
  const { bytes, lost } = annotateWorkbook(source, findings);
  expect(lost).toEqual([]);
  const [before, after] = [look(source), look(bytes)];
  for (const { sheet = "", cell = "", cause, code } of findings) {
    expect(after[sheet]?.notes[cell]).toContain(code);
    expect(after[sheet]?.notes[cell]).toContain(cause);
  }
  const { Findings: list, ...sheets } = after;
  for (const sheet of Object.values(sheets)) sheet.notes = {};
  expect(sheets).toEqual(before);
  expect(Object.keys(after)[0]).toBe("Findings");
  const rows = findings.map((_, index) => `${list?.values[`B${index + 2}`]}!${list?.values[`C${index + 2}`]}`);
  expect(rows.sort()).toEqual(findings.map(({ sheet, cell }) => `${sheet}!${cell}`).sort());
  const [errors, warnings] = [list?.values["A2"], findings.filter(({ severity }) => severity === "warning").length];
  expect(errors).toBe("error");
  expect(list?.values[`A${findings.length + 1}`]).toBe(warnings > 0 ? "warning" : "error");
  expect(list?.links["C2"]).toMatch(/^#'[^']+'![A-Z]+\d+$/);
});

/** The rules of a sheet that are ours: their cells and the number of their format. */
const highlightsOf = (bytes: Uint8Array, part: string) =>
  [
    ...textOf(bytes, part).matchAll(
      /<conditionalFormatting sqref="([^"]+)"><cfRule type="expression" dxfId="(\d+)" priority="(\d+)"><formula>[^<]*Sitewright/g,
    ),
  ].map(([, cells, format, priority]) => `${cells} ${format} ${priority}`);

test("errors and warnings are seen on the sheet, each in its own way and before the sheet's own rules", () => {
  const own =
    '<conditionalFormatting sqref="A1:Z99"><cfRule type="expression" dxfId="0" priority="1"><formula>TRUE</formula></cfRule></conditionalFormatting>';
  const dxf = '<dxfs count="1"><dxf><font><i/></font></dxf></dxfs>';
  const ruled = changePart(
    changePart(source, "xl/worksheets/sheet9.xml", (xml) => xml.replace("<dataValidations", `${own}<dataValidations`)),
    "xl/styles.xml",
    (xml) => xml.replace("</styleSheet>", `${dxf}</styleSheet>`),
  );
  const warning = makeFinding("rack-unit-invalid", { sheet: "主机规划", cell: "Q4" });
  const mixed = [
    at("主机规划", "I3"),
    at("主机规划", "G19"),
    warning,
    makeFinding("rack-unit-twice", { sheet: "主机规划", cell: "I3" }),
  ];
  const { bytes } = annotateWorkbook(Buffer.from(ruled), mixed);
  expect(highlightsOf(bytes, "xl/worksheets/sheet9.xml")).toEqual(["I3 E19:G19 1 1", "Q4 2 2"]);
  const sheet = textOf(bytes, "xl/worksheets/sheet9.xml");
  expect(sheet).toContain(own.replace('priority="1"', 'priority="3"'));
  expect(sheet.indexOf("</conditionalFormatting><dataValidations")).toBeGreaterThan(0);
  const styles = textOf(bytes, "xl/styles.xml");
  expect(styles).toMatch(
    /<dxfs count="3"><dxf><font><i\/><\/font><\/dxf><dxf><font><b\/>.*?FFD32F2F.*?thin.*?<\/dxf><dxf><font><i\/>.*?FFFFA726.*?dashed.*?<\/dxf><\/dxfs>/,
  );
});

test("the list is what a program opens the workbook at, its head line stays, it can be filtered, and no other sheet is chosen", () => {
  const named = changePart(source, "xl/workbook.xml", (xml) =>
    xml
      .replace('activeTab="0"', 'activeTab="8" firstSheet="3"')
      .replace(
        "</sheets>",
        '</sheets><definedNames><definedName name="a" localSheetId="8">主机规划!$A$1</definedName><definedName name="b">主机规划!$A$1</definedName></definedNames>',
      ),
  );
  const chosen = changePart(named, "xl/worksheets/sheet9.xml", (xml) =>
    xml.replace(
      "<sheetFormatPr",
      '<sheetViews><sheetView tabSelected="1" workbookViewId="0"/></sheetViews><sheetFormatPr',
    ),
  );
  const { bytes } = annotateWorkbook(Buffer.from(chosen), findings);
  const book = textOf(bytes, "xl/workbook.xml");
  expect(book).toMatch(/<workbookView [^>]*activeTab="0"/);
  expect(book).toContain('localSheetId="9"');
  expect(book.match(/localSheetId/g)).toHaveLength(1);
  expect(textOf(bytes, "xl/worksheets/sheet9.xml")).not.toContain("tabSelected");
  const list = textOf(bytes, "xl/worksheets/sheet14.xml");
  expect(list).toMatch(/tabSelected="1".*<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"\/>/);
  expect(list).toContain(`<autoFilter ref="A1:H${findings.length + 1}"/>`);
  const again = textOf(annotateWorkbook(bytes, findings).bytes, "xl/workbook.xml");
  expect(again).toContain('localSheetId="9"');
});

test("an annotated copy that is annotated again has the new findings in place of the old ones, and no more", () => {
  for (const start of [source, withComment()]) {
    const once = annotateWorkbook(start, [at("主机规划", "I3"), at("主机规划", "I4"), at("虚拟网络", "F8")], {
      language: "zh",
    }).bytes;
    const twice = annotateWorkbook(once, findings).bytes;
    const direct = annotateWorkbook(start, findings).bytes;
    expect(look(twice)).toEqual(look(direct));
    for (const part of ["xl/workbook.xml", "xl/styles.xml", "xl/worksheets/sheet8.xml", "xl/worksheets/sheet9.xml"]) {
      const rules = (bytes: Uint8Array) =>
        textOf(bytes, part).match(/conditionalFormatting |<sheet |<dxf>|tabSelected/g);
      expect(rules(twice), part).toEqual(rules(direct));
    }
    expect(highlightsOf(twice, "xl/worksheets/sheet9.xml")).toEqual(highlightsOf(direct, "xl/worksheets/sheet9.xml"));
    const clean = annotateWorkbook(once, []).bytes;
    expect(highlightsOf(clean, "xl/worksheets/sheet9.xml")).toEqual([]);
    expect(look(clean)["主机规划"]?.notes).toEqual(look(start)["主机规划"]?.notes);
  }
});

test("besides its own parts a copy differs in the sheets with notes, in the lists of parts, and nowhere else", () => {
  const { bytes } = annotateWorkbook(source, [at("主机规划", "I3"), at("主机规划", "E19")]);
  expect(changedParts(source, bytes)).toEqual(
    [
      "[Content_Types].xml",
      "xl/_rels/workbook.xml.rels",
      "xl/comments1.xml",
      "xl/drawings/vmlDrawing1.vml",
      "xl/styles.xml",
      "xl/workbook.xml",
      "xl/worksheets/_rels/sheet9.xml.rels",
      "xl/worksheets/sheet14.xml",
      "xl/worksheets/sheet9.xml",
    ].sort(),
  );
  const ours = /<legacyDrawing [^>]*\/>|<conditionalFormatting .*<\/conditionalFormatting>/g;
  expect(textOf(bytes, "xl/worksheets/sheet9.xml").replace(ours, "")).toBe(textOf(source, "xl/worksheets/sheet9.xml"));
  expect(textOf(bytes, "xl/worksheets/sheet9.xml")).toMatch(/<legacyDrawing [^>]*\/><\/worksheet>$/);
});

test("the link to the notes stands where the schema wants it", () => {
  const other = changePart(source, "xl/worksheets/sheet9.xml", (xml) =>
    xml.replace("</worksheet>", "<drawing/><tableParts/><extLst/></worksheet>"),
  );
  const { bytes } = annotateWorkbook(Buffer.from(other), [at("主机规划", "I3")]);
  expect(textOf(bytes, "xl/worksheets/sheet9.xml")).toMatch(/<drawing\/><legacyDrawing [^>]*\/><tableParts\/>/);
});

test("every new part is well-formed, and each note has a shape with an id of its own", () => {
  const { bytes } = annotateWorkbook(source, [at("主机规划", "I3"), at("主机规划", "I4"), at("虚拟网络", "F8")]);
  for (const part of changedParts(source, bytes)) {
    const problems: string[] = [];
    new DOMParser({ onError: (_level, message) => problems.push(message) }).parseFromString(
      textOf(bytes, part),
      "text/xml",
    );
    expect(problems, part).toEqual([]);
  }
  const shapes = ["1", "2"].flatMap((number) => [
    ...textOf(bytes, `xl/drawings/vmlDrawing${number}.vml`).matchAll(/<v:shape [^>]*id="(_x0000_s\d+)"/g),
  ]);
  expect(new Set(shapes.map(([, id]) => id)).size).toBe(3);
});

test("a comment that stands there stays, and ours is put below it", () => {
  const { bytes, lost } = annotateWorkbook(withComment(), [at("主机规划", "I3"), at("主机规划", "I4")]);
  expect(lost).toEqual([]);
  const { notes } = look(bytes)["主机规划"] as SheetView;
  expect(notes["I3"]).toMatch(/^ask the customer\n\nerror \[address-invalid\]/);
  expect(notes["I4"]).toMatch(/^error \[address-invalid\]/);
  const drawing = textOf(bytes, "xl/drawings/commentsDrawing1.vml");
  expect(drawing).toContain('<v:shape id="_x0000_s9217"><br></v:shape>');
  expect(drawing.match(/<v:shape [^>]*id="_x0000_s\d+"/g)).toHaveLength(2);
  expect(drawing).toContain('id="_x0000_s9218"');
});

test("a comment with replies takes none: what is lost is said, and the finding is in the list", () => {
  const threaded =
    '<Relationship Id="t" Type="http://schemas.microsoft.com/office/2017/10/relationships/threadedComment" Target="../threadedComments/threadedComment1.xml"/>';
  const { bytes, lost } = annotateWorkbook(withComment(threaded), [at("主机规划", "I3"), at("主机规划", "I4")]);
  expect(lost).toEqual(["the note on 主机规划!I3: a comment with replies stands there; the finding is in the list"]);
  const view = look(bytes);
  expect(view["主机规划"]?.notes["I3"]).toBe("ask the customer");
  expect(view["主机规划"]?.notes["I4"]).toMatch(/address-invalid/);
  expect(view["Findings"]?.values).toMatchObject({ B2: "主机规划", C2: "I3" });
});

test("several findings on one cell are one note, and one on a merged cell stands on its first", () => {
  const { bytes } = annotateWorkbook(source, [at("主机规划", "E19"), at("主机规划", "G19"), at("主机规划", "E19")]);
  const { notes } = look(bytes)["主机规划"] as SheetView;
  expect(Object.keys(notes)).toEqual(["E19"]);
  expect(notes["E19"]?.match(/address-invalid/g)).toHaveLength(3);
});

test("it is told in Chinese by choice", () => {
  const { bytes } = annotateWorkbook(source, [at("主机规划", "I3")], { language: "zh" });
  const view = look(bytes);
  const { cause } = explain("address-invalid", { field: "hosts.management" }, "zh");
  expect(view["主机规划"]?.notes["I3"]).toContain(cause);
  expect(Object.keys(view)[0]).toBe("检查结果");
  expect(view["检查结果"]?.values).toMatchObject({ A1: "级别", A2: "错误", D2: cause });
});

test("without findings the list says so; a sheet of that name that is somebody's own stays", () => {
  expect(look(annotateWorkbook(source, []).bytes)["Findings"]?.values["A2"]).toBe("No findings.");
  const named = changePart(source, "xl/workbook.xml", (xml) => xml.replace('name="更新说明"', 'name="findings"'));
  expect(Object.keys(look(annotateWorkbook(Buffer.from(named), []).bytes)).slice(0, 2)).toEqual([
    "Findings 2",
    "findings",
  ]);
});

test("redacted, it holds no password; a signature that will not hold is said", () => {
  const { bytes } = annotateWorkbook(source, findings, { redact: true });
  expect([...partsOf(bytes).values()].map((part) => strFromU8(part)).join("")).not.toMatch(/HC!r0cks|P@ssw0rd/);
  const signed = Buffer.from(zipSync({ ...unzipSync(source), "_xmlsignatures/sig1.xml": strToU8("<a/>") }));
  expect(annotateWorkbook(signed, []).lost).toEqual([
    "the workbook's digital signature: it does not hold for a changed copy",
  ]);
});

test("the copy is a plan like any other, opened by exceljs and read with the same findings", async () => {
  const { bytes } = annotateWorkbook(source, findings);
  expect((await readPlan(fileOf(bytes))).findings).toEqual(findings);
  const { default: exceljs } = await import("exceljs");
  const book = new exceljs.Workbook();
  await book.xlsx.load(new Uint8Array(bytes).buffer);
  expect(book.worksheets[0]?.name).toBe("Findings");
  expect(book.getWorksheet("Findings")?.getCell("C2").text).toMatch(/^[A-Z]\d+$/);
  expect(JSON.stringify(book.getWorksheet("主机规划")?.getCell("I3").note)).toMatch(/address-invalid/);
});

test("a copy is written whole, for its owner alone, and never over a file that stands there", async () => {
  const folder = mkdtempSync(join(tmpdir(), "annotated-"));
  const [plan, copy, link] = ["plan.xlsx", "copy.xlsx", "link.xlsx"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(plan, source);
  expect(await writeAnnotatedCopy(plan, copy, findings)).toEqual([]);
  expect(statSync(copy).mode & 0o777).toBe(0o600);
  expect(look(readFileSync(copy))["Findings"]?.values["A1"]).toBe("Severity");
  linkSync(plan, link);
  for (const standing of [plan, copy, link]) {
    const before = readFileSync(standing);
    await expect(writeAnnotatedCopy(plan, standing, findings)).rejects.toThrow(
      `${standing}: there is a file of that name, and it is not overwritten`,
    );
    expect(readFileSync(standing)).toEqual(before);
  }
  await expect(writeAnnotatedCopy(plan, join(folder, "none", "copy.xlsx"), [])).rejects.toThrow("cannot be written");
  await expect(writeAnnotatedCopy(plan, join(folder, "copy.txt"), [])).rejects.toThrow("name a file that ends with");
  await expect(writeAnnotatedCopy(join(folder, "site.yaml"), link, [])).rejects.toThrow("leave out --annotate");
  writeFileSync(join(folder, "noise.xlsx"), "PK\u0003\u0004 noise");
  const other = join(folder, "other.xlsx");
  await expect(writeAnnotatedCopy(join(folder, "noise.xlsx"), other, [])).rejects.toThrow("noise.xlsx: it is cut off");
  expect(existsSync(other)).toBe(false);
  expect(readdirSync(folder).filter((name) => name.includes("unfinished"))).toEqual([]);
});

test.skipIf(!vendors)("the vendor's workbook: its own comment stays, and notes go beside it", () => {
  const bytes = readFileSync(String(vendors));
  const before = look(bytes);
  const annotated = annotateWorkbook(bytes, [at("配置确认表", "A1"), at("配置确认表", "B8"), at("主机规划", "G3")]);
  expect(annotated.lost).toEqual([]);
  const after = look(annotated.bytes);
  const standing = before["配置确认表"]?.notes["A1"] as string;
  expect(standing.length).toBeGreaterThan(100);
  expect(after["配置确认表"]?.notes["A1"]?.startsWith(`${standing}\n\nerror [address-invalid]`)).toBe(true);
  expect(after["配置确认表"]?.notes["B8"]).toMatch(/address-invalid/);
  expect(after["主机规划"]?.notes["G3"]).toMatch(/address-invalid/);
  const { Findings: _list, ...sheets } = after;
  for (const view of [before, sheets]) for (const sheet of Object.values(view)) sheet.notes = {};
  expect(sheets).toEqual(before);
});
