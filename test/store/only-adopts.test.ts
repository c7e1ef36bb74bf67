import { afterAll, beforeAll, expect, test } from "vitest";
import { ONLY_ADOPTS } from "../../providers/kernel/adopt";
import { connectionTo, thing } from "../kit/store-program";
import { createTestStack, type TestStack } from "../kit/test-stack";

/** What others have made at the store, taken over by a run that writes nothing; each test goes on after the one before. */
let stack: TestStack;

const stored = (id: string, more: object = {}) => {
  const name = id.toUpperCase();
  return {
    id,
    name,
    zone: "a",
    size: 3,
    tags: ["x", "y"],
    text: "one;two",
    secret: "",
    mark: "",
    revision: 1,
    ...more,
  };
};
const ref = (name: string) => ({ size: { $ref: `${name}.revision` } });

function writeProgram(...without: string[]) {
  const { store } = stack;
  const of = (type: string, args: object = {}) => ({
    type: `store:${type}`,
    name: type.toLowerCase(),
    args: { connection: connectionTo(store), ...args },
  });
  const program = [
    of("Setup", { owner: "me" }),
    of("Info"),
    of("Limit", { limit: 50 }),
    thing(store, "alike"),
    thing(store, "missing", {}, { dependsOn: ["setup"] }),
    thing(store, "other", { size: 9 }, { dependsOn: ["missing"] }),
    thing(store, "within", ref("missing")),
    thing(store, "deeper", ref("within"), { dependsOn: ["alike"] }),
    thing(store, "theirs", {}, {}, "store:MarkedThing"),
  ];
  stack.writeProgram(program.filter(({ name }) => !without.includes(name)));
}

/** As `sitewright adopt` does it: takes over, and looks. */
async function takeOver(only = ["up", "refresh"]) {
  stack.env[ONLY_ADOPTS] = "true";
  const runs = { up: ["--yes", "--skip-preview", "--continue-on-error"], refresh: ["--yes"] };
  const all = [];
  for (const verb of ["up", "refresh"] as const)
    if (only.includes(verb)) all.push(await stack.pulumi(verb, ...runs[verb]));
  delete stack.env[ONLY_ADOPTS];
  return all;
}

/** What of the program the next up has to do, by names. */
async function toDo() {
  const { output } = await stack.pulumi("preview");
  return [...output.matchAll(/^store:\w+ (\w+) (create|update|replace|delete)$/gm)].map(
    ([, name, verb]) => `${verb} ${name}`,
  );
}

const names = () =>
  stack
    .resources()
    .map(({ urn }) => urn.split("::").at(-1))
    .sort();

beforeAll(async () => {
  stack = await createTestStack();
  const { state } = stack.store;
  state.setup = { owner: "me", looks: 0, failed: false };
  state.things = [stored("alike"), stored("other"), stored("within"), stored("theirs", { mark: "sitewright/other" })];
  writeProgram();
});
afterAll(() => stack?.end());

test("what stands is in the state as it stands, what does not is not, and nothing is written", async () => {
  const before = structuredClone(stack.store.state);
  const [up] = await takeOver();
  expect(up?.output).toContain(
    "MarkedThing/THEIRS stands already on shop (id theirs) and is of the stack sitewright/other",
  );
  expect(stack.store.writes()).toEqual([]);
  expect(stack.store.state).toEqual(before);
  // What is made of something that does not stand is not looked for.
  expect(names()).toEqual(["alike", "info", "limit", "other", "setup"]);
  expect(stack.resources().find(({ id }) => id === "other")?.inputs).toMatchObject({ size: 3 });
  const creations = ["missing", "within", "deeper", "theirs"].map((name) => `create ${name}`);
  expect((await toDo()).sort()).toEqual([...creations, "update limit", "update other"].sort());
});

test("one that was cut before its refresh is run again, and takes over what stands by then", async () => {
  await takeOver(["up"]);
  expect(names()).toContain("missing");
  stack.store.state.things.push(stored("missing"));
  await takeOver();
  expect(stack.resources().find(({ urn }) => urn.endsWith("::missing"))?.id).toBe("missing");
  expect((await toDo()).sort()).toEqual([
    "create deeper",
    "create theirs",
    "update limit",
    "update other",
    "update within",
  ]);
  expect(stack.store.writes()).toEqual([]);
});

test("one that was cut there leaves to the next up what it does else: what is missing is made, and no more the time after", async () => {
  await takeOver(["up"]);
  writeProgram("theirs");
  const { code, output } = await stack.up();
  expect(code, output).toBe(0);
  expect(stack.store.state.things.map(({ name, size }) => [name, size])).toEqual([
    ["ALIKE", 3],
    ["OTHER", 9],
    ["WITHIN", 1],
    ["THEIRS", 3],
    ["MISSING", 3],
    ["DEEPER", 2],
  ]);
  expect(stack.store.state.limit).toBe(50);
  stack.store.clearRequests();
  expect((await stack.up()).code).toBe(0);
  expect(stack.store.writes()).toEqual([]);
});

test("nothing is changed or deleted by it in a stack that lives already", async () => {
  stack.store.state.limit = 60;
  writeProgram("theirs", "deeper", "other");
  const [up] = await takeOver();
  expect(up?.output).toContain("Thing/DEEPER is not deleted: this run only takes over what stands");
  expect(stack.store.writes()).toEqual([]);
  writeProgram("theirs");
  expect(await toDo()).toEqual(["update limit"]);
});

test("what is brought about once is not, and the error says what cannot be taken over without it", async () => {
  stack.engine.state = [];
  stack.store.state.setup = undefined;
  const [up] = await takeOver();
  expect(up?.output).toContain("Setup/shop does not stand, and what stands on it cannot be taken over without it");
  expect(stack.store.writes()).toEqual([]);
  expect(names()).toEqual(["alike", "info", "limit"]);
});

test("what it alone has brought into the state is let go by a destroy, whatever was read meanwhile, and by one of its own", async () => {
  const before = structuredClone(stack.store.state.things);
  stack.store.state.setup = { owner: "me", looks: 0, failed: false };
  writeProgram("theirs");
  await takeOver(["up"]);
  writeProgram("theirs", "alike", "deeper");
  const [up] = await takeOver(["up"]);
  expect(up?.output).toMatch(/Thing\/ALIKE \(id alike\) is let go and stays: it was taken over, and no up/);
  writeProgram("theirs");
  await takeOver(["up"]);
  expect((await stack.pulumi("refresh", "--yes")).code).toBe(0);
  const { code, output } = await stack.pulumi("destroy", "--yes");
  expect(code, output).toBe(0);
  expect(stack.resources()).toEqual([]);
  expect(stack.store.writes()).toEqual([]);
  expect(stack.store.state.things).toEqual(before);
});

test("and is the stack's own from the first up on that names it, with nothing to write", async () => {
  await takeOver();
  expect((await stack.up()).code).toBe(0);
  stack.store.clearRequests();
  writeProgram("theirs", "alike", "deeper");
  const { code, output } = await stack.up();
  expect(code, output).toBe(0);
  expect(stack.store.state.things.map(({ name }) => name)).not.toContain("ALIKE");
});
