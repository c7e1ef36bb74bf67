import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BadFile, CannotReach } from "./errors";
import { isMapped, readReach, resolve, speedFactor, whereToDial } from "./reach";

function reachFile(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), "reach-")), "reach.json");
  writeFileSync(file, text);
  return file;
}

test("without a file everything is reached where it says it is", () => {
  for (const reach of [readReach(undefined), readReach("/nowhere/reach.json")]) {
    expect(reach).toMatchObject({ speed: 1, only: false, endpoints: {} });
    expect(resolve(reach, "10.0.20.11", 443)).toEqual({ host: "10.0.20.11", port: 443 });
  }
});

test("a listed endpoint is dialled where the file says, by any spelling of its address", () => {
  const reach = readReach(
    reachFile(
      '{"endpoints": {"10.0.20.11:443": "127.0.0.1:40443", "[fd00::0:1]:80": "[::1]:8080", "Tower.test:443": "localhost:1"}}',
    ),
  );
  expect(resolve(reach, "10.0.20.11", 443)).toEqual({ host: "127.0.0.1", port: 40443 });
  expect(resolve(reach, "fd00:0:0::1", 80)).toEqual({ host: "::1", port: 8080 });
  expect(resolve(reach, "[fd00::1]", 80)).toEqual({ host: "::1", port: 8080 });
  expect(resolve(reach, "tower.TEST", 443)).toEqual({ host: "localhost", port: 1 });
  expect(isMapped(reach, "10.0.20.11", 443)).toBe(true);
  expect(isMapped(reach, "10.0.20.11", 80)).toBe(false);
  expect(resolve(reach, "10.0.20.11", 80)).toEqual({ host: "10.0.20.11", port: 80 });
});

test("with only set an endpoint that is not listed is refused by name", () => {
  const file = reachFile('{"only": true, "endpoints": {"10.0.20.11:443": "127.0.0.1:40443"}}');
  const reach = readReach(file);
  expect(resolve(reach, "10.0.20.12", 443)).toBeUndefined();
  expect(() => whereToDial(reach, "10.0.20.12", 443)).toThrow(`${file} knows no endpoint 10.0.20.12:443`);
  expect(() => whereToDial(reach, "10.0.20.12", 443)).toThrow(CannotReach);
});

test("a lab leads nowhere else, but where it has the plan's own addresses", () => {
  const lab = readReach(reachFile('{"lab": true}'));
  expect(() => whereToDial(lab, "10.0.20.12", 443)).toThrow(/start it with a plan that has this address/);
  const own = readReach(reachFile('{"lab": true, "namespace": "net:[1]"}'));
  expect(resolve(own, "10.0.20.12", 443)).toEqual({ host: "10.0.20.12", port: 443 });
});

test("an instant site divides sleeps by a thousand", () => {
  expect(speedFactor(readReach(reachFile('{"speed": "instant"}')))).toBe(1000);
  expect(speedFactor(readReach(reachFile('{"speed": 50}')))).toBe(50);
  expect(speedFactor(readReach(undefined))).toBe(1);
});

test.each([
  ["nonsense", "{", "is not JSON"],
  ["nothing", "", "is not JSON"],
  ["a list", "[]", "expected object"],
  ["a speed of 0", '{"speed": 0}', "at speed"],
  ["an endpoint without a port", '{"endpoints": {"10.0.0.1:80": "127.0.0.1"}}', 'at endpoints["10.0.0.1:80"]'],
  ["an unknown key", '{"endpoint": {}}', "endpoint"],
])("%s in the file is one clear error", (_what, text, part) => {
  const file = reachFile(text);
  expect(() => readReach(file)).toThrow(BadFile);
  expect(() => readReach(file)).toThrow(file);
  expect(() => readReach(file)).toThrow(part);
});

test("a directory in place of the file is one clear error", () => {
  expect(() => readReach(tmpdir())).toThrow(/cannot be read: it is a folder — move it away/);
});
