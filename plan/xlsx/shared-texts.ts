import { tooLarge } from "../workbook-problem";
import { type CellText, sharedStrings } from "./cell-text";
import type { WorkbookParts } from "./workbook-parts";

/** Several times the list of the vendor's workbook. */
const longest = 6 * 1024 * 1024;

/** The shared strings of a workbook, read when a cell needs them. */
export class SharedTexts {
  private texts: CellText[] | undefined;
  constructor(private readonly parts: WorkbookParts) {}

  /** By the number that a cell holds; undefined where there is no such text. */
  at(index: string | undefined): CellText | undefined {
    this.texts ??= this.read();
    return index === undefined ? undefined : this.texts[Number(index)];
  }

  private read(): CellText[] {
    const part = this.parts.related("sharedStrings");
    const xml = part === undefined ? undefined : this.parts.text(part);
    if (xml !== undefined && xml.length > longest) throw tooLarge("list of texts");
    return sharedStrings(part ?? "", xml).map(({ text, struck }) => ({ text, struck }));
  }
}
