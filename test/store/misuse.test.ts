import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectionTo, thing } from "../kit/store-program";
import { createTestStack, type TestStack } from "../kit/test-stack";

const CANARY = "Canary-Misplaced-Secret-1";
const STACK_TRACE = /\n +at .*:\d+:\d+/;

describe("a user's mistake", () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await createTestStack();
  });
  afterAll(() => stack?.end());

  test.each<[string, Record<string, string>, RegExp]>([
    [
      "a time-out that is no duration",
      { timeouts: '{"Thing": {"create": "soon"}}' },
      /timeouts.*"soon" is not a duration/,
    ],
    ["a request time-out that is no duration", { requestTimeout: "soon" }, /requestTimeout.*"soon" is not a duration/],
    [
      "time-outs that are no JSON",
      { timeouts: "create: 5m" },
      /setting timeouts is "create: 5m": it is no JSON — pulumi config set --path/,
    ],
    [
      "a time-out of no kind",
      { timeouts: '{"Thnig": {"create": "5m"}}' },
      /setting timeouts .*"Thnig" is unknown: did you mean "Thing"\? — pulumi config set --path/,
    ],
    [
      "a list to adopt that is cut off",
      { adopt: '["Thing/A"' },
      /setting adopt is .*it is neither all nor names — pulumi config set adopt/,
    ],
  ])("%s is one clear error that names the setting", async (_what, settings, message) => {
    stack.writeSettings(settings);
    stack.writeProgram([thing(stack.store, "a")]);
    const { code, output } = await stack.pulumi("preview");
    expect(output).toMatch(message);
    expect(output).not.toMatch(STACK_TRACE);
    expect(code).not.toBe(0);
    expect(stack.store.requests).toEqual([]);
  });

  test("a secret that is wrong is named by its path and not shown", async () => {
    stack.writeSettings({});
    const connection = { ...connectionTo(stack.store), password: [CANARY] };
    stack.writeProgram([thing(stack.store, "a", { connection, secret: { value: CANARY } })]);
    const { code, output } = await stack.pulumi("preview");
    expect(output).toMatch(/connection\.password.*the value is a secret/s);
    expect(output).toMatch(/secret: Invalid input: expected string, received object \(the value is a secret\)/);
    expect(output).not.toContain(CANARY);
    expect(code).not.toBe(0);
  });

  test("values that are not known before up are let pass wherever they stand", async () => {
    const unknown = { $ref: "a.revision" };
    const connection = { ...connectionTo(stack.store), addresses: unknown };
    stack.writeProgram([
      thing(stack.store, "a"),
      thing(stack.store, "b", { name: unknown, tags: ["x", unknown] }),
      { type: "store:Setup", name: "setup", args: { connection: { ...connection, name: unknown }, owner: unknown } },
      { type: "store:Limit", name: "limit", args: { connection, limit: unknown } },
    ]);
    const { code, output } = await stack.pulumi("preview");
    expect(code, output).toBe(0);
    expect(output).toMatch(/store:Setup +setup +create/);
    expect(stack.store.requests).toEqual([]);
  });

  test("what turns out wrong once it is known stops there, with path and value", async () => {
    stack.writeProgram([thing(stack.store, "a"), thing(stack.store, "b", { text: { $ref: "a.revision" } })]);
    const { code, output } = await stack.up();
    expect(output).toMatch(/b: text: .*got \d/s);
    expect(code).not.toBe(0);
    expect(stack.store.state.things.map(({ name }) => name)).toEqual(["A"]);
  });
});
