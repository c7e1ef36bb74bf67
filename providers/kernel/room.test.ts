import { expect, test } from "vitest";
import { TaskFailed, TimedOut } from "./errors";
import { manualClock } from "./fixtures/manual-clock.fixture";
import { NoRoom } from "./resource";
import { onceThereIsRoom } from "./room";
import { waitWithin } from "./wait-within";

const HOUR = 60 * 60_000;
const begin = () => ({ wait: waitWithin(manualClock().stopwatch(), { timeout: HOUR, knob: "timeouts" }) });
const full = () => Promise.reject(new NoRoom(new TaskFailed("no space")));

/** Work that comes to one thing after another, and then to the last one. */
function inTurn(...turns: (() => Promise<string>)[]): () => Promise<string> {
  let at = 0;
  return () => (turns[at++] ?? full)();
}

test("what has no room is tried again, and fails with the vendor's words in the end", async () => {
  expect(
    await onceThereIsRoom(
      begin(),
      "a box",
      inTurn(full, full, async () => "made"),
    ),
  ).toBe("made");
  await expect(onceThereIsRoom(begin(), "a box", full)).rejects.toThrow("no space");
});

test("a time-out of the work itself is told as that, though room was lacking before", async () => {
  const late = () => Promise.reject(new TimedOut("the task has not ended"));
  await expect(onceThereIsRoom(begin(), "a box", inTurn(full, late))).rejects.toThrow("the task has not ended");
});
