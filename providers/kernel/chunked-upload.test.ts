import { createHash } from "node:crypto";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { type ChunkedUpload, ChunkFailed, uploadInChunks } from "./chunked-upload";
import { BadAnswer, BadFile, NotAuthorised, NotFound } from "./errors";
import { failure, json, wire } from "./fixtures/wire.fixture";
import { pathTo } from "./path";
import { openUploadSource } from "./upload-source";

const { startServer, testClient } = wire(onTestFinished);

/** What goes wrong with a chunk: it is lost, and that is said or not; the answer is cut before or after it arrived; 503. */
type Trouble = "lost" | "lie" | "cut" | "answer lost" | "busy" | "gone" | "forbidden" | undefined;

interface Site {
  port: number;
  /** The chunks that the server has, by number. */
  kept: Map<number, Buffer>;
  /** The numbers of the chunks in the order in which they came. */
  came: number[];
  /** The most requests that were open at once. */
  most(): number;
  file: string;
  /** The bytes of all chunks that the server has, in order. */
  whole(): Buffer;
}

/** A server that takes chunks of one file and asks for those that it lacks. */
async function startSite(
  bytes: Buffer,
  chunkSize: number,
  {
    trouble = () => undefined,
    listed = true,
  }: { trouble?: (number: number, time: number) => Trouble; listed?: boolean } = {},
): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), "upload-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'a "file".iso');
  writeFileSync(file, bytes);
  const kept = new Map<number, Buffer>();
  const came: number[] = [];
  let open = 0;
  let most = 0;
  const missing = () => [...Array(Math.ceil(bytes.length / chunkSize)).keys()].filter((number) => !kept.has(number));

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const number = Number(new URL(request.url ?? "", "http://site").searchParams.get("chunk"));
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    came.push(number);
    const form = await new Response(Buffer.concat(parts), {
      headers: { "content-type": request.headers["content-type"] ?? "" },
    }).formData();
    const sent = form.get("file") as File;
    expect(sent.name).toBe('a "file".iso');
    expect(form.get("part")).toBe(String(number));
    const what = trouble(number, came.filter((each) => each === number).length);
    if (what === "cut") return void request.socket.destroy();
    if (what === "busy") return json(response, 503, {});
    if (what === "gone") return json(response, 404, {});
    if (what === "forbidden") return json(response, 403, {});
    if (what !== "lost" && what !== "lie") kept.set(number, Buffer.from(await sent.arrayBuffer()));
    if (what === "answer lost") return void request.socket.destroy();
    json(response, 200, listed ? { to_upload: missing().filter((each) => what !== "lie" || each !== number) } : {});
  }

  const { port } = await startServer((request, response) => {
    open += 1;
    most = Math.max(most, open);
    response.once("close", () => (open -= 1));
    void take(request, response);
  });
  const whole = () => Buffer.concat([...kept].sort(([a], [b]) => a - b).map(([, each]) => each));
  return { port, kept, came, most: () => most, file, whole };
}

const answerSchema = z.object({ to_upload: z.array(z.number()).optional() });

/** Uploads to the site. Resolves with the progress lines. */
async function upload(site: Site, chunkSize: number, more: Partial<ChunkedUpload> = {}): Promise<string[]> {
  const { client, clock } = testClient([`127.0.0.1:${site.port}`], { notFound: (status) => status === 404 });
  const source = await openUploadSource(site.file);
  const said: string[] = [];
  try {
    await uploadInChunks({
      what: "a.iso to site",
      source,
      chunkSize,
      missing: undefined,
      clock,
      signal: new AbortController().signal,
      progress: (text) => said.push(text),
      async send({ number, form }, signal) {
        const parts = { field: "file", filename: 'a "file".iso', fields: { part: String(number) } };
        const { type, bytes } = form(parts);
        const { data } = await client.request({
          operation: `send chunk ${number}`,
          method: "POST",
          path: pathTo`/upload`,
          query: { chunk: number },
          body: bytes,
          headers: { "content-type": type },
          schema: answerSchema,
          signal,
        });
        return data.to_upload;
      },
      ...more,
    });
  } finally {
    await source.close();
  }
  return said;
}

const bytesOf = (length: number) =>
  Buffer.from(Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) % 256));
const numbers = (count: number) => [...Array(count).keys()];
const sorted = (all: number[]) => [...all].sort((a, b) => a - b);

test("every chunk is sent once, byte by byte as in the file, and the last may be shorter", async () => {
  const bytes = bytesOf(10_500);
  const site = await startSite(bytes, 1_000);
  await upload(site, 1_000, { missing: numbers(11) });
  expect(site.whole().equals(bytes)).toBe(true);
  expect(sorted(site.came)).toEqual(numbers(11));
  expect(site.kept.get(10)).toHaveLength(500);
});

test("so many are on their way at once, and with one they come in order", async () => {
  const bytes = bytesOf(12_000);
  const several = await startSite(bytes, 1_000);
  await upload(several, 1_000, { missing: numbers(12), inFlight: 3 });
  expect(several.most()).toBeLessThanOrEqual(3);
  const one = await startSite(bytes, 1_000);
  await upload(one, 1_000, { missing: numbers(12), inFlight: 1 });
  expect(one.came).toEqual(numbers(12));
  expect(one.most()).toBe(1);
});

test("only the chunks that the server asks for are sent; who does not know asks with the last one", async () => {
  const bytes = bytesOf(5_100);
  for (const missing of [[1, 4], undefined]) {
    const site = await startSite(bytes, 1_000);
    for (const number of [0, 2, 3, 5]) site.kept.set(number, bytes.subarray(number * 1_000, (number + 1) * 1_000));
    await upload(site, 1_000, { missing });
    expect(sorted(site.came)).toEqual(missing ? [1, 4] : [1, 4, 5]);
    expect(site.whole().equals(bytes)).toBe(true);
  }
});

test("a server that never says what it lacks gets every chunk once", async () => {
  const bytes = bytesOf(4_100);
  const site = await startSite(bytes, 1_000, { listed: false });
  await upload(site, 1_000);
  expect(sorted(site.came)).toEqual(numbers(5));
  expect(site.whole().equals(bytes)).toBe(true);
});

// A lie is told once: a chunk that is said to be there twice, the second time with the last answer, cannot be found out.
test.each<[Trouble, number]>([
  ["lost", 2],
  ["lie", 1],
  ["cut", 2],
  ["answer lost", 2],
  ["busy", 2],
])("a chunk with the trouble %s, %i times, is sent again", async (what, times) => {
  const bytes = bytesOf(6_000);
  const trouble = (number: number, time: number) => (number === 2 && time <= times ? what : undefined);
  const site = await startSite(bytes, 1_000, { trouble });
  await upload(site, 1_000, { missing: numbers(6) });
  expect(site.whole().equals(bytes)).toBe(true);
  expect(site.came.filter((number) => number === 2)).toHaveLength(times + 1);
});

test("a chunk that fails three times ends the upload with its number and what the server said", async () => {
  const site = await startSite(bytesOf(9_000), 1_000, {
    trouble: (number) => (number === 1 ? "busy" : undefined),
  });
  const error = await failure(upload(site, 1_000, { missing: numbers(9) }));
  expect(error).toBeInstanceOf(ChunkFailed);
  expect(error.message).toMatch(/a\.iso to site: chunk 1 of 0 to 8 failed 3 times: Unable to send chunk 1: .*503/);
  expect(site.came.filter((number) => number === 1)).toHaveLength(3);
});

test.each<[Trouble, typeof NotFound | typeof NotAuthorised]>([
  ["gone", NotFound],
  ["forbidden", NotAuthorised],
])("what sending again does not mend is told at once: %s", async (what, kind) => {
  const site = await startSite(bytesOf(9_000), 1_000, { trouble: () => what });
  expect(await failure(upload(site, 1_000, { missing: numbers(9), inFlight: 1 }))).toBeInstanceOf(kind);
  expect(site.came).toEqual([0]);
});

test("a server that asks for a chunk which the file does not have is not answered", async () => {
  const site = await startSite(bytesOf(3_000), 1_000);
  const error = await failure(upload(site, 1_000, { missing: [0, 3] }));
  expect(error).toBeInstanceOf(BadAnswer);
  expect(error.message).toMatch(/asks for chunk 3, of 3000 bytes in chunks of 1000 there are 0 to 2/);
  expect(site.came).toEqual([]);
});

test("a server that takes two chunks and asks for them in turn is not sent them for ever", async () => {
  const site = await startSite(bytesOf(2_000), 1_000);
  const came: number[] = [];
  const send = async ({ number }: { number: number }) => {
    came.push(number);
    return [1 - number];
  };
  const error = await failure(upload(site, 1_000, { missing: [0], send }));
  expect(error).toBeInstanceOf(ChunkFailed);
  expect(error.message).toMatch(/chunk 0 of 0 to 1 failed 3 times: the server took it and asks for it again/);
  expect(came).toEqual([0, 1, 0, 1, 0, 1]);
});

test("one that is asked for twice at once is sent once", async () => {
  const site = await startSite(bytesOf(2_000), 1_000);
  await upload(site, 1_000, { missing: [0, 1, 0, 0, 1] });
  expect(sorted(site.came)).toEqual([0, 1]);
});

test("chunks that are too small to be counted or too large to be held are refused", async () => {
  const site = await startSite(bytesOf(200_000), 1_000);
  expect((await failure(upload(site, 1))).message).toMatch(
    /the server wants its 200000 bytes in chunks of 1: 200000 of them/,
  );
  await upload(site, Number.MAX_SAFE_INTEGER, { send: async () => [] });
  expect(site.came).toEqual([]);
});

test("a file that is written on while it is uploaded is refused, whether between two chunks or at the end", async () => {
  for (const at of [1, 4]) {
    const site = await startSite(bytesOf(5_000), 1_000, {
      trouble(number) {
        if (number === at) appendFileSync(site.file, "more");
        return undefined;
      },
    });
    const error = await failure(upload(site, 1_000, { missing: numbers(5), inFlight: 1 }));
    expect(error).toBeInstanceOf(BadFile);
    expect(error.message).toMatch(/was changed while it was uploaded: it had 5000 bytes .* has 5004/);
    expect(site.came).toHaveLength(at + 1);
  }
});

test("a file that is not there, is empty, or is a folder says so and what to do", async () => {
  const site = await startSite(Buffer.alloc(0), 1_000);
  expect((await failure(openUploadSource(`${site.file}.none`))).message).toMatch(/none.* is not there — put the file/);
  expect((await failure(openUploadSource(site.file))).message).toMatch(/is empty — put the file/);
  expect((await failure(openUploadSource(join(site.file, "..")))).message).toMatch(/is no file — put the file/);
});

test("an abort ends it with its reason, and nothing is sent any more", async () => {
  const ending = new AbortController();
  const site = await startSite(bytesOf(20_000), 1_000, {
    trouble(number) {
      if (number === 5) ending.abort(new Error("the engine is gone"));
      return undefined;
    },
  });
  const error = await failure(upload(site, 1_000, { missing: numbers(20), inFlight: 2, signal: ending.signal }));
  expect(error.message).toBe("the engine is gone");
  expect(site.came.length).toBeLessThan(9);
});

test("progress tells how much there is, and ends with all of it", async () => {
  const site = await startSite(bytesOf(3_500_000), 1_000_000);
  const said = await upload(site, 1_000_000, { missing: numbers(4) });
  expect(said[0]).toBe("uploading a.iso to site: 0.0 MiB of 3.3 MiB");
  expect(said.at(-1)).toMatch(/^uploading a\.iso to site: 3\.3 MiB of 3\.3 MiB, .* MiB\/s$/);
});

test("however chunks are lost, doubled and cut, the bytes arrive as they are in the file", async () => {
  const troubles: Trouble[] = [undefined, undefined, undefined, "lost", "cut", "answer lost", "busy"];
  await fc.assert(
    fc.asyncProperty(
      // A dozen chunks, whatever their size: each is a request.
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 64 }),
      fc.integer({ min: 0, max: 63 }),
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.constantFrom(...troubles), { maxLength: 30 }),
      async (count, chunkSize, less, inFlight, plan) => {
        const size = count * chunkSize - Math.min(less, chunkSize - 1);
        const bytes = createHash("shake256", { outputLength: size }).update(`${size}`).digest();
        const trouble = (number: number, time: number) =>
          time > 2 ? undefined : plan[(number * 2 + time) % Math.max(1, plan.length)];
        const site = await startSite(bytes, chunkSize, { trouble });
        await upload(site, chunkSize, { missing: numbers(count), inFlight });
        expect(site.whole().equals(bytes)).toBe(true);
      },
    ),
    { numRuns: 25 },
  );
});
