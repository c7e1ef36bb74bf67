import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ResourceSpec } from "../kit/program";
import { connectionTo } from "../kit/store-program";
import { createTestStack, type TestStack } from "../kit/test-stack";

/** The store's first set-up; each test goes on where the one before left the stack. */
describe("what is done once", () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await createTestStack({}, { speed: 100 });
  });
  afterAll(() => stack?.end());

  const plan = (args: Record<string, unknown> = {}, options: ResourceSpec["options"] = {}, name = "setup") =>
    stack.writeProgram([
      { type: "store:Setup", name, args: { connection: connectionTo(stack.store), owner: "me", ...args }, options },
    ]);
  const kept = () => stack.resources().filter((each) => each.type.endsWith("store:Setup"));

  test("says how far it is on its own row", async () => {
    stack.store.jobLooks = 3;
    plan();
    const { code, output } = await stack.up();
    expect(code, output).toBe(0);
    expect(output).toMatch(/store:Setup setup .*set-up of the store: running/);
  });

  test("takes a change of what only said how it came up, without a write", async () => {
    stack.store.clearRequests();
    plan({ note: "in spring" });
    const { code, output } = await stack.up();
    expect(code, output).toBe(0);
    expect(stack.store.writes()).toEqual([]);
    expect(kept()[0]?.outputs).toMatchObject({ note: "in spring" });
  });

  test("refuses to be replaced by replaceOnChanges and by up --replace", async () => {
    const urn = kept()[0]?.urn ?? "";
    plan({ note: "in autumn" }, { replaceOnChanges: ["note"] });
    const byOption = await stack.up();
    plan({ note: "in spring" });
    const byFlag = await stack.up("--replace", urn);
    for (const { code, output } of [byOption, byFlag]) {
      expect(output).toMatch(/Setup\/shop stands and is never replaced; the store is set up once/);
      expect(code).not.toBe(0);
    }
    expect(stack.store.writes()).toEqual([]);
    expect(kept()).toHaveLength(1);
  });

  test("under another name is taken along", async () => {
    plan({}, {}, "other");
    const { code, output } = await stack.up();
    expect(code, output).toBe(0);
    expect(output).toMatch(/Setup\/shop \(id \S+\) is let go and stays: it is urn:.*::other now/);
    expect(stack.store.writes()).toEqual([]);
    expect(kept().map(({ urn }) => urn.split("::").at(-1))).toEqual(["other"]);
  });

  test("is not made anew when the store says that it has vanished after it stood in the state", async () => {
    plan({ note: "in winter" }, {}, "other");
    stack.store.state.setup = undefined;
    const { code, output } = await stack.up();
    expect(output).toMatch(/Setup\/shop stands no more — run pulumi refresh, then up/);
    expect(code).not.toBe(0);
    expect(stack.store.writes()).toEqual([]);
  });

  test("is made anew by a run that has refreshed, of which a preview has written nothing down", async () => {
    const journal = readFileSync(`${stack.memory}/journal.jsonl`, "utf8");
    const preview = await stack.pulumi("preview", "--refresh");
    expect(preview.code, preview.output).toBe(0);
    expect(readFileSync(`${stack.memory}/journal.jsonl`, "utf8")).toBe(journal);
    const { code, output } = await stack.up("--refresh");
    expect(code, output).toBe(0);
    expect(stack.store.writes().map(({ operation }) => operation)).toEqual(["setUp"]);
  });
});
