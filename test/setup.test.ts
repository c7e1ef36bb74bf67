import {
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import {
  goCalls,
  makeProject,
  type Project,
  putEngine,
  putGo,
  removeProjects,
  script,
  setUp,
  start,
} from "./setup-project";

afterEach(removeProjects);

function withEngine(): Project {
  const project = makeProject();
  putEngine(project.bin, "3.248.0");
  return project;
}

function pretend(what: string): string[] {
  return ["--import", `data:text/javascript,${encodeURIComponent(what)}`, "toolchain/setup.mjs"];
}

test("set-up ends with one line that names all that is ready", async () => {
  const { code, stdout, stderr } = await setUp(withEngine());
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/ready: Node\.js [\d.]+, packages, program, Pulumi 3\.248\.0 \(from PATH\)\n$/);
});

test("a second set-up does nothing", async () => {
  const project = withEngine();
  await setUp(project);
  const written = () =>
    [".pulumi/engine.json", "dist/.sources", "dist/index.js"].map((file) => statSync(join(project.root, file)).mtimeMs);
  const before = written();
  const { code, stdout } = await setUp(project);
  expect(code).toBe(0);
  expect(stdout.trim().split("\n")).toHaveLength(1);
  expect(written()).toEqual(before);
});

test("native Windows is refused with a line that names WSL 2", async () => {
  const windows = pretend('Object.defineProperty(process, "platform", { value: "win32" })');
  const { code, stderr } = await start(makeProject(), windows).ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(/^set-up: .*WSL 2.*\n$/);
});

test("an old Node.js is refused with a line that names the version to install", async () => {
  const old = pretend('Object.defineProperty(process.versions, "node", { value: "20.18.1" })');
  const { code, stderr } = await start(makeProject(), old).ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(/^set-up: Node\.js 20\.18\.1 is too old: install 20\.19 or newer.*\n$/);
});

test("packages are installed when node_modules is missing, and again when the lock file moves on", async () => {
  const project = withEngine();
  const { root, bin } = project;
  const typescript = join(root, "node_modules", "typescript");
  script(
    join(bin, "npm"),
    `echo "npm $*" >> "${root}/npm.log"
[ -d node_modules ] || ${process.execPath} -e '
  const fs = require("fs"); fs.mkdirSync("node_modules"); fs.symlinkSync("${realpathSync(typescript)}", "node_modules/typescript")'
cat package-lock.json > node_modules/.package-lock.json`,
  );
  rmSync(join(root, "node_modules"), { recursive: true });
  expect((await setUp(project)).stdout).toContain("npm packages installed");
  expect((await setUp(project)).stdout).not.toContain("npm");

  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  lock.packages["node_modules/another"] = { version: "1.0.0" };
  writeFileSync(join(root, "package-lock.json"), JSON.stringify(lock));
  expect((await setUp(project)).stdout).toContain("npm packages installed");
  const calls = readFileSync(join(root, "npm.log"), "utf8").trim().split("\n");
  expect(calls).toEqual(Array(2).fill("npm ci --include=dev --no-audit --no-fund --loglevel=error"));
});

test("what npm says is shown when it fails, and nothing is built after it", async () => {
  const project = withEngine();
  rmSync(join(project.root, "node_modules"), { recursive: true });
  script(join(project.bin, "npm"), 'echo "npm error network no route to the registry" >&2; exit 1');
  const { code, stderr } = await setUp(project);
  expect(code).toBe(1);
  expect(stderr).toContain("npm ci failed");
  expect(stderr).toContain("no route to the registry");
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(existsSync(join(project.root, "dist"))).toBe(false);
});

test("a changed source is compiled, and a deleted one leaves nothing that an import would find", async () => {
  const project = withEngine();
  const { root } = project;
  writeFileSync(join(root, "index.ts"), "export const site = 2;\n");
  const gone = join(root, "plan", "gone.ts");
  script(gone, "");
  writeFileSync(gone, "export const gone = 1;\n");
  await setUp(project);
  expect(readFileSync(join(root, "dist", "index.js"), "utf8")).toContain("site = 2");
  expect(readdirSync(join(root, "dist", "plan"))).toContain("gone.js");

  rmSync(gone);
  expect((await setUp(project)).stdout).toContain("program compiled");
  expect(readdirSync(join(root, "dist", "plan"))).toEqual([]);
});

test("npm run build compiles by itself, and set-up has nothing to add", async () => {
  const project = withEngine();
  const { code } = await start(project, ["toolchain/build.mjs"]).ended;
  expect(code).toBe(0);
  expect((await setUp(project)).stdout).not.toContain("compil");
});

test("a source that was only touched is not left newer than dist", async () => {
  const project = withEngine();
  const source = join(project.root, "index.ts");
  await setUp(project);
  const later = new Date(Date.now() + 1);
  utimesSync(source, later, later);
  await setUp(project);
  expect(statSync(join(project.root, "dist", ".sources")).mtimeMs).toBeGreaterThanOrEqual(statSync(source).mtimeMs);
});

test("an error in the program is shown in the compiler's words and tried again the next time", async () => {
  const project = withEngine();
  writeFileSync(join(project.root, "index.ts"), 'export const site: number = "one";\n');
  const first = await setUp(project);
  expect(first.code).toBe(1);
  expect(first.stderr).toContain("index.ts(1,14): error TS2322");
  expect((await setUp(project)).code).toBe(1);
  writeFileSync(join(project.root, "index.ts"), "export const site: number = 1;\n");
  expect((await setUp(project)).code).toBe(0);
});

test("of two set-ups at once one works and the other waits for it", async () => {
  const project = makeProject();
  putGo(project);
  const gate = join(project.root, "gate");
  const first = start(project, ["toolchain/setup.mjs"], { FAKE_GO_GATE: gate });
  await first.line(/compiling at most/);
  const second = start(project, ["toolchain/setup.mjs"], { FAKE_GO_GATE: gate });
  await second.line(new RegExp(`another set-up \\(process ${first.child.pid}\\) is at work`));
  writeFileSync(gate, "");
  expect((await first.ended).code).toBe(0);
  expect((await second.ended).code).toBe(0);
  expect(goCalls(project, "build")).toHaveLength(2); // the command line and its language host, once each
});

test("a set-up that was killed while it built is repaired by the next one", async () => {
  const project = makeProject();
  putGo(project);
  const pid = join(project.root, "go.pid");
  const killed = start(project, ["toolchain/setup.mjs"], { FAKE_GO_GATE: "/nowhere", FAKE_GO_PID: pid });
  await expect.poll(() => (existsSync(pid) ? readFileSync(pid, "utf8") : ""), { timeout: 30_000 }).toMatch(/\d+\n/);
  killed.child.kill("SIGKILL");
  await killed.ended.catch(() => undefined);
  try {
    const { code, stdout } = await setUp(project);
    expect(code).toBe(0);
    expect(stdout).toContain("Pulumi 3.220.0 (built here)");
    expect(readdirSync(join(project.root, ".pulumi")).sort()).toEqual(["engine.json", "home"]);
  } finally {
    process.kill(Number(readFileSync(pid, "utf8")), "SIGKILL");
  }
});

test("a set-up that is told to stop takes its compiler with it and releases the lock", async () => {
  const project = makeProject();
  putGo(project);
  const pid = join(project.root, "go.pid");
  const stopped = start(project, ["toolchain/setup.mjs"], { FAKE_GO_GATE: "/nowhere", FAKE_GO_PID: pid });
  await expect.poll(() => (existsSync(pid) ? readFileSync(pid, "utf8") : ""), { timeout: 30_000 }).toMatch(/\d+\n/);
  stopped.child.kill("SIGTERM");
  expect((await stopped.ended).code).toBe(143);
  expect(existsSync(join(project.root, ".pulumi", "setup.lock"))).toBe(false);
  await expect.poll(() => readFileSync(pid, "utf8")).toBe("stopped\n");
});
