import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = join(__dirname, "..");
const copied = ["index.ts", "components", "plan", "providers", "lab", "cli", "toolchain", "stacks", "dist"];
const linked = [
  "node_modules",
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "Pulumi.yaml",
];

/** A clone that has been set up: the demo throws away the lab and the stack of the folder it runs in. */
let clone: string;
beforeAll(() => {
  // The clone's own set-up would empty the linked folder, were its packages not those of the lock file.
  execFileSync(process.execPath, [join(root, "toolchain", "setup.mjs")]);
  clone = mkdtempSync(join(tmpdir(), "demo-"));
  for (const each of copied) cpSync(join(root, each), join(clone, each), { recursive: true, preserveTimestamps: true });
  for (const each of linked) symlinkSync(join(root, each), join(clone, each));
  mkdirSync(join(clone, ".pulumi"));
  symlinkSync(join(root, ".pulumi", "home"), join(clone, ".pulumi", "home"));
});
afterAll(() => rmSync(clone, { recursive: true, force: true }));

function run(command: string, ...args: string[]) {
  const child = spawn(command, args, {
    cwd: clone,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, "close").then(([code]) => ({ code: code as number, output }));
  return { child, ended, output: () => output };
}

/** Resolves once the process has printed the text; rejects when it ends without. */
function printed(process: ReturnType<typeof run>, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => process.output().includes(text) && resolve();
    process.child.stdout?.on("data", look);
    void process.ended.then(({ output }) => reject(new Error(`ended without "${text}":\n${output}`)));
    look();
  });
}

test("the demo brings a site up, shows drift, repairs it, and its last lines work", async () => {
  const demo = await run("npm", "run", "demo").ended;
  expect(demo.output).toContain("the second up wrote 0 times");
  expect(demo.output).toMatch(/managementVip: "10\.0\.20\.199" => "10\.0\.20\.10"/);
  expect(demo.output).toMatch(/vlanId *: 3999 => \d+/);
  expect(demo.code, demo.output).toBe(0);
  const last = demo.output.trim().split("\n").slice(-2).join("\n");
  expect(last).toContain("npx sitewright lab start stacks/lab");
  expect(last).toContain("npm run pulumi -- preview");

  const lab = run("npx", "sitewright", "lab", "start", "stacks/lab");
  try {
    await printed(lab, "^C stops it");
    const preview = await run(
      "npm",
      "run",
      "pulumi",
      "--",
      "preview",
      "--refresh",
      "--expect-no-changes",
      "--non-interactive",
    ).ended;
    expect(preview.code, preview.output).toBe(0);
    const destroy = await run("npm", "run", "pulumi", "--", "destroy", "--yes", "--non-interactive").ended;
    expect(destroy.code, destroy.output).toBe(0);
  } finally {
    lab.child.kill("SIGTERM");
  }
  expect((await lab.ended).output).toContain("lab stopped");
}, 240_000);
