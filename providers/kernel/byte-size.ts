import { z } from "zod";

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** A number of bytes, or a text like "8 GiB"; bytes once it is checked. 1024 of each unit make one of the next. */
export const byteSize = z
  .union([z.int().min(1), z.string().regex(/^\d+(\.\d+)? ?([KMGTP]i)?B$/, 'neither bytes nor a text like "8 GiB"')])
  .transform((size, context) => {
    const bytes = typeof size === "number" ? size : bytesOf(size);
    if (Number.isSafeInteger(bytes) && bytes > 0) return bytes;
    context.addIssue({ code: "custom", message: "no whole number of bytes" });
    return z.NEVER;
  });

function bytesOf(text: string): number {
  const [, number = "", unit = ""] = /^([\d.]+) ?(\D+)$/.exec(text) ?? [];
  return Number(number) * 1024 ** UNITS.indexOf(unit);
}

/** A number of bytes as a text that `byteSize` takes: `8 GiB`, or `1000 B` where it is no whole number of a larger unit. */
export function sizeText(bytes: number): string {
  let power = 0;
  while (power < UNITS.length - 1 && bytes % 1024 ** (power + 1) === 0) power += 1;
  return `${bytes / 1024 ** power} ${UNITS[power]}`;
}
