import { posix } from "node:path";
import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import { columnName } from "./address";

/** A workbook's parts as text, and how each becomes bytes. */
export interface Package {
  parts: Map<string, string>;
  encode: (xml: string) => Uint8Array;
}

/** A way to write the same workbook that programs have. */
export type Variant = (book: Package) => Package;

export function unpacked(bytes: Uint8Array): Package {
  const files = Object.entries(unzipSync(bytes)).map(([name, data]) => [name, strFromU8(data)] as const);
  return { parts: new Map(files), encode: (xml) => strToU8(xml) };
}

export function packed({ parts, encode }: Package): Buffer {
  return Buffer.from(zipSync(Object.fromEntries([...parts].map(([name, xml]) => [name, encode(xml)]))));
}

const isSheet = (name: string) => /worksheets\/[^/]+\.xml$/i.test(name);
const isRelations = (name: string) => name.endsWith(".rels");
const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

function changing(which: (name: string) => boolean, change: (xml: string, name: string) => string): Variant {
  return ({ parts, encode }) => ({
    encode,
    parts: new Map([...parts].map(([name, xml]) => [name, which(name) ? change(xml, name) : xml] as const)),
  });
}

/** Every element and its namespace under a prefix. */
function prefixed(xml: string): string {
  return xml.replace(/<(\/?)(?=[A-Za-z])/g, "<$1x:").replace(/ xmlns="/, ' xmlns:x="');
}

/** Gives parts other names, and tells their relationships by links of the form wanted. */
function renamed(
  nameOf: (name: string) => string,
  linkOf: (from: string, to: string) => string,
  entryOf = (name: string) => name,
): Variant {
  return ({ parts, encode }) => {
    const result = new Map<string, string>();
    for (const [name, xml] of parts) {
      if (isRelations(name)) {
        const base =
          name === "_rels/.rels" ? "" : posix.join(posix.dirname(posix.dirname(name)), posix.basename(name, ".rels"));
        const told = xml.replace(/ Target="([^"]*)"/g, (_, target: string) => {
          const part = posix.resolve("/", posix.dirname(base), target).slice(1);
          return ` Target="${linkOf(base === "" ? "" : nameOf(base), nameOf(part))}"`;
        });
        const file = base === "" ? name : relationsFile(nameOf(base));
        result.set(entryOf(file), told);
      } else if (name === "[Content_Types].xml") {
        result.set(
          name,
          xml.replace(/ PartName="\/([^"]*)"/g, (_, part: string) => ` PartName="/${encodeURI(nameOf(part))}"`),
        );
      } else result.set(entryOf(nameOf(name)), xml);
    }
    return { parts: result, encode };
  };
}

function relationsFile(part: string): string {
  return posix.join(posix.dirname(part), "_rels", `${posix.basename(part)}.rels`);
}

const relative = (from: string, to: string) => posix.relative(posix.dirname(from), to) || to;
const elsewhere = (name: string) =>
  isSheet(name) ? `content/Sheet of cells ${posix.basename(name)}` : name.replace("xl/workbook.xml", "a b/Book2.xml");

function wide(order: "le" | "be", mark: boolean): Variant {
  return ({ parts }) => ({
    parts,
    encode(xml) {
      const text = `${mark ? "\ufeff" : ""}${xml.replace('encoding="UTF-8"', 'encoding="UTF-16"')}`;
      const bytes = Buffer.from(text, "utf16le");
      return order === "le" ? bytes : bytes.swap16();
    },
  });
}

/** All cells of all rows from A1 on, blank ones too, so that none needs to say its number. */
function unnumbered(xml: string): string {
  const rows = new Map<number, Map<string, string>>();
  for (const [cell, letters = "", row] of xml.matchAll(/<c r="([A-Z]+)(\d+)"[^>]*?(?:\/>|>.*?<\/c>)/gs)) {
    const cells = rows.get(Number(row)) ?? new Map<string, string>();
    rows.set(Number(row), cells.set(letters, cell.replace(/ r="[A-Z]+\d+"/, "")));
  }
  const written = Array.from({ length: Math.max(0, ...rows.keys()) }, (_, i) => {
    const cells = Array.from({ length: 24 }, (_, at) => rows.get(i + 1)?.get(columnName(at + 1)) ?? "<c/>");
    return `<row>${cells.join("")}</row>`;
  });
  return xml.replace(/<sheetData>.*<\/sheetData>/s, () => `<sheetData>${written.join("")}</sheetData>`);
}

/** Texts in a table of their own, as Excel has them; every other one in two runs, with a hint how it is read. */
function sharedTexts({ parts, encode }: Package): Package {
  const texts: string[] = [];
  const result = new Map(
    [...parts].map(([name, xml]) => [
      name,
      isSheet(name)
        ? xml.replace(/ t="inlineStr"><is>(<t[^>]*>)([^<]*)<\/t><\/is>/g, (_, tag: string, text: string) => {
            const half = /^[^&]*$/.test(text) ? Math.floor(text.length / 2) : 0;
            const rich = `<r>${tag}${text.slice(0, half)}</t></r><r><rPr><b/></rPr>${tag}${text.slice(half)}</t></r><rPh sb="0" eb="1"><t>hint</t></rPh>`;
            texts.push(texts.length % 2 === 0 ? `<si>${tag}${text}</t></si>` : `<si>${rich}</si>`);
            return ` t="s"><v>${texts.length - 1}</v>`;
          })
        : xml,
    ]),
  );
  const add = (name: string, end: string, xml: string) =>
    result.set(name, (result.get(name) ?? "").replace(end, `${xml}${end}`));
  result.set("xl/texts.xml", `<?xml version="1.0"?><sst xmlns="${main}">${texts.join("")}</sst>`);
  add(
    "[Content_Types].xml",
    "</Types>",
    '<Override PartName="/xl/texts.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>',
  );
  add(
    "xl/_rels/workbook.xml.rels",
    "</Relationships>",
    `<Relationship Id="texts" Type="${links}/sharedStrings" Target="texts.xml"/>`,
  );
  return { parts: result, encode };
}

const everyPart = () => true;
const office = (name: string) => /^xl\/[^_]*\.xml$/.test(name);

/**
 * Ways that a package may be written in, apart from how its parts are encoded and named: they can be put on top of
 * each other in this order. `openpyxl`: whether that reader understands it.
 */
export const contentVariants: Record<string, { variant: Variant; openpyxl: boolean }> = {
  "shared and rich texts": { variant: sharedTexts, openpyxl: true },
  "rows and cells without numbers": { variant: changing(isSheet, unnumbered), openpyxl: true },
  "another prefix for relationships": {
    variant: changing(everyPart, (xml) => xml.replaceAll("xmlns:r=", "xmlns:rel=").replaceAll(" r:id=", " rel:id=")),
    openpyxl: true,
  },
  "a prefix in the sheets": { variant: changing(isSheet, prefixed), openpyxl: true },
  "a prefix everywhere": {
    variant: changing(everyPart, (xml) => (/<x:/.test(xml) ? xml : prefixed(xml))),
    openpyxl: true,
  },
  "the strict namespaces": {
    variant: changing(everyPart, (xml) =>
      xml
        .replaceAll(main, "http://purl.oclc.org/ooxml/spreadsheetml/main")
        .replaceAll(links, "http://purl.oclc.org/ooxml/officeDocument/relationships"),
    ),
    openpyxl: false,
  },
  "line breaks and comments": {
    variant: changing(office, (xml) =>
      xml.replace(/><(?!\/?(?:x:)?(?:t|v|f|r|is|si)\b)/g, ">\r\n<!-- <c r='A1'/> --><"),
    ),
    openpyxl: true,
  },
};

export const nameVariants: Record<string, { variant: Variant; openpyxl: boolean }> = {
  "parts of other names, relative": {
    variant: renamed(elsewhere, (from, to) => encodeURI(relative(from, to))),
    openpyxl: false,
  },
  "parts of other names, absolute": { variant: renamed(elsewhere, (_, to) => `/${to}`), openpyxl: false },
  "parts of other plain names": {
    variant: renamed((name) => name.replace("worksheets/", "").replace("workbook", "Book2"), relative),
    openpyxl: true,
  },
  "names escaped in the zip, too": {
    variant: renamed(elsewhere, (from, to) => relative(from, to), encodeURI),
    openpyxl: false,
  },
  "links that go up and down": {
    variant: renamed(
      (name) => name,
      (from, to) => (from === "" ? `./${to}` : `../${posix.dirname(from)}/./../${to}`),
    ),
    openpyxl: true,
  },
  "names in capitals": {
    variant: renamed(
      (name) => name,
      relative,
      (name) => name.toUpperCase(),
    ),
    openpyxl: false,
  },
  "backslashes in the zip": {
    variant: renamed(
      (name) => name,
      relative,
      (name) => name.replaceAll("/", "\\"),
    ),
    openpyxl: false,
  },
};

export const encodingVariants: Record<string, { variant: Variant; openpyxl: boolean }> = {
  "a byte order mark": {
    variant: ({ parts }) => ({ parts, encode: (xml) => strToU8(`\ufeff${xml}`) }),
    openpyxl: true,
  },
  "UTF-16": { variant: wide("le", true), openpyxl: true },
  "UTF-16, big end first": { variant: wide("be", true), openpyxl: true },
  "UTF-16 without a mark": { variant: wide("le", false), openpyxl: false },
  "UTF-16, big end first, without a mark": { variant: wide("be", false), openpyxl: false },
};
