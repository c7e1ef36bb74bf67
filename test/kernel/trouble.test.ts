import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { descendants, runs } from "../kit/processes";
import { createRealStack, type RealStack } from "../kit/real-stack";
import { thing } from "../kit/store-program";
import { STORE_LOGIN } from "../kit/store-server";
import { createTestStack, type TestStack } from "../kit/test-stack";

const CANARY = "Canary-Thing-Secret-2";

/** On the test engine; each test goes on where the one before left the stack. */
describe("objects that stand already", () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await createTestStack({}, { speed: 1000 });
  });
  afterAll(() => stack?.end());

  const named = (name: string) => stack.store.state.things.filter((each) => each.name === name);

  test("a foreign object is refused, with the way to take it over", async () => {
    const foreign = { id: "f-1", name: "A", zone: "a", size: 1, tags: [], text: "", secret: "", mark: "", revision: 1 };
    stack.store.state.things.push(foreign);
    stack.writeProgram([thing(stack.store, "a")]);
    const { code, output } = await stack.up();
    expect(output).toMatch(/Thing\/A stands already on shop \(id f-1\).*pulumi config set adopt Thing\/A/s);
    expect(code).not.toBe(0);
    expect(stack.store.writes()).toEqual([]);
  });

  test("adopted by name it is taken over, and told so in the preview", async () => {
    stack.writeSettings({ requestTimeout: "3s", adopt: "Thing/A" });
    const { output } = await stack.pulumi("preview");
    expect(output).toMatch(/Thing\/A is taken over if it stands already/);
    expect((await stack.up()).code).toBe(0);
    expect(named("A").map(({ id, size }) => ({ id, size }))).toEqual([{ id: "f-1", size: 3 }]);
  });
});

/** On the test engine; each test goes on where the one before left the stack. */
describe("objects that are half made, lost or late", () => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await createTestStack({}, { speed: 1000 });
    stack.writeProgram([thing(stack.store, "a")]);
    expect(await stack.up()).toMatchObject({ code: 0 });
  });
  afterAll(() => stack?.end());

  const named = (name: string) => stack.store.state.things.filter((each) => each.name === name);

  test("a half-made object stays in the state, over a refresh too, and the next up goes on with it", async () => {
    stack.writeProgram([thing(stack.store, "a"), thing(stack.store, "b")]);
    stack.store.fault({ kind: "refuse", operation: "updateThing" });
    const failed = await stack.up();
    expect(failed.output).toMatch(/update thing B.*409.*the shelf is being moved/s);
    expect(failed.code).not.toBe(0);
    expect((await stack.pulumi("refresh", "--yes", "--skip-preview")).code).toBe(0);
    const kept = stack.resources().find((each) => each.urn.endsWith("::b"));
    expect(kept).toMatchObject({ outputs: { __phase: "partial" } });
    expect(kept?.initErrors ?? []).toEqual([]);
    const id = named("B")[0]?.id;
    const resumed = await stack.up();
    expect(resumed.output).toMatch(/updated/);
    expect(resumed.code).toBe(0);
    expect(named("B").map((each) => [each.id, each.size])).toEqual([[id, 3]]);
  });

  test("an answer lost after the commit, and a session lost in mid-run, give one object", async () => {
    stack.writeProgram([thing(stack.store, "a"), thing(stack.store, "b"), thing(stack.store, "c")]);
    stack.store.fault({ kind: "resetAfter", operation: "createThing" });
    stack.store.fault({ kind: "expire", operation: "updateThing" });
    expect((await stack.up()).code).toBe(0);
    expect(named("C").map((each) => each.size)).toEqual([3]);
    stack.store.clearRequests();
    expect((await stack.up("--expect-no-changes")).code).toBe(0);
    expect(stack.store.writes()).toEqual([]);
  });

  test("a deadline that the user sets ends a creation, and the message names the setting", async () => {
    stack.writeSettings({ requestTimeout: "3s", timeouts: '{"Thing": {"create": "5s"}}' });
    stack.store.jobLooks = 1_000_000;
    stack.writeProgram([thing(stack.store, "d")]);
    const bySetting = await stack.up();
    expect(bySetting.output).toMatch(
      /creation of thing D has not ended after .*raise timeouts\.Thing\.create \(now 5s\)/s,
    );
    stack.writeSettings({ requestTimeout: "3s" });
    stack.writeProgram([thing(stack.store, "e", {}, { customTimeouts: { create: "7s" } })]);
    const byOption = await stack.up();
    expect(byOption.output).toMatch(/creation of thing E has not ended after .*\(now 7s\)/s);
    stack.store.jobLooks = 1;
  });

  test("a deadline that is set later reaches the destroy of what nothing else has changed", async () => {
    stack.writeSettings({ requestTimeout: "3s" });
    stack.writeProgram([thing(stack.store, "a")]);
    expect((await stack.up()).code).toBe(0);
    stack.writeSettings({ requestTimeout: "3s", timeouts: '{"Thing": {"delete": "1s"}}' });
    expect((await stack.up("--expect-no-changes")).code).toBe(0);
    stack.store.fault({ kind: "hang", operation: "deleteThing" });
    const { code, output } = await stack.pulumi("destroy", "--yes", "--skip-preview");
    expect(output).toMatch(/delete of Thing\/A has not ended after 1s.*timeouts\.Thing\.delete/s);
    expect(code).not.toBe(0);
    stack.store.release();
  });
});

describe("a killed engine", () => {
  let stack: RealStack;
  beforeAll(async () => {
    stack = await createRealStack();
  });
  afterAll(() => stack?.end());

  test("kill -9 while a creation hangs before its commit, up at once: one object", async () => {
    stack.writeProgram([thing(stack.store, "a", { secret: CANARY })]);
    stack.store.fault({ kind: "hang", operation: "createThing" });
    const killed = stack.start("up", "--yes", "--skip-preview");
    await stack.store.hanging();
    for (const secret of [CANARY, STORE_LOGIN.password]) expect(commandLines()).not.toContain(secret);
    const [program] = descendants(killed.pid).filter(({ command }) => command.includes("/cmd/run/"));
    if (!program) throw new Error("no program runs");
    killed.kill();
    await killed.ended;
    // Its language host notices within minutes; the program itself within 200 ms.
    await expect.poll(() => runs(program), { interval: 50, timeout: 5_000 }).toBe(false);
    expect((await stack.pulumi("cancel", "--yes")).code).toBe(0);
    const up = stack.start("up", "--yes", "--skip-preview");
    // The worst that the other side can do: it commits while the next run is already there.
    setTimeout(() => stack.store.release(), 1_000);
    const { code, output } = await up.ended;
    expect(output).toMatch(/pending operation/i);
    expect(code).toBe(0);
    expect(stack.store.state.things.map(({ name, size }) => ({ name, size }))).toEqual([{ name: "A", size: 3 }]);
    expect(stack.store.requests.filter((request) => request.operation === "createThing")).toHaveLength(1);
  });

  test("a refresh clears what the kill left pending, and nothing is left to do", async () => {
    expect((await stack.pulumi("refresh", "--yes", "--skip-preview", "--clear-pending-creates")).code).toBe(0);
    expect((await stack.state()).pending).toEqual([]);
    stack.store.clearRequests();
    expect((await stack.up("--expect-no-changes")).code).toBe(0);
    expect(stack.store.writes()).toEqual([]);
  });

  test("no planted secret stands in what was printed or kept", () => {
    const journal = readFileSync(`${stack.memory}/journal.jsonl`, "utf8");
    for (const secret of [CANARY, STORE_LOGIN.password]) expect(stack.printed() + journal).not.toContain(secret);
  });
});

/** The command lines of every process of this machine. */
function commandLines(): string {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8");
      } catch {
        return "";
      }
    })
    .join("\n");
}
