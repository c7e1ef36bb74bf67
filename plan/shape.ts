import type { ZodError } from "zod";
import { zhCN } from "zod/locales";
import { nearest } from "../base/nearest";
import { type Draft, fieldOf, isSecret, type Path } from "./draft";
import { makeFinding, maskedSecret, placeOf, placeText } from "./finding";
import { isPlanCode } from "./finding-text";
import { keysAt } from "./key-names";
import type { PlanKind } from "./plan-kind";
import type { RuleOptions } from "./rules/rules";
import { ownWords } from "./text/words";
import { blocks, type Waiver, waive } from "./waivers";

export interface PlanOptions extends RuleOptions {
  waivers?: Waiver[];
  /** The day on which waivers are looked at, such as 2026-11-21. */
  today?: string;
}

/**
 * The plan of a kind that a draft makes, or undefined where it cannot be one; the findings are in the draft, and those that
 * `waivers` name do not stand in the way.
 */
export function planOf<P>(draft: Draft, kind: PlanKind<P>, options: PlanOptions = {}): P | undefined {
  const { waivers = [], today = "", ...rules } = options;
  kind.check(draft, rules);
  waive(draft.findings, waivers, today, isPlanCode);
  const parsed = kind.schema.safeParse(draft.tree);
  const found = draft.findings.some(blocks);
  // What the schema says on a draft with errors repeats them: it misses the values that they left out.
  if (!parsed.success && !found) {
    for (const { path } of parsed.error.issues) reportImpossible(draft, path.map(String));
    if (!draft.findings.some(blocks)) reportIssues(draft, parsed.error.issues, kind);
  }
  return parsed.success && !found ? parsed.data : undefined;
}

/** A value was left out because of a finding that is waived, and the plan cannot be made without it. */
function reportImpossible(draft: Draft, path: Path): void {
  const place = draft.placeOf(path);
  if (!place) return;
  const at = placeText(place);
  const waived = draft.findings.some((finding) => finding.waived && placeText(placeOf(finding)) === at);
  if (waived) draft.findings.push(makeFinding("waiver-impossible", place));
}

/** The schema's problems in Chinese; zod makes the English ones. */
const { localeError: chinese } = zhCN();

/** Turns what the schema has to say into findings at their places. Values are not shown: any may be a secret. */
export function reportIssues(draft: Draft, issues: ZodError["issues"], { schema, page }: PlanKind<unknown>): void {
  for (const issue of issues) {
    const path = issue.path.map((step) => (typeof step === "symbol" ? String(step) : step));
    if (issue.code === "unrecognized_keys") {
      const known = keysAt(schema, path);
      for (const key of issue.keys) {
        const near = nearest(key, known);
        report(draft, "key-unknown", [...path, key], { name: key, page, ...(near && { near }) });
      }
      continue;
    }
    const missing = valueAt(draft.tree, path) === undefined;
    const said = chinese({ ...issue, input: valueAt(draft.tree, path) } as Parameters<typeof chinese>[0]);
    const problemZh = ownWords(issue.message) ?? (typeof said === "string" ? said : said?.message) ?? issue.message;
    const params = { path: path.join("."), problem: issue.message, problemZh, page, field: fieldOf(path) };
    report(draft, missing ? "key-missing" : "value-invalid", path, params);
  }
}

function report(draft: Draft, code: "key-unknown" | "key-missing" | "value-invalid", path: Path, params = {}): void {
  const place = draft.placeOf(path);
  const value = valueAt(draft.tree, path);
  const shown = typeof value === "object" || value === undefined || code === "key-unknown" ? undefined : String(value);
  if (place)
    draft.findings.push(makeFinding(code, place, { value: isSecret(path) && shown ? maskedSecret : shown, params }));
}

/** Takes out what the schema refused, so that the rules can go over the rest. */
export function dropRefused(draft: Draft, issues: { path: PropertyKey[]; code?: string }[]): void {
  for (const issue of issues) {
    if (issue.code === "unrecognized_keys") continue;
    const parent = valueAt(draft.tree, issue.path.slice(0, -1).map(String));
    const key = issue.path.at(-1);
    if (key !== undefined && typeof parent === "object" && parent !== null) Reflect.set(parent, key, undefined);
  }
}

function valueAt(tree: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, step) => (typeof at === "object" && at !== null ? Reflect.get(at, step) : undefined),
    tree,
  );
}
