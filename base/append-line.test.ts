import { chmodSync, mkdirSync, mkdtempSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { appendLine } from "./append-line";

/** What the disk takes: so many bytes a call, and so many in all; and what happens after each call. */
const disk = vi.hoisted(() => ({ aCall: Infinity, inAll: Infinity, between: () => {} }));

vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  return {
    ...fs,
    writeSync(handle: number, bytes: Uint8Array, at: number) {
      const taken = Math.min(bytes.length - at, disk.aCall, disk.inAll);
      if (taken === 0) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
      disk.inAll -= taken;
      const length = fs.writeSync(handle, bytes, at, taken);
      disk.between();
      return length;
    },
  };
});

let file: string;
beforeEach(() => {
  Object.assign(disk, { aCall: Infinity, inAll: Infinity, between() {} });
  file = join(mkdtempSync(join(tmpdir(), "append-")), "deep", "journal.jsonl");
});

const text = () => readFileSync(file, "utf8");

test("lines stand whole and in order, however little a call takes; file and folder are their owner's alone", () => {
  disk.aCall = 3;
  appendLine(file, "忠 one");
  appendLine(file, "two");
  expect(text()).toBe("忠 one\ntwo\n");
  expect([file, dirname(file)].map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o700]);
});

test("a full disk half-way leaves the file as it was, and what comes after it is whole", () => {
  appendLine(file, "one");
  for (const room of [0, 1, 4]) {
    disk.inAll = room;
    expect(() => appendLine(file, "lost")).toThrow(
      new RegExp(`${file} cannot be written: the disk of ${dirname(file)} is full — free space there`),
    );
    expect(text()).toBe("one\n");
  }
  disk.inAll = Infinity;
  appendLine(file, "two");
  expect(text()).toBe("one\ntwo\n");
});

test("half a line of a kill is left behind on a line of its own", () => {
  appendLine(file, "one");
  writeFileSync(file, "one\nha");
  appendLine(file, "two");
  expect(text()).toBe("one\nha\ntwo\n");
});

test("a line of another process between two parts costs neither", () => {
  let once = true;
  Object.assign(disk, {
    aCall: 4,
    between() {
      if (!once) return;
      once = false;
      writeFileSync(file, "\nother\n", { flag: "a" });
    },
  });
  appendLine(file, "long line");
  expect(
    text()
      .split("\n")
      .filter((line) => ["other", "long line"].includes(line)),
  ).toEqual(["other", "long line"]);
});

test("a full disk takes back nothing of another process", () => {
  appendLine(file, "one");
  Object.assign(disk, { inAll: 3, between: () => writeFileSync(file, "\nother\n", { flag: "a" }) });
  expect(() => appendLine(file, "lost")).toThrow("is full");
  expect(text()).toBe("one\nlos\nother\n");
});

test("no link is followed, and what is no file is refused", () => {
  const victim = join(dirname(dirname(file)), "victim");
  writeFileSync(victim, "not ours");
  mkdirSync(dirname(file));
  symlinkSync(victim, file);
  expect(() => appendLine(file, "one")).toThrow(/is a symbolic link, and none is followed there — put the file itself/);
  expect(readFileSync(victim, "utf8")).toBe("not ours");
  expect(() => appendLine(dirname(file), "one")).toThrow("it is a folder");
  expect(() => appendLine("/dev/null", "one")).toThrow("is no file, but a folder, a pipe or a device");
});

test("one that others may read is closed to them", () => {
  appendLine(file, "one");
  chmodSync(file, 0o644);
  appendLine(file, "two");
  expect(statSync(file).mode & 0o777).toBe(0o600);
});
