import { mkdirSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { createProject } from "../kit/project";
import { thing } from "../kit/store-program";
import { startStore } from "../kit/store-server";
import { createTestEngine } from "../kit/test-engine";

test("an operation ends only once the engine has all that it said", async () => {
  const store = await startStore();
  const project = createProject();
  mkdirSync(project.memory, { recursive: true });
  const engine = createTestEngine({ main: project.main, env: project.env, logDelay: 300 });
  onTestFinished(async () => {
    await engine.close();
    await store.close();
    project.close();
  });
  await engine.up([thing(store, "a", { name: "A" })]);
  const { ok, logs } = await engine.up([thing(store, "b", { name: "A" })]);
  expect(ok).toBe(true);
  expect(logs).toContainEqual(
    expect.objectContaining({
      warning: true,
      text: expect.stringMatching(/^Thing\/A \(id t-1\) is let go and stays: it is urn:.*::b now/),
    }),
  );
});
