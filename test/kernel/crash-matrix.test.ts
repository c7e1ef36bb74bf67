import { expect, test } from "vitest";
import { type CrashSite, crashMatrix } from "../kit/crash-matrix";
import { crashStore } from "../kit/crash-store";
import { connectionTo, thing } from "../kit/store-program";
import type { StoreServer } from "../kit/store-server";

type Way = Pick<CrashSite, "before" | "after" | "verify">;

/** Kills at every step; the failures say at which, and what came of it. */
async function failures(
  way: (store: StoreServer) => Way,
): Promise<{ steps: number; failures: (string | undefined)[] }> {
  const { steps, cases } = await crashMatrix(() => crashStore(way));
  return { steps, failures: cases.map((each) => each.failure).filter(Boolean) };
}

const stands = (store: StoreServer) =>
  store.state.things.map(({ name, size, tags, text }) => ({ name, size, tags, text }));
const WHOLE = { name: "A", size: 3, tags: ["x", "y"], text: "one;two" };

test.each(["store:Thing", "store:MarkedThing"])(
  "%s: creation, change and deletion killed at every step end with one thing, or none",
  async (type) => {
    const of = (store: StoreServer, size: number) => thing(store, "a", { size }, {}, type);
    const create = await failures((store) => ({
      before: [],
      after: [of(store, 3)],
      verify: () => expect(stands(store)).toEqual([WHOLE]),
    }));
    expect(create.failures).toEqual([]);
    expect(create.steps).toBeGreaterThan(20);

    const update = await failures((store) => ({
      before: [of(store, 3)],
      after: [of(store, 4)],
      verify: () => expect(stands(store)).toEqual([{ ...WHOLE, size: 4 }]),
    }));
    expect(update.failures).toEqual([]);
    expect(update.steps).toBeGreaterThan(8);

    const remove = await failures((store) => ({
      before: [of(store, 3)],
      after: [],
      verify: () => expect(stands(store)).toEqual([]),
    }));
    expect(remove.failures).toEqual([]);
    expect(remove.steps).toBeGreaterThan(5);
  },
  180_000,
);

test("store:Limit: set and changed under kills at every step", async () => {
  const of = (store: StoreServer, limit: number) => ({
    type: "store:Limit",
    name: "limit",
    args: { connection: connectionTo(store), limit },
  });
  const create = await failures((store) => ({
    before: [],
    after: [of(store, 20)],
    verify: () => expect(store.state.limit).toBe(20),
  }));
  expect(create.failures).toEqual([]);
  expect(create.steps).toBeGreaterThan(8);
  const update = await failures((store) => ({
    before: [of(store, 20)],
    after: [of(store, 30)],
    verify: () => expect(store.state.limit).toBe(30),
  }));
  expect(update.failures).toEqual([]);
}, 180_000);

test("store:Setup: one accepted set-up, whichever step is killed", async () => {
  const create = await failures((store) => ({
    before: [],
    after: [{ type: "store:Setup", name: "setup", args: { connection: connectionTo(store), owner: "me" } }],
    verify() {
      expect(store.state.setup?.owner).toBe("me");
      expect(store.writes().filter((write) => write.committed)).toHaveLength(1);
    },
  }));
  expect(create.failures).toEqual([]);
  expect(create.steps).toBeGreaterThan(15);
}, 180_000);

test("a replacement killed at every step ends with the new thing alone", async () => {
  const replace = await failures((store) => ({
    before: [thing(store, "a", { zone: "a" })],
    after: [thing(store, "a", { zone: "b" })],
    verify: () => expect(store.state.things.map(({ name, zone }) => [name, zone])).toEqual([["A", "b"]]),
  }));
  expect(replace.failures).toEqual([]);
  expect(replace.steps).toBeGreaterThan(25);
}, 180_000);
