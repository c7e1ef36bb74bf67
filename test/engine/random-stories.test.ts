import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ResourceSpec } from "../kit/program";
import { createProject, type KitProject, root } from "../kit/project";
import { type StoreServer, startStore } from "../kit/store-server";
import { createTestEngine } from "../kit/test-engine";
import { type Move, programOf, story, type Wanted } from "./random-story";

const full = process.env.SITEWRIGHT_TEST_FULL === "1";
/** The same stories each time, unless told: a failure that nobody has caused belongs into the full run. */
const seed = Number(process.env.SITEWRIGHT_TEST_SEED ?? (full ? Date.now() % 2 ** 31 : 1));

/** What a story needs of an engine. */
interface Driver {
  up(program: ResourceSpec[], refresh: boolean): Promise<Run>;
  refresh(): Promise<Run>;
  destroy(): Promise<Run>;
  /** Names of the resources in the state. */
  stands(): Promise<string[]>;
  /** From now on a fresh provider, killed at its Nth step; undefined ends that. */
  arm(at: number | undefined): Promise<void>;
  close(): Promise<void>;
}

interface Run {
  ok: boolean;
  /** What was done to resources: nothing, in a second up. */
  did: string[];
  errors: string[];
}

const crashAt = join(root, "test", "kit", "crash-at.cjs");

function createKitProject(): { project: KitProject; control: string } {
  const project = createProject({ speed: 200 });
  const control = join(project.folder, "crash.json");
  Object.assign(project.env, { KIT_CRASH: control });
  mkdirSync(project.memory, { recursive: true });
  return { project, control };
}

function testDriver(): Driver {
  const { project, control } = createKitProject();
  const engine = createTestEngine({
    main: project.main,
    env: project.env,
    settings: { requestTimeout: "400ms" },
    preload: [crashAt],
  });
  const run = async (verb: () => Promise<{ ok: boolean; steps: string[]; errors: string[] }>) => {
    // A provider lives for one run, as with the real engine.
    await engine.kill();
    const { ok, steps, errors } = await verb();
    return { ok, did: steps.filter((step) => !step.startsWith("refresh ")), errors };
  };
  return {
    up: (program, refresh) => run(() => engine.up(program, { refresh })),
    refresh: () => run(() => engine.refresh()),
    destroy: () => run(() => engine.destroy()),
    stands: async () => engine.state.map(({ name }) => name),
    async arm(at) {
      if (at === undefined) return rmSync(control, { force: true });
      writeFileSync(control, JSON.stringify({ at }));
    },
    async close() {
      await engine.close();
      project.close();
    },
  };
}

type Thing = Wanted["things"][string];

/** Lives through a story, and checks after each move what must always hold, and at the end that all is well. */
async function live(moves: Move[], store: StoreServer, driver: Driver): Promise<void> {
  /** What a killed or failed run may have begun: dropped from the plan, nobody would be left to ask for it. */
  let begun: Wanted = { things: {} };
  let last: Wanted = { things: {} };
  const foreign = { id: "f-1", name: "Z", zone: "a", size: 9, tags: [], text: "", secret: "", mark: "", revision: 1 };
  store.state.things.push({ ...foreign });

  async function up(wanted: Wanted, refresh: boolean): Promise<Run> {
    const things = { ...begun.things, ...wanted.things };
    // What may stand half made is not taken over with another zone: that is refused, and asks the user.
    for (const [name, { zone }] of Object.entries(begun.things)) things[name] = { ...things[name], zone } as Thing;
    last = { ...begun, ...wanted, things };
    const run = await driver.up(programOf(last, store), refresh);
    begun = run.ok ? { things: {} } : last;
    return run;
  }

  for (const move of moves) {
    switch (move.kind) {
      case "up":
        expectExplained(await up(move.wanted, move.refresh));
        break;
      case "killed up":
        await driver.arm(move.at);
        await up(move.wanted, false);
        await driver.arm(undefined);
        break;
      case "refresh":
        expectExplained(await driver.refresh());
        break;
      case "drift":
        drift(store, move.name.toUpperCase(), move.size);
        break;
      case "fault":
        store.fault(move.fault);
        break;
      case "destroy":
        if (Object.keys(begun).length === 1 && Object.keys(begun.things).length === 0) {
          expectExplained(await driver.destroy());
          last = { things: {} };
        }
        break;
    }
    // What hangs is let go: its client has given up by now, or been killed.
    store.release();
    expectSafe(store, foreign);
  }

  store.clearFaults();
  const whole = await up(last, true);
  expect(whole).toMatchObject({ ok: true, errors: [] });
  expectSafe(store, foreign);
  const things = store.state.things.filter(({ name }) => name !== "Z");
  expect(
    Object.fromEntries(things.map(({ name, size, zone, tags }) => [name.toLowerCase(), { size, zone, tags }])),
  ).toEqual(
    Object.fromEntries(Object.entries(last.things).map(([name, { size, zone, tags }]) => [name, { size, zone, tags }])),
  );
  if (last.limit !== undefined) expect(store.state.limit).toBe(last.limit);
  if (last.setup) expect(store.state.setup?.owner).toBe("me");
  const program = programOf(last, store);
  expect((await driver.stands()).sort()).toEqual(program.map(({ name }) => name).sort());
  store.clearRequests();
  expect(await driver.up(program, false)).toEqual({ ok: true, did: [], errors: [] });
  expect(store.writes()).toEqual([]);
  expect(await driver.destroy()).toMatchObject({ ok: true, errors: [] });
  expect(store.state.things).toEqual([foreign]);
}

function drift(store: StoreServer, name: string, size: number | undefined): void {
  const found = store.state.things.find((each) => each.name === name);
  if (found && size !== undefined) found.size = size;
  if (size === undefined) store.state.things = store.state.things.filter((each) => each !== found);
}

/** Whatever happens: nothing doubled, nothing done twice that is done once, nothing touched that is another's. */
function expectSafe(store: StoreServer, foreign: { name: string }): void {
  const names = store.state.things.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
  expect(store.state.things.find(({ name }) => name === foreign.name)).toEqual(foreign);
  expect(
    store.requests.filter(({ operation, committed }) => operation === "setUp" && committed).length,
  ).toBeLessThanOrEqual(1);
}

/** A run that fails says what happened to what; it never shows a fault of the program. */
function expectExplained({ ok, errors }: Run): void {
  if (!ok) expect(errors.join("\n")).toMatch(/./);
  expect(errors.join("\n")).not.toMatch(/TypeError|ReferenceError|undefined|\[object/);
}

test(
  "with every sort of kind among foreign objects: whatever is planned, killed, changed behind its back or broken, up with a refresh brings it about",
  async () => {
    process.stdout.write(`random stories: seed ${seed} (SITEWRIGHT_TEST_SEED)\n`);
    await fc.assert(
      fc.asyncProperty(story, async (moves) => {
        const store = await startStore();
        const driver = testDriver();
        try {
          await live(moves, store, driver);
        } finally {
          await driver.close();
          await store.close();
        }
      }),
      {
        seed,
        numRuns: Number(process.env.SITEWRIGHT_TEST_RUNS ?? (full ? 100 : 12)),
        endOnFailure: process.env.SITEWRIGHT_TEST_SHRINK !== "1",
      },
    );
  },
  full ? 3_600_000 : 600_000,
);
