import { beforeAll, expect, test } from "vitest";
import { rememberKind, timeoutKnob } from "./kind-names";
import { timeoutsFor } from "./timeouts-setting";

beforeAll(() => {
  for (const type of ["one:Cluster", "one:NtpServers", "two:NtpServers"]) rememberKind(type);
});

test("a kind is named by its type, or in short where no other is called so", () => {
  const written = { Cluster: { create: "3h" }, "two:NtpServers": { create: "2h" } };
  expect(timeoutsFor("one:Cluster", written)).toEqual({ create: "3h" });
  expect(timeoutsFor("two:NtpServers", written)).toEqual({ create: "2h" });
  expect(timeoutsFor("one:NtpServers", written)).toEqual({});
});

test("of both names the type says more", () => {
  const written = { "one:Cluster": { create: "4h" }, Cluster: { create: "3h", delete: "1h" } };
  expect(timeoutsFor("one:Cluster", written)).toEqual({ create: "4h", delete: "1h" });
});

test.each([
  [{ NtpServers: { create: "2h" } }, /"NtpServers" is the name of 2 kinds.*one:NtpServers.*two:NtpServers/],
  [{ Clutser: {} }, /"Clutser" is no kind; kinds are Cluster, one:NtpServers, two:NtpServers/],
  [{ "two:Cluster": {} }, /"two:Cluster" is no kind/],
  [{ Cluster: { creation: "2h" } }, /"creation".*<create\|read\|update\|delete>/],
  [[], /timeouts cannot be read/],
])("%j is an error", (written, message) => {
  expect(() => timeoutsFor("one:Cluster", written)).toThrow(message);
});

test("what messages call a time-out is what the setting takes", () => {
  expect(timeoutKnob("one:Cluster", "create")).toBe("timeouts.Cluster.create");
  expect(timeoutKnob("two:NtpServers", "create")).toBe('timeouts["two:NtpServers"].create');
});
