import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ResourceSpec } from "../kit/program";
import { createRealStack, type RealStack } from "../kit/real-stack";
import { connectionTo, thing } from "../kit/store-program";

/** One stack in a lab, under ever other names; each test goes on where the one before left it. */
describe("a stack that lives in a lab", () => {
  let stack: RealStack;
  /** What would answer at the plan's own address. */
  let outside: Server;
  let dialled = 0;
  beforeAll(async () => {
    outside = createServer((socket) => {
      dialled += 1;
      socket.destroy();
    });
    await once(outside.listen(0, "127.0.0.9"), "listening");
    stack = await createRealStack({ requestTimeout: "3s" });
    layReach("test");
    stack.writeProgram([
      planned("a"),
      planned("b", {}, { dependsOn: ["a"] }),
      { ...limit(), options: { dependsOn: ["a"] } },
    ]);
    const { code, output } = await stack.up();
    expect(code, output).toBe(0);
  });
  afterAll(async () => {
    outside?.close();
    await stack?.end();
  });

  const address = () => `127.0.0.9:${(outside.address() as AddressInfo).port}`;
  const connection = () => ({ ...connectionTo(stack.store), addresses: [address()] });
  const planned = (name: string, args = {}, options = {}) =>
    thing(stack.store, name, { connection: connection(), ...args }, options);
  const limit = (): ResourceSpec => ({
    type: "store:Limit",
    name: "limit",
    args: { connection: connection(), limit: 20 },
  });
  const folderOf = (name: string) => join(stack.folder, "stacks", name);
  function layReach(name: string): void {
    mkdirSync(folderOf(name), { recursive: true });
    const endpoints = { [address()]: stack.store.address };
    const reach = { lab: true, speed: 1000, only: true, endpoints };
    writeFileSync(join(folderOf(name), "reach.json"), JSON.stringify(reach));
  }
  const writes = () => stack.store.writes().map(({ operation }) => operation);
  const stands = () => stack.store.state.things.map(({ id, name }) => `${name} ${id}`).sort();
  const urnOf = async (name: string) =>
    (await stack.state()).resources.find(({ urn }) => urn.endsWith(`::${name}`))?.urn ?? "";
  function rename(from: string, to: string): void {
    renameSync(folderOf(from), folderOf(to));
    const memory = join(stack.folder, ".sitewright");
    renameSync(join(memory, from), join(memory, to));
  }

  test.each([
    // Every verb, on the test engine: owned.test.ts.
    ["destroy", ["destroy", "--yes", "--skip-preview"]],
    [
      "destroy of one alone, with the program",
      ["destroy", "--yes", "--skip-preview", "--run-program", "--target", "**::b"],
    ],
  ])("without its reach.json %s refuses, names the file, and dials nothing", async (_what, args) => {
    rmSync(join(folderOf("test"), "reach.json"), { force: true });
    stack.store.clearRequests();
    const { code, output } = await stack.pulumi(...args);
    expect(code).not.toBe(0);
    expect(output).toMatch(
      /the stack test lives in a lab.*stacks\/test\/reach\.json is missing.*lab start stacks\/test/s,
    );
    expect(dialled).toBe(0);
    expect(stack.store.requests).toEqual([]);
  });

  test("renamed with its folders it is at home under the new name at once", async () => {
    layReach("test");
    expect((await stack.pulumi("stack", "rename", "other")).code).toBe(0);
    stack.env.PULUMI_STACK = "other";
    rename("test", "other");
    stack.store.clearRequests();
    const refreshed = await stack.pulumi("refresh", "--yes", "--skip-preview");
    expect(refreshed.code, refreshed.output).toBe(0);
    const { code, output } = await stack.up("--expect-no-changes");
    expect(code, output).toBe(0);
    expect(writes()).toEqual([]);
    expect(existsSync(join(stack.folder, ".sitewright", "test"))).toBe(false);
  });

  test("renamed without its folders it refuses, and names the folder that it looks into", async () => {
    expect((await stack.pulumi("stack", "rename", "third")).code).toBe(0);
    stack.env.PULUMI_STACK = "third";
    const { code, output } = await stack.pulumi("destroy", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    expect(output).toMatch(/the stack third lives in a lab.*stacks\/third\/reach\.json is missing/s);
    expect(stands()).toEqual(["A t-1", "B t-2"]);
    rename("other", "third");
  });

  test("a resource renamed in the state alone is taken along by its name in the program, and not deleted", async () => {
    const renamed = await stack.pulumi("state", "rename", await urnOf("b"), "x", "--yes");
    expect(renamed.code, renamed.output).toBe(0);
    const { code, output } = await stack.up();
    expect(code, output).toBe(0);
    expect(output).toMatch(/Thing\/B \(id t-2\) is let go and stays: it is urn:.*::b now/);
    expect(stands()).toEqual(["A t-1", "B t-2"]);
    expect(writes()).toEqual([]);
  });

  test("a resource renamed in state and program alike is still its own, and goes when the plan drops it", async () => {
    expect((await stack.pulumi("state", "rename", await urnOf("b"), "y", "--yes")).code).toBe(0);
    stack.writeProgram([planned("a"), planned("y", { name: "B" }), limit()]);
    const { code, output } = await stack.up("--expect-no-changes");
    expect(code, output).toBe(0);
    stack.writeProgram([planned("a"), limit()]);
    const dropped = await stack.up("--target", await urnOf("y"));
    expect(dropped.code, dropped.output).toBe(0);
    expect(stands()).toEqual(["A t-1"]);
  });

  test("moved into another stack, a resource stays in the lab or is refused there, and goes with that stack", async () => {
    expect((await stack.pulumi("stack", "init", "fourth", "--no-select")).code).toBe(0);
    const moved = await stack.pulumi(
      "state",
      "move",
      "--source",
      "third",
      "--dest",
      "fourth",
      await urnOf("a"),
      "--yes",
    );
    expect(moved.code, moved.output).toBe(0);
    const destroy = () => stack.pulumi("destroy", "--stack", "fourth", "--yes", "--skip-preview");
    const refused = await destroy();
    expect(refused.output).toMatch(/the stack fourth lives in a lab.*stacks\/fourth\/reach\.json is missing/s);
    expect(stands()).toEqual(["A t-1"]);
    stack.writeProgram([limit()]);
    const left = await stack.up();
    expect(left.code, left.output).toBe(0);
    expect(stands()).toEqual(["A t-1"]);
    layReach("fourth");
    const { code, output } = await destroy();
    expect(code, output).toBe(0);
    expect(stands()).toEqual([]);
  });

  test("exported and imported under another name, it lives in the lab there too", async () => {
    const file = join(stack.folder, "exported.json");
    expect((await stack.pulumi("stack", "export", "--file", file)).code).toBe(0);
    writeFileSync(file, readFileSync(file, "utf8").replaceAll("urn:pulumi:third::", "urn:pulumi:fifth::"));
    expect((await stack.pulumi("stack", "init", "fifth", "--no-select")).code).toBe(0);
    const imported = await stack.pulumi("stack", "import", "--stack", "fifth", "--file", file);
    expect(imported.code, imported.output).toBe(0);
    const refused = await stack.pulumi("refresh", "--stack", "fifth", "--yes", "--skip-preview");
    expect(refused.output).toMatch(/the stack fifth lives in a lab.*stacks\/fifth\/reach\.json is missing/s);
    layReach("fifth");
    const { code, output } = await stack.pulumi("refresh", "--stack", "fifth", "--yes", "--skip-preview");
    expect(code, output).toBe(0);
    expect(dialled).toBe(0);
  });
});
