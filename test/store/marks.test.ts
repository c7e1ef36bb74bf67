import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { thing } from "../kit/store-program";
import { createTestStack, type TestStack } from "../kit/test-stack";

describe("an object with a field for a mark", () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await createTestStack();
    const foreign = { zone: "a", size: 3, tags: [], text: "", secret: "", revision: 1 };
    stack.store.state.things = [
      { ...foreign, id: "f-1", name: "A", mark: "sitewright/other" },
      { ...foreign, id: "f-2", name: "B", mark: "sitewright/other" },
    ];
    stack.writeProgram(["a", "b"].map((name) => thing(stack.store, name, {}, {}, "store:MarkedThing")));
  });
  afterAll(() => stack?.end());

  test("that bears another stack's is refused, and only what is named is taken over", async () => {
    stack.writeSettings({ adopt: "MarkedThing/A" });
    const preview = await stack.pulumi("preview");
    expect(preview.output).toMatch(/MarkedThing\/A is taken over if it stands already/);
    expect(preview.output).not.toMatch(/MarkedThing\/B is taken over/);
    const { code, output } = await stack.up("--continue-on-error");
    expect(code).not.toBe(0);
    expect(output).toMatch(/MarkedThing\/B stands already on shop \(id f-2\)/);
    expect(stack.store.writes().map((request) => request.path)).toEqual(["/things/f-1"]);
    expect(
      stack
        .resources()
        .filter(({ type }) => type.endsWith("MarkedThing"))
        .map(({ id }) => id),
    ).toEqual(["f-1"]);
  });

  test("that bears ours is ours, also where journal and settings say nothing", async () => {
    for (const each of stack.store.state.things) each.mark = "sitewright/test";
    rmSync(stack.memory, { recursive: true });
    stack.writeSettings({});
    const { code, output } = await stack.up();
    expect(code, output).toBe(0);
    expect(stack.store.state.things.map(({ id, text }) => [id, text])).toEqual([
      ["f-1", "one;two"],
      ["f-2", "one;two"],
    ]);
  });
  test("alone may be made by an engine that writes no checkpoints", async () => {
    Object.assign(stack.env, { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" });
    const marked = await stack.pulumi("preview");
    expect(marked.code, marked.output).toBe(0);
    stack.writeProgram([thing(stack.store, "c")]);
    const { code, output } = await stack.up();
    expect(code).not.toBe(0);
    expect(output).toMatch(/store:Thing c bears no mark .* run without PULUMI_SKIP_CHECKPOINTS/);
    expect(stack.store.state.things.map(({ name }) => name)).toEqual(["A", "B"]);
  });
});
