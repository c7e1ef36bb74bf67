import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../kit/project";

const script = join(root, "test", "kit", "claim.cjs");
const writers = join(root, "dist", "providers", "kernel", "writers");

/** Starts processes that wait for one signal, gives it, and tells what each says of its claim. */
async function race(count: number): Promise<{ said: string[]; left: string[] }> {
  const folder = mkdtempSync(join(tmpdir(), "claims-"));
  const start = join(folder, "start");
  const lock = join(folder, "writers");
  const children = Array.from({ length: count }, () =>
    spawn(process.execPath, [script, writers, lock, start], { stdio: ["pipe", "pipe", "inherit"] }),
  );
  try {
    await Promise.all(children.map((child) => line(child)));
    const said = Promise.all(children.map((child) => line(child)));
    writeFileSync(start, "");
    return { said: await said, left: readdirSync(lock) };
  } finally {
    for (const child of children) child.stdin?.end();
    await Promise.all(children.map((child) => new Promise((resolve) => child.once("close", resolve))));
    rmSync(folder, { recursive: true });
  }
}

function line(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stdout?.once("data", (chunk: Buffer) => resolve(chunk.toString().trim()));
    child.once("exit", (code) => reject(new Error(`it ended with ${code}`)));
  });
}

test("of many runs that begin at the same moment one goes on, each time, and the others name it", async () => {
  for (let round = 1; round <= 8; round++) {
    const { said, left } = await race(6);
    expect(
      said.filter((each) => each === "claimed"),
      `round ${round}`,
    ).toHaveLength(1);
    expect(said.filter((each) => each.includes("another run writes to this stack: process "))).toHaveLength(5);
    expect(left).toHaveLength(1);
  }
});
