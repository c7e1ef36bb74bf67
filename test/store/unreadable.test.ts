import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { thing } from "../kit/store-program";
import type { Fault } from "../kit/store-server";
import { createTestStack, type TestStack } from "../kit/test-stack";

/** One thing that stands at the store; each test finds it in the state and leaves it there. */
describe("an object that cannot be read", () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await createTestStack({ requestTimeout: "500ms", timeouts: '{"Thing": {"read": "1m"}}' }, { speed: 100 });
    stack.writeProgram([thing(stack.store, "a")]);
    const { code, output } = await stack.up();
    expect(code, output).toBe(0);
  });
  afterAll(() => stack?.end());

  test.each<[string, Fault["kind"], RegExp]>([
    ["log-ins that do not last", "expire", /read thing t-1: .* 401/],
    ["a front end without its back end", "html502", /read thing t-1: .* 502.*after 5 attempts/],
    ["no answer", "hang", /read thing t-1: .*after 5 attempts/],
    ["half an answer", "halfBody", /read thing t-1: /],
  ])("for %s stays in the state, and the refresh says why", async (_what, kind, message) => {
    for (let count = 0; count < 10; count++) stack.store.fault({ kind, operation: "getThing" });
    const { code, output } = await stack.pulumi("refresh", "--yes", "--skip-preview");
    stack.store.clearFaults();
    stack.store.release();
    expect(output).toMatch(message);
    expect(output).not.toMatch(/\n +at .*:\d+:\d+/);
    expect(code).not.toBe(0);
    expect(stack.resources().some(({ id }) => id === "t-1")).toBe(true);
  });

  test("for a store that is gone stays in the state, and destroy does not take it for deleted", async () => {
    await stack.store.close();
    for (const verb of ["refresh", "destroy"]) {
      const { code, output } = await stack.pulumi(verb, "--yes", "--skip-preview");
      expect(output).toMatch(/error: Unable to log in to shop: .* the connection was refused/);
      expect(code).not.toBe(0);
    }
    expect(stack.resources().some(({ id }) => id === "t-1")).toBe(true);
  });
});
