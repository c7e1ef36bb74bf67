import { type Draft, fieldOf, type Path } from "../draft";
import { type Finding, makeFinding, placeOf, placeText } from "../finding";
import type { FindingCode } from "../finding-text";
import type { FindingParams } from "../text/text";

interface Details {
  /** What stands there, as shown. */
  value?: string;
  /** What it conflicts with. */
  other?: Path;
  params?: FindingParams;
}

/** Adds a finding at the place where a value of the plan stands, or would stand. */
export function report(draft: Draft, code: FindingCode, path: Path, { value, other, params }: Details = {}): void {
  const place = draft.placeOf(path);
  if (!place) return;
  const all = { field: fieldOf(path), ...(other && { otherField: fieldOf(other) }), ...params };
  draft.findings.push(makeFinding(code, place, { value, other: other && draft.placeOf(other), params: all }));
}

/** Whether something is wrong already at the place of a value: it is left out then, and not missing. */
export function hasError(draft: Draft, path: Path): boolean {
  return findingsAt(draft, path).some(({ severity }) => severity === "error");
}

export function hasFinding(draft: Draft, path: Path): boolean {
  return findingsAt(draft, path).length > 0;
}

/** Findings by their places, as far as they were looked at: rules ask for each value of a plan that may be long. */
const byPlace = new WeakMap<Draft, { looked: number; places: Map<string, Finding[]> }>();

function findingsAt(draft: Draft, path: Path): Finding[] {
  const place = draft.placeOf(path);
  if (!place) return [];
  const known = byPlace.get(draft) ?? { looked: 0, places: new Map<string, Finding[]>() };
  byPlace.set(draft, known);
  for (; known.looked < draft.findings.length; known.looked++) {
    const finding = draft.findings[known.looked] as Finding;
    const at = placeText(placeOf(finding));
    const there = known.places.get(at);
    if (there) there.push(finding);
    else known.places.set(at, [finding]);
  }
  return known.places.get(placeText(place)) ?? [];
}

/** Names each value that stood before, at its first place. `key` is what makes two the same; blank ones are passed. */
export function reportTwice(
  draft: Draft,
  code: FindingCode,
  values: { path: Path; value: unknown; key?: string }[],
): void {
  const seen = new Map<string, Path>();
  for (const { path, value, key = String(value) } of values) {
    if (typeof value !== "string" || value === "") continue;
    const other = seen.get(key);
    if (other) report(draft, code, path, { value, other });
    else seen.set(key, path);
  }
}
