import { closest, distance } from "fastest-levenshtein";

/** The one of the names that what was written is near enough to be meant as; undefined where none is. */
export function nearest(written: string, names: string[]): string | undefined {
  const [lower, found] = [
    written.toLowerCase(),
    closest(
      written.toLowerCase(),
      names.map((name) => name.toLowerCase()),
    ),
  ];
  const name = names.find((each) => each.toLowerCase() === found);
  if (name === undefined || distance(lower, found) > Math.max(2, Math.floor(name.length / 3))) return undefined;
  return name;
}

/** `: did you mean "requestTimeout"?`, where what was written is near enough to one of the names; else empty. */
export function didYouMean(written: string, names: string[]): string {
  const name = nearest(written, names);
  return name === undefined ? "" : `: did you mean "${name}"?`;
}
