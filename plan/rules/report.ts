import { type Draft, fieldOf, type Path } from "../draft";
import { type Finding, makeFinding } from "../finding";
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

function findingsAt(draft: Draft, path: Path): Finding[] {
  const place = Object.entries(draft.placeOf(path) ?? {});
  return draft.findings.filter((finding) => place.every(([key, value]) => Reflect.get(finding, key) === value));
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
