import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ResourceSpec } from "../kit/program";
import { connectionTo } from "../kit/store-program";
import { createStoreStack, type StoreStack } from "./stack";

describe("what is done once", () => {
  let stack: StoreStack;
  const program = (owner = "me", limit = 20, note?: string): ResourceSpec[] => {
    const connection = connectionTo(stack.store);
    return [
      { type: "store:Setup", name: "setup", args: { connection, owner, note } },
      { type: "store:Limit", name: "limit", args: { connection, limit }, options: { dependsOn: ["setup"] } },
      { type: "store:Info", name: "info", args: { connection }, options: { dependsOn: ["setup"] } },
    ];
  };
  beforeAll(async () => {
    stack = await createStoreStack();
  });
  afterAll(() => stack?.close());

  test("is waited for, once, before what depends on it", async () => {
    stack.store.jobLooks = 3;
    const up = await stack.up(program());
    expect(up.code, up.output).toBe(0);
    expect(up.output).toMatch(/store:Setup setup creating \(\d+s\).* set-up of the store: running/);
    expect(stack.wrote()).toEqual(["setUp", "setLimit"]);
    expect((await stack.kept("info"))?.outputs).toMatchObject({ version: "1.2.3" });
  });

  test("refuses a changed input at preview, with what stands, what is planned and the vendor's way", async () => {
    const preview = await stack.preview(program("you"));
    expect(preview.code).not.toBe(0);
    expect(preview.output).toMatch(
      /owner.*cannot be changed on what stands: stands as "me", planned is "you"; ask the vendor to move the store/,
    );
    expect(stack.store.requests).toEqual([]);
  });

  test("refuses a replacement at preview and at up", async () => {
    const urn = (await stack.kept("setup"))?.urn as string;
    const preview = await stack.preview(program(), "--replace", urn);
    const up = await stack.up(undefined, "--replace", urn);
    for (const { code, output } of [preview, up]) {
      expect(code).not.toBe(0);
      expect(output).toMatch(/Setup\/shop stands and is never replaced; the store is set up once/);
    }
    expect(stack.wrote()).toEqual([]);
    expect(await stack.kept("setup")).toBeDefined();
  });

  test("takes a change of what only said how it came up, and its settings go on being set", async () => {
    const up = await stack.up(program("me", 30, "spring"));
    expect(up.code, up.output).toBe(0);
    expect(stack.wrote()).toEqual(["setLimit"]);
  });

  test("is let go by destroy with a warning, as are settings", async () => {
    const destroy = await stack.pulumi("destroy", "--yes", "--skip-preview");
    expect(destroy.code, destroy.output).toBe(0);
    expect(destroy.output).toMatch(/warning: Setup\/shop is let go and stays as it is: empty the shelves by hand/);
    expect(destroy.output).toMatch(/warning: Limit\/shop is left as it is at shop/);
    expect(stack.wrote()).toEqual([]);
    expect(stack.store.state).toMatchObject({ limit: 30, setup: { owner: "me" } });
  });
});
