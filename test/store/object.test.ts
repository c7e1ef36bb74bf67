import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectionTo, thing } from "../kit/store-program";
import { createStoreStack, type StoreStack } from "./stack";

/** One thing of the store, made, kept and changed by the real engine; each test goes on from the one before. */
describe("an object under the real engine", () => {
  let stack: StoreStack;
  beforeAll(async () => {
    stack = await createStoreStack();
  });
  afterAll(() => stack?.close());

  const only = () => {
    expect(stack.store.state.things).toHaveLength(1);
    return stack.store.state.things[0] as StoreStack["store"]["state"]["things"][number];
  };

  test("is named by the preview and made by up", async () => {
    const preview = await stack.preview([thing(stack.store, "a", { tags: ["y", "x"] })]);
    expect(preview.output).toMatch(/store:Thing +a +create/);
    expect(stack.store.requests).toEqual([]);
    const up = await stack.up();
    expect(up.code, up.output).toBe(0);
    expect(stack.wrote()).toEqual(["createThing", "updateThing"]);
    expect(only()).toMatchObject({ name: "A", size: 3, tags: ["x", "y"], text: "one;two" });
  });

  test("is not written by a second up, whatever order and separators the store keeps", async () => {
    const up = await stack.up(undefined, "--refresh");
    expect(up.output).toMatch(/2 unchanged/);
    expect(up.code).toBe(0);
    expect(stack.wrote()).toEqual([]);
    const other = await stack.preview(
      [thing(stack.store, "a", { tags: ["x", "y"], text: "one;two" })],
      "--expect-no-changes",
    );
    expect(other.code, other.output).toBe(0);
  });

  test("shows its drift by property and is repaired", async () => {
    Object.assign(only(), { size: 7, text: "three" });
    const preview = await stack.preview(undefined, "--refresh", "--diff");
    expect(preview.output).toMatch(/size: 7 => 3/);
    expect(preview.output).toMatch(/text: "three" => "one/);
    expect(preview.output).not.toMatch(/tags/);
    const up = await stack.up(undefined, "--refresh");
    expect(up.code, up.output).toBe(0);
    expect(stack.wrote()).toEqual(["updateThing"]);
    expect(only()).toMatchObject({ size: 3, text: "one;two" });
  });

  test("is made again when it has vanished", async () => {
    stack.store.state.things = [];
    const up = await stack.up(undefined, "--refresh");
    expect(up.code, up.output).toBe(0);
    expect(stack.wrote()).toEqual(["createThing", "updateThing"]);
    expect(only()).toMatchObject({ name: "A", size: 3 });
  });

  test("under a component, with other addresses of its connection, is not updated", async () => {
    const { store } = stack;
    const args = { connection: { ...connectionTo(store), addresses: [store.address, "127.0.0.2:9"] } };
    const up = await stack.up(
      [{ type: "component", name: "group" }, thing(store, "a", args, { parent: "group", movedFrom: "" })],
      "--diff",
    );
    expect(up.code, up.output).toBe(0);
    expect(up.output).toMatch(/2 unchanged/);
    expect(up.output).not.toMatch(/updated|replaced|deleted/);
    expect(stack.wrote()).toEqual([]);
    expect((await stack.kept("a"))?.urn).toMatch(/kit:index:Group\$pulumi-nodejs:dynamic\/store:Thing::a$/);
  });

  test("that the program names anew without an alias is taken over by its new name, not deleted", async () => {
    const { store } = stack;
    const id = only().id;
    const up = await stack.up([thing(store, "b", { name: "A" })]);
    expect(up.code, up.output).toBe(0);
    expect(up.output).toMatch(/Thing\/A is let go and stays: .*Thing::b/);
    expect(stack.wrote()).toEqual([]);
    expect(only().id).toBe(id);
    expect((await stack.kept("a"))?.urn).toBeUndefined();
  });

  test("says its progress on its own row, under a component too", async () => {
    const { store } = stack;
    store.jobLooks = 3;
    const up = await stack.up([
      { type: "component", name: "group" },
      thing(store, "b", { name: "A", size: 4 }, { replaceOnChanges: ["size"] }),
      thing(store, "c", {}, { parent: "group" }),
    ]);
    expect(up.code, up.output).toBe(0);
    expect(up.output).toMatch(/store:Thing c creating \(\d+s\).* creation of thing C: running, 50 %/);
    expect(stack.wrote().sort()).toEqual(["createThing", "createThing", "deleteThing", "updateThing", "updateThing"]);
    expect(store.state.things.map(({ name, size }) => `${name} ${size}`).sort()).toEqual(["A 4", "C 3"]);
  });

  test("is replaced by a field that replaces, deleted first and never adopted, and by --replace", async () => {
    const { store } = stack;
    const program = [
      thing(store, "b", { name: "A", size: 4, zone: "b" }),
      { type: "component", name: "group" },
      thing(store, "c", {}, { parent: "group" }),
    ];
    stack.project.writeSettings({ requestTimeout: "1s", adopt: "all" });
    const c = (await stack.kept("c"))?.urn as string;
    const preview = await stack.preview(program, "--diff");
    expect(preview.output).toMatch(/zone +: "a" => "b"/);
    expect(stack.wrote()).toEqual([]);
    const before = store.state.things.map(({ id }) => id);
    const up = await stack.up(program);
    expect(up.code, up.output).toBe(0);
    expect(stack.wrote()).toEqual(["deleteThing", "createThing", "updateThing"]);
    expect(store.state.things.filter(({ id }) => before.includes(id)).map(({ name }) => name)).toEqual(["C"]);

    const forced = await stack.up(undefined, "--replace", c);
    expect(forced.code, forced.output).toBe(0);
    expect(stack.wrote()).toEqual(["deleteThing", "createThing", "updateThing"]);
    expect(store.state.things.map(({ id }) => id).filter((id) => before.includes(id))).toEqual([]);
    expect(store.state.things.map(({ name, zone }) => `${name} ${zone}`).sort()).toEqual(["A b", "C a"]);
  });

  test("goes when the plan drops it, and with destroy", async () => {
    const { store } = stack;
    const up = await stack.up([thing(store, "b", { name: "A", size: 8, zone: "b" }, { ignoreChanges: ["size"] })]);
    expect(up.code, up.output).toBe(0);
    expect(stack.wrote()).toEqual(["deleteThing"]);
    expect(only()).toMatchObject({ name: "A", size: 4 });
    const destroy = await stack.pulumi("destroy", "--yes");
    expect(destroy.code, destroy.output).toBe(0);
    expect(stack.wrote()).toEqual(["deleteThing"]);
    expect(store.state.things).toEqual([]);
  });
});
