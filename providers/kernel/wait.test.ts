import { expect, test } from "vitest";
import type { Stopwatch } from "./clock";
import { CannotReach, Refused, TaskFailed, TimedOut } from "./errors";
import { type Look, wait } from "./wait";

/** A clock whose time passes only by sleeping. */
function manualWatch(): Stopwatch & { slept: number[] } {
  const slept: number[] = [];
  return {
    slept,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      slept.push(ms);
    },
    elapsed: () => slept.reduce((sum, ms) => sum + ms, 0),
  };
}

function looks<T>(...answers: (Look<T> | Error)[]): () => Promise<Look<T>> {
  return async () => {
    const next = answers.length > 1 ? answers.shift() : answers[0];
    if (next instanceof Error) throw next;
    return next as Look<T>;
  };
}

const options = { what: "job 7", deadline: 60_000, knob: "timeouts.Thing.create" };

test("what is done at the first look is not waited for", async () => {
  const watch = manualWatch();
  expect(await wait(watch, { ...options, look: looks({ done: 42 }) })).toBe(42);
  expect(watch.slept).toEqual([]);
});

test("pauses grow by half up to the cap, and progress says each new status once", async () => {
  const watch = manualWatch();
  const lines: string[] = [];
  const pending = { pending: "running" };
  const look = looks(pending, pending, { pending: "42 %" }, pending, { done: "well" });
  expect(
    await wait(watch, { ...options, look, interval: 1_000, cap: 2_000, progress: (line) => lines.push(line) }),
  ).toBe("well");
  expect(watch.slept).toEqual([1_000, 1_500, 2_000, 2_000]);
  expect(lines).toEqual(["job 7: running (0ms)", "job 7: 42 % (3s)", "job 7: running (5s)"]);
});

test("a status that changes at each look, for hours, is said less and less", async () => {
  const lines: string[] = [];
  let looks = 0;
  const long = "stage\n".repeat(100_000);
  const look = async () => ({ pending: `${++looks} ${long}` });
  const three = 3 * 60 * 60_000;
  const endless = wait(manualWatch(), { ...options, deadline: three, look, progress: (line) => lines.push(line) });
  await expect(endless).rejects.toThrow(TimedOut);
  await expect(endless).rejects.toThrow(/last status: \d+ stage stage .*… — if it needs longer/);
  expect(looks).toBeGreaterThan(1_000);
  expect(lines.length).toBeLessThan(150);
  expect(lines.join("\n").length).toBeLessThan(40_000);
});

test("a wait past its deadline names what, how long, the last status and the setting", async () => {
  const failure = wait(manualWatch(), { ...options, look: looks<never>({ pending: "42 %" }), cap: 10_000 });
  await expect(failure).rejects.toThrow(TimedOut);
  await expect(failure).rejects.toThrow(
    /job 7 has not ended after 1m; last status: 42 % — .*raise timeouts.Thing.create \(now 1m\)/,
  );
});

test("lost connections and a front end's 503 are waited through only where they are normal", async () => {
  const lost = new CannotReach("no route", { sent: false });
  const look = () => looks<string>(lost, new Refused("starting", { status: 503 }), { done: "back" });
  expect(await wait(manualWatch(), { ...options, look: look(), throughOutage: true })).toBe("back");
  await expect(wait(manualWatch(), { ...options, look: look() })).rejects.toBe(lost);
});

test("a failed task ends the wait at once, and so does an abort", async () => {
  const failed = new TaskFailed("out of space");
  await expect(wait(manualWatch(), { ...options, look: looks<never>(failed), throughOutage: true })).rejects.toBe(
    failed,
  );
  const gone = new Error("engine gone");
  const look = looks<never>({ pending: "running" });
  await expect(wait(manualWatch(), { ...options, look, signal: AbortSignal.abort(gone) })).rejects.toBe(gone);
});

test("a time-out names what the setting says, though a part of it had passed before the wait", async () => {
  const late = wait(manualWatch(), {
    ...options,
    deadline: 40_000,
    limit: 60_000,
    look: looks({ pending: "running" }),
  });
  await expect(late).rejects.toThrow(/has not ended after 40s.*raise timeouts\.Thing\.create \(now 1m\)/);
});
