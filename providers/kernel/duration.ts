import { BadSetting } from "./errors";

const units: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/**
 * Milliseconds of a duration written as Pulumi and Go write it: `90s`, `1h30m`, `500ms`. Throws BadSetting on
 * anything else, with the name of the setting that it was read from. A setting in JSON may hold a bare number.
 */
export function parseDuration(written: unknown, setting: string): number {
  const text = String(written).trim();
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map((part) => part[0]).join("") !== text) {
    throw new BadSetting(`${setting}: "${text}" is not a duration`, "write it like 90s, 45m or 1h30m");
  }
  return parts.reduce((sum, part) => sum + Number(part[1]) * (units[part[2] ?? ""] ?? 0), 0);
}

/** A duration for people: the two largest units, `1h30m`, `2m5s`, `340ms`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  const seconds = Math.round(ms / 1_000);
  const [h, m, s] = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60), seconds % 60];
  if (h > 0) return m > 0 ? `${h}h${m}m` : `${h}h`;
  if (m > 0) return s > 0 ? `${m}m${s}s` : `${m}m`;
  return `${s}s`;
}
