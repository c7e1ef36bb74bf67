import { cleanText, contentText, type Reading, readCell } from "./cell-value";
import { type Draft, fieldOf } from "./draft";
import { makeFinding, maskedSecret, type Place } from "./finding";
import type { FindingCode } from "./finding-text";
import { type CellKind, type Group, managementSheet } from "./layout";
import type { Workbook } from "./workbook";

/** A group's cells as read, by key. */
export type Row = Map<string, Reading & { cell: string }>;

/** What a group must and may hold. */
interface Demands {
  required?: string[];
  /** Keys that are read for their findings, but have no place in the plan. */
  dropped?: string[];
}

/** A cell with what it means in the plan. */
export interface PlanCell {
  sheet: string;
  cell: string;
  kind: CellKind;
  /** Where the value stands in the plan, or would. */
  path: string;
}

/** Reads cells of a workbook and takes them into a draft, with a finding for each that is wrong. */
export class SheetReader {
  readonly book: Workbook;
  readonly draft: Draft;

  constructor(book: Workbook, draft: Draft) {
    this.book = book;
    this.draft = draft;
  }

  /** The cell as people see it, or undefined where it is blank. */
  text(sheet: string, cell: string): string | undefined {
    return contentText(this.book.content(sheet, cell));
  }

  cell(sheet: string, cell: string, kind: CellKind): Reading {
    const content = this.book.content(sheet, cell);
    // Components that have no such account say so ("N/A").
    const none = content.kind === "text" && /^n\/a$/i.test(cleanText(content.text.normalize("NFKC")));
    return none && sheet === managementSheet ? { blank: true, problems: [] } : readCell(content, kind);
  }

  group({ sheet, fields }: Group): Row {
    return new Map(fields.map(({ key, cell, kind }) => [key, { ...this.cell(sheet, cell, kind), cell }] as const));
  }

  report(code: FindingCode, { sheet, cell, kind, path }: PlanCell, params = {}, other?: Place): void {
    const shown = this.text(sheet, cell);
    const value = shown !== undefined && kind === "password" ? maskedSecret : shown;
    // The sheet's own words on why a choice is refused; the vendor changes them with its versions.
    const quote = this.draft.quotes.get(code);
    const all = { field: fieldOf(path), ...params, ...(quote !== undefined && { reason: quote || "—" }) };
    this.draft.findings.push(makeFinding(code, { sheet, cell }, { value, other, params: all }));
  }

  /** Takes a group that is planned into the draft: its values, its problems, its blanks that must not be. */
  take(group: Group, demands: Demands = {}, row = this.group(group)): void {
    for (const planned of cellsOf(group)) {
      const { key, path, sheet, cell } = planned;
      const read = row.get(key);
      if (!read) continue;
      for (const problem of read.problems) this.report(problem.code, planned, problem.params);
      if (read.blank && demands.required?.includes(key)) {
        this.report(key === "vlan" ? "vlan-missing" : "value-missing", planned);
      }
      if (demands.dropped?.includes(key) || read.value === undefined) this.draft.note(path, { sheet, cell });
      else this.draft.set(path, read.value, { sheet, cell });
    }
    this.reportPasswords(group, row, demands.dropped ?? []);
  }

  /** Takes a list that stands in a column of cells; blank cells are passed over. */
  takeList(list: { path: string; cells: readonly string[]; kind: CellKind }): void {
    const sheet = managementSheet;
    let index = 0;
    this.draft.note(list.path, { sheet, cell: list.cells[0] ?? "" });
    for (const cell of list.cells) {
      const read = this.cell(sheet, cell, list.kind);
      for (const { code, params } of read.problems) this.report(code, { ...list, sheet, cell }, params);
      if (read.value === undefined) continue;
      this.draft.set(`${list.path}.${index}`, read.value, { sheet, cell });
      index += 1;
    }
  }

  /** Passwords that nothing is made of, all of the group's unless told: whoever gets the file reads them all the same. */
  reportPasswords(group: Group, row: Row, keys?: string[]): void {
    for (const planned of cellsOf(group)) {
      if (planned.kind !== "password" || (keys && !keys.includes(planned.key))) continue;
      if (row.get(planned.key)?.value !== undefined) this.report("password-in-plan", planned);
    }
  }
}

export function anyFilled(row: Row, keys: string[]): boolean {
  return firstFilled(row, keys) !== undefined;
}

/** The cell of the first of the keys that is filled. */
export function firstFilled(row: Row, keys: string[]): string | undefined {
  return keys.map((key) => row.get(key)).find((read) => read && !read.blank)?.cell;
}

function cellsOf({ path, sheet, fields }: Group): (PlanCell & { key: string })[] {
  return fields.map((field) => ({ ...field, sheet, path: path === "" ? field.key : `${path}.${field.key}` }));
}
