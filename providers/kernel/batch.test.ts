import { expect, test } from "vitest";
import { createBatch } from "./batch";
import { manualClock } from "./fixtures/manual-clock.fixture";

function counted(gap?: number) {
  const requests: string[][] = [];
  let release = () => {};
  const held = { isOn: false };
  const clock = manualClock();
  const batch = createBatch<string, string>({
    clock,
    gap,
    most: 3,
    async ask(keys) {
      requests.push(keys);
      if (keys.includes("broken")) throw new Error("no answer");
      if (held.isOn) await new Promise<void>((resolve) => (release = resolve));
      return new Map(keys.filter((key) => key !== "none").map((key) => [key, `the ${key}`]));
    },
  });
  return { batch, requests, clock, held, release: () => release() };
}

test("what is asked for at once leaves in one request, each key once, and as many as there may be", async () => {
  const { batch, requests } = counted();
  const answers = await Promise.all(["a", "b", "a", "none", "c"].map(batch));
  expect(answers).toEqual(["the a", "the b", "the a", undefined, "the c"]);
  expect(requests).toEqual([["a", "b", "none"], ["c"]]);
});

test("who asks while a request is under way shares the next one: no answer is older than its question", async () => {
  const { batch, requests, held, release } = counted();
  held.isOn = true;
  const first = batch("a");
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  const others = [batch("a"), batch("b")];
  held.isOn = false;
  release();
  expect([await first, ...(await Promise.all(others))]).toEqual(["the a", "the a", "the b"]);
  expect(requests).toEqual([["a"], ["a", "b"]]);
});

test("a request that fails fails for those who share it alone", async () => {
  const { batch } = counted();
  const [broken, along] = await Promise.allSettled([batch("broken"), batch("a")]);
  expect([broken?.status, along?.status]).toEqual(["rejected", "rejected"]);
  expect(await batch("a")).toBe("the a");
});

test("between two requests lies the gap, and an answer does not wait for it", async () => {
  const { batch, requests, clock } = counted(500);
  expect(await batch("a")).toBe("the a");
  expect(await Promise.all([batch("b"), batch("c")])).toEqual(["the b", "the c"]);
  expect(requests).toEqual([["a"], ["b", "c"]]);
  expect(clock.sleeps).toEqual([500, 500]);
});
