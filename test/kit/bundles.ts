import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Plugin } from "esbuild";
import { root } from "./project";

const kit = join(root, "test", "kit");
const standIns = join(kit, "thread");
const folder = join(root, ".pulumi", "kit");

/** The handlers of the kit, as a project's handler.cjs asks for them. */
export const handler = join(root, "dist", "test", "kit", "handler");

/**
 * Where the bundles lie that a provider's thread runs: made of dist/ as it is, by global set-up (warm-code.mts). Their
 * folder is named by what they are made of.
 */
export function bundleFolder(): string {
  const hash = createHash("sha256");
  const made = [join(root, "dist", ".sources"), join(root, "package-lock.json"), join(kit, "bundles.ts")];
  for (const file of [...made, ...readdirSync(standIns).map((name) => join(standIns, name))])
    hash.update(readFileSync(file));
  return join(folder, `${process.version}-${hash.digest("hex").slice(0, 16)}`);
}

/** Makes the bundles where they are missing, and takes away those of other sources. False where they stood already. */
export async function makeBundles(): Promise<boolean> {
  const wanted = bundleFolder();
  if (existsSync(wanted)) return false;
  const { build } = await import("esbuild");
  const unfinished = `${wanted}.${process.pid}`;
  const libraries = new Set<string>();
  const bundle = (name: string, contents: string, plugins: Plugin[] = []) =>
    build({
      stdin: { contents, resolveDir: root, sourcefile: "entry.js" },
      bundle: true,
      platform: "node",
      target: "node20",
      outfile: join(unfinished, `${name}.js`),
      external: ["*.node"],
      plugins,
      logLevel: "error",
    });
  const start = "./providers/plugin/dynamic-provider.cjs";
  await bundle(
    "provider",
    `exports.handler = () => require(${JSON.stringify(handler)}); exports.start = () => require("${start}");`,
    [standIn, leaveOut(libraries)],
  );
  // The kernel finds it by its name, so that a test may lay itself between: see crash-at.cjs.
  libraries.delete("ssh2");
  await bundle("ssh2", 'module.exports = require("ssh2");');
  const loads = [...libraries].map((name) => `  ${JSON.stringify(name)}: () => require("${name}"),`);
  await bundle("libraries", `module.exports = {\n${loads.join("\n")}\n};`);
  for (const other of existsSync(folder) ? readdirSync(folder) : [])
    if (other !== basename(unfinished)) rmSync(join(folder, other), { recursive: true, force: true });
  mkdirSync(dirname(wanted), { recursive: true });
  renameSync(unfinished, wanted);
  return true;
}

/** What our own modules ask for of packages, but for Pulumi's: one instance of it serves every provider of a thread. */
function leaveOut(libraries: Set<string>): Plugin {
  return {
    name: "leave-out",
    setup({ onResolve }) {
      onResolve({ filter: /^[^./]/ }, ({ path, importer }) => {
        if (!importer.startsWith(join(root, "dist")) || /^(node:|@pulumi\/|google-protobuf)/.test(path))
          return undefined;
        libraries.add(path);
        return { path, external: true };
      });
    },
  };
}

/** What a thread has in place of the SDK and of gRPC. Pulumi's dynamic provider itself, and its messages, are the real ones. */
const standIn: Plugin = {
  name: "stand-in",
  setup({ onResolve }) {
    const path = (name: string) => ({ path: join(standIns, `${name}.cjs`) });
    onResolve({ filter: /^@grpc\/grpc-js$/ }, () => path("grpc"));
    onResolve({ filter: /^@pulumi\/pulumi$/ }, () => path("pulumi"));
    onResolve({ filter: /^\.\.\/\.\.\/(runtime|runtime\/rpc|metadata)$/ }, ({ importer }) =>
      importer.includes("/cmd/dynamic-provider/") ? path("pulumi") : undefined,
    );
    // Node maps the lines of stack traces to sources without it, or not at all.
    onResolve({ filter: /^source-map-support\/register$/ }, () => path("nothing"));
  },
};
