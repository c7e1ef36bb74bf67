import { execFileSync } from "node:child_process";
import { linkSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import type { Place } from "./writer";
import { openWriters } from "./writers";

const START = Date.UTC(2026, 0, 1);
const MINE = {
  pid: 500,
  start: "1000",
  engine: 400,
  host: "bastion",
  machine: "m-1",
  boot: "b-1",
  namespace: "pid:[1]",
};

/** Is called as a file is given its name. */
let taken: (() => void) | undefined;
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  return {
    ...fs,
    linkSync(from: string, to: string) {
      const before = taken;
      taken = undefined;
      before?.();
      fs.linkSync(from, to);
    },
  };
});

/** The machine of a test: its time goes on only while a writer sleeps, and its processes are those in `running`. */
let time: { now: number; uptime: number; slept: number };
let running: Map<number, string>;
let folder: string;
/** Is called while a writer sleeps. */
let meanwhile: () => void;

beforeEach(() => {
  time = { now: START, uptime: 5_000, slept: 0 };
  running = new Map([[MINE.pid, MINE.start]]);
  folder = mkdtempSync(join(tmpdir(), "writers-"));
  meanwhile = () => {};
});

function placeOf(self: Partial<Place["self"]> = {}): Place {
  return {
    self: { ...MINE, ...self },
    now: () => time.now,
    uptime: () => time.uptime,
    async sleep(ms) {
      for (const clock of ["now", "uptime", "slept"] as const) time[clock] += ms;
      meanwhile();
    },
    startTime: (pid) => running.get(pid),
  };
}

const open = (self: Partial<Place["self"]> = {}, atMost = 10_000) =>
  openWriters(folder, { atMost, place: placeOf(self) });
const read = (name: string) => JSON.parse(readFileSync(join(folder, name), "utf8"));
const files = () => readdirSync(folder).sort();

/** Puts the file of another writer there; a text as it is. */
function leave(writer: object | string, name = "7.json"): string {
  const other = { ...MINE, pid: 7, start: "900", engine: 6, inFlight: [] };
  writeFileSync(join(folder, name), typeof writer === "string" ? writer : JSON.stringify({ ...other, ...writer }));
  return join(folder, name);
}

async function claim(writers = open()) {
  const said: string[] = [];
  const letGo = await writers.claim((text) => said.push(text));
  return { letGo, said };
}

test("what a run left behind that ended without a write under way is cleared at once", async () => {
  leave({});
  leave({}, "7.json.4194303.new");
  await claim();
  expect([files(), time.slept]).toEqual([["500.json"], 0]);
});

test.each([
  ["a pipe", (path: string) => void execFileSync("mkfifo", [path])],
  ["a link to a device", (path: string) => symlinkSync("/dev/zero", path)],
  ["a link that leads nowhere", (path: string) => symlinkSync("nowhere", path)],
  ["a file of gigabytes", (path: string) => void execFileSync("truncate", ["-s", "4G", path])],
])("%s in the place of a writer's file is named, and waited for by nobody", async (_name, make) => {
  const path = join(folder, "7.json");
  make(path);
  await expect(claim()).rejects.toThrow(`${path} is not what a run writes about itself`);
  expect(files()).toEqual(["7.json"]);
});

test("a file in the place of the folder is named with what to do", async () => {
  rmSync(folder, { recursive: true });
  writeFileSync(folder, "");
  await expect(claim()).rejects.toMatchObject({ code: "bad-file", message: expect.stringContaining(folder) });
});

test("a name that another process has just taken is looked at again", async () => {
  const writers = open();
  const another = join(folder, "another");
  writeFileSync(another, JSON.stringify({ ...MINE, start: "999", inFlight: [] }));
  taken = () => linkSync(another, join(folder, "500.json"));
  await claim(writers);
  expect(read("500.json")).toMatchObject({ start: "1000", claimed: true });
});

test("a killed run's request is outlived before anything is written, and no longer", async () => {
  leave({ inFlight: [START - 9_000, START + 250] });
  const { said } = await claim();
  expect(said).toEqual([expect.stringMatching(/a killed run left a request under way: waiting 250ms/)]);
  expect([files(), time.slept]).toEqual([["500.json"], 250]);
});

test.each([
  ["2099", { inFlight: [Date.UTC(2099, 0, 1)] }, 10_000],
  ["an hour ahead", { inFlight: [START + 3_600_000], longest: 30_000 }, 30_000],
  ["past what a number is good for", { inFlight: [1e300] }, 10_000],
])(
  "a date far ahead (%s) is waited for as long as a write may take, and then claimed",
  async (_what, writer, longest) => {
    leave(writer);
    await claim();
    expect([files(), time.slept]).toEqual([["500.json"], longest]);
  },
);

test("a clock that was put right since, in either direction, changes nothing of the wait", async () => {
  for (const put of [3_600_000, -3_600_000]) {
    // The dead writer's clock differed by so much, and one second of ten has passed since it wrote.
    const there = START - put - 1_000;
    const slept = time.slept;
    leave({ inFlight: [there + 10_000], longest: 10_000, ahead: START - put - time.uptime });
    const { letGo } = await claim();
    expect(time.slept - slept).toBe(9_000);
    letGo();
    time.now = START;
    time.uptime = 5_000;
  }
});

test("a live process of another run is named and not overrun, and this one leaves nothing behind", async () => {
  running.set(7, "900");
  leave({});
  await expect(claim()).rejects.toThrow("another run writes to this stack: process 7 on bastion — let it end");
  expect([files(), time.slept]).toEqual([["7.json"], 5_000]);
});

test("an orphan is given the time to end", async () => {
  running.set(7, "900");
  leave({});
  meanwhile = () => void (time.slept >= 1_000 && running.delete(7));
  await claim();
  expect([files(), time.slept]).toEqual([["500.json"], 1_000]);
});

test.each([
  ["another host", { host: "other" }],
  ["another machine of its name", { machine: "m-2" }],
  ["a container beside this one", { namespace: "pid:[2]" }],
  ["a machine without an id that was started anew, or another", { machine: undefined, boot: "b-2" }],
])("a process of %s is named and left, whatever it says of itself", async (_what, where) => {
  const file = leave({ ...where, inFlight: [START - 1] });
  await expect(claim()).rejects.toThrow(
    `process 7 on ${"host" in where ? "other" : "bastion"}, which cannot be seen from here — look there, and let it end; once it runs no more, remove ${file}`,
  );
  expect([files(), time.slept]).toEqual([["7.json"], 0]);
});

test("what stood before this machine was started anew is dead, and outlived", async () => {
  running.set(7, "900");
  leave({ boot: "b-0", inFlight: [START + 700] });
  await claim();
  expect([files(), time.slept]).toEqual([["500.json"], 700]);
});

test("a process of the first releases, which say the host alone, is told by its process", async () => {
  const first = { machine: undefined, boot: undefined, namespace: undefined };
  leave({ ...first, inFlight: [START + 300] });
  await claim();
  expect(time.slept).toBe(300);
});

test.each([
  ["an empty object", "{}"],
  ["nothing", ""],
  ["half a file", '{"pid":7,"sta'],
  ["another shape", '{"pid":"7","start":"1","engine":1,"host":"bastion","inFlight":"soon"}'],
  ["no object", "null"],
])("%s is named and left", async (_what, text) => {
  const file = leave(text);
  await expect(claim()).rejects.toThrow(
    `${file} is not what a run writes about itself: whether one writes to this stack cannot be told — if no other run is under way, remove that file`,
  );
  expect(files()).toEqual(["7.json"]);
});

test("what an earlier process of this id has in flight is outlived, too", async () => {
  leave({ pid: MINE.pid, start: "3", inFlight: [START + 400] }, "500.json");
  await claim();
  expect([read("500.json").start, time.slept]).toEqual([MINE.start, 400]);
  leave({ pid: MINE.pid, host: "other" }, "500.json");
  await expect(claim(open())).rejects.toThrow("process 500 on other, which cannot be seen from here");
  expect(read("500.json").host).toBe("other");
});

test("the second provider of our own run is let be", async () => {
  running.set(7, "900");
  leave({ engine: MINE.engine, inFlight: [START + 60_000] });
  await claim();
  expect([files(), time.slept]).toEqual([["500.json", "7.json"], 0]);
});

test("of two that look at the same time the one that began first goes on, and the other leaves nothing behind", async () => {
  running.set(7, "1001");
  const [second, first] = await Promise.allSettled([claim(open({ pid: 7, start: "1001", engine: 6 })), claim()]);
  expect(first).toMatchObject({ status: "fulfilled" });
  expect(second).toMatchObject({
    reason: { message: expect.stringContaining("another run writes to this stack: process 500 on bastion") },
  });
  expect([files(), read("500.json").claimed]).toEqual([["500.json"], true]);
});

test("a write is on record while it is under way, and nothing once all is let go of", async () => {
  const writers = open();
  const [{ letGo: first }, { letGo: second }] = [await claim(writers), await claim(writers)];
  const inFlight = () => read("500.json").inFlight as number[];
  const [one, two] = [writers.begin(10_000), writers.begin(20_000)];
  expect(inFlight()).toEqual([START + 10_000, START + 20_000]);
  one();
  expect(inFlight()).toHaveLength(1);
  first();
  first();
  second();
  // The write's answer may have been lost: a later run has to know of it.
  expect(inFlight()).toHaveLength(1);
  two();
  expect(files()).toEqual([]);
  await claim(writers);
  expect(files()).toEqual(["500.json"]);
});

test("a write is answered, though it cannot be noted", async () => {
  const writers = open();
  const { letGo } = await claim(writers);
  const settled = writers.begin(10_000);
  rmSync(folder, { recursive: true });
  writeFileSync(folder, "");
  expect(() => writers.begin(10_000)).toThrow(/500\.json cannot be written: .* is no folder/);
  expect(settled).not.toThrow();
  expect(letGo).not.toThrow();
});
