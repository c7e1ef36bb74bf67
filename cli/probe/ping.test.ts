import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { findPing, ping } from "./ping";

const folder = mkdtempSync(join(tmpdir(), "sitewright-ping-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A program that stands for ping. */
function program(name: string, script: string): string {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

const never = new AbortController().signal;

test.each([
  ["an echo is exit code 0", "exit 0", true],
  ["no echo is exit code 1", "exit 1", false],
  ["anything else is a program that failed, and proves nothing", "exit 2", undefined],
  ["so is one that a signal ends", "kill -TERM $$", undefined],
])("%s", async (_name, script, expected) => {
  expect(await ping(program("ping", script), "192.0.2.1", 1_000, never)).toBe(expected);
});

test("one request is sent, with numbers for names and a bound in seconds", async () => {
  const script = '[ "$*" = "-n -c 1 -W 1 192.0.2.1" ]';
  expect(await ping(program("args", script), "192.0.2.1", 1_000, never)).toBe(process.platform !== "darwin");
});

test("a program that hangs is ended with the signal", async () => {
  expect(await ping(program("hangs", "exec sleep 600"), "192.0.2.1", 1_000, AbortSignal.timeout(50))).toBeUndefined();
});

test("the first ping on PATH is taken; without one there is none", async () => {
  const file = program("ping", "exit 0");
  expect(await findPing(`/nowhere:${folder}`)).toBe(file);
  expect(await findPing("/nowhere:")).toBeUndefined();
});

test("an installed ping hears this machine", async (context) => {
  const installed = await findPing();
  if (!installed) return context.skip("no ping is installed");
  const heard = await ping(installed, "127.0.0.1", 1_000, never);
  if (heard === undefined) return context.skip("the installed ping may not send");
  expect(heard).toBe(true);
});
