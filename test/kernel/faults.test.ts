import { afterAll, beforeEach, expect, test } from "vitest";
import { createProject } from "../kit/project";
import { thing } from "../kit/store-program";
import { type Fault, type StoreServer, startStore } from "../kit/store-server";
import { createTestEngine, type TestEngine } from "../kit/test-engine";

/** On the test engine, against one provider process: faults are many, and each costs milliseconds. */
const project = createProject({ speed: 1000 });
let engine: TestEngine;
let store: StoreServer;

beforeEach(async () => {
  await store?.close();
  await engine?.close();
  store = await startStore();
  engine = createTestEngine({
    main: project.main,
    env: { ...project.env, SITEWRIGHT_JOURNAL: `${project.folder}/${store.address}` },
    settings: { requestTimeout: "500ms" },
  });
});
afterAll(async () => {
  await engine?.close();
  await store?.close();
  project.close();
});

const standing = () => store.state.things.map(({ name, size }) => ({ name, size }));

test.each<Fault>([
  { kind: "resetBefore", operation: "listThings" },
  { kind: "resetBefore", operation: "login" },
  { kind: "html502", operation: "listThings" },
  { kind: "halfBody", operation: "getThing" },
  { kind: "resetAfter", operation: "createThing" },
  { kind: "halfBody", operation: "createThing" },
  { kind: "expire", operation: "createThing" },
  { kind: "expire", operation: "getJob" },
  { kind: "hang", operation: "getJob" },
  { kind: "resetBefore", operation: "updateThing" },
  { kind: "resetAfter", operation: "updateThing" },
  { kind: "html502", operation: "updateThing" },
])("$kind at $operation is overcome in one run", async (fault) => {
  store.fault(fault);
  const { errors } = await engine.up([thing(store, "a")]);
  expect(errors).toEqual([]);
  expect(standing()).toEqual([{ name: "A", size: 3 }]);
  expect(store.writes().filter((each) => each.operation === "createThing" && each.committed)).toHaveLength(1);
});

test.each<[string, Fault, RegExp]>([
  ["a reset", { kind: "resetBefore", operation: "createThing" }, /Unable to create thing A: .*before an answer came/],
  ["a 502 with HTML", { kind: "html502", operation: "createThing" }, /Unable to create thing A: .* 502/],
  ["a refusal", { kind: "refuse", operation: "createThing" }, /409.*the shelf is being moved/],
  ["a failed job", { kind: "jobFails", operation: "createThing" }, /Thing\/A: job j-1 failed: shelf is full/],
])("%s at the creating write ends with the right error, and the next run makes one", async (_what, fault, message) => {
  store.fault(fault);
  const first = await engine.up([thing(store, "a")]);
  expect(first.errors.join()).toMatch(message);
  expect(standing()).toEqual([]);
  const second = await engine.up([thing(store, "a")]);
  expect(second.errors).toEqual([]);
  expect(standing()).toEqual([{ name: "A", size: 3 }]);
});

test("what was refused is not ours when another makes it before the next run", async () => {
  store.fault({ kind: "refuse", operation: "createThing" });
  await engine.up([thing(store, "a")]);
  const foreign = { id: "f-1", name: "A", zone: "a", size: 1, tags: [], text: "", secret: "", mark: "", revision: 1 };
  store.state.things.push(foreign);
  expect((await engine.up([thing(store, "a")])).errors.join()).toMatch(/not known to be this stack's/);
  expect(standing()).toEqual([{ name: "A", size: 1 }]);
});

test("what was sent once and may stand stays ours, though a second request for it is refused", async () => {
  store.fault({ kind: "resetBefore", operation: "createThing" });
  expect((await engine.up([thing(store, "a")])).errors.join()).toMatch(/create thing A/);
  store.fault({ kind: "refuse", operation: "createThing" });
  expect((await engine.up([thing(store, "a")])).errors.join()).toMatch(/409/);
  // The first request did get there, and is only now to be seen.
  const late = { id: "t-9", name: "A", zone: "a", size: 1, tags: [], text: "", secret: "", mark: "", revision: 1 };
  store.state.things.push(late);
  expect((await engine.up([thing(store, "a")])).errors).toEqual([]);
  expect(standing()).toEqual([{ name: "A", size: 3 }]);
});

test("what a killed run has begun is named by each run, while the plan has another in its place", async () => {
  store.fault({ kind: "hang", operation: "createThing" });
  const run = engine.up([thing(store, "a")]);
  await store.hanging();
  await engine.kill();
  expect((await run).ok).toBe(false);
  const warnings = async (name: string) => {
    const { errors, logs } = await engine.up([thing(store, "a", { name })]);
    expect(errors).toEqual([]);
    return logs.filter(({ warning }) => warning).map(({ text }) => text);
  };
  const begun = expect.stringMatching(/^Thing\/A was begun by .* the plan names Thing\/B in its place.*may stand/);
  expect(await warnings("B")).toEqual([begun]);
  expect(await warnings("B")).toEqual([begun]);
  expect(await warnings("A")).toEqual([]);
  expect(await warnings("B")).toEqual([]);
  expect(standing()).toEqual([{ name: "B", size: 3 }]);
});

test("what a failed creation has left is removed by the next run, and made anew", async () => {
  store.fault({ kind: "jobFailsLeft", operation: "createThing" });
  const first = await engine.up([thing(store, "a")]);
  expect(first.errors.join()).toMatch(/job j-1 failed: shelf is full/);
  expect(first.logs.map(({ text }) => text).join()).toMatch(/Thing\/A .*is left.*the next up removes it/);
  expect(store.state.things.map(({ id }) => id)).toEqual(["t-1"]);
  expect((await engine.refresh()).errors).toEqual([]);
  expect((await engine.preview([thing(store, "a")])).steps).toEqual(["delete-replaced a", "create a"]);
  expect((await engine.up([thing(store, "a")])).errors).toEqual([]);
  expect(store.state.things.map(({ id, size }) => ({ id, size }))).toEqual([{ id: "t-2", size: 3 }]);
});

test("what has got an id stays ours, though its job is refused a look and the state is lost", async () => {
  store.fault({ kind: "refuse", operation: "getJob" });
  expect((await engine.up([thing(store, "a")])).errors.join()).toMatch(/look at job j-1.*409/);
  engine.state = []; // as after a kill of the engine before it saved the half-made thing
  expect((await engine.up([thing(store, "a")])).errors).toEqual([]);
  expect(standing()).toEqual([{ name: "A", size: 3 }]);
});

test("a delete whose answer was lost is done with in the next run at the latest", async () => {
  await engine.up([thing(store, "a")]);
  store.fault({ kind: "resetAfter", operation: "deleteThing" });
  const { errors } = await engine.up([]);
  expect(errors).toEqual([]);
  expect(standing()).toEqual([]);
  expect(engine.state).toEqual([]);
});

test("an object that cannot be read is not taken for gone", async () => {
  await engine.up([thing(store, "a")]);
  for (let count = 0; count < 5; count++) store.fault({ kind: "html502", operation: "getThing" });
  const { errors } = await engine.refresh();
  expect(errors.join()).toMatch(/502.*after 5 attempts/);
  expect(engine.state).toHaveLength(1);
});

test("an object found twice is an error that names both", async () => {
  const twin = { name: "A", zone: "a", size: 1, tags: [], text: "", secret: "", mark: "", revision: 1 };
  store.state.things.push({ ...twin, id: "f-1" }, { ...twin, id: "f-2" });
  expect((await engine.up([thing(store, "a")])).errors.join()).toMatch(/stands 2 times on shop: ids f-1, f-2/);
});
