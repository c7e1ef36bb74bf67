import { cleanText, contentText } from "./cell-value";
import type { Draft } from "./draft";
import { makeFinding, maskedSecret } from "./finding";
import { changeLogSheet, headerRows, labels, rackLabels, rackSheet, templateVersion } from "./layout";
import { isAddress } from "./names";
import type { Workbook } from "./workbook";

/**
 * Looks whether the labels of the sheets are where the fixed cells need them, and says which are not: another version
 * of the template, or rows and columns that were moved. Gives the sheets that cannot be read for it, the rack sheet
 * among them where there is none.
 */
export function checkLabels(book: Workbook, draft: Draft): Set<string> {
  const moved = new Set<string>();
  const differing: { sheet: string; cell: string; label: string; found: string | undefined }[] = [];
  const absent: typeof differing = [];
  for (const { sheet, cells, optional } of labels) {
    for (const [cell, label] of Object.entries(cells)) {
      const found = contentText(book.content(sheet, cell));
      if (plain(found) === plain(label)) continue;
      const gone = found === undefined && optional.includes(cell) && !standsElsewhere(book, sheet, label);
      (gone ? absent : differing).push({ sheet, cell, label, found });
    }
  }
  const strangers = unknownLabels(book);
  const [first] = differing;
  if (first) {
    const dated = changeLogDate(book);
    draft.findings.push(
      makeFinding(
        "template-other",
        { sheet: first.sheet, cell: first.cell },
        {
          params: {
            supported: templateVersion,
            labels: differing.map(({ sheet, cell, label }) => `${sheet}!${cell} ${label}`).join(", "),
            age: ageOf(dated, strangers.length > 0),
            ...(dated && { dated }),
          },
        },
      ),
    );
  }
  for (const { sheet, cell, label, found } of differing) {
    moved.add(sheet);
    draft.findings.push(makeFinding("layout-unknown", { sheet, cell }, { value: shownFor(found), params: { label } }));
  }
  for (const { sheet, cell, label } of absent.filter((each) => !moved.has(each.sheet))) {
    draft.findings.push(makeFinding("label-missing", { sheet, cell }, { params: { label } }));
  }
  // On a sheet that is not read anyway, labels that are not known are those that moved.
  for (const { sheet, cell, found } of strangers.filter((each) => !moved.has(each.sheet))) {
    const params = { supported: templateVersion };
    draft.findings.push(makeFinding("label-unknown", { sheet, cell }, { value: found, params }));
  }
  if (!book.has(rackSheet)) moved.add(rackSheet);
  for (const [cell, label] of book.has(rackSheet) ? Object.entries(rackLabels) : []) {
    const found = contentText(book.content(rackSheet, cell));
    if (plain(found) === plain(label) || moved.has(rackSheet)) continue;
    moved.add(rackSheet);
    draft.findings.push(
      makeFinding("rack-layout-unknown", { sheet: rackSheet, cell }, { value: found, params: { label } }),
    );
  }
  return moved;
}

/** Where columns were moved a password may stand for a label: only what is plainly none is shown. */
function shownFor(found: string | undefined): string | undefined {
  if (found === undefined) return undefined;
  const known = labels.some(({ cells }) => Object.values(cells).some((label) => plain(label) === plain(found)));
  const address = isAddress(cleanText(found));
  return known || address || /\p{Script=Han}/u.test(found) ? found : maskedSecret;
}

function standsElsewhere(book: Workbook, sheet: string, label: string): boolean {
  return book.filled(sheet).some((cell) => plain(contentText(book.content(sheet, cell))) === plain(label));
}

/** Labels that the template does not have, in the rows of labels: a newer one has more columns. */
export function unknownLabels(book: Workbook): { sheet: string; cell: string; found: string }[] {
  return headerRows.flatMap(({ sheet, row, known }) =>
    book.filled(sheet).flatMap((cell) => {
      const [, column = "", at] = /^([A-Z]+)(\d+)$/.exec(cell) ?? [];
      const found = Number(at) === row && !known.includes(column) && contentText(book.content(sheet, cell));
      return found ? [{ sheet, cell, found }] : [];
    }),
  );
}

/** The newest date of the change log, as yyyymmdd. The vendor writes `2025.8.20`, Excel may make a date of it. */
function changeLogDate(book: Workbook): string | undefined {
  const dates = Array.from({ length: 30 }, (_, i) => contentText(book.content(changeLogSheet, `B${i + 2}`)) ?? "");
  return dates
    .flatMap((text) => {
      const [, year = "", month = "", day = ""] = /^\s*(20\d\d)[.\-/年](\d{1,2})[.\-/月](\d{1,2})/.exec(text) ?? [];
      return year ? [`${year}${month.padStart(2, "0")}${day.padStart(2, "0")}`] : [];
    })
    .sort()
    .at(-1);
}

/** Only said where labels differ: sites write changes of their own into the change log. */
function ageOf(dated: string | undefined, more: boolean): "older" | "newer" | "same" | "other" {
  if (dated === undefined) return more ? "newer" : "other";
  if (dated === templateVersion) return "same";
  return Number(dated) < Number(templateVersion) ? "older" : "newer";
}

function plain(label: string | undefined): string {
  return (label ?? "").normalize("NFKC").replace(/\s+/g, "").toLowerCase();
}
