import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
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
