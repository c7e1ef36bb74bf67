import type { SiteState } from "./site-state";

/** What an example stands on: the site, and what stands there. */
export interface ExampleSite {
  site: SiteState;
  /** The id of the first object of a kind that a condition finds; NoneYet where it finds none. */
  idOf(kind: string, where?: object): string;
}

/**
 * A request that an operation carries out, declared beside it: those of all operations of a system make one walk,
 * on which its requests and answers are held to the vendor's schema.
 */
export interface Example {
  /** Makings come first, endings last; an ending ends what the last making before it in the operations makes. */
  when: "makes" | "changes" | "ends";
  request(at: ExampleSite): unknown;
  /** What it is answered with, where that is not 200. */
  status?: number;
}

/** The walk has come to no object of a kind. */
export class NoneYet extends Error {
  constructor(readonly kind: string) {
    super(`the walk has come to no ${kind}`);
  }
}

type Walked<Of> = Of & { example: Example };

/**
 * Carries out the example of each operation: what an example stands on is made before it, whatever the order of the
 * operations, and ends after it.
 */
export async function walkExamples<Of extends { id: string; example?: Example }>(
  operations: readonly Of[],
  at: ExampleSite,
  carryOut: (operation: Walked<Of>, request: unknown) => Promise<void>,
): Promise<void> {
  const walked = operations.filter((each): each is Walked<Of> => each.example !== undefined);
  const of = (when: Example["when"]) => walked.filter(({ example }) => example.when === when);
  const made: Walked<Of>[] = [];
  for (let waiting = of("makes"); waiting.length > 0; waiting = waiting.filter((each) => !made.includes(each))) {
    const { operation, request } = firstThatStands(waiting, at);
    await carryOut(operation, request);
    made.push(operation);
  }
  const makingOf = (ending: Walked<Of>) =>
    made.indexOf(walked.slice(0, walked.indexOf(ending)).findLast(({ example }) => example.when === "makes") ?? ending);
  const ends = of("ends").sort((a, b) => makingOf(a) - makingOf(b) || walked.indexOf(a) - walked.indexOf(b));
  for (const each of [...of("changes"), ...ends.reverse()]) {
    const { operation, request } = firstThatStands([each], at);
    await carryOut(operation, request);
  }
}

/** The first operation whose example has all that it stands on, and its request. */
function firstThatStands<Of extends { id: string }>(
  operations: readonly Walked<Of>[],
  at: ExampleSite,
): { operation: Walked<Of>; request: unknown } {
  const missing: string[] = [];
  for (const operation of operations) {
    try {
      return { operation, request: operation.example.request(at) };
    } catch (error) {
      if (!(error instanceof NoneYet)) throw error;
      missing.push(`the example of ${operation.id} needs a ${error.kind}, which no operation before it makes`);
    }
  }
  throw new Error(
    `${missing.join("; ")}: give an operation that makes one an example, or let the test's site have one`,
  );
}
