import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./project";

const folder = join(root, ".pulumi", "lab-authority");
const NAME = "authority.json";

/** Makes the authority that the tests' labs share: its keys take half a second. Called by global set-up. */
export async function makeLabAuthority(): Promise<void> {
  if (existsSync(join(folder, NAME))) return;
  const { openAuthority } = await import("../../lab/certificates.js");
  mkdirSync(folder, { recursive: true });
  openAuthority(folder);
}

/** Gives it to a lab that has none yet, in the lab's folder. */
export function layLabAuthority(lab: string): void {
  const [from, to] = [join(folder, NAME), join(lab, NAME)];
  mkdirSync(lab, { recursive: true });
  if (existsSync(from) && !existsSync(to)) copyFileSync(from, to);
}
