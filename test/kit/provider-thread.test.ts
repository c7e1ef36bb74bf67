import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { createProject, type KitProject, PROJECT, STACK } from "./project";
import { startProviderThread } from "./provider-thread";
import { thing } from "./store-program";
import { type StoreServer, startStore } from "./store-server";

const folder = mkdtempSync(join(tmpdir(), "provider-thread-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let project: KitProject;
beforeEach(() => {
  project = createProject();
  mkdirSync(project.memory, { recursive: true });
});
afterEach(() => project.close());

/** A script that a provider loads before anything else. */
function script(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

const start = (preload: string[], whileStopped?: () => Promise<void>) =>
  startProviderThread({ main: project.main, project: PROJECT, config: {}, env: project.env, preload, whileStopped });

/** Which thread this is, and what of a provider before may be seen in it. */
const LOOK = script(
  "look.cjs",
  `const fs = require("node:fs");
  const seen = [fs.mine, fs.promises.mine, Date.mine, Math.mine, globalThis.mine, require("node:os").mine, process.exitCode];
  const laid = [fs.existsSync, Date.now, process.kill].map((each) => /mine/.test(each));
  process.stderr.write(JSON.stringify([require("node:worker_threads").threadId, seen, laid, process.listenerCount("mine"), process.env.MINE]));`,
);
const LITTER = script(
  "litter.cjs",
  `const fs = require("node:fs");
  for (const each of [fs, fs.promises, Date, Math, globalThis, require("node:os")]) each.mine = "mine";
  fs.existsSync = () => "mine";
  Date.now = () => "mine".length;
  process.kill = () => "mine";
  process.on("mine", () => {});
  process.env.MINE = "mine";
  setInterval(() => process.stderr.write("mine"), 1);
  require("node:net").connect(9, "127.0.0.1").on("error", () => {});`,
);

test("a provider finds nothing of the one that has left its thread to it", async () => {
  const first = await start([LOOK, LITTER]);
  await first.kill();
  const second = await start([LOOK]);
  try {
    const [ofFirst, ofSecond] = [first, second].map((each) =>
      JSON.parse(each.stderr().replace(/mine|(?<=\])[^\]]+$/g, "")),
    );
    expect(ofSecond).toEqual(ofFirst);
  } finally {
    await second.kill();
  }
});

test("one that is still at something leaves its thread to nobody", async () => {
  const hold = script("hold.cjs", `require("node:timers").setInterval(() => {}, 1_000_000);`);
  const first = await start([LOOK, hold]);
  await first.kill();
  const second = await start([LOOK]);
  try {
    expect(JSON.parse(second.stderr())[0]).not.toBe(JSON.parse(first.stderr())[0]);
  } finally {
    await second.kill();
  }
});

test("where what is done while it has stopped fails, its calls do, with the reason", async () => {
  const store: StoreServer = await startStore();
  const stop = script(
    "stop.cjs",
    `const { request } = require("node:http");
    require("node:http").request = (...args) => (process.kill(process.pid, "SIGSTOP"), request(...args));`,
  );
  const provider = await start([stop], () => Promise.reject(new Error("no space left")));
  try {
    const { type, args } = thing(store, "a");
    const said = { urn: `urn:pulumi:${STACK}::${PROJECT}::pulumi-nodejs:dynamic/${type}::a` };
    const text = `exports.handler=()=>require("@sitewright/providers/handler").handler("${type}")`;
    const { inputs } = await provider.check(said, {}, { ...args, __provider: text, __schema: 2, __run: 1 });
    await expect(provider.create(said, inputs)).rejects.toThrow("no space left");
  } finally {
    await provider.kill();
    await store.close();
  }
});
