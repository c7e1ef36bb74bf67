import { expect, test } from "vitest";
import { z } from "zod";
import type { Call } from "./call";
import { createContext } from "./context";
import { manualClock } from "./fixtures/manual-clock.fixture";
import { registerSecret } from "./redact";
import type { Kind } from "./resource";

test("a text without end from another system is handed on as it is: who prints it looks at its beginning alone", () => {
  const said: string[] = [];
  const say = (_urn: string, text: string) => said.push(text);
  const call = {
    urn: "urn:a",
    log: { progress: say, info: say, warn: say },
    timeouts: {},
    workspace: { clock: manualClock(), connect: () => ({ name: "site", addresses: [] }) },
  } as unknown as Call;
  const kind = { type: "store:Thing", sort: "object", inputs: z.strictObject({}), key: () => "a" } as unknown as Kind;
  const context = createContext(kind, call, "read", {}, { inState: true });
  registerSecret("Canary-Context-1");
  const text = `Canary-Context-1 ${"\\u0041%41&amp;+\n".repeat(100_000)}`;
  context.progress(text);
  context.info(text);
  context.warn(text);
  expect(said.map((each) => each === text)).toEqual([true, true, true]);
});
