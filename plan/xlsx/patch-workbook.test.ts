import { readFileSync } from "node:fs";
import fc from "fast-check";
import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import { beforeAll, expect, test } from "vitest";
import { passwordCells } from "../delivered-cells";
import { samplePlan } from "../sample-plan";
import { cellsOf } from "../sheet-xml";
import { fillTemplate } from "../template";
import { patchWorkbook, readCells } from "./patch-workbook";

const seed = Number(process.env.SITEWRIGHT_TEST_SEED ?? Date.now() % 2 ** 31);

/** A workbook of the vendor's own, where there is one: it is not ours to carry along. */
const vendors = process.env.SITEWRIGHT_TEST_WORKBOOK;

const serial = "ba63eac5-a332-43d3-aa31-f639bc1414cd";
const delivered = { "主机规划!E19": serial, "主机规划!D3": "SN-001", "集群管理信息!M3": "15271df9" };

let own: Buffer;
let shared: Buffer;
beforeAll(async () => {
  own = Buffer.from(await fillTemplate(samplePlan));
  shared = await withSharedStrings();
});

/** What Excel and exceljs write: texts in a table of their own. */
async function withSharedStrings(): Promise<Buffer> {
  const { default: exceljs } = await import("exceljs");
  const book = new exceljs.Workbook();
  const hosts = book.addWorksheet("主机规划");
  hosts.getCell("D3").value = "old";
  hosts.getCell("G3").value = { text: "P@ssw0rd!123", hyperlink: "mailto:P@ssw0rd!123" };
  hosts.getCell("K3").value = "S3cret-2";
  hosts.getCell("K4").value = "shown elsewhere";
  hosts.getCell("H3").value = "shown elsewhere";
  hosts.getCell("E19").value = { formula: "D3", result: "old" };
  hosts.getCell("A20").value = { richText: [{ text: "rich " }, { text: "text", font: { bold: true } }] };
  hosts.mergeCells("E19:G19");
  book.addWorksheet("集群管理信息").getCell("B2").value = 7;
  return Buffer.from(await book.xlsx.writeBuffer());
}

function partsOf(bytes: Uint8Array): Map<string, string> {
  return new Map(Object.entries(unzipSync(bytes)).map(([name, data]) => [name, strFromU8(data, true)]));
}

/** Names of the parts that are not the very same in both, in order. */
function changedParts(before: Uint8Array, after: Uint8Array): string[] {
  const [a, b] = [partsOf(before), partsOf(after)];
  return [...new Set([...a.keys(), ...b.keys()])].filter((name) => a.get(name) !== b.get(name));
}

/** The sheet without one cell's element, however it is written. */
function withoutCell(bytes: Uint8Array, part: string, address: string): string {
  const xml = strFromU8(unzipSync(bytes)[part] as Uint8Array);
  const found = new RegExp(`<c r="${address}"[^>]*?(/>|>.*?</c>)`, "s").exec(xml);
  return found ? xml.replace(found[0], "<cell/>") : xml;
}

async function exceljsShows(bytes: Uint8Array, sheet: string, cell: string): Promise<unknown> {
  const { default: exceljs } = await import("exceljs");
  const book = new exceljs.Workbook();
  await book.xlsx.load(new Uint8Array(bytes).buffer);
  return book.getWorksheet(sheet)?.getCell(cell).value;
}

/** Our template with one of its parts as a test wants it. */
function changed(part: string, change: (xml: string) => string, bytes: Uint8Array = own): Buffer {
  const files = unzipSync(bytes);
  files[part] = strToU8(change(strFromU8(files[part] as Uint8Array)));
  return Buffer.from(zipSync(files));
}

const hostPart = "xl/worksheets/sheet9.xml";

test("cells are written, and all else in the workbook is the very same", async () => {
  const copy = patchWorkbook(own, { cells: delivered });
  expect(changedParts(own, copy)).toEqual([hostPart, "xl/worksheets/sheet10.xml"]);
  const strip = (bytes: Uint8Array) => {
    const once = changed(hostPart, () => withoutCell(bytes, hostPart, "E19"));
    return withoutCell(once, hostPart, "D3");
  };
  expect(strip(copy)).toBe(strip(own));
  expect(Object.fromEntries(readCells(copy, Object.keys(delivered)))).toEqual(delivered);
  expect(await exceljsShows(copy, "主机规划", "E19")).toBe(serial);
});

test("the same input gives the same bytes, and writing what stands there changes no value", () => {
  const once = patchWorkbook(own, { cells: delivered });
  expect(patchWorkbook(own, { cells: delivered })).toEqual(once);
  expect(patchWorkbook(once, { cells: delivered })).toEqual(once);
  expect(patchWorkbook(own, { cells: {} })).toEqual(own);
});

test("a workbook with shared strings keeps its table; a formula gives way with its cell alone", async () => {
  const copy = patchWorkbook(shared, {
    cells: { "主机规划!D3": "new", "主机规划!E19": serial, "集群管理信息!M3": "x" },
  });
  expect(changedParts(shared, copy)).toEqual(["xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"]);
  expect(await exceljsShows(copy, "主机规划", "D3")).toBe("new");
  expect(await exceljsShows(copy, "主机规划", "E19")).toBe(serial);
  expect(await exceljsShows(copy, "集群管理信息", "M3")).toBe("x");
  expect(await exceljsShows(copy, "主机规划", "H3")).toBe("shown elsewhere");
});

test("cells are read as a person sees them: shared, inline, rich, number, formula, blank", () => {
  const places = ["主机规划!D3", "主机规划!A20", "主机规划!E19", "集群管理信息!B2", "主机规划!Z99"];
  const shown = readCells(shared, places);
  expect(places.map((place) => shown.get(place))).toEqual(["old", "rich text", "old", "7", undefined]);
});

test("whatever text goes into whatever cell: only that cell differs, and it reads back", async () => {
  process.stdout.write(`patched cells: seed ${seed} (SITEWRIGHT_TEST_SEED)\n`);
  const hidden = mergedAway();
  const address = fc
    .tuple(fc.constantFrom("A", "D", "E", "H", "N", "S", "AB"), fc.integer({ min: 1, max: 70 }))
    .map(([column, row]) => `${column}${row}`)
    .filter((cell) => !hidden.has(cell));
  const value = fc.oneof(
    fc.string({ unit: "binary", minLength: 1, maxLength: 30 }),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }),
    fc.constantFrom(
      " a ",
      '<c r="E19"/>',
      "]]>",
      "&amp;",
      "_x0041_",
      "_x005F_",
      "a\r\nb",
      "12345",
      "=1+1",
      "\u0001",
      "中文，",
    ),
  );
  await fc.assert(
    fc.asyncProperty(address, value, async (cell, text) => {
      const copy = patchWorkbook(own, { cells: { [`主机规划!${cell}`]: text } });
      expect(changedParts(own, copy).filter((part) => part !== hostPart)).toEqual([]);
      const [before, after] = [withoutCell(own, hostPart, cell), withoutCell(copy, hostPart, cell)];
      const inserted = after.replace(/<row r="\d+"><cell\/><\/row>/, "").replace("<cell/>", "");
      expect(inserted).toBe(before.replace("<cell/>", ""));
      expect(readCells(copy, [`主机规划!${cell}`]).get(`主机规划!${cell}`)).toBe(text);
      expect(decoded(await exceljsShows(copy, "主机规划", cell))).toBe(text);
    }),
    { seed, numRuns: 60 },
  );
});

/** exceljs leaves `_xHHHH_` (ECMA-376 part 1, 22.9.2.19) in inline strings to its caller. */
function decoded(value: unknown): string {
  return String(value).replace(/_x([0-9A-F]{4})_/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

/** The merged cells of the sheet of hosts, but for their first ones. */
function mergedAway(): Set<string> {
  const xml = partsOf(own).get(hostPart) ?? "";
  return new Set([...xml.matchAll(/<mergeCell ref="([^"]+)"/g)].flatMap(([, range = ""]) => cellsOf(range).slice(1)));
}

/** Ways to write a sheet that are allowed and seldom; exceljs understands most of them. */
const unusual: [string, (xml: string) => string, cells: string[], forExceljs?: boolean][] = [
  [
    "rows and cells without numbers",
    (xml) =>
      xml
        .replace(/<row r="\d+"/g, "<row")
        .replace(/<c r="B\d+"/g, "<c")
        .replace(/<c r="[A-Z]+3"/g, "<c"),
    ["E19", "D3"],
    false,
  ],
  ["a row that is empty", (xml) => xml.replace(/<row r="19">.*?<\/row>/s, '<row r="19" spans="1:3"/>'), ["E19", "A19"]],
  ["a row that is missing", (xml) => xml.replace(/<row r="19">.*?<\/row>/s, ""), ["E19"]],
  ["no row at all", (xml) => xml.replace(/<sheetData>.*<\/sheetData>/s, "<sheetData/>"), ["E19", "B19", "D3", "C40"]],
  ["a prefix", (xml) => prefixed(xml), ["E19", "D3", "S60", "T19"], false],
  ["line breaks of Windows", (xml) => xml.replace(/></g, ">\r\n<"), ["E19", "D3", "S60"]],
  ["single quotes", (xml) => xml.replace(/<c r="E19" s="(\d+)"/, "<c  s='$1'\n r='E19'"), ["E19"]],
  [
    "comments and a byte order mark",
    (xml) => `\ufeff${xml.replace("<sheetData>", "<!-- <c r='E19'/> --><sheetData>")}`,
    ["E19"],
  ],
];

test.each(unusual)(
  "a sheet with %s takes cells, in their order",
  async (_what, change, addresses, forExceljs = true) => {
    const source = changed(hostPart, change);
    const cells = Object.fromEntries(addresses.map((address) => [`主机规划!${address}`, `value of ${address}`]));
    const copy = patchWorkbook(source, { cells });
    expect(Object.fromEntries(readCells(copy, Object.keys(cells)))).toEqual(cells);
    for (const address of forExceljs ? addresses : []) {
      expect(await exceljsShows(copy, "主机规划", address)).toBe(`value of ${address}`);
    }
    const places = [...(partsOf(copy).get(hostPart) ?? "").matchAll(/<(?:x:)?c [^>]*?r="([A-Z]+)(\d+)"/g)];
    const order = places.map(([, column = "", row]) => Number(row) * 1000 + column.length * 100 + column.charCodeAt(0));
    expect(order).toEqual([...order].sort((a, b) => a - b));
  },
);

/** Every element of the sheet under the prefix `x`. */
function prefixed(xml: string): string {
  return xml.replace(/<(\/?)([A-Za-z])/g, "<$1x:$2").replace("xmlns=", "xmlns:x=");
}

test("a row's span grows with a cell outside it, and stays otherwise", () => {
  const source = changed(hostPart, (xml) =>
    xml.replace('<row r="70"', "").replace("</sheetData>", '<row r="70" spans="2:5"><c r="B70"/></row></sheetData>'),
  );
  const rowOf = (cell: string) =>
    /<row r="70"[^>]*>/.exec(
      partsOf(patchWorkbook(source, { cells: { [`主机规划!${cell}`]: "x" } })).get(hostPart) ?? "",
    )?.[0];
  expect(rowOf("C70")).toBe('<row r="70" spans="2:5">');
  expect(rowOf("H70")).toBe('<row r="70" spans="2:8">');
});

test.each<[string, (xml: string) => string, place: string, RegExp]>([
  ["a cell that a merge hides", (xml) => xml, "主机规划!F19", /cell F19 is hidden by the merged cells E19:G19/],
  ["a sheet that is not there", (xml) => xml, "主机!E19", /it lacks the sheet 主机/],
  ["what is no cell", (xml) => xml, "主机规划!E0", /E0 is no cell/],
  ["a place without a sheet", (xml) => xml, "E19", /E19 names no cell/],
  [
    "a formula that other cells share",
    (xml) => xml.replace(/(<c r="D3"[^>]*?)(\/>|>.*?<\/c>)/, '$1><f t="shared" ref="D3:D9" si="0">1</f></c>'),
    "主机规划!D3",
    /the formula of cell D3 is shared with other cells/,
  ],
  ["XML that is broken", (xml) => xml.replace("</row>", ""), "主机规划!E19", /sheet9\.xml is damaged/],
  ["a document type", (xml) => xml.replace("<worksheet", "<!DOCTYPE a><worksheet"), "主机规划!E19", /document type/],
  ["another encoding", (xml) => xml.replace("UTF-8", "GBK"), "主机规划!E19", /sheet9\.xml is not XML in UTF-8/],
])("%s is refused", (_what, change, place, reason) => {
  const source = changed(hostPart, change);
  expect(() => patchWorkbook(source, { cells: { [place]: "x" } })).toThrow(reason);
});

test("a part in UTF-16 stays in UTF-16", () => {
  const files = unzipSync(own);
  files[hostPart] = Buffer.from(`\ufeff${strFromU8(files[hostPart] as Uint8Array)}`, "utf16le");
  const copy = patchWorkbook(Buffer.from(zipSync(files)), { cells: delivered });
  expect(Object.fromEntries(readCells(copy, Object.keys(delivered)))).toEqual(delivered);
  expect(Buffer.from(unzipSync(copy)[hostPart] as Uint8Array).toString("utf16le")).toContain(serial);
});

test("a formula that gives way takes the calculation chain along, which Excel makes anew", () => {
  const links = "xl/_rels/workbook.xml.rels";
  const withChain = changed("[Content_Types].xml", (xml) =>
    xml.replace("</Types>", '<Override PartName="/xl/calcChain.xml" ContentType="chain"/></Types>'),
  );
  const linked = changed(
    links,
    (xml) =>
      xml.replace(
        "</Relationships>",
        '<Relationship Id="cc" Type="a/calcChain" Target="calcChain.xml"/></Relationships>',
      ),
    withChain,
  );
  const source = Buffer.from(
    zipSync({ ...unzipSync(linked), "xl/calcChain.xml": strToU8('<calcChain><c r="C3" i="9"/></calcChain>') }),
  );
  expect(changedParts(source, patchWorkbook(source, { cells: { "主机规划!D3": "x" } }))).toEqual([hostPart]);
  const copy = patchWorkbook(source, { cells: { "主机规划!C3": "x" } });
  expect(changedParts(source, copy).sort()).toEqual(
    ["[Content_Types].xml", links, "xl/calcChain.xml", hostPart].sort(),
  );
  expect(partsOf(copy).get("[Content_Types].xml")).toBe(partsOf(own).get("[Content_Types].xml"));
  expect(partsOf(copy).get(links)).toBe(partsOf(own).get(links));
});

test("entries that are stored or have a data descriptor are copied as they are packed", async () => {
  const { Zip, ZipDeflate } = await import("fflate");
  const streamed = await new Promise<Buffer>((resolve) => {
    const chunks: Uint8Array[] = [];
    const zip = new Zip((_error, chunk, final) => {
      chunks.push(chunk);
      if (final) resolve(Buffer.concat(chunks));
    });
    for (const [name, data] of Object.entries(unzipSync(own))) {
      const entry = new ZipDeflate(name);
      zip.add(entry);
      entry.push(data, true);
    }
    zip.end();
  });
  const stored = Buffer.from(zipSync(unzipSync(own), { level: 0 }));
  for (const source of [streamed, stored]) {
    const copy = patchWorkbook(source, { cells: delivered });
    expect(changedParts(source, copy)).toEqual([hostPart, "xl/worksheets/sheet10.xml"]);
    expect([...partsOf(copy).keys()]).toEqual([...partsOf(source).keys()]);
  }
});

test("pictures are copied as they are, however large", () => {
  const picture = new Uint8Array(40 * 1024 * 1024);
  const source = Buffer.from(zipSync({ ...unzipSync(own), "xl/media/image1.png": [picture, { level: 0 }] }));
  const copy = patchWorkbook(source, { cells: delivered });
  expect(Math.abs(copy.length - source.length)).toBeLessThan(100_000);
  expect(Object.fromEntries(readCells(copy, Object.keys(delivered)))).toEqual(delivered);
  const kept = unzipSync(copy, { filter: ({ name }) => name === "xl/media/image1.png" })["xl/media/image1.png"];
  expect(Buffer.compare(kept as Uint8Array, picture)).toBe(0);
});

test("a redacted cell leaves nothing of what it held: neither its text in the table, nor its hyperlink", async () => {
  const redact = ["主机规划!G3", "主机规划!K3", "主机规划!K4", "主机规划!K99"];
  const copy = patchWorkbook(shared, { cells: {}, redact });
  const text = [...partsOf(copy).values()].map((part) => Buffer.from(part, "latin1").toString("utf8")).join("");
  expect(text).not.toMatch(/P@ssw0rd!123|S3cret-2|hyperlink /);
  expect(changedParts(shared, copy).sort()).toEqual([
    "xl/sharedStrings.xml",
    "xl/worksheets/_rels/sheet1.xml.rels",
    "xl/worksheets/sheet1.xml",
  ]);
  expect([...readCells(copy, redact).values()]).toEqual([undefined, undefined, undefined, undefined]);
  // Where another cell repeats it, it is masked.
  expect(await exceljsShows(copy, "主机规划", "H3")).toBe("***");
  expect(await exceljsShows(copy, "主机规划", "D3")).toBe("old");
});

test("of several hyperlinks only the redacted cells' go, and only theirs of the relationships", () => {
  const links =
    '<hyperlinks><hyperlink ref="G3" r:id="a" display="P@ss"/><hyperlink ref="H3:H4" r:id="b"/><hyperlink ref="G4" r:id="b"/></hyperlinks>';
  const relation = (id: string, target: string) =>
    `<Relationship Id="${id}" Type="x/hyperlink" Target="${target}" TargetMode="External"/>`;
  const linked = changed(hostPart, (xml) =>
    xml.replace("</worksheet>", `${links}</worksheet>`).replace("<worksheet ", '<worksheet xmlns:r="rel" '),
  );
  const rels = `<Relationships>${relation("a", "mailto:P@ss")}${relation("b", "https://example.com")}</Relationships>`;
  const source = Buffer.from(zipSync({ ...unzipSync(linked), "xl/worksheets/_rels/sheet9.xml.rels": strToU8(rels) }));
  const copy = partsOf(patchWorkbook(source, { cells: {}, redact: ["主机规划!G3", "主机规划!G4"] }));
  expect(copy.get("xl/worksheets/_rels/sheet9.xml.rels")).toBe(
    `<Relationships>${relation("b", "https://example.com")}</Relationships>`,
  );
  expect(copy.get(hostPart)).toContain('<hyperlinks><hyperlink ref="H3:H4" r:id="b"/></hyperlinks>');
});

test.skipIf(!vendors)("the vendor's workbook: cells differ and nothing else; redacted, no password is left", () => {
  const source = readFileSync(String(vendors));
  const copy = patchWorkbook(source, { cells: delivered });
  expect(changedParts(source, copy)).toEqual([hostPart, "xl/worksheets/sheet10.xml"]);
  const strip = (bytes: Uint8Array) => {
    const once = changed(hostPart, () => withoutCell(bytes, hostPart, "E19"), source);
    return withoutCell(once, hostPart, "D3");
  };
  expect(strip(copy)).toBe(strip(source));
  expect(withoutCell(copy, "xl/worksheets/sheet10.xml", "M3")).toBe(
    withoutCell(source, "xl/worksheets/sheet10.xml", "M3"),
  );

  const redacted = patchWorkbook(source, { cells: delivered, redact: passwordCells });
  expect([...partsOf(redacted).values()].join("")).not.toMatch(/P@ssw0rd|HC!r0cks/);
  expect(changedParts(source, redacted).sort()).toEqual(
    [hostPart, "xl/worksheets/sheet10.xml", "xl/worksheets/_rels/sheet9.xml.rels"].sort(),
  );
});
