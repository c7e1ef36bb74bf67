import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { utils } from "ssh2";
import { makeHostKey } from "./ssh-server";
import { writeWhole } from "./write-whole";

/** The SSH host key of a name, PEM: a machine keeps its key over restarts, or every client would refuse it. */
export function hostKey(dir: string, name: string): string {
  const file = join(dir, `ssh-${name}.pem`);
  if (!existsSync(file)) writeWhole(file, makeHostKey());
  return readFileSync(file, "utf8");
}

/** As `ssh-keygen -l` prints it. */
export function fingerprintOf(pem: string): string {
  const key = utils.parseKey(pem);
  if (key instanceof Error) throw key;
  return `SHA256:${createHash("sha256").update(key.getPublicSSH()).digest("base64").replace(/=+$/, "")}`;
}
