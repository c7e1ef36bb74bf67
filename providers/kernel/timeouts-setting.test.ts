import { beforeAll, expect, test } from "vitest";
import { rememberKind, timeoutKnob } from "./kind-names";
import { readSetting } from "./settings";
import { timeoutsFor } from "./timeouts-setting";

beforeAll(() => {
  for (const type of ["one:Cluster", "one:NtpServers", "two:NtpServers"]) rememberKind(type);
});

const HOUR = 3_600_000;
const read = (type: string, written: unknown) =>
  timeoutsFor(
    type,
    readSetting("timeouts", () => JSON.stringify(written)),
  );

test("a kind is named by its type, or in short where no other is called so", () => {
  const written = { Cluster: { create: "3h" }, "two:NtpServers": { create: "2h" } };
  expect(read("one:Cluster", written)).toEqual({ create: 3 * HOUR });
  expect(read("two:NtpServers", written)).toEqual({ create: 2 * HOUR });
  expect(read("one:NtpServers", written)).toEqual({});
});

test("a name that several kinds have means all of them: a setting stays right when another kind comes", () => {
  for (const type of ["one:NtpServers", "two:NtpServers"])
    expect(read(type, { NtpServers: { create: "2h" } })).toEqual({ create: 2 * HOUR });
});

test("of both names the type says more", () => {
  const written = { "one:Cluster": { create: "4h" }, Cluster: { create: "3h", delete: "1h" } };
  expect(read("one:Cluster", written)).toEqual({ create: 4 * HOUR, delete: HOUR });
});

test.each([
  [{ Clutser: {} }, /timeouts .*"Clutser" is unknown: did you mean "Cluster"\?/],
  [{ Machine: {} }, /"Machine" is unknown; there are Cluster, one:NtpServers, two:NtpServers/],
  [{ "two:Cluster": {} }, /"two:Cluster" is unknown/],
  [
    { Cluster: { crate: "2h" } },
    /Cluster: "crate" is unknown: did you mean "create"\?.*<create\|read\|update\|delete>/,
  ],
  [{ Cluster: { create: "2 hours" } }, /Cluster: create: "2 hours" is not a duration: write it like 90s/],
  [{ Cluster: { create: 90 } }, /Cluster: create: 90 is not a duration/],
  [[], /the stack setting timeouts /],
])("%j is an error", (written, message) => {
  expect(() => read("one:Cluster", written)).toThrow(message);
});

test("what messages call a time-out is what the setting takes", () => {
  expect(timeoutKnob("one:Cluster", "create")).toBe("timeouts.Cluster.create");
  expect(timeoutKnob("two:NtpServers", "create")).toBe('timeouts["two:NtpServers"].create');
});
