import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { sleepReal, startTimer } from "./timer";

const HOURS = 3_600_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a timer of 600 hours ends after 600 hours", () => {
  const work = vi.fn();
  startTimer(600 * HOURS, work);
  vi.advanceTimersByTime(600 * HOURS - 1);
  expect(work).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(work).toHaveBeenCalledOnce();
});

test("a sleep of 600 hours ends after 600 hours, or when it is aborted", async () => {
  const ended = vi.fn();
  void sleepReal(600 * HOURS).then(ended);
  await vi.advanceTimersByTimeAsync(600 * HOURS - 1);
  expect(ended).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(ended).toHaveBeenCalledOnce();

  const controller = new AbortController();
  const sleep = sleepReal(600 * HOURS, controller.signal);
  controller.abort(new Error("enough"));
  await expect(sleep).rejects.toThrow("enough");
  expect(vi.getTimerCount()).toBe(0);
});

test("one that is stopped never ends, also in its second part", () => {
  const work = vi.fn();
  const stop = startTimer(600 * HOURS, work);
  vi.advanceTimersByTime(599 * HOURS);
  stop();
  vi.advanceTimersByTime(600 * HOURS);
  expect(work).not.toHaveBeenCalled();
});
