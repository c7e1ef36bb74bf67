import { expect, test } from "vitest";
import { BadAnswer } from "./errors";
import { pathTo } from "./path";

const VMS = pathTo`/api/v2/vms`;

test("a path holds values as one segment each, and other paths as they are", () => {
  expect(String(pathTo`${VMS}/${"0a1b-2c"}/nics/${3}`)).toBe("/api/v2/vms/0a1b-2c/nics/3");
  expect(String(pathTo`${VMS}/${"a?force=true"}`)).toBe("/api/v2/vms/a%3Fforce%3Dtrue");
  expect(String(pathTo`${VMS}/${"a#b c"}/${"名字"}`)).toBe("/api/v2/vms/a%23b%20c/%E5%90%8D%E5%AD%97");
});

test.each([
  "",
  ".",
  "..",
  "...",
  "../../../v3/users/1",
  "a/b",
  "..\\x",
  "%2e%2e",
  "a%2fb",
  "a\nb",
  "\ud800",
  "x".repeat(257),
])("what would lead elsewhere is refused: %j", (id) => {
  expect(() => pathTo`${VMS}/${id}`).toThrow(BadAnswer);
});
