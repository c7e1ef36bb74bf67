import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { engineFor } from "./engine";
import { projectRoot } from "./project";
import { sitewrightHere } from "./sitewright.fixture";

/** What `adopt` makes of what the engine says, with one that says it without doing anything. */
let folder: string;
let env: NodeJS.ProcessEnv;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sitewright-over-"));
  mkdirSync(join(folder, "stacks", "web"), { recursive: true });
  writeFileSync(join(folder, "Pulumi.yaml"), "name: sitewright\nruntime: nodejs\nstackConfigDir: stacks\n");
  writeFileSync(
    join(folder, "stacks", "web", "vms.yaml"),
    "kind: virtual-machines\ncloudtower: 10.0.20.15\ncluster: HCI-01\nvms: [{ name: web-01, vcpu: 1, memory: 1 GiB }]\n",
  );
  env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, SITEWRIGHT_CLOUDTOWER_PASSWORD: "x" };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const engine = (script: string) => writeFileSync(join(folder, "pulumi"), `#!/bin/sh\n${script}`, { mode: 0o755 });
const plan = () => join(folder, "stacks", "web", "vms.yaml");
const adopt = () => sitewrightHere(["adopt", "cloudtower", plan()], { env });

type Said = { out?: unknown[] | string; err?: string; code?: number };

/** An engine that says so much of each command. */
function engineThatSays(said: { up?: Said; refresh?: Said; preview?: Said }): void {
  for (const verb of ["up", "refresh", "preview"] as const) {
    const { out = verb === "preview" ? '{"steps":[]}' : [{}], err = "", code = 0 } = said[verb] ?? {};
    const text = typeof out === "string" ? out : out.map((event) => `${JSON.stringify(event)}\n`).join("");
    for (const [kind, held] of Object.entries({ out: text, err, code: String(code) }))
      writeFileSync(join(folder, `${verb}.${kind}`), held);
  }
  engine(`cat "${folder}/$1.out"; cat "${folder}/$1.err" >&2; exit "$(cat "${folder}/$1.code")"`);
}

const urn = (name: string, type = "cloudtower:Vm") =>
  `urn:pulumi:web::sitewright::sitewright:VirtualMachines$pulumi-nodejs:dynamic/${type}::${name}`;
const done = (name: string) => ({ resOutputsEvent: { metadata: { op: "create", urn: urn(name) } } });
const said = (message: string, name?: string, severity = "error") => ({
  diagnosticEvent: { ...(name && { urn: urn(name) }), message, severity },
});
const REFUSED = "error: Vm/old is not deleted: this run only takes over what stands";
const step = (op: string, name: string) => ({ op, urn: urn(name) });

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "%s reaches the engine once, which ends what it has begun and is heard to its end",
  async (signal) => {
    const many = JSON.stringify(said("x".repeat(100_000), "web-01", "info"));
    writeFileSync(join(folder, "many"), `${many}\n`.repeat(5));
    engine(
      `trap 'echo told >> "${folder}/told"; cat "${folder}/many"; echo ended >> "${folder}/told"; exit 1' INT TERM HUP
echo '${JSON.stringify(done("web-01"))}'
while true; do sleep 0.1; done`,
    );
    const args = [join(projectRoot, "cli", "sitewright.cjs"), "adopt", "cloudtower", plan()];
    // As a terminal has it: the command is the leader of the group that ^C goes to.
    const child = spawn(process.execPath, args, { env, detached: true });
    let stderr = "";
    let isTold = false;
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      if (isTold || !stderr.includes("the last of them cloudtower:Vm web-01")) return;
      isTold = true;
      // Twice, as npm does.
      for (let at = 0; at < 2; at++) process.kill(-(child.pid ?? 0), signal);
    });
    const ended = await new Promise((resolve) => child.on("close", (code, by) => resolve(by ?? code)));
    expect([ended, stderr]).toEqual([
      { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal],
      expect.stringMatching(/run no pulumi destroy before this command once more, which goes on\n.*stopped by SIG/s),
    ]);
    expect(readFileSync(join(folder, "told"), "utf8")).toBe("told\nended\n");
  },
);

test("what the engine has said is heard whole, wherever it was cut, and its own last half line is none", async () => {
  // The sign stands across the end of what a pipe gives at once.
  const pad = "x".repeat(64 * 1024 - JSON.stringify(said("", "w")).indexOf('"}}') - 1);
  const names = said(`${pad}业务网络`, "w");
  engineThatSays({
    up: { out: `${JSON.stringify(names)}\n{"resOutputsEvent":{"meta`, err: "panic: no room\n", code: 2 },
  });
  const { status, stderr } = await adopt();
  expect([status, stderr.includes(`${pad}业务网络`)]).toEqual([1, true]);
  expect(stderr).toContain("pulumi up: panic: no room");
  expect(stderr).not.toMatch(/\ufffd|JSON/);
});

test("a secret of the settings is read whole, too", async () => {
  const pad = "x".repeat(64 * 1024 - 1);
  writeFileSync(join(folder, "printed"), `${pad}密码`);
  engine(`cat "${folder}/printed"`);
  const { PATH } = process.env;
  process.env.PATH = env.PATH;
  try {
    const about = { project: folder, stack: "web", file: "", key: "" };
    expect(await engineFor(about).run(["config"])).toBe(`${pad}密码`);
  } finally {
    process.env.PATH = PATH;
  }
});

test("a preview that was killed halfway is told as that", async () => {
  engineThatSays({ preview: { out: '{"steps":[{"op', code: 137 } });
  const { status, stderr } = await adopt();
  expect([status, stderr]).toEqual([
    1,
    expect.stringMatching(/pulumi preview: it has ended with 137, and said nothing\n$/),
  ]);
});

test("what the plan has no more is left to the next up, and no failure; a replacement is one", async () => {
  engineThatSays({
    up: { out: [done("web-01"), said(REFUSED, "old"), said("error: update failed")], code: 255 },
    preview: {
      out: JSON.stringify({
        steps: ["create-replacement", "replace", "delete-replaced"]
          .map((op) => step(op, "web-02"))
          .concat([step("same", "web-01"), step("delete", "old"), step("create", "new")]),
      }),
    },
  });
  const { status, stdout, stderr } = await adopt();
  expect([status, stdout], stderr).toEqual([
    0,
    expect.stringMatching(
      /^2 resources of stack web .*made by the next pulumi up.*\n {2}cloudtower:Vm new\ndeleted and made anew.*\n {2}cloudtower:Vm web-02\ndeleted by the next.*\n {2}cloudtower:Vm old\n$/s,
    ),
  ]);
});

test("another failure beside that is one", async () => {
  const out = [said(REFUSED, "old"), said("error: cannot reach 10.0.20.15", "web-01"), said("error: update failed")];
  engineThatSays({ up: { out, err: "warning: old engine\n", code: 255 } });
  const { status, stdout, stderr } = await adopt();
  expect([status, stdout]).toEqual([1, expect.stringContaining("put right what is told above")]);
  expect(stderr).toContain("sitewright: cloudtower:Vm web-01: cannot reach 10.0.20.15\n");
  expect(stderr).toContain("pulumi up: warning: old engine");
});

test("the project's own engine is taken by whatever path the project is reached", async () => {
  const linked = join(folder, "linked");
  symlinkSync(projectRoot, linked);
  engine("echo another");
  const given = { ...process.env };
  Object.assign(process.env, { PATH: env.PATH, SITEWRIGHT_BACKEND_URL: `file://${folder}` });
  try {
    const about = { stack: "web", file: "", key: "" };
    const said = async (project: string) => engineFor({ ...about, project }).ended(["config"]);
    expect(await said(folder)).toMatchObject({ code: 0, stdout: "another\n" });
    expect((await said(linked)).stderr).toContain("no stack named 'web' found");
  } finally {
    process.env = given;
  }
});
