import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
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

const LOCK_ERROR = `error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.
  postgres://db/.pulumi/locks/organization/sitewright/site/1.json: created by lín@ci-7 (pid 4711) at 2026-12-01T13:00:00Z
`;

/** An engine that finds the stack locked so many times, says so, and then does what the script says. */
function lockedProject(times: number, then: string, said = LOCK_ERROR): Project {
  const project = projectWith(`echo run >> runs
if [ "$(grep -c run runs)" -le ${times} ]; then cat locked >&2; exit 255; fi
${then}`);
  symlinkSync("/bin/grep", join(project.bin, "grep"));
  writeFileSync(join(project.root, "locked"), said);
  return project;
}
const runs = ({ root }: Project) => readFileSync(join(root, "runs"), "utf8").split("\n").length - 1;

describe("--wait-for-lock", () => {
  test("runs the command again while another has the lock, and names who", async () => {
    const project = lockedProject(1, 'echo "args:$*"; echo done >&2; exit 3');
    const { code, stdout, stderr } = await pulumi(project, ["--wait-for-lock", "1m30s", "up", "--yes"]).ended;
    expect(stdout).toBe("args:up --yes\n");
    expect(stderr).toBe(
      "the stack is locked by lín@ci-7 (process 4711, since 2026-12-01T13:00:00Z): trying again, for 1 min 30 s at most\ndone\n",
    );
    expect([code, runs(project)]).toEqual([3, 2]);
  });

  test("hands on the engine's own error, as it came, once the time is over", async () => {
    const project = lockedProject(9, "");
    const { code, stderr } = await pulumi(project, ["up", "--wait-for-lock=1s"]).ended;
    expect(stderr).toMatch(/^the stack is locked by .*\n/);
    expect(stderr.slice(stderr.indexOf("\n") + 1)).toBe(LOCK_ERROR);
    expect([code, runs(project)]).toEqual([255, 2]);
  });

  const red = (text: string) => text.replace("error: ", "\x1b[38;5;9merror: \x1b[0m");
  test.each([
    ["in colours, after a warning", `warning: old\n${red(LOCK_ERROR)}`, 255, 2],
    ["of two", LOCK_ERROR.replace("1 lock", "2 lock") + LOCK_ERROR.split("\n")[1], 255, 2],
    ["with another error behind it", `${LOCK_ERROR}error: update failed\n`, 255, 1],
    ["within a line", `diag: ${LOCK_ERROR}`, 255, 1],
    ["without its holder", LOCK_ERROR.split("\n")[0] as string, 255, 1],
    ["of another engine, with its own exit code,", LOCK_ERROR, 7, 2],
    ["of a run that went well", LOCK_ERROR, 0, 1],
  ])("takes an error %s for what it is", async (_what, said, code, times) => {
    const project = lockedProject(0, `cat locked >&2; exit ${code}`, said);
    const ended = await pulumi(project, ["up", "--wait-for-lock=1s"]).ended;
    expect([ended.code, runs(project)]).toEqual([code, times]);
    if (times === 1) expect(ended.stderr).toBe(said);
    else expect(ended.stderr.endsWith(said.slice(said.indexOf("\x1b")))).toBe(true);
  });

  test("no longer waits for it after ^C", async () => {
    const project = lockedProject(9, "");
    const running = pulumi(project, ["up", "--wait-for-lock=1h"]);
    await new Promise<void>((resolve) => running.child.stderr?.on("data", () => resolve()));
    running.child.kill("SIGINT");
    expect((await running.ended).code).toBe(130);
    expect(runs(project)).toBe(1);
  });

  test("passes on what has no end of line yet, and what only begins like the error", async () => {
    const said = "error: the stack is gone\nPassphrase: ";
    const project = projectWith(`printf '${said}' >&2; read answer; echo "$answer" >&2`);
    const running = pulumi(project, ["up", "--wait-for-lock=1s"], {}, "secret\n");
    expect((await running.ended).stderr).toBe(`${said}secret\n`);
  });

  test.each([
    [["up", "--wait-for-lock", "soon"], /takes a duration such as 90s, 10m or 1h30m, not "soon"/],
    [["up", "--wait-for-lock"], /takes a duration .* not ""/],
    [["up", "--wait-for-lock=0s"], /takes a duration .* not "0s"/],
    [["-s", "up", "preview", "--wait-for-lock=1s"], /goes with up, refresh and destroy/],
    [["--wait-for-lock=1s", "stack", "rm"], /goes with up, refresh and destroy/],
    [["destroy", "--remove", "--wait-for-lock=1s"], /does not go with --remove: run `stack rm`/],
    [["refresh", "--clear-pending-creates", "--wait-for-lock=1s"], /does not go with --clear-pending-creates, which/],
    [
      ["--wait-for-lock=1s", "refresh", "--import-pending-creates=a", "-y"],
      /does not go with --import-pending-creates,/,
    ],
  ])("%j is refused in one line, and nothing is run", async (args, message) => {
    const project = lockedProject(0, "");
    const { code, stderr } = await pulumi(project, args).ended;
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
    expect(existsSync(join(project.root, "runs"))).toBe(false);
  });

  test("a refresh that waits asks about no interrupted creations, for which it would change the state without the lock", async () => {
    const said = async (...args: string[]) => (await pulumi(projectWith('echo "$*"'), args).ended).stdout.trim();
    expect(await said("-s", "refresh", "refresh", "--yes", "--wait-for-lock=1s")).toBe(
      "-s refresh refresh --skip-pending-creates --yes",
    );
    expect(await said("up", "--refresh", "--wait-for-lock=1s")).toBe("up --refresh");
    expect(await said("refresh", "--clear-pending-creates")).toBe("refresh --clear-pending-creates");
  });

  test("behind -- it is an argument like any other, and --help tells of it", async () => {
    const project = projectWith('echo "$*"');
    const args = ["config", "set", "x", "--", "--wait-for-lock=1s"];
    expect((await pulumi(project, args).ended).stdout).toBe(`${args.join(" ")}\n`);
    expect((await pulumi(project, ["up", "--help"]).ended).stdout).toMatch(
      /^up --help\n\n.*\n +--wait-for-lock DURATION/,
    );
  });
});

test("a backend of the user's choice has neither the lab's passphrase nor its stack, and its password is warned of", async () => {
  const project = projectWith(
    'echo "$PULUMI_BACKEND_URL|$PULUMI_CONFIG_PASSPHRASE|$PULUMI_STACK|$PULUMI_ACCESS_TOKEN"',
  );
  const env = { PULUMI_ACCESS_TOKEN: "pul-1", PULUMI_BACKEND_URL: "s3://other" };
  const ask = (url: string) => pulumi(project, ["up"], { ...env, SITEWRIGHT_BACKEND_URL: url }).ended;
  const plain = await ask("postgres://alice@db/pulumi");
  expect(plain).toMatchObject({ stdout: "postgres://alice@db/pulumi|||pul-1\n", stderr: "" });
  for (const url of ["postgres://alice:pw@db/pulumi", "postgres://db/pulumi?user=alice&password=pw"])
    expect((await ask(url)).stderr).toMatch(
      /^warning: SITEWRIGHT_BACKEND_URL has a password in it, .*PGPASSFILE names\n$/,
    );
});
