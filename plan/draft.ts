import type { Finding, Place } from "./finding";

/** A step into a plan: key or index. */
export type Path = (string | number)[];

/**
 * A plan while it is read: what was understood so far, where each value stands, and what is wrong. Values that are
 * wrong are left out, so that rules can go over the rest and every problem comes out in one run.
 */
export class Draft {
  readonly tree: Record<string, unknown>;
  readonly findings: Finding[] = [];
  /** What the workbook itself says on why something is a mistake, by the code of the finding. */
  readonly quotes = new Map<string, string>();
  private readonly places = new Map<string, Place>();

  constructor(tree: Record<string, unknown> = {}) {
    this.tree = tree;
  }

  /** Puts a value in its place. `path` is dotted: `hosts.0.bmc.address`. */
  set(path: string, value: unknown, place: Place): void {
    this.places.set(path, place);
    const steps = path.split(".");
    const last = steps.pop() ?? path;
    let at: Record<string, unknown> = this.tree;
    for (const [i, step] of steps.entries()) {
      at[step] ??= /^\d+$/.test(steps[i + 1] ?? last) ? [] : {};
      at = at[step] as Record<string, unknown>;
    }
    at[last] = value;
  }

  /** Notes where a value stands, or would stand, without one. */
  note(path: string, place: Place): void {
    this.places.set(path, place);
  }

  /** All that was put or noted, with where it stands. */
  placed(): [path: string, place: Place][] {
    return [...this.places];
  }

  /** Where a value stands, or the nearest thing around it. */
  placeOf(path: Path): Place | undefined {
    for (let length = path.length; length > 0; length--) {
      const place = this.places.get(path.slice(0, length).join("."));
      if (place) return place;
    }
    return this.places.get("");
  }
}

/** The path without its indices, as the field names in the texts are kept. */
export function fieldOf(path: string | Path): string {
  const steps = typeof path === "string" ? path.split(".") : path.map(String);
  return steps.filter((step) => !/^\d+$/.test(step)).join(".");
}

/** Whether what stands there is never to be shown: passwords, and what cloud-init is given, which may hold some. */
export function isSecret(path: Path): boolean {
  const [last = ""] = [path.at(-1)].map(String);
  return path.some((step) => /^cloud[-_]?init/i.test(String(step))) || /password$|^user[-_]?data$/i.test(last);
}
