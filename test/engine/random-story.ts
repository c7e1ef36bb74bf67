import fc from "fast-check";
import type { ResourceSpec } from "../kit/program";
import { connectionTo, thing } from "../kit/store-program";
import type { Fault, StoreServer } from "../kit/store-server";

/** What a plan wants of the store; a thing or setting that is left out is not planned. */
export interface Wanted {
  things: Record<string, { marked: boolean; size: number; zone: string; tags: string[] }>;
  limit?: number;
  setup?: true;
}

/** One step of a random story. */
export type Move =
  | { kind: "up"; wanted: Wanted; refresh: boolean }
  /** The provider is killed at this step of input and output, if the run has so many. */
  | { kind: "killed up"; wanted: Wanted; at: number }
  | { kind: "refresh" }
  /** Somebody changes or removes at the store what stands there, if it does. */
  | { kind: "drift"; name: string; size: number | undefined }
  /** The next request of this kind goes wrong. */
  | { kind: "fault"; fault: Fault }
  | { kind: "destroy" };

const NAMES = ["a", "b", "c", "d"];

const wanted: fc.Arbitrary<Wanted> = fc.record(
  {
    things: fc.subarray(NAMES).chain((names) =>
      fc.record(
        Object.fromEntries(
          names.map((name) => [
            name,
            fc.record({
              // A name keeps its type: another type under one name is another resource of the same object.
              marked: fc.constant(name > "b"),
              size: fc.integer({ min: 1, max: 3 }),
              zone: fc.constantFrom("a", "a", "b"),
              tags: fc.subarray(["x", "y"]),
            }),
          ]),
        ),
      ),
    ),
    limit: fc.integer({ min: 1, max: 3 }),
    setup: fc.constant(true as const),
  },
  { requiredKeys: ["things"] },
);

const fault: fc.Arbitrary<Fault> = fc.record({
  kind: fc.constantFrom("resetBefore", "resetAfter", "hang", "expire", "html502", "halfBody", "jobFails", "refuse"),
  operation: fc.constantFrom("createThing", "updateThing", "deleteThing", "getThing", "listThings", "getJob", "setUp"),
  nth: fc.integer({ min: 1, max: 2 }),
});

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("up" as const), wanted, refresh: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("killed up" as const), wanted, at: fc.integer({ min: 1, max: 60 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("refresh" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("drift" as const),
      name: fc.constantFrom(...NAMES),
      size: fc.option(fc.integer({ min: 4, max: 5 }), { nil: undefined }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("fault" as const), fault }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("destroy" as const) }) },
);

/** A story of a stack and its store. */
export const story: fc.Arbitrary<Move[]> = fc.array(move, { minLength: 3, maxLength: 8 });

/** What is wanted, as resources. Things stand on the one before. */
export function programOf({ things, limit, setup }: Wanted, store: StoreServer): ResourceSpec[] {
  const names = Object.keys(things);
  const made = names.map((name, index) => {
    const { marked, ...args } = things[name] as Wanted["things"][string];
    const on = names.slice(Math.max(0, index - 1), index);
    return thing(store, name, args, { dependsOn: on }, marked ? "store:MarkedThing" : "store:Thing");
  });
  const connection = connectionTo(store);
  if (limit !== undefined) made.push({ type: "store:Limit", name: "limit", args: { connection, limit } });
  if (setup) made.push({ type: "store:Setup", name: "setup", args: { connection, owner: "me" } });
  return made;
}
