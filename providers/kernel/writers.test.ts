import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startTime } from "./orphan";
import { openWriters } from "./writers";

const folder = () => mkdtempSync(join(tmpdir(), "writers-"));

function leave(at: string, writer: object): void {
  writeFileSync(
    join(at, "1.json"),
    JSON.stringify({ pid: 1, start: "long ago", engine: 1, host: hostname(), inFlight: [], ...writer }),
  );
}

test("what a run left behind that ended without a write under way is cleared at once", async () => {
  const at = folder();
  leave(at, {});
  await openWriters(at).claim(() => {});
  expect(readdirSync(at)).toEqual([`${process.pid}.json`]);
});

test("a killed run's request is outlived before anything is written", async () => {
  const at = folder();
  const until = Date.now() + 250;
  leave(at, { inFlight: [until - 9_000, until] });
  const said: string[] = [];
  await openWriters(at).claim((text) => said.push(text));
  expect(Date.now()).toBeGreaterThanOrEqual(until);
  expect(said).toEqual([expect.stringMatching(/a killed run left a request under way: waiting/)]);
});

test("a live process of another run is named and not overrun", async () => {
  const at = folder();
  const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  await once(other, "spawn");
  try {
    leave(at, { pid: other.pid, start: startTime(other.pid as number), engine: 4_000_000 });
    await expect(openWriters(at, 300).claim(() => {})).rejects.toThrow(
      `another run writes to this stack: process ${other.pid}`,
    );
  } finally {
    other.kill("SIGKILL");
  }
});

test("the second provider of our own run is let be", async () => {
  const at = folder();
  const writers = openWriters(at);
  await writers.claim(() => {});
  const mine = JSON.parse(readFileSync(join(at, `${process.pid}.json`), "utf8")) as object;
  leave(at, { ...mine, inFlight: [Date.now() + 60_000] });
  await openWriters(at).claim(() => {});
  expect(readdirSync(at)).toHaveLength(2);
});

test("a write is on record while it is under way", async () => {
  const at = folder();
  const writers = openWriters(at);
  await writers.claim(() => {});
  const inFlight = () =>
    (JSON.parse(readFileSync(join(at, `${process.pid}.json`), "utf8")) as { inFlight: number[] }).inFlight;
  const [one, two] = [writers.begin(10_000), writers.begin(20_000)];
  expect(inFlight()).toHaveLength(2);
  one();
  expect(inFlight()).toHaveLength(1);
  two();
  expect(inFlight()).toEqual([]);
});
