import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { makeProject, type Project, removeProjects, script, start } from "./setup-project";

afterEach(removeProjects);

/** A project that is set up with an engine whose `pulumi` is the given script. */
function projectWith(pulumi: string): Project {
  const project = makeProject();
  const engine = join(project.root, ".pulumi", "fake");
  script(join(engine, "pulumi"), pulumi);
  writeFileSync(
    join(project.root, ".pulumi", "engine.json"),
    JSON.stringify({ pulumi: engine, version: "3.248.0", source: "path" }),
  );
  return project;
}

function pulumi(project: Project, args: string[], env: NodeJS.ProcessEnv = {}, input = "") {
  return start(project, ["toolchain/pulumi.mjs", ...args], env, input);
}

test("arguments, input, output and exit code pass through", async () => {
  const project = projectWith('echo "args:$1|$2"; cat; exit 42');
  const { code, stdout } = await pulumi(project, ["config set", "--secret"], {}, "typed\n").ended;
  expect(stdout).toBe("args:config set|--secret\ntyped\n");
  expect(code).toBe(42);
});

test("the engine runs in the project's folder, wherever the command was given", async () => {
  const project = projectWith("pwd; echo $PULUMI_HOME");
  const { stdout } = await pulumi({ ...project }, [], { PWD: "/" }).ended;
  expect(stdout).toBe(`${project.root}\n${project.root}/.pulumi/home\n`);
});

test("no proxy is asked for what is on this machine, and what else is exempt stays so", async () => {
  const project = projectWith('echo "$no_proxy|$NO_PROXY|$no_grpc_proxy|$http_proxy"');
  const of = async (env: NodeJS.ProcessEnv) => (await pulumi(project, ["up"], env).ended).stdout.trim();
  const here = "127.0.0.1,localhost,::1";
  expect(await of({ http_proxy: "http://proxy:3128" })).toBe(`${here}|${here}|${here}|http://proxy:3128`);
  expect(await of({ NO_PROXY: "10.0.0.0/8, localhost" })).toBe(
    Array(3).fill("10.0.0.0/8,localhost,127.0.0.1,::1").join("|").concat("|"),
  );
  expect(await of({ no_proxy: "a.site", no_grpc_proxy: "b" })).toBe(`a.site,${here}|a.site,${here}|b,${here}|`);
  expect(await of({ no_proxy: "*" })).toBe(`*|*|*,${here}|`);
});

test("the stack is lab until another is selected or named", async () => {
  const project = projectWith('echo "stack:$PULUMI_STACK"');
  const stack = async (env: NodeJS.ProcessEnv = {}) => (await pulumi(project, ["preview"], env).ended).stdout;
  expect(await stack()).toBe("stack:lab\n");
  expect(await stack({ PULUMI_STACK: "named" })).toBe("stack:named\n");

  // where `pulumi stack select` keeps its choice
  const hash = createHash("sha1").update(join(project.root, "Pulumi.yaml")).digest("hex");
  const settings = join(project.root, ".pulumi", "home", "workspaces");
  mkdirSync(settings, { recursive: true });
  writeFileSync(join(settings, `small-${hash}-workspace.json`), JSON.stringify({ stack: "other" }));
  expect(await stack()).toBe("stack:\n");
});

test("refresh and destroy run the program, so that they have the settings of today, unless told not to", async () => {
  const project = projectWith('echo "$PULUMI_RUN_PROGRAM"');
  expect((await pulumi(project, ["refresh"]).ended).stdout).toBe("true\n");
  expect((await pulumi(project, ["destroy"], { PULUMI_RUN_PROGRAM: "false" }).ended).stdout).toBe("false\n");
});

const loud: [string[], NodeJS.ProcessEnv, string][] = [
  [["up", "-v=7"], {}, "-v=7"],
  [["-v", "9", "up"], {}, "-v 9"],
  [["up", "-v11"], {}, "-v11"],
  [["up", "-yv", "8"], {}, "-yv 8"],
  [["up", "--verbose=0x9", "--logtostderr"], {}, "--verbose=0x9"],
  [["up", "--verbose", "7"], {}, "--verbose 7"],
  [["up", "--tracing", "file:./trace"], {}, "--tracing"],
  [["up", "--tracing=file:./trace"], {}, "--tracing"],
  [["up"], { PULUMI_OPTION_VERBOSE: "9" }, "PULUMI_OPTION_VERBOSE=9"],
  [["up"], { PULUMI_DEBUG_GRPC: "calls.json" }, "PULUMI_DEBUG_GRPC"],
];
test.each(loud)(
  "%j with %j is warned of, since the engine then writes passwords in plain",
  async (args, env, named) => {
    const { code, stderr } = await pulumi(projectWith("exit 0"), args, env).ended;
    expect(stderr).toMatch(/^warning: .* lets the engine write passwords in plain, .*\n$/);
    expect(stderr).toContain(`warning: ${named} lets`);
    expect(code).toBe(0);
  },
);

test.each([
  [["up", "-v=6"]],
  [["up", "-v", "3", "--parallel", "9"]],
  [["up", "--verbose=1"]],
  [["config", "set", "x", "--", "-v=9"]],
  [["up", "-s", "v9"]],
  [["version"]],
])("%j is not", async (args) => {
  expect((await pulumi(projectWith("exit 0"), args).ended).stderr).toBe("");
});

test("state, home and what the engine writes are nobody else's to read, what an earlier release left there too", async () => {
  const project = projectWith('umask; echo log > "$PULUMI_HOME/log"');
  const state = join(project.root, ".pulumi", "state");
  mkdirSync(join(state, ".pulumi", "stacks"), { recursive: true });
  const left = join(state, ".pulumi", "stacks", "lab.json");
  writeFileSync(left, "{}");
  for (const path of [state, join(state, ".pulumi"), left]) chmodSync(path, path === left ? 0o644 : 0o755);
  expect((await pulumi(project, ["up"]).ended).stdout).toMatch(/^0*77\n$/);
  const mode = (path: string) => statSync(path).mode & 0o777;
  const home = join(project.root, ".pulumi", "home");
  expect([state, home, join(state, ".pulumi"), left, join(home, "log")].map(mode)).toEqual([
    0o700, 0o700, 0o700, 0o600, 0o600,
  ]);
});

test("before set-up one line says what to run", async () => {
  const { code, stderr } = await pulumi(makeProject(), ["preview"]).ended;
  expect(code).toBe(1);
  expect(stderr).toBe("the project has no Pulumi engine yet: run `npm run setup` first\n");
});

test.each([
  ["SIGTERM", "TERM"],
  ["SIGINT", "INT"],
] as const)("%s reaches the engine once, and its end is waited for", async (signal, name) => {
  const project = projectWith(
    `trap 'echo ${name} >> signals; exit 7' ${name}; echo ready; while true; do sleep 0.1; done`,
  );
  const running = pulumi(project, ["up"]);
  await running.line(/ready/);
  running.child.kill(signal);
  expect((await running.ended).code).toBe(7);
  expect(readFileSync(join(project.root, "signals"), "utf8")).toBe(`${name}\n`);
});

test("an engine that a signal ended gives the shell's exit code", async () => {
  const project = projectWith("kill -9 $$");
  expect((await pulumi(project, ["up"]).ended).code).toBe(137);
});
