import { createHash } from "node:crypto";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BadFile } from "./errors";
import { md5Of } from "./file-md5";
import { openUploadSource } from "./upload-source";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "md5-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const MiB = 1024 * 1024;

test.each([1, 4 * MiB, 9 * MiB + 1])("the MD5 of a file of %i bytes is that of its bytes", async (size) => {
  const bytes = Buffer.alloc(size, "some bytes");
  writeFileSync(join(folder, "file"), bytes);
  const source = await openUploadSource(join(folder, "file"));
  try {
    expect(await md5Of(source, new AbortController().signal)).toBe(createHash("md5").update(bytes).digest("hex"));
  } finally {
    await source.close();
  }
});

test("a file that has changed since it was opened has none, and neither has one that nobody waits for", async () => {
  writeFileSync(join(folder, "file"), "some bytes");
  const source = await openUploadSource(join(folder, "file"));
  try {
    const ended = AbortSignal.abort(new Error("the engine is gone"));
    await expect(md5Of(source, ended)).rejects.toThrow("the engine is gone");
    appendFileSync(join(folder, "file"), "more");
    await expect(md5Of(source, new AbortController().signal)).rejects.toThrow(BadFile);
  } finally {
    await source.close();
  }
});
