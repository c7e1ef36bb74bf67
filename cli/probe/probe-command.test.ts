import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { FIRST, labPlan } from "../../lab/lab.fixture";

const folder = mkdtempSync(join(tmpdir(), "sitewright-probe-"));
let connections = 0;
const server = createServer((socket) => {
  connections += 1;
  socket.destroy();
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  const endpoints = Object.fromEntries([80, 22, 443].map((each) => [`${FIRST}:${each}`, `127.0.0.1:${port}`]));
  writeFileSync(join(folder, "reach.json"), JSON.stringify({ only: true, endpoints }));
});
afterEach(() => {
  connections = 0;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The compiled program, as users have it. */
function check(plan: object, ...args: string[]) {
  writeFileSync(join(folder, "site.yaml"), stringify(plan));
  const command = join(__dirname, "..", "sitewright.cjs");
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [command, "check", folder, ...args], (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), stdout, stderr });
    });
  });
}

test("a plan whose stack's settings keep it in a lab is not probed without that lab", async () => {
  const settings = join(dirname(folder), `Pulumi.${basename(folder)}.yaml`);
  writeFileSync(settings, "config:\n  sitewright:home: lab\n");
  try {
    const { code, stderr } = await check(labPlan(), "--probe");
    expect(stderr).toMatch(/^sitewright: the stack \S+ lives in a lab \(by its setting home\)/m);
    expect([code, connections]).toEqual([1, 0]);
  } finally {
    rmSync(settings);
  }
});

test("a dry run prints the list and asks nothing", async () => {
  const { code, stdout, stderr } = await check(labPlan(), "--probe", "--dry-run");
  expect(stdout).toContain("would probe these 7 targets:\n");
  expect(stdout).toContain("  10.0.20.101  management of node-01: tcp 80 by reach.json at 127.0.0.1:");
  expect(stderr).toBe("");
  expect(code).toBe(0);
  expect(connections).toBe(0);
});

test("the list is in the JSON of a dry run", async () => {
  const { stdout } = await check(labPlan(), "--probe", "--dry-run", "--format", "json");
  const { probes } = JSON.parse(stdout) as { probes: { targets: object[] } };
  expect(probes.targets[0]).toMatchObject({ role: "management", address: FIRST, host: "node-01" });
  expect(connections).toBe(0);
});

test("without --probe nothing is asked and nothing is said of probes", async () => {
  const { stdout } = await check(labPlan(), "--format", "json");
  expect(Object.keys(JSON.parse(stdout) as object)).toEqual(["findings"]);
  expect(connections).toBe(0);
});

test("a plan with errors is not probed", async () => {
  const { code, stdout, stderr } = await check(labPlan(2), "--probe");
  expect(stderr).toBe("nothing is probed: the plan has errors\n");
  expect(stdout).toContain("[too-few-hosts]");
  expect(code).toBe(1);
  expect(connections).toBe(0);
});

test("--dry-run without --probe is a wrong usage", async () => {
  const { code, stderr } = await check(labPlan(), "--dry-run");
  expect(stderr).toBe("sitewright: --dry-run goes with --probe\n");
  expect(code).toBe(2);
});

test("a reach.json that cannot be read ends it in one line that names the file", async () => {
  writeFileSync(join(folder, "broken.json"), "{");
  const reach = process.env.SITEWRIGHT_REACH;
  process.env.SITEWRIGHT_REACH = join(folder, "broken.json");
  try {
    const { code, stderr } = await check(labPlan(), "--probe");
    expect(stderr).toMatch(/^sitewright: \S*broken\.json is not JSON: [^\n]*\n$/);
    expect(code).toBe(1);
  } finally {
    if (reach === undefined) delete process.env.SITEWRIGHT_REACH;
    else process.env.SITEWRIGHT_REACH = reach;
  }
});

test("a site that hangs up at once is probed to the end, and its host is told as it is", async () => {
  const { code, stdout, stderr } = await check(labPlan(), "--probe");
  expect(connections).toBeGreaterThan(0);
  expect(stdout).toContain("node-01: TCP 80, 22, 443 open; its deployment API does not tell whether it is deployed");
  expect(stdout).toContain("reach.json lists no way there");
  expect(stderr).toContain("probed 7 of 7\n");
  expect(code).toBe(1);
});

test("a finding of a probe is waived as one of the plan, and its waiver is not called unused without --probe", async () => {
  const found = JSON.parse((await check(labPlan(), "--probe", "--format", "json")).stdout) as {
    findings: { code: string; line: number }[];
  };
  const errors = found.findings.filter(({ code }) => code === "probe-management-silent");
  expect(errors).toHaveLength(2);
  const waivers = errors.map(({ code, line }) => ({ code, line, reason: "not racked yet", expires: "9999-12-31" }));
  writeFileSync(join(folder, "waivers.yaml"), stringify(waivers));
  try {
    const { code, stdout } = await check(labPlan(), "--probe");
    expect(stdout).toContain("Waived until 9999-12-31: not racked yet");
    expect(code).toBe(0);
    expect((await check(labPlan())).stdout).not.toContain("waiver-unused");
  } finally {
    rmSync(join(folder, "waivers.yaml"));
  }
});

test("in Chinese the list, the facts and the findings are", async () => {
  const { stdout, stderr } = await check(labPlan(), "--probe", "--lang", "zh");
  expect(stderr).toMatch(/^正在探测以下 7 个目标：\n {2}10\.0\.20\.101 {2}node-01 的管理地址/);
  expect(stdout).toContain("探测结果：\n  10.0.20.101  node-01：TCP 80, 22, 443 可连接");
  expect(stdout).toMatch(/^错误 \[probe-management-silent\] × 2\n {2}第 .* 行.*：主机 node-02 /m);
});
