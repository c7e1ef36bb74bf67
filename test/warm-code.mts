import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** Once before all tests: prepares what makes the processes that they start quick (kit/quick-start.cjs). */
export function setup(): void {
  const kit = join(import.meta.dirname, "kit");
  execFileSync(process.execPath, ["--require", join(kit, "quick-start.cjs"), join(kit, "warm-code.cjs")], {
    stdio: ["ignore", "inherit", "inherit"],
  });
}
