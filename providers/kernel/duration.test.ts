import fc from "fast-check";
import { expect, test } from "vitest";
import { formatDuration, parseDuration } from "./duration";

test.each([
  ["90s", 90_000],
  ["1h30m", 5_400_000],
  ["500ms", 500],
  ["1.5h", 5_400_000],
])("%s is %d milliseconds", (text, ms) => {
  expect(parseDuration(text, "wait")).toBe(ms);
});

test.each(["", "10", "fast", "10 s", "-5s", "5s later"])("%j is refused with the way to write it", (text) => {
  expect(() => parseDuration(text, "wait")).toThrow(/^wait: .* is not a duration — write it like 90s/);
});

test("what is printed for whole seconds is read back as the same", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 59 }), fc.integer({ min: 0, max: 59 }), (minutes, seconds) => {
      const ms = (minutes * 60 + seconds) * 1_000;
      expect(parseDuration(formatDuration(ms), "wait")).toBe(ms);
    }),
  );
});
