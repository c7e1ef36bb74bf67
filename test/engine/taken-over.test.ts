import { mkdirSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createProject, type KitProject } from "../kit/project";
import { thing } from "../kit/store-program";
import { type StoreServer, startStore } from "../kit/store-server";
import { createTestEngine, type TestEngine } from "../kit/test-engine";

let store: StoreServer;
let project: KitProject;
let engine: TestEngine;

beforeEach(async () => {
  store = await startStore();
  project = createProject();
  mkdirSync(project.memory, { recursive: true });
  engine = createTestEngine({ main: project.main, env: project.env });
});
afterEach(async () => {
  await engine.close();
  await store.close();
  project.close();
});

const REFUSAL = /Thing\/A stands .*\(id t-1\) and cannot be brought to the plan: zone stands as "a", planned is "b"/;

test("an object of ours that the state has lost is not taken over when only a replacement would bring it to the plan", async () => {
  await engine.up([thing(store, "a", { zone: "a" })]);
  engine.state = [];
  store.clearRequests();
  const { ok, errors } = await engine.up([thing(store, "a", { zone: "b", size: 7 })]);
  expect(errors.join()).toMatch(REFUSAL);
  expect(ok).toBe(false);
  expect(store.writes()).toEqual([]);
  expect((await engine.up([thing(store, "a", { zone: "a", size: 7 })])).errors).toEqual([]);
  expect(store.state.things).toMatchObject([{ id: "t-1", zone: "a", size: 7 }]);
});

test("a foreign object that is to be adopted is refused for the same reason", async () => {
  await engine.up([thing(store, "a", { zone: "a" })]);
  engine.state = [];
  Object.assign(engine.settings, { adopt: "all" });
  await engine.kill();
  const { ok, errors } = await engine.up([thing(store, "a", { zone: "b" })]);
  expect(errors.join()).toMatch(REFUSAL);
  expect(ok).toBe(false);
});
