/** Units of a size as text: 1024 of each make one of the next. */
const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** A size as text: `8 GiB`, `1.5 TiB`, `512B`. */
export const SIZE_TEXT = /^\d+(\.\d+)? ?([KMGTP]i)?B$/;
export const NO_SIZE = 'neither bytes nor a text like "8 GiB"';
export const NO_WHOLE_SIZE = "no whole number of bytes";

/** The bytes of a text that SIZE_TEXT takes; a fraction where they are none. */
export function bytesOfText(text: string): number {
  const [, number = "", unit = ""] = /^([\d.]+) ?(\D+)$/.exec(text) ?? [];
  return Number(number) * 1024 ** UNITS.indexOf(unit);
}

/** Whether it is a number of bytes that something can have. */
export function isWholeSize(bytes: number): boolean {
  return Number.isSafeInteger(bytes) && bytes > 0;
}

/** Bytes as a text that SIZE_TEXT takes: `8 GiB`, or `1000 B` where they are no whole number of a larger unit. */
export function sizeText(bytes: number): string {
  let power = 0;
  while (power < UNITS.length - 1 && bytes % 1024 ** (power + 1) === 0) power += 1;
  return `${bytes / 1024 ** power} ${UNITS[power]}`;
}
