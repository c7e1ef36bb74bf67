import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = join(__dirname, "..");
const copied = ["index.ts", "components", "base", "plan", "providers", "lab", "cli", "toolchain", "stacks", "dist"];
const linked = ["package.json", "package-lock.json", "tsconfig.json", "tsconfig.build.json", "Pulumi.yaml"];

/**
 * A clone that has been set up, in a folder whose name no command may take apart: the demo throws away the lab and the
 * stack of the folder it runs in.
 */
let clone: string;
beforeAll(() => {
  // The clone's own set-up would empty the linked folder, were its packages not those of the lock file.
  execFileSync(process.execPath, [join(root, "toolchain", "setup.mjs")]);
  clone = join(mkdtempSync(join(tmpdir(), "demo-")), "我的 站点 sitewright");
  mkdirSync(clone);
  for (const each of copied) cpSync(join(root, each), join(clone, each), { recursive: true, preserveTimestamps: true });
  for (const each of linked) symlinkSync(join(root, each), join(clone, each));
  linkPackages();
  mkdirSync(join(clone, ".pulumi"));
  symlinkSync(join(root, ".pulumi", "home"), join(clone, ".pulumi", "home"));
});
afterAll(() => rmSync(dirname(clone), { recursive: true, force: true }));

/** As in a company's network, where what is not told to go out by its proxy does not; here nothing may. */
const { no_proxy: _lower, NO_PROXY: _upper, no_grpc_proxy: _grpc, ...environment } = process.env;
for (const name of ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"])
  environment[name] = "http://127.0.0.1:9";

function run(command: string, ...args: string[]) {
  const child = spawn(command, args, {
    cwd: clone,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...environment, NO_COLOR: "1" },
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

/** The packages of this folder, but the clone's own providers, as npm links them, and Pulumi's that look for those. */
function linkPackages(): void {
  const packages = join(clone, "node_modules");
  mkdirSync(join(packages, "@sitewright"), { recursive: true });
  for (const each of readdirSync(join(root, "node_modules")))
    if (!["@sitewright", "@pulumi"].includes(each)) symlinkSync(join(root, "node_modules", each), join(packages, each));
  cpSync(join(root, "node_modules", "@pulumi"), join(packages, "@pulumi"), { recursive: true });
  symlinkSync(join(clone, "providers"), join(packages, "@sitewright", "providers"));
}

/** What README says of stacks/vms-lab, word by word; then they are destroyed. */
async function machinesOfReadme(): Promise<void> {
  const [, lines = ""] =
    /`stacks\/vms-lab`[^`]*`npm run demo`.*?\n\n((?: {4}[^\n]*\n)+)/s.exec(
      readFileSync(join(root, "README.md"), "utf8"),
    ) ?? [];
  const commands = lines
    .split("\n")
    .map((line) => line.replace(/ #.*/, "").trim())
    .filter((line) => line !== "" && !line.includes("lab start"));
  expect(commands.at(-1)).toBe("npm run pulumi -- up --stack vms-lab");
  const unasked = "--yes --skip-preview --non-interactive";
  const script = [
    "set -e",
    `${commands.join("\n")} ${unasked}`,
    `npm run pulumi -- destroy --stack vms-lab ${unasked}`,
  ];
  const { code, output } = await run("sh", "-c", script.join("\n")).ended;
  expect(output).toMatch(/"?web-18"? *: "10\.1\.20\.28"/);
  expect(output).toMatch(/\+ 2\d created/);
  expect(output).toMatch(/- 2\d deleted/);
  expect(code, output).toBe(0);
}

test("the demo brings a site up, shows drift, repairs it, and its last lines work", async () => {
  // Wherever real stacks have their state, the demo's is its own.
  environment.SITEWRIGHT_BACKEND_URL = "postgres://127.0.0.1:9/state?sslmode=disable";
  const demo = await run("npm", "run", "demo").ended;
  delete environment.SITEWRIGHT_BACKEND_URL;
  expect(demo.output).toContain("the second up wrote 0 times");
  expect(demo.output).toMatch(/managementVip: "10\.0\.20\.199" => "10\.0\.20\.10"/);
  expect(demo.output).toMatch(/vlanId *: 3999 => \d+/);
  expect(demo.code, demo.output).toBe(0);
  const last = demo.output.trim().split("\n").slice(-3).join("\n");
  expect(last).toContain("npx sitewright lab start stacks/lab");
  expect(last).toContain("npm run pulumi -- preview");
  expect(last).toContain("stacks/vms-lab");

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
    await machinesOfReadme();
    const destroy = await run("npm", "run", "pulumi", "--", "destroy", "--yes", "--non-interactive").ended;
    expect(destroy.code, destroy.output).toBe(0);
  } finally {
    lab.child.kill("SIGTERM");
  }
  expect((await lab.ended).output).toContain("lab stopped");
}, 600_000);
