import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { ResourceSpec } from "../kit/program";
import { createProject, root } from "../kit/project";
import { connectionTo, thing } from "../kit/store-program";
import { startStore } from "../kit/store-server";
import { createTestEngine } from "../kit/test-engine";

/** A store, and an engine whose disk is full when the journal's line of a stage is written, while `full` says so. */
async function start() {
  const store = await startStore();
  const project = createProject();
  const control = join(project.folder, "full-disk.json");
  mkdirSync(project.memory, { recursive: true });
  const engine = createTestEngine({
    main: project.main,
    env: { ...project.env, KIT_FULL_DISK: control },
    preload: [join(root, "test", "kit", "full-disk.cjs")],
    settings: { requestTimeout: "3s" },
  });
  onTestFinished(async () => {
    await engine.close();
    await store.close();
    project.close();
  });
  const journal = join(project.memory, "journal.jsonl");
  return {
    store,
    engine,
    journal,
    full: (stage: string) => writeFileSync(control, JSON.stringify({ at: `"stage":"${stage}"` })),
    freed: () => rmSync(control),
    stages: () => lines(journal).map((line) => JSON.parse(line).stage),
  };
}

function lines(file: string): string[] {
  return readFileSync(file, "utf8").trimEnd().split("\n");
}

const FULL = /journal\.jsonl cannot be written: the disk of \S+\.sitewright\/test is full — free space there/;
const setup = (store: { address: string }): ResourceSpec => ({
  type: "store:Setup",
  name: "setup",
  args: { connection: connectionTo(store as never), owner: "me" },
});

test("a write that could not be noted before is never sent", async () => {
  const { store, engine, full, freed, stages } = await start();
  for (const program of [[thing(store, "a")], [setup(store)]]) {
    full("intended");
    const failed = await engine.up(program);
    expect(failed.errors.join()).toMatch(FULL);
    expect(store.writes()).toEqual([]);
    freed();
  }
  expect(await engine.up([thing(store, "a"), setup(store)])).toMatchObject({ ok: true });
  expect(store.state.things).toHaveLength(1);
  expect(stages().slice(0, 2)).toEqual(["intended", "made"]);
});

test.each([
  ["store:Thing", "made"],
  ["store:MarkedThing", "made"],
  ["store:Thing", "standing"],
  ["store:MarkedThing", "standing"],
])(
  "%s: where %s cannot be noted the run fails and says so, and the next up has the one that was made",
  async (type, stage) => {
    const { store, engine, full, freed, stages } = await start();
    const program = [thing(store, "a", {}, {}, type)];
    full(stage);
    const failed = await engine.up(program);
    expect(failed.errors.join()).toMatch(FULL);
    freed();
    expect(await engine.up(program)).toMatchObject({ ok: true });
    expect(store.state.things.map(({ name, size }) => ({ name, size }))).toEqual([{ name: "A", size: 3 }]);
    expect(store.requests.filter(({ operation }) => operation === "createThing")).toHaveLength(1);
    expect(stages().at(-1)).toBe("standing");
    expect(await engine.up(program)).toMatchObject({ ok: true, steps: [] });
  },
);

test.each(["made", "standing"])("a one-way object of which %s cannot be noted is not done again", async (stage) => {
  const { store, engine, full, freed } = await start();
  full(stage);
  expect((await engine.up([setup(store)])).errors.join()).toMatch(FULL);
  freed();
  expect(await engine.up([setup(store)])).toMatchObject({ ok: true });
  expect(store.writes()).toHaveLength(1);
  expect(engine.state).toMatchObject([{ name: "setup" }]);
});

test("what the vendor says of a failure is told, though it cannot be noted", async () => {
  const { store, engine, full, freed } = await start();
  full("gone");
  store.fault({ kind: "refuse", operation: "createThing" });
  expect((await engine.up([thing(store, "a")])).errors.join()).toMatch(
    /the shelf is being moved.*; and it could not be noted: .*is full/s,
  );
  store.fault({ kind: "jobFails", operation: "createThing" });
  const { errors } = await engine.up([thing(store, "a")]);
  expect(errors.join()).toMatch(/job j-1 failed: shelf is full; and it could not be noted: .*is full/s);
  freed();
  expect(await engine.up([thing(store, "a")])).toMatchObject({ ok: true });
  expect(store.state.things).toHaveLength(1);
});

test("a one-way object whose failure cannot be noted tells of both, and is done once more by the next up", async () => {
  const { store, engine, full, freed, stages } = await start();
  full("failed");
  store.fault({ kind: "jobFails", operation: "setUp" });
  expect((await engine.up([setup(store)])).errors.join()).toMatch(
    /the set-up of shop has failed: no shelf; and it could not be noted: .*is full/,
  );
  expect(stages()).toEqual(["intended", "made"]);
  freed();
  expect(await engine.up([setup(store)])).toMatchObject({ ok: true });
  expect(store.writes()).toHaveLength(2);
  expect([stages().at(-1), engine.state.length]).toEqual(["standing", 1]);
});

test("a deletion that cannot be noted fails, and the next one ends it", async () => {
  const { store, engine, full, freed } = await start();
  await engine.up([thing(store, "a")]);
  await engine.kill();
  full("gone");
  expect((await engine.up([])).errors.join()).toMatch(FULL);
  freed();
  expect(await engine.up([])).toMatchObject({ ok: true });
  expect([store.state.things, engine.state]).toEqual([[], []]);
});

test("half a line of a kill is no line, and costs the next one nothing", async () => {
  const { store, engine, journal, stages } = await start();
  await engine.up([thing(store, "a")]);
  await engine.kill();
  appendFileSync(journal, `{"kind":"store:Thing","connection":"shop","key":"A","stage":"go`);
  expect(await engine.up([thing(store, "a"), thing(store, "b")])).toMatchObject({ ok: true, steps: ["create b"] });
  const whole = lines(journal).filter((line) => line.endsWith("}"));
  expect(lines(journal)).toHaveLength(whole.length + 1);
  expect(whole.map((line) => JSON.parse(line).stage)).toContain("standing");
  expect(stages).toThrow();
});
