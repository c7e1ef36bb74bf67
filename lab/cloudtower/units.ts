import { z } from "zod";

const UNITS = ["B", "KB", "MB", "GB", "TB", "PB"] as const;

/** ByteUnit of the vendor's schema. */
export const unit = z.enum(UNITS).optional();

/** Bytes: of the unit, which is one of 1024, or as they are. */
export function bytes(value: number, of: (typeof UNITS)[number] = "B"): number {
  return value * 1024 ** UNITS.indexOf(of);
}
