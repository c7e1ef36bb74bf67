import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { makeBundles } from "./kit/bundles.js";
import { keepCode } from "./kit/keep-code.js";
import { makeLabAuthority } from "./kit/lab-authority.js";

/** Once before all tests: prepares what makes the processes and threads that they start quick. */
export async function setup(): Promise<void> {
  await makeLabAuthority();
  const kit = join(import.meta.dirname, "kit");
  // Tests that start nothing run on a tree that was never built, too.
  if (!existsSync(join(import.meta.dirname, "..", "dist", "test", "kit"))) return;
  execFileSync(process.execPath, ["--require", join(kit, "quick-start.cjs"), join(kit, "warm-code.cjs")], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (await makeBundles()) await keepCode();
}
