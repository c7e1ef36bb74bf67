import { deflateRawSync } from "node:zlib";
import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import { expect, test } from "vitest";
import { annotateWorkbook } from "../annotate-workbook";
import { passwordCells } from "../delivered-cells";
import { readPlan } from "../read";
import { changePart, type Edits, editedWorkbook, fileOf } from "../workbook.fixture";
import { patchWorkbook } from "./patch-workbook";

const secret = 'Canary"<S3cret> 1';
const escaped = "Canary&quot;&lt;S3cret&gt; 1";
const hosts = "主机规划";
const other = "文档描述";
const documentPart = "xl/worksheets/sheet2.xml";
const redact = passwordCells;

const inline = (xml: string) => ({ type: "inlineStr", xml: `<is>${xml}</is>` });
const formula = (text: string, value = escaped, attributes = "") => ({
  type: "str",
  xml: `<f${attributes}>${text}</f><v>${value}</v>`,
});

async function workbook(edits: Edits = {}): Promise<Buffer> {
  return Buffer.from(await editedWorkbook({ ...edits, [hosts]: { K3: secret, ...edits[hosts] } }));
}

async function documentSheet(cells: Edits[string]): Promise<Buffer> {
  return workbook({ [other]: cells });
}

function added(bytes: Buffer, parts: Record<string, string | Uint8Array>): Buffer {
  const files = Object.entries(parts).map(([name, part]) => [name, typeof part === "string" ? strToU8(part) : part]);
  return Buffer.from(zipSync({ ...unzipSync(bytes), ...Object.fromEntries(files) }));
}

/** All text of a copy, with what XML escapes put back, and without tags. */
function textsOf(bytes: Uint8Array): string {
  return Object.values(unzipSync(bytes))
    .map((part) => strFromU8(part) + strFromU8(part, true).replaceAll("\0", ""))
    .map((text) => text + text.replace(/<[^>]*>/g, ""))
    .join("\n")
    .replace(/&(?:quot|#34);/g, '"')
    .replace(/&(?:lt|#60);/g, "<")
    .replace(/&(?:gt|#62);/g, ">")
    .replaceAll("_x0043_", "C")
    .replaceAll('""', '"')
    .replace(/(?:%[0-9A-F]{2})+/g, decodeURIComponent);
}

const names = (bytes: Buffer, defined: string) =>
  Buffer.from(
    changePart(bytes, "xl/workbook.xml", (xml) =>
      xml.replace("</sheets>", `</sheets><definedNames>${defined}</definedNames>`),
    ),
  );

const repeated: [what: string, make: () => Promise<Buffer>][] = [
  ["a formula's stored result", () => documentSheet({ H3: formula(`${hosts}!K3`) })],
  ["one of a quoted sheet and fixed cell", () => documentSheet({ H3: formula(`'${hosts}'!$K$3&amp;""`) })],
  [
    "one through other formulas",
    () => documentSheet({ H3: formula("H4"), H4: formula("H5"), H5: formula(`${hosts}!K3`) }),
  ],
  ["one of a range", () => documentSheet({ H3: formula(`CONCAT(${hosts}!A1:Z9)`, "x Canary Part") })],
  ["one of a whole column", () => documentSheet({ H3: formula(`INDEX(${hosts}!K:K,3)`, "Canary Part") })],
  ["one of a part of it", () => documentSheet({ H3: formula(`LEFT(${hosts}!K3,11)`, "Canary Part") })],
  ["one that only working out tells", () => documentSheet({ H3: formula('INDIRECT("x"&amp;1)', "Canary Part") })],
  [
    "one through a name",
    async () =>
      names(
        await documentSheet({ H3: formula("LEFT(Secret_1,3)", "Canary Part") }),
        `<definedName name="secret_1">${hosts}!$K$3</definedName>`,
      ),
  ],
  [
    "all of an array",
    () =>
      documentSheet({
        H3: formula(`${hosts}!K3:K4`, "Canary Part", ' t="array" ref="H3:H4"'),
        H4: { type: "str", xml: "<v>Canary Part</v>" },
      }),
  ],
  [
    "formulas that share one",
    () =>
      documentSheet({
        H3: formula(`LEFT(${hosts}!K2,2)`, "x", ' t="shared" si="0" ref="H3:H4"'),
        H4: { type: "str", xml: '<f t="shared" si="0"/><v>Canary Part</v>' },
      }),
  ],
  ["a text in a formula", () => documentSheet({ H3: formula('"Canary""&lt;S3cret&gt; 1"') })],
  ["a stored result of another formula", () => documentSheet({ H3: formula("NOW()", escaped) })],
  ["another cell", () => documentSheet({ H3: secret })],
  ["a sentence in another cell", () => documentSheet({ H3: `the password is ${secret}, do not tell` })],
  [
    "a text of several runs",
    () =>
      documentSheet({
        H3: inline('<r><t xml:space="preserve">Canary&quot;</t></r><r><rPr><b/></rPr><t>&lt;S3cret&gt; 1</t></r>'),
      }),
  ],
  [
    "a text with signs written as codes",
    () => documentSheet({ H3: inline("<t>_x0043_anary&quot;&lt;S3cret&gt; 1</t>") }),
  ],
  [
    "the document's properties",
    async () =>
      added(await workbook(), {
        "docProps/core.xml": `<cp:coreProperties xmlns:cp="a" xmlns:dc="b"><dc:description>${escaped}</dc:description></cp:coreProperties>`,
      }),
  ],
  [
    "what a pivot table has kept",
    async () =>
      added(await workbook(), {
        "xl/pivotCache/pivotCacheRecords1.xml": `<pivotCacheRecords><r><s v="${escaped}"/></r></pivotCacheRecords>`,
      }),
  ],
  [
    "what a link to another workbook has kept",
    async () =>
      added(await workbook(), {
        "xl/externalLinks/externalLink1.xml": `<externalLink><sheetData><row><cell t="str"><v>${escaped}</v></cell></row></sheetData></externalLink>`,
      }),
  ],
  [
    "a drawing",
    async () =>
      added(await workbook(), {
        "xl/drawings/drawing1.xml": `<wsDr xmlns:a="a"><a:p><a:r><a:t>Canary"&lt;S3</a:t></a:r><a:r><a:t>cret> 1</a:t></a:r></a:p></wsDr>`,
      }),
  ],
  [
    "a chart",
    async () =>
      added(await workbook(), {
        "xl/charts/chart1.xml": `<c:chart xmlns:c="c"><c:strCache><c:pt idx="0"><c:v>${escaped}</c:v></c:pt></c:strCache></c:chart>`,
      }),
  ],
  [
    "a comment",
    async () =>
      added(await workbook(), {
        "xl/comments7.xml": `<comments><commentList><comment ref="A1"><text><t>${escaped}</t></text></comment></commentList></comments>`,
      }),
  ],
  [
    "a table of texts that nothing refers to",
    async () => added(await workbook(), { "xl/oldStrings.xml": `<sst><si><t>${escaped}</t></si></sst>` }),
  ],
  [
    "XML in UTF-16",
    async () => added(await workbook(), { "customXml/item1.xml": Buffer.from(`\ufeff<a>${escaped}</a>`, "utf16le") }),
  ],
  [
    "the address of a link",
    async () =>
      added(await workbook(), {
        "xl/worksheets/_rels/sheet2.xml.rels": `<Relationships xmlns="x"><Relationship Id="a" Type="t/hyperlink" TargetMode="External" Target="mailto:Canary%22%3CS3cret%3E%201"/></Relationships>`,
      }),
  ],
  [
    "a head line and the choices of a list",
    async () =>
      Buffer.from(
        changePart(await workbook(), documentPart, (xml) =>
          xml.replace(
            "</worksheet>",
            `<dataValidations><dataValidation sqref="A1" prompt="${escaped}"><formula1>"${escaped}"</formula1></dataValidation></dataValidations><headerFooter><oddHeader>${escaped}</oddHeader></headerFooter></worksheet>`,
          ),
        ),
      ),
  ],
  [
    "a name's value",
    async () => names(await workbook(), `<definedName name="old">"Canary""&lt;S3cret&gt; 1"</definedName>`),
  ],
];

test.each(repeated)("%s goes with the redacted cell", async (_, make) => {
  const source = await make();
  expect(textsOf(source)).toMatch(/Canary/);
  for (const copy of [
    patchWorkbook(source, { cells: {}, redact }),
    annotateWorkbook(source, [], { redact: true }).bytes,
  ]) {
    expect(textsOf(copy)).not.toMatch(/Canary|S3cret/);
    expect((await readPlan(fileOf(copy))).ok).toBe(true);
  }
});

test("what does not come of a redacted cell stays, stored results too", async () => {
  const source = await documentSheet({
    H3: formula(`${hosts}!H3&amp;"!K3"`, "kept 1"),
    H4: formula("H3", "kept 2"),
    H5: formula("LOG10(K3)", "kept 3"),
  });
  const copy = patchWorkbook(source, { cells: {}, redact });
  for (const text of ["kept 1", "kept 2", "kept 3"]) expect(textsOf(copy)).toContain(`<v>${text}</v>`);
});

const picture = (text: string | Uint8Array) =>
  Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0]), Buffer.from(text as string)]);

test.each<[what: string, make: (bytes: Buffer) => Buffer, where: RegExp]>([
  [
    "a picture",
    (bytes) => added(bytes, { "xl/media/image1.png": picture(secret) }),
    /in its part xl\/media\/image1\.png/,
  ],
  [
    "a macro's module in UTF-16",
    (bytes) => added(bytes, { "xl/vbaProject.bin": picture(Buffer.from(secret, "utf16le")) }),
    /vbaProject\.bin/,
  ],
  [
    "an embedded workbook",
    (bytes) => added(bytes, { "xl/embeddings/old.xlsx": zipSync({ "a.xml": strToU8(`<a>${escaped}</a>`) }) }),
    /embeddings\/old\.xlsx/,
  ],
  [
    "a remark in XML",
    (bytes) => added(bytes, { "docProps/app.xml": `<a><!-- ${secret} --></a>` }),
    /docProps\/app\.xml/,
  ],
  [
    "the zip's own comment",
    (bytes) => {
      const comment = Buffer.from(secret);
      const longer = Buffer.concat([bytes, comment]);
      longer.writeUInt16LE(comment.length, bytes.length - 2);
      return longer;
    },
    /between its parts/,
  ],
  [
    "a part that the zip's list leaves out",
    (bytes) => {
      const packed = deflateRawSync(Buffer.from(`<a>${escaped}</a>`));
      const header = Buffer.alloc(30);
      header.writeUInt32LE(0x04034b50, 0);
      header.writeUInt16LE(8, 8);
      header.writeUInt16LE(1, 26);
      const start = bytes.readUInt32LE(bytes.length - 6);
      const hidden = Buffer.concat([header, Buffer.from("z"), packed]);
      const result = Buffer.concat([bytes.subarray(0, start), hidden, bytes.subarray(start)]);
      result.writeUInt32LE(start + hidden.length, result.length - 6);
      return result;
    },
    /in its part z/,
  ],
])("where %s has it no copy is made, and the part is named", async (_, make, where) => {
  const source = make(await workbook());
  for (const work of [
    () => patchWorkbook(source, { cells: {}, redact }),
    () => annotateWorkbook(source, [], { redact: true }),
  ]) {
    expect(work).toThrow(where);
    expect(work).toThrow("the password at 主机规划!K3 still stands");
    expect(work).not.toThrow("Canary");
  }
  expect(() => patchWorkbook(source, { cells: {} })).not.toThrow();
});

test("an ordinary word that is a password stays where it is no password, and the copy says so", async () => {
  const source = await workbook({
    [hosts]: { K3: "admin", F3: "admin", K4: 1, L5: "1" },
    [other]: { H3: formula(`${hosts}!K3`, "admin") },
  });
  const { bytes, said } = annotateWorkbook(source, [], { redact: true });
  const text = strFromU8(unzipSync(bytes)[documentPart] as Uint8Array);
  expect(text).not.toContain("admin");
  const loaded = await readPlan(fileOf(bytes));
  expect(loaded.ok && loaded.plan.hosts[0]).toMatchObject({ bmc: { username: "admin" } });
  expect(said.join("\n")).toContain("主机规划!K3");
  expect(said.join("\n")).toMatch(/ordinary/);
});

test("of the places that repeat a password the first hundred are named, and how many more there are", async () => {
  const cells = Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`H${i + 3}`, secret]));
  const { said } = annotateWorkbook(await documentSheet(cells), [], { redact: true });
  expect(said.join("\n")).toMatch(/masked there too: (?:文档描述!H\d+, ){99}文档描述!H\d+ and 150 more$/m);
});

test("a password that is a formula takes along what it is made of, whether its result is stored or not", async () => {
  const made = { xml: `<f>${other}!H5</f>` };
  const source = await workbook({ [hosts]: { K3: made }, [other]: { H5: { xml: "<f>H6</f>" }, H6: secret } });
  expect(textsOf(patchWorkbook(source, { cells: {}, redact }))).not.toMatch(/Canary|S3cret/);
});

test("a number is looked for as a whole", async () => {
  const source = await workbook({
    [hosts]: { K3: 20261130 },
    [other]: { H3: 20261130, H4: 1202611305, H5: "SN20261130" },
  });
  const text = strFromU8(unzipSync(patchWorkbook(source, { cells: {}, redact }))[documentPart] as Uint8Array);
  expect(text).toContain("<v>1202611305</v>");
  expect(text).not.toMatch(/[^\d]20261130[^\d]/);
});

test("a number that is written with an exponent is looked for as it is seen", async () => {
  const number = { xml: "<v>1.23456789E8</v>" };
  const source = await workbook({ [hosts]: { K4: number }, [other]: { H3: "it is 123456789, do not tell" } });
  expect(textsOf(patchWorkbook(source, { cells: {}, redact }))).not.toContain("123456789");
});

test.each<[where: string, edits: Edits]>([
  ["below the list", { [hosts]: { K1060: "Stray!17a" } }],
  ["in a column that is none of the template's", { [hosts]: { S2: "root 密码", S4: "Stray!17a" } }],
  ["in a column that was moved", { [hosts]: { K2: "", L2: "密码", L4: "Stray!17a" } }],
])("a password %s, under a label that says so, goes as well", async (_where, edits) => {
  const source = await workbook(edits);
  const { findings } = await readPlan(fileOf(source));
  for (const copy of [
    patchWorkbook(source, { cells: {}, redact }),
    annotateWorkbook(source, findings, { redact: true }).bytes,
  ]) {
    expect(textsOf(copy)).not.toContain("Stray!17a");
    expect(textsOf(copy)).toContain("SSH 密码");
  }
});

test("a chain of thousands of formulas is followed to its end, or taken to come of a password", async () => {
  const chain = Object.fromEntries(
    Array.from({ length: 3000 }, (_, i) => [`A${1001 + i}`, { xml: `<f>A${1002 + i}</f><v>kept</v>` }]),
  );
  const source = await workbook({ [hosts]: { ...chain, A4001: formula("K3") } });
  expect(textsOf(patchWorkbook(source, { cells: {}, redact }))).not.toContain("kept");
});
