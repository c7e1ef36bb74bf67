import { readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import * as pulumi from "@pulumi/pulumi";

const SOURCES = ["index.ts", "components", "base", "plan", "providers"];

/**
 * Refuses to run when a source is newer than the last build: what would run is not what one reads. Throws a
 * RunError that names the first such source and the command that helps.
 */
export function assertFreshBuild(root: string): void {
  const built = statSync(join(root, "dist", ".sources"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const newer = SOURCES.flatMap((each) => typescriptUnder(join(root, each))).find(
    (file) => statSync(file).mtimeMs > built,
  );
  if (newer)
    throw new pulumi.RunError(`${relative(root, newer)} is newer than the compiled program: run npm run build`);
}

function typescriptUnder(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts") && !name.includes("node_modules"))
    .map((name) => join(path, name));
}
