import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { isMap, isSeq } from "yaml";
import { z } from "zod";
import { type Finding, makeFinding, type Place } from "./finding";
import { hiddenCharacters } from "./hidden-characters";
import { PlanUnreadable } from "./plan-unreadable";
import { parseYaml, refuseLarge, YamlProblem } from "./yaml-text";

/** The file beside a plan in which findings are waived, one by one: there is no switch for all of them. */
const waiverFile = "waivers.yaml";

const waiverSchema = z
  .strictObject({
    code: z.string().min(1).describe("the finding's code, as `sitewright check` prints it in brackets"),
    cell: z
      .string()
      .regex(/^.+![A-Z]+\d+$/, "a cell is written as 虚拟网络!F8")
      .optional()
      .describe("where it stands in a workbook: sheet and cell"),
    line: z.int().min(1).optional().describe("where it stands in a site.yaml or vms.yaml"),
    reason: z
      .string()
      .trim()
      .min(1)
      .refine((text) => hiddenCharacters(text) === undefined, {
        error: ({ input }) => `it holds characters that nobody sees: ${hiddenCharacters(String(input))}`,
      })
      .describe("why it may stand, for who reads it later"),
    expires: z.iso.date("a day is written as 2027-03-31").describe("the last day on which it is waived"),
  })
  .refine((waiver) => (waiver.cell === undefined) !== (waiver.line === undefined), {
    error: "give a cell (workbook) or a line (site.yaml, vms.yaml)",
  });

/** A finding that somebody has looked at and lets stand for a time. */
export type Waiver = z.output<typeof waiverSchema> & { place: Place };

/**
 * Reads the waivers.yaml of a plan's folder: a list of {code, cell or line, reason, expires}. None is an empty list.
 * Throws PlanUnreadable where the file cannot be understood: a waiver that is not read would look like one that holds.
 */
export async function readWaivers(folder: string): Promise<Waiver[]> {
  const file = join(folder, waiverFile);
  try {
    const found = await stat(file);
    // A pipe would be waited for without end.
    if (!found.isFile()) throw new PlanUnreadable(file, "it is no regular file", shape);
    const { size } = found;
    refuseLarge(size);
    return waiversIn(await readFile(file, "utf8"));
  } catch (cause) {
    if (cause instanceof PlanUnreadable) throw cause;
    if (cause instanceof YamlProblem) throw new PlanUnreadable(file, cause.message, cause.hint);
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw new PlanUnreadable(file, `it cannot be read (${code})`, "check the file and its permissions");
  }
}

const shape =
  "write a list of {code, cell or line, reason, expires}, e.g. - {code: bmc-outside-subnet, cell: 主机规划!E3, reason: …, expires: 2027-03-31}";

function waiversIn(text: string): Waiver[] {
  const { contents, placeOf, valuesOf } = parseYaml(text);
  if (contents === null) return [];
  if (!isSeq(contents)) throw new YamlProblem("line 1, column 1: it is no list", shape);
  return contents.items.map((item) => {
    const { line, column } = placeOf(item);
    const wrong = (what: string) => new YamlProblem(`line ${line}, column ${column}: ${what}`, shape);
    if (!isMap(item)) throw wrong("an entry is no mapping");
    const parsed = waiverSchema.safeParse(valuesOf(item));
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw wrong([...(issue?.path ?? []), issue?.message].join(": "));
    }
    return { ...parsed.data, place: { file: waiverFile, line, column } };
  });
}

/**
 * Marks the findings that are waived, and adds what is to be said of the waivers themselves: that one has expired, or
 * that there is nothing that it waives.
 * @param today such as 2026-11-21
 * @param looked whether findings of a code were looked for at all; a waiver of others is not reported as unused
 */
export function waive(
  findings: Finding[],
  waivers: Waiver[],
  today: string,
  looked: (code: string) => boolean = () => true,
): void {
  const said: Finding[] = [];
  for (const waiver of waivers) {
    const met = findings.filter((finding) => waives(waiver, finding));
    const params = { code: waiver.code, at: waiver.cell ?? `line ${waiver.line}`, expires: waiver.expires };
    if (met.length === 0) {
      if (looked(waiver.code)) said.push(makeFinding("waiver-unused", waiver.place, { params }));
    } else if (waiver.expires < today) {
      said.push(makeFinding("waiver-expired", waiver.place, { params }));
    } else {
      for (const finding of met) finding.waived = { reason: waiver.reason, expires: waiver.expires };
    }
  }
  findings.push(...said);
}

function waives(waiver: Waiver, { code, sheet, cell, line, file }: Finding): boolean {
  if (waiver.code !== code || file !== undefined) return false;
  return waiver.cell === undefined ? waiver.line === line : waiver.cell === `${sheet}!${cell}`;
}

/** Whether a finding keeps a plan from being built. */
export function blocks(finding: Finding): boolean {
  return finding.severity === "error" && !finding.waived;
}
