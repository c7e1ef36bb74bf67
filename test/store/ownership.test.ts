import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { thing } from "../kit/store-program";
import { createStoreStack, type StoreStack } from "./stack";

describe("whose an object is", () => {
  let stack: StoreStack;
  const program = () => [
    thing(stack.store, "a"),
    thing(stack.store, "b", { size: 5 }, {}, "store:MarkedThing"),
    { type: "component", name: "group" },
  ];
  beforeAll(async () => {
    stack = await createStoreStack();
    const foreign = { id: "t-foreign", zone: "a", size: 3, tags: [], text: "", secret: "", revision: 1 };
    stack.store.state.things = [
      { ...foreign, name: "A", mark: "" },
      { ...foreign, id: "t-other", name: "B", mark: "sitewright/other" },
    ];
  });
  afterAll(() => stack?.close());

  test("what stands already is refused, and the refusal says how to take it over", async () => {
    const up = await stack.up(program(), "--continue-on-error");
    expect(up.code).not.toBe(0);
    expect(up.output).toMatch(
      /Thing\/A stands already on shop \(id t-foreign\) and is not known to be this stack's — to take it over: pulumi config set adopt Thing\/A \(or all\)/,
    );
    expect(up.output).toMatch(/MarkedThing\/B stands already on shop \(id t-other\)/);
    expect(up.output).not.toMatch(/\n +at .*\.js:\d+/);
    expect(stack.wrote()).toEqual([]);
    expect(await stack.kept("a")).toBeUndefined();
  });

  test("the preview says what will be taken over, and up takes that alone", async () => {
    stack.project.writeSettings({ requestTimeout: "1s", adopt: "Thing/A" });
    const preview = await stack.preview();
    expect(preview.output).toMatch(/store:Thing a create Thing\/A is taken over if it stands already \(adopt\)/);
    expect(preview.output).not.toMatch(/MarkedThing\/B is taken over/);
    const up = await stack.up(undefined, "--continue-on-error");
    expect(up.output).toMatch(/MarkedThing\/B stands already/);
    expect(stack.wrote()).toEqual(["updateThing"]);
    expect((await stack.kept("a"))?.id).toBe("t-foreign");
    expect(stack.store.state.things[0]).toMatchObject({ tags: ["x", "y"], text: "one;two" });
  });

  test("two of one name are named by id and neither is touched", async () => {
    const { things } = stack.store.state;
    things.push({ ...(things[1] as (typeof things)[number]), id: "t-third" });
    stack.project.writeSettings({ requestTimeout: "1s", adopt: "all" });
    const up = await stack.up();
    expect(up.code).not.toBe(0);
    expect(up.output).toMatch(
      /MarkedThing\/B stands 2 times on shop: ids t-other, t-third — remove or rename all but one/,
    );
    expect(stack.wrote()).toEqual([]);
    things.pop();
  });

  test("with the journal lost, what bears our mark is ours", async () => {
    const [, marked] = stack.store.state.things;
    Object.assign(marked ?? {}, { mark: "sitewright/test" });
    rmSync(stack.project.memory, { recursive: true });
    stack.project.writeSettings({ requestTimeout: "1s" });
    const up = await stack.up();
    expect(up.code, up.output).toBe(0);
    expect(stack.wrote()).toEqual(["updateThing"]);
    expect((await stack.kept("b"))?.id).toBe("t-other");
  });
});
