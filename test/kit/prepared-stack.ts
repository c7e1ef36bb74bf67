import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** How each passphrase of the tests is known by a stack (its encryptionsalt), as `pulumi stack init` once made it. */
const SALTS = {
  kit: "v1:fmi+pzqtWfU=:v1:CwzP0wQOk79RnxLl:wVkPsycPU04ACQMyYvPI8l7ZwG9iAA==",
  "sitewright-lab": "v1:DdetZFBEMwE=:v1:/qSm1tHv4UJ1G9CL:JTCYkUQoyhFqdzV3TxtdkFVUkyIufA==",
};

/** By which the engine knows a state that it has written: the SHA-256 of its version. */
const MAGIC = "22b7de8b0b797cfdc538c94a4e1b81eae77789956bbf6ad52b70e5ebbf1f68c0";

export interface PreparedStack {
  project: string;
  stack: string;
  /** The folder of the file backend. */
  state: string;
  /** The file of the stack's settings, `Pulumi.<stack>.yaml`. */
  settings: string;
  passphrase: keyof typeof SALTS;
}

/** Lays down what `pulumi stack init` makes in a file backend, at a hundredth of what it costs. */
export function prepareStack({ project, stack, state, settings, passphrase }: PreparedStack): void {
  const salt = SALTS[passphrase];
  const lay = (file: string, text: string) => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  const latest = {
    manifest: { time: "2026-01-01T00:00:00Z", magic: MAGIC, version: "v3.220.0" },
    secrets_providers: { type: "passphrase", state: { salt } },
    metadata: {},
  };
  const checkpoint = { stack: `organization/${project}/${stack}`, latest };
  lay(join(state, ".pulumi", "meta.yaml"), "version: 1\n");
  lay(join(state, ".pulumi", "stacks", project, `${stack}.json`), JSON.stringify({ version: 3, checkpoint }));
  lay(settings, `encryptionsalt: ${salt}\n`);
}
