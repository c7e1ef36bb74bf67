import { readdirSync } from "node:fs";
import { join } from "node:path";

/** Every file that a run may have written in a project, apart from the compiled program and the lab's own. */
export function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isSymbolicLink() || entry.name === "dist" || entry.name === "lab") return [];
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}
