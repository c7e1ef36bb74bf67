import { closest, distance } from "fastest-levenshtein";

/** `: did you mean "requestTimeout"?`, where what was written is near enough to one of the names; else empty. */
export function nearest(written: string, names: string[]): string {
  const [lower, found] = [
    written.toLowerCase(),
    closest(
      written.toLowerCase(),
      names.map((name) => name.toLowerCase()),
    ),
  ];
  const name = names.find((each) => each.toLowerCase() === found);
  if (name === undefined || distance(lower, found) > Math.max(2, Math.floor(name.length / 3))) return "";
  return `: did you mean "${name}"?`;
}
