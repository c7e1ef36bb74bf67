import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { fileProblem, NotWritten } from "./file-problem";
import { writeWhole } from "./write-whole";

/** What the disk takes of a write: so many bytes a call, and so many in all before it fails with a code. */
const disk = vi.hoisted(() => ({ aCall: Infinity, inAll: Infinity, code: "ENOSPC", synced: [] as string[] }));

vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  return {
    ...fs,
    writeSync(handle: number, bytes: Uint8Array, at: number) {
      const taken = Math.min(bytes.length - at, disk.aCall, disk.inAll);
      if (taken === 0) throw Object.assign(new Error(`${disk.code}: it is so`), { code: disk.code });
      disk.inAll -= taken;
      return fs.writeSync(handle, bytes, at, taken);
    },
    fsyncSync(handle: number) {
      disk.synced.push(fs.readlinkSync(`/proc/self/fd/${handle}`));
      fs.fsyncSync(handle);
    },
  };
});

let file: string;
beforeEach(() => {
  Object.assign(disk, { aCall: Infinity, inAll: Infinity, code: "ENOSPC", synced: [] });
  file = join(mkdtempSync(join(tmpdir(), "whole-")), "trust.yaml");
});

const beside = () => readdirSync(dirname(file)).filter((name) => name !== "trust.yaml");

test("a write that takes a few bytes a call gives the whole file, on disk before it has its name, and the name too", () => {
  disk.aCall = 7;
  writeWhole(file, "忠".repeat(100));
  expect(readFileSync(file, "utf8")).toBe("忠".repeat(100));
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(disk.synced).toEqual([`${file}.${process.pid}.new`, dirname(file)]);
  expect(beside()).toEqual([]);
});

test.each([
  ["ENOSPC", /the disk of (\S+) is full — free space there \(df -h \1\)/],
  ["EDQUOT", /quota on the disk of \S+ is used up — remove files/],
  ["EROFS", /(\S+) lies on a disk that is mounted read-only — mount it for writing/],
  ["EACCES", /has no right to it, or to its folder \S+ — give this user the right/],
  ["EFBIG", /larger than files may be here — raise the limit/],
  ["EIO", /the disk of \S+ reports an error — look at the disk/],
])("%s half-way leaves the old file, and the error names the file, its folder and the cure", (code, words) => {
  writeWhole(file, "old");
  Object.assign(disk, { aCall: 7, inAll: 20, code });
  expect(() => writeWhole(file, "n".repeat(100))).toThrow(NotWritten);
  Object.assign(disk, { inAll: 20 });
  expect(() => writeWhole(file, "n".repeat(100))).toThrow(words);
  Object.assign(disk, { inAll: 20 });
  expect(() => writeWhole(file, "n".repeat(100))).toThrow(`${file} cannot be written: `);
  expect(readFileSync(file, "utf8")).toBe("old");
  expect(beside()).toEqual([]);
});

test("no link is followed, neither one at its name nor one that somebody has laid where it is made", () => {
  const victim = join(dirname(file), "victim");
  writeFileSync(victim, "not ours");
  symlinkSync(victim, file);
  symlinkSync(victim, `${file}.${process.pid}.new`);
  symlinkSync(join(dirname(file), "nothing"), `${file}.4194303.new`);
  writeWhole(file, "new");
  expect(lstatSync(file).isFile()).toBe(true);
  expect(readFileSync(file, "utf8")).toBe("new");
  expect(readFileSync(victim, "utf8")).toBe("not ours");
  expect(beside()).toEqual(["victim"]);
});

test("what killed processes have left goes, what another one is at stays", () => {
  const [dead, living, stale, other] = [
    `${file}.4194303.new`,
    `${file}.1.new`,
    `${file}.${process.ppid}.new`,
    `${file}.x.new`,
  ];
  for (const each of [dead, living, stale, other]) writeFileSync(each, "half");
  utimesSync(stale, new Date(0), new Date(0));
  writeWhole(file, "new");
  expect([dead, living, stale, other].map((each) => existsSync(each))).toEqual([false, true, false, true]);
});

test("what stands in the way is named", () => {
  mkdirSync(file);
  expect(() => writeWhole(file, "new")).toThrow("it is a folder — move it away");
  expect(() => writeWhole(join(dirname(file), "none", "file"), "new")).toThrow(/there is no folder .*none — make it/);
  writeFileSync(join(dirname(file), "flat"), "");
  expect(() => writeWhole(join(dirname(file), "flat", "deep", "file"), "new", { makeFolder: true })).toThrow(
    /flat is no folder — put a folder in its place/,
  );
  expect(beside()).toEqual(["flat"]);
});

test("a folder that is made is its owner's alone", () => {
  writeWhole(join(dirname(file), "a", "b", "file"), "new", { makeFolder: true });
  for (const folder of ["a", "a/b"]) expect(statSync(join(dirname(file), folder)).mode & 0o777).toBe(0o700);
});

test("a path in a command to paste is one word of it", () => {
  const folder = mkdtempSync(join(tmpdir(), "$(reboot) "));
  const { hint } = fileProblem(join(folder, "x"), Object.assign(new Error("no"), { code: "ENOSPC" }));
  expect(hint).toContain(`(df -h '${folder}')`);
});
