const officeDocument = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const spreadsheet = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

/** The namespaces that workbooks are written in: ECMA-376 part 4 (transitional), as nearly all programs do. */
export const namespaces = { main: spreadsheet, relations: officeDocument };

/** The same as "Strict Open XML" has them: ECMA-376 part 1, annex A. */
const strict = new Map([
  [spreadsheet, "http://purl.oclc.org/ooxml/spreadsheetml/main"],
  [officeDocument, "http://purl.oclc.org/ooxml/officeDocument/relationships"],
]);

export function isMain(uri: string): boolean {
  return uri === spreadsheet || isStrict(uri);
}

export function isStrict(uri: string): boolean {
  return uri === strict.get(spreadsheet);
}

export function isRelations(uri: string): boolean {
  return uri === officeDocument || uri === strict.get(officeDocument);
}

/** XML of a transitional part in the words of a strict one: a package may not mix them. */
export function inStrictWords(xml: string): string {
  return [...strict].reduce((text, [loose, exact]) => text.replaceAll(loose, exact), xml);
}
