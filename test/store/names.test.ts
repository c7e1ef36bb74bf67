import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createRealStack } from "../kit/real-stack";
import { connectionTo, thing } from "../kit/store-program";
import { createTestStack, type TestStack } from "../kit/test-stack";

/** The engine deletes and creates side by side: what goes is not taken over on its way out. */
test("a name that passes from a replaced resource to a new one ends with an object for each, whatever the stack is called then", async () => {
  const stack = await createRealStack({ requestTimeout: "10s" });
  try {
    stack.writeProgram([thing(stack.store, "a")]);
    expect((await stack.up()).code).toBe(0);
    stack.store.fault({ kind: "hang", operation: "deleteThing" });
    stack.writeProgram([thing(stack.store, "a", { name: "B" }), thing(stack.store, "b", { name: "A" })]);
    stack.store.clearRequests();
    // Where the deletion comes first, the other is to look while it is under way; else it has taken the object along.
    const looked = () => expect(stack.store.requests.map(({ operation }) => operation)).toContain("listThings");
    void stack.store.hanging().then(() => vi.waitFor(looked).finally(() => stack.store.release()));
    const { code, output } = await stack.up("--skip-preview");
    expect(code, output).toBe(0);
    expect(stack.store.state.things.map(({ name }) => name).sort()).toEqual(["A", "B"]);
    expect((await stack.up("--refresh", "--expect-no-changes")).code).toBe(0);

    const renamed = await stack.pulumi("stack", "rename", "other");
    expect(renamed.code, renamed.output).toBe(0);
    stack.env.PULUMI_STACK = "other";
    stack.store.clearRequests();
    const again = await stack.up("--expect-no-changes");
    expect(again.code, again.output).toBe(0);
    expect(stack.store.writes()).toEqual([]);
  } finally {
    await stack.end();
  }
});

/** One thing under other names and other addresses; each test goes on where the one before left the stack. */
describe("an object that is named, reached or kept otherwise than before", () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await createTestStack({ requestTimeout: "1s" });
    stack.writeProgram([thing(stack.store, "a")]);
    const made = await stack.up();
    expect(made.code, made.output).toBe(0);
    stack.store.clearRequests();
  });
  afterAll(() => stack?.end());

  const operations = () => stack.store.writes().map((request) => request.operation);
  const at = (...addresses: string[]) => ({ connection: { ...connectionTo(stack.store), addresses } });
  const stands = () => stack.store.state.things.map(({ id, name }) => ({ id, name }));
  const ONE = [{ id: "t-1", name: "A" }];

  test("one address more is no update", async () => {
    stack.writeProgram([thing(stack.store, "a", at("127.0.0.2:9", stack.store.address))]);
    const { code, output } = await stack.up("--expect-no-changes");
    expect(code, output).toBe(0);
    expect(stack.store.requests).toEqual([]);
  });

  test("another name without an alias takes it along instead of deleting it", async () => {
    stack.writeProgram([thing(stack.store, "b", { name: "A" })]);
    const { code, output } = await stack.up();
    expect(code, output).toBe(0);
    expect(output).toMatch(/warning: Thing\/A \(id t-1\) is let go and stays: it is urn:.*::b now/);
    expect(operations()).toEqual([]);
    expect(stands()).toEqual(ONE);
  });

  test("lost from the state but not from the journal, it is known again", async () => {
    stack.engine.state = [];
    const { code, output } = await stack.up();
    expect(code, output).toBe(0);
    expect(operations()).toEqual([]);
    expect(stands()).toEqual(ONE);
  });

  test("--replace deletes it first, also where all is adopted", async () => {
    stack.writeSettings({ requestTimeout: "1s", adopt: "all" });
    const urn = stack.resources().find((each) => each.id === "t-1")?.urn ?? "";
    const { code, output } = await stack.up("--replace", urn);
    expect(code, output).toBe(0);
    expect(operations()).toEqual(["deleteThing", "createThing", "updateThing"]);
    expect(stands()).toEqual([{ id: "t-2", name: "A" }]);
  });

  test("a system that moved to other addresses altogether is found there by destroy", async () => {
    const port = stack.store.address.slice("127.0.0.1:".length);
    stack.writeProgram([thing(stack.store, "b", { name: "A", ...at(`localhost:${port}`) })]);
    stack.store.clearRequests();
    const { code, output } = await stack.up();
    expect(code, output).toBe(0);
    expect(operations()).toEqual([]);
    const kept = stack.resources().find((each) => each.id === "t-2");
    expect(kept?.outputs?.connection).toMatchObject({ addresses: [`localhost:${port}`] });
    expect((await stack.pulumi("destroy", "--yes", "--skip-preview")).code).toBe(0);
    expect(stands()).toEqual([]);
  });
});
