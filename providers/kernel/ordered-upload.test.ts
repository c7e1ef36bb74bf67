import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { ChunkFailed } from "./chunked-upload";
import { realClock } from "./clock";
import { BadAnswer, BadFile, CannotReach, Refused } from "./errors";
import { uploadInOrder } from "./ordered-upload";
import { openUploadSource } from "./upload-source";

const SIZE = 10;
const CHUNK = 4;

/** What becomes of a chunk: it comes, its answer is lost after it has come or before, or it is refused. */
type Trouble = "lost after" | "lost before" | "refused" | undefined;

/** Uploads a file of three chunks to a server that appends what comes; what it has, and how often each chunk left. */
async function uploaded(troubles: Trouble[], { taken = 0, more = 0 } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "upload-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "linux.iso");
  const whole = Buffer.from("0123456789");
  writeFileSync(file, whole);
  const source = await openUploadSource(file);
  const has = [whole.subarray(0, taken * CHUNK)];
  const chunks = () => Math.ceil(Buffer.concat(has).length / CHUNK);
  const sent: number[] = [];
  const said: string[] = [];
  let under = 0;
  const left = [...troubles];
  const lost = () => new CannotReach("cut", { sent: true });
  const run = uploadInOrder({
    what: "linux.iso to TOWER",
    source,
    chunkSize: CHUNK,
    taken,
    async send({ number, offset, bytes }) {
      under += 1;
      expect([under, offset]).toEqual([1, number * CHUNK]);
      sent.push(number);
      await Promise.resolve();
      under -= 1;
      const trouble = left.shift();
      if (trouble === "refused") throw new Refused("no", { status: 400 });
      if (trouble !== "lost before") has.push(Buffer.from(bytes));
      if (trouble !== undefined) throw lost();
      if (sent.length > 9) throw new Error("without end");
      return chunks() + more;
    },
    arrived: async () => chunks(),
    clock: realClock(1),
    signal: new AbortController().signal,
    progress: (text) => said.push(text),
  });
  const error = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  await source.close();
  return { has: Buffer.concat(has).toString(), sent, said, error, file };
}

test("a file goes in order, one chunk at a time, from where the server is", async () => {
  expect(await uploaded([])).toMatchObject({ has: "0123456789", sent: [0, 1, 2], error: undefined });
  expect(await uploaded([], { taken: 2 })).toMatchObject({ has: "0123456789", sent: [2] });
  expect(await uploaded([], { taken: 3 })).toMatchObject({ sent: [], error: undefined });
});

test("whatever answers are lost, the server has each byte once and in its place", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom<Trouble>("lost after", "lost before", undefined)), async (troubles) => {
      const { has, error } = await uploaded(troubles);
      if (error) expect(error).toBeInstanceOf(ChunkFailed);
      expect("0123456789".startsWith(has)).toBe(true);
      expect(has.length === SIZE || error !== undefined).toBe(true);
    }),
  );
});

test("a chunk that never comes is sent three times, one that is refused once", async () => {
  const never = await uploaded([undefined, "lost before", "lost before", "lost before"]);
  expect([never.sent, never.error]).toEqual([[0, 1, 1, 1], expect.any(ChunkFailed)]);
  const refused = await uploaded([undefined, "refused"]);
  expect([refused.sent, String(refused.error)]).toEqual([
    [0, 1],
    expect.stringMatching(/chunk 1 of 0 to 2 failed: no/),
  ]);
});

test("a server that has more than was sent is not believed", async () => {
  expect((await uploaded([], { taken: 4 })).error).toBeInstanceOf(BadAnswer);
  const { sent, error } = await uploaded([], { more: 1 });
  expect([sent, String(error)]).toEqual([[0], expect.stringMatching(/the server has 2 chunks, and was sent 1/)]);
});

test("a file that has changed is refused", async () => {
  const folder = mkdtempSync(join(tmpdir(), "upload-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "linux.iso");
  writeFileSync(file, "0123456789");
  const source = await openUploadSource(file);
  const run = uploadInOrder({
    what: "linux.iso to TOWER",
    source,
    chunkSize: CHUNK,
    taken: 0,
    async send({ number }) {
      utimesSync(file, new Date(), new Date("2026-01-01"));
      return number + 1;
    },
    arrived: async () => 0,
    clock: realClock(1),
    signal: new AbortController().signal,
    progress: () => {},
  });
  await expect(run).rejects.toThrow(BadFile);
  await source.close();
});
