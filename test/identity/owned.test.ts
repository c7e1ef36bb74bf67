import { once } from "node:events";
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createProject, type KitProject, STACK } from "../kit/project";
import { connectionTo, thing } from "../kit/store-program";
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

const operations = () => store.writes().map(({ operation }) => operation);
const names = () => store.state.things.map(({ name }) => name);

test("two resources of one object are refused at preview, both named", async () => {
  const two = [thing(store, "a"), thing(store, "b", { name: "A", size: 9 })];
  for (const { ok, errors } of [await engine.preview(two), await engine.up(two)]) {
    expect(ok).toBe(false);
    expect(errors.join()).toMatch(/Thing\/A is named by two resources.*store:Thing::a and .*store:Thing::b;/);
  }
  expect(store.requests).toEqual([]);
});

test("two resources that turn out to be of one object are refused before the second looks for it", async () => {
  const info = { type: "store:Info", name: "info", args: { connection: connectionTo(store) } };
  const name = { $ref: "info.version" };
  const { errors } = await engine.up([info, thing(store, "a", { name }), thing(store, "b", { name })]);
  expect(errors.join()).toMatch(/Thing\/\S+ is named by two resources/);
  expect(operations()).toEqual(["createThing", "updateThing"]);
});

test("two resources may swap their names", async () => {
  await engine.up([thing(store, "a"), thing(store, "b")]);
  const swapped = [thing(store, "a", { name: "B" }), thing(store, "b", { name: "A" })];
  expect((await engine.up(swapped)).errors).toEqual([]);
  expect(names().sort()).toEqual(["A", "B"]);
  expect((await engine.up(swapped)).steps).toEqual([]);
});

test("what another resource has taken over by another name is not deleted with the first", async () => {
  await engine.up([thing(store, "a")]);
  // Somebody renames it by hand; the plan follows, as a new resource.
  Object.assign(store.state.things[0] ?? {}, { name: "B" });
  engine.settings = { adopt: "all" };
  await engine.kill();
  const { errors, logs } = await engine.up([thing(store, "b")]);
  expect(errors).toEqual([]);
  expect(logs.map(({ text }) => text).join("\n")).toMatch(
    /Thing\/A \(id \S+\) is let go and stays: it is urn:.*::b now/,
  );
  expect(names()).toEqual(["B"]);
});

test("a renaming that was stopped half way and taken back leaves the object to its first name", async () => {
  await engine.up([thing(store, "a")]);
  store.fault({ kind: "refuse", operation: "updateThing" });
  expect((await engine.up([thing(store, "b", { name: "A", size: 9 })])).ok).toBe(false);
  expect(engine.state.map(({ name, id }) => `${name} ${id}`)).toEqual(["a t-1", "b t-1"]);
  // By what the program names in this run, not by the journal alone: it may be another machine's.
  rmSync(project.memory, { recursive: true });
  await engine.kill();
  expect((await engine.up([thing(store, "a")])).errors).toEqual([]);
  expect(engine.state.map(({ name, id }) => `${name} ${id}`)).toEqual(["a t-1"]);
  expect(names()).toEqual(["A"]);
});

const journalFile = () => join(project.memory, "journal.jsonl");

test("what the journal has as a resource's that never came to be is claimed again, and goes with its own", async () => {
  await engine.up([thing(store, "a")]);
  // As a run leaves it that was killed before the state had the new name.
  const last = JSON.parse(readFileSync(journalFile(), "utf8").trim().split("\n").at(-1) ?? "");
  appendFileSync(journalFile(), `${JSON.stringify({ ...last, urn: `${last.urn}-other`, claim: "other" })}\n`);
  await engine.kill();
  store.clearRequests();
  expect(await engine.up([thing(store, "a")])).toMatchObject({ errors: [], steps: ["update a"] });
  expect(operations()).toEqual([]);
  expect((await engine.destroy()).errors).toEqual([]);
  expect(names()).toEqual([]);
});

test("a state that knows no claim learns one, without a write to the site", async () => {
  await engine.up([thing(store, "a")]);
  delete engine.state[0]?.outputs.__claim;
  store.clearRequests();
  expect(await engine.up([thing(store, "a")])).toMatchObject({ errors: [], steps: ["update a"] });
  expect(await engine.up([thing(store, "a")])).toMatchObject({ errors: [], steps: [] });
  expect(operations()).toEqual([]);
});

test("an object that the state has lost is known by its id, whatever its key was in the journal", async () => {
  await engine.up([thing(store, "a")]);
  writeFileSync(journalFile(), readFileSync(journalFile(), "utf8").replaceAll('"key":"A"', '"key":"before"'));
  engine.state = [];
  await engine.kill();
  expect((await engine.up([thing(store, "a")])).errors).toEqual([]);
  expect(names()).toEqual(["A"]);
});

const setup = () => ({ type: "store:Setup", name: "setup", args: { connection: connectionTo(store), owner: "me" } });
const limit = () => ({
  type: "store:Limit",
  name: "limit",
  args: { connection: connectionTo(store), limit: 20 },
  options: { dependsOn: ["setup"] },
});

test("a preview writes nothing down: what is done once and the engine could not save is taken up again", async () => {
  await engine.up([setup()]);
  // As when the engine is killed, or its backend gone, between the provider's answer and the save of the state.
  engine.state = [];
  store.clearRequests();
  const { errors } = await engine.up([setup(), limit()]);
  expect(errors).toEqual([]);
  expect(operations()).toEqual(["setLimit"]);
});

test("what is done once is not replaced after it has moved under a component either", async () => {
  const moved = (note: string, options = {}) => ({ ...setup(), args: { ...setup().args, note }, options });
  await engine.up([moved("in spring")]);
  store.clearRequests();
  const options = { parent: "group", movedFrom: "", replaceOnChanges: ["note"] };
  const { errors } = await engine.up([{ type: "component", name: "group" }, moved("in autumn", options)]);
  expect(errors.join()).toMatch(/Setup\/shop stands and is never replaced/);
  expect(operations()).toEqual([]);
});

test("a journal that outlives its stack and its site fails no first up", async () => {
  const all = () => [setup(), limit(), thing(store, "a")];
  await engine.up(all());
  engine.state = [];
  await engine.kill();
  Object.assign(store.state, { setup: undefined, things: [], limit: 10 });
  expect((await engine.up(all())).errors).toEqual([]);
  expect([store.state.setup?.owner, names()]).toEqual(["me", ["A"]]);
});

test("a stack that has met a real site is not sent to a lab by a reach.json beside it, unless told so by name", async () => {
  const program = [thing(store, "a")];
  await engine.up(program);
  await engine.kill();
  const reach = { lab: true, only: true, endpoints: { [store.address]: store.address } };
  writeFileSync(join(project.folder, "stacks", STACK, "reach.json"), JSON.stringify(reach));
  store.clearRequests();
  for (const { errors } of [await engine.preview(program), await engine.refresh(), await engine.destroy()])
    expect(errors.join()).toMatch(/stack test is one of a real site.*reach\.json leads to a lab.*config set home lab/);
  expect(store.requests).toEqual([]);

  engine.settings = { home: "lab" };
  await engine.kill();
  expect(await engine.up(program)).toMatchObject({ errors: [], steps: ["update a"] });
  // From now on by its state alone.
  engine.settings = {};
  await engine.kill();
  expect(await engine.up(program)).toMatchObject({ errors: [], steps: [] });
  expect(operations()).toEqual([]);
});

test("a stack that lives in a lab refuses every run without its reach.json, names the file, and dials nothing", async () => {
  let dialled = 0;
  const outside = createServer((socket) => {
    dialled += 1;
    socket.destroy();
  });
  await once(outside.listen(0, "127.0.0.9"), "listening");
  const address = `127.0.0.9:${(outside.address() as AddressInfo).port}`;
  const program = [thing(store, "a", { connection: { ...connectionTo(store), addresses: [address] } })];
  const file = join(project.folder, "stacks", STACK, "reach.json");
  writeFileSync(file, JSON.stringify({ lab: true, only: true, endpoints: { [address]: store.address } }));
  expect((await engine.up(program)).errors).toEqual([]);
  await engine.kill();
  rmSync(file);
  store.clearRequests();
  for (const run of [
    () => engine.up(program, { preview: false }),
    () => engine.preview(program),
    () => engine.refresh(),
    () => engine.destroy(),
  ]) {
    const { errors } = await run();
    expect(errors.join()).toMatch(
      /the stack test lives in a lab.*stacks\/test\/reach\.json is missing.*lab start stacks\/test/s,
    );
  }
  outside.close();
  expect(dialled).toBe(0);
  expect(store.requests).toEqual([]);
});

test("a home that is neither of the two is named", async () => {
  engine.settings = { home: "hell" };
  const { errors } = await engine.preview([thing(store, "a")]);
  expect(errors.join()).toMatch(/setting home is "hell".*pulumi config set home lab, or real/);
});

test("of a lab at the plan's own addresses nothing is asked from outside its network", async () => {
  const reach = { lab: true, namespace: "net:[1]" };
  writeFileSync(join(project.folder, "stacks", STACK, "reach.json"), JSON.stringify(reach));
  const { errors } = await engine.up([thing(store, "a")]);
  expect(errors.join()).toMatch(/has the plan's own addresses in another network namespace \(net:\[1\]/);
  expect(store.requests).toEqual([]);
});
