import { afterEach, beforeEach, expect, test, vi } from "vitest";

const { invoke } = vi.hoisted(() => ({ invoke: vi.fn() }));
vi.mock("@pulumi/pulumi", () => ({ runtime: { invoke }, getStack: () => "test" }));

const BEING_WRITTEN = new Error("invocation returned an error: failed to load checkpoint: EOF");
const URN = "urn:pulumi:test::kit::pulumi-nodejs:dynamic/store:Thing::a";
const thing = { type: "pulumi-nodejs:dynamic/store:Thing", outputs: { size: 3 } };

beforeEach(() => {
  vi.resetModules();
  invoke.mockReset();
  vi.useFakeTimers({ toFake: ["setTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

async function stateOfStack() {
  const { stateOfStack: ask } = await import("./engine-state.js");
  const asked = ask();
  asked.catch(() => {});
  await vi.runAllTimersAsync();
  return asked;
}

test("a state that the engine is just writing is looked at again", async () => {
  invoke.mockRejectedValueOnce(BEING_WRITTEN).mockResolvedValue({ outputs: { [URN]: thing } });
  expect(await stateOfStack()).toEqual(new Map([[URN, thing]]));
  expect(invoke).toHaveBeenCalledTimes(2);
});

test("a state that cannot be read is told after a few looks", async () => {
  invoke.mockRejectedValue(BEING_WRITTEN);
  await expect(stateOfStack()).rejects.toThrow("failed to load checkpoint");
  expect(invoke).toHaveBeenCalledTimes(5);
});

test("any other failure is told at once", async () => {
  invoke.mockRejectedValue(new Error("failed to load checkpoint: permission denied"));
  await expect(stateOfStack()).rejects.toThrow("permission denied");
  expect(invoke).toHaveBeenCalledTimes(1);
});
