import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ResourceSpec } from "../kit/program";
import { createRealStack, type RealStack } from "../kit/real-stack";
import { connectionTo, thing } from "../kit/store-program";
import { STORE_LOGIN, type StoreServer } from "../kit/store-server";
import { createTestStack, type TestStack } from "../kit/test-stack";

const CANARY = "Canary-Thing-Secret-1";

/** Two things of a store, the second with what the first has come to; what was written, and what stands. */
function thingsOf(store: () => StoreServer) {
  return {
    a: (args = {}, options = {}) => thing(store(), "a", { secret: CANARY, ...args }, options),
    b: (args = {}, options = {}) =>
      thing(store(), "b", { size: { $ref: "a.revision" }, ...args }, { dependsOn: ["a"], ...options }),
    operations: () =>
      store()
        .writes()
        .map((request) => request.operation),
    standing: (name: string) => store().state.things.filter((each) => each.name === name),
  };
}

/** With the real engine; each test goes on where the one before left the stack. */
describe("the life of things", () => {
  let stack: RealStack;
  beforeAll(async () => {
    stack = await createRealStack({}, { speed: 100 });
  });
  afterAll(() => stack?.end());

  const { a, b, operations, standing } = thingsOf(() => stack.store);

  test("a preview with a value that is not known yet passes, and sends nothing", async () => {
    stack.writeProgram([a(), b()]);
    const { code, output } = await stack.pulumi("preview");
    expect(output).toMatch(/store:Thing +b +create/);
    expect(code).toBe(0);
    expect(stack.store.requests).toEqual([]);
  });

  test("up makes them, the second with what the first came to", async () => {
    const { code } = await stack.up();
    expect(code).toBe(0);
    expect(standing("B").map((each) => each.size)).toEqual([standing("A")[0]?.revision]);
  });

  test("a second up writes nothing, however the store writes text and order", async () => {
    stack.store.clearRequests();
    const { code } = await stack.up("--refresh", "--expect-no-changes");
    expect(code).toBe(0);
    expect(operations()).toEqual([]);
    expect(standing("A")[0]?.text).toBe("one;two");
  });

  test("drift is named by property, and repaired by one write", async () => {
    Object.assign(standing("A")[0] ?? {}, { size: 9 });
    const preview = await stack.pulumi("preview", "--refresh", "--diff");
    expect(preview.output).toMatch(/size *: 9 => 3/);
    expect(preview.output).not.toMatch(/(text|tags) *:/);
    stack.store.clearRequests();
    expect((await stack.up("--refresh")).code).toBe(0);
    expect(operations().slice(0, 1)).toEqual(["updateThing"]);
    expect(standing("A")[0]?.size).toBe(3);
  });

  test("progress stands on the resource's own row, under a component too", async () => {
    const group: ResourceSpec = { type: "component", name: "group" };
    stack.writeProgram([group, a({ size: 5 }, { parent: "group", movedFrom: "" }), b()]);
    const { output } = await stack.up();
    expect(output).toMatch(/store:Thing +a +.*setting size/);
  });

  test("what cannot be is refused before anything is sent, with path and value", async () => {
    stack.store.clearRequests();
    stack.writeProgram([a({ size: 5000 }), b()]);
    const { code, output } = await stack.pulumi("preview");
    expect(output).toMatch(/property size .*got 5000/s);
    expect(code).not.toBe(0);
    expect(stack.store.requests).toEqual([]);
  });

  test("no planted secret stands outside the encrypted state", () => {
    const canaries = [CANARY, STORE_LOGIN.password];
    const files = filesUnder(stack.folder).filter((file) => !file.endsWith("program.json"));
    expect(files.some((file) => file.includes("/state/"))).toBe(true);
    expect(files.some((file) => file.endsWith("journal.jsonl"))).toBe(true);
    for (const canary of canaries) {
      for (const file of files) expect(readFileSync(file, "utf8").includes(canary), `${file}: ${canary}`).toBe(false);
      expect(stack.printed()).not.toContain(canary);
    }
  });

  test("destroy deletes what was made", async () => {
    expect((await stack.pulumi("destroy", "--yes", "--skip-preview")).code).toBe(0);
    expect(stack.store.state.things).toEqual([]);
    expect((await stack.state()).resources).toEqual([]);
  });
});

/** On the test engine, which conformance.test.ts holds to the real one; each test goes on where the one before left it. */
describe("things that vanish, are replaced, ignored, moved or refused", () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await createTestStack({}, { speed: 100 });
    stack.writeProgram([a(), b()]);
    expect(await stack.up()).toMatchObject({ code: 0 });
  });
  afterAll(() => stack?.end());

  const { a, b, operations, standing } = thingsOf(() => stack.store);

  test("a vanished object is made anew", async () => {
    stack.store.state.things = stack.store.state.things.filter((each) => each.name !== "A");
    expect((await stack.up("--refresh")).code).toBe(0);
    expect(standing("A")).toHaveLength(1);
  });

  test("a replacement deletes first, and never takes the doomed one over", async () => {
    const old = standing("A")[0]?.id;
    const oldB = standing("B")[0]?.id;
    stack.store.clearRequests();
    stack.writeProgram([a({ size: 4 }, { replaceOnChanges: ["size"] }), b({ zone: "b" })]);
    const { code } = await stack.up();
    expect(code).toBe(0);
    for (const [name, before] of [
      ["A", old],
      ["B", oldB],
    ]) {
      expect(standing(name as string)).toHaveLength(1);
      expect(standing(name as string)[0]?.id).not.toBe(before);
    }
    const writes = operations().filter((operation) => operation !== "updateThing");
    expect(writes).toEqual(["deleteThing", "createThing", "deleteThing", "createThing"]);
  });

  test("an ignored change is no change", async () => {
    stack.store.clearRequests();
    stack.writeProgram([a({ size: 7 }, { ignoreChanges: ["size"] }), b({ zone: "b" })]);
    expect((await stack.up("--expect-no-changes")).code).toBe(0);
    expect(operations()).toEqual([]);
  });

  test("a moved parent gives no update", async () => {
    stack.store.clearRequests();
    const group: ResourceSpec = { type: "component", name: "group" };
    stack.writeProgram([group, a({ size: 4 }, { parent: "group", movedFrom: "" }), b({ zone: "b" })]);
    const { code, output } = await stack.up();
    expect(output).not.toMatch(/updated|replaced/);
    expect(code).toBe(0);
    expect(operations()).toEqual([]);
  });

  test("what cannot be is refused before anything is sent, with path and value", async () => {
    stack.store.clearRequests();
    stack.writeProgram([a({ size: 5000 }), b({ zone: "b" })]);
    const size = await stack.pulumi("preview");
    expect(size.output).toMatch(/a: size: .*got 5000/s);
    expect(size.code).not.toBe(0);
    const bad = thing(stack.store, "a", { connection: { ...connectionTo(stack.store), addresses: [17] } });
    stack.writeProgram([bad]);
    const nested = await stack.pulumi("preview");
    expect(nested.output).toMatch(/connection\.addresses\[0\].*got 17/s);
    expect(stack.store.requests).toEqual([]);
  });
});

describe("the state of an earlier release", () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await createTestStack({}, { speed: 100 });
  });
  afterAll(() => stack?.end());

  test("is read by this one without a change, and destroyed by this one's code", async () => {
    stack.env.STORE_RELEASE = "1";
    stack.writeProgram([thing(stack.store, "a", { tags: undefined, labels: "x y" })]);
    expect((await stack.up()).code).toBe(0);
    delete stack.env.STORE_RELEASE;
    stack.writeProgram([thing(stack.store, "a")]);
    stack.store.clearRequests();
    const second = await stack.up("--refresh", "--expect-no-changes");
    expect(second.output).toMatch(/unchanged/);
    expect(second.code).toBe(0);
    expect(stack.store.writes()).toEqual([]);
    expect((await stack.pulumi("destroy", "--yes", "--skip-preview")).code).toBe(0);
    expect(stack.store.state.things).toEqual([]);
  });
});

describe("settings and what is done once", () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await createTestStack({}, { speed: 100 });
  });
  afterAll(() => stack?.end());

  const program = (owner: string, teardown: boolean): ResourceSpec[] => {
    const connection = connectionTo(stack.store);
    return [
      { type: "store:Setup", name: "setup", args: { connection, owner } },
      { type: "store:Limit", name: "limit", args: { connection, limit: 20 }, options: { dependsOn: ["setup"] } },
      { type: "store:Info", name: "info", args: { connection }, options: { dependsOn: ["setup"] } },
      { ...thing(stack.store, "a", {}, { dependsOn: ["setup"] }) },
      {
        type: "site:SiteGuard",
        name: "guard",
        args: { site: "shop", teardown },
        options: { dependsOn: ["setup", "limit", "info", "a"] },
      },
    ];
  };

  test("are brought up", async () => {
    stack.writeProgram(program("me", false));
    expect((await stack.up()).code).toBe(0);
    expect(stack.store.state).toMatchObject({ limit: 20, setup: { owner: "me" } });
  });

  test("a replacement of what is done once is refused at preview, right after the first up", async () => {
    const urn = stack.resources().find((each) => each.type.endsWith("store:Setup"))?.urn ?? "";
    stack.store.clearRequests();
    const { code, output } = await stack.pulumi("preview", "--replace", urn);
    expect(output).toMatch(/Setup\/shop stands and is never replaced; the store is set up once/);
    expect(code).not.toBe(0);
    expect(stack.store.writes()).toEqual([]);
  });

  test("a change of what is done once is refused at preview, with the vendor's way", async () => {
    stack.writeProgram(program("you", false));
    const { code, output } = await stack.pulumi("preview");
    expect(output).toMatch(/setup: owner: .*stands as "me", planned is "you"; ask the vendor to move the store/s);
    expect(code).not.toBe(0);
    stack.writeProgram(program("me", false));
  });

  test("destroy without teardown deletes nothing", async () => {
    const before = stack.resources().length;
    stack.store.clearRequests();
    for (const flags of [[], ["--skip-preview"]]) {
      const { code, output } = await stack.pulumi("destroy", "--yes", ...flags);
      expect(output).toMatch(/nothing has been deleted.*teardown true/s);
      expect(code).not.toBe(0);
    }
    expect(stack.resources()).toHaveLength(before);
    expect(stack.store.writes()).toEqual([]);
  });

  test("with teardown set, destroy deletes the objects and lets go of the rest, with a warning each", async () => {
    stack.writeProgram(program("me", true));
    expect((await stack.up()).code).toBe(0);
    const { code, output } = await stack.pulumi("destroy", "--yes", "--skip-preview");
    expect(output).toMatch(/Limit\/shop is left as it is/);
    expect(output).toMatch(/Setup\/shop is let go and stays as it is: empty the shelves by hand/);
    expect(code).toBe(0);
    expect(stack.store.state).toMatchObject({ things: [], limit: 20, setup: { owner: "me" } });
  });
});

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isSymbolicLink()) return [];
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}
