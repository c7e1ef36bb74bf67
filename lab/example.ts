import type { SiteState } from "./site-state";

/** What an example stands on: the site, and what stands there. */
export interface ExampleSite {
  site: SiteState;
  /** The id of the first object of a kind that a condition finds. */
  idOf(kind: string, where?: object): string;
}

/**
 * A request that an operation carries out, declared beside it: those of all operations of a system make one walk,
 * on which its requests and answers are held to the vendor's schema.
 */
export interface Example {
  /** Makings come first, in the order of the operations; endings come last, in the opposite order. */
  when: "makes" | "changes" | "ends";
  request(at: ExampleSite): unknown;
  /** What it is answered with, where that is not 200. */
  status?: number;
}

/** The walk's order: what stands on something is made after it, and ends before it. */
export function inWalkOrder<Of extends { example?: Example }>(
  operations: readonly Of[],
): (Of & { example: Example })[] {
  const walked = operations.filter((each): each is Of & { example: Example } => each.example !== undefined);
  const of = (when: Example["when"]) => walked.filter(({ example }) => example.when === when);
  return [...of("makes"), ...of("changes"), ...of("ends").reverse()];
}
