import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startLab } from "./lab";
import { labPlan } from "./lab.fixture";

test("a site that another version of the lab has kept is refused, and stays as it was", async () => {
  const dir = mkdtempSync(join(tmpdir(), "lab-"));
  try {
    const file = join(dir, "state.json");
    for (const format of [undefined, 1, 2, 99]) {
      const kept = JSON.stringify({ format, seed: "a", hosts: [] });
      writeFileSync(file, kept);
      await expect(startLab({ plan: labPlan(), dir })).rejects.toThrow(
        `the lab's state ${file} cannot be used (another version of the lab wrote it); remove its folder to begin anew`,
      );
      expect(readFileSync(file, "utf8")).toBe(kept);
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
