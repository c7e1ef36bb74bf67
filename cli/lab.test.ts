import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { labStart, planFolder, run } from "../lab/lab-command.fixture";
import { sitewrightHere } from "./sitewright.fixture";

let place: ReturnType<typeof planFolder>;
beforeEach(() => {
  place = planFolder();
});
afterEach(() => rmSync(place.folder, { recursive: true, force: true }));

/** Options that are refused as they are read: no process is needed to see that no lab is started. */
function refused(...options: string[]) {
  const [, , ...words] = labStart(place.file, place.dir, ...options);
  return sitewrightHere(words);
}

/** Whether something listens at `address:port`. */
function listens(at: string): Promise<boolean> {
  const [host, port] = at.split(":");
  return new Promise((resolve) => {
    const socket = connect(Number(port), host);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

async function allListening(endpoints: Record<string, string>): Promise<boolean[]> {
  const hosts = Object.entries(endpoints).filter(([endpoint]) => !endpoint.startsWith("10.0.20.10:"));
  return [...new Set(await Promise.all(hosts.map(([, at]) => listens(at))))];
}

test.each(["SIGTERM", "SIGINT"] as const)("lab start ends well on %s and frees its ports", async (signal) => {
  const lab = run(labStart(place.file, place.dir));
  const { endpoints } = await lab.started;
  expect(await allListening(endpoints)).toEqual([true]);
  lab.child.kill(signal);
  const { code, output } = await lab.ended;
  expect(output).toMatch(/lab stopped; .* remove that file before you go to the real site/);
  expect(code).toBe(0);
  expect(await allListening(endpoints)).toEqual([false]);
});

test("lab start ends when the process that started it is killed, and the next one has its ports", async () => {
  const quoted = labStart(place.file, place.dir).map((word) => `'${word}'`);
  // The shell stays the parent: a second command keeps it from becoming the lab.
  const shell = run(["sh", "-c", `${quoted.join(" ")} & wait; :`]);
  const { endpoints } = await shell.started;
  shell.child.kill("SIGKILL");
  await expect.poll(() => allListening(endpoints), { timeout: 20_000 }).toEqual([false]);
  // The lab has the shell's pipes: they end with it.
  await shell.ended;

  const next = run(labStart(place.file, place.dir));
  expect((await next.started).endpoints).toEqual(endpoints);
  next.child.kill("SIGTERM");
  expect((await next.ended).code).toBe(0);
});

test("a lab that was killed leaves a lock that the next one takes over", async () => {
  const killed = run(labStart(place.file, place.dir));
  const { endpoints } = await killed.started;
  killed.child.kill("SIGKILL");
  await killed.ended;
  const next = run(labStart(place.file, place.dir));
  expect((await next.started).endpoints).toEqual(endpoints);
  next.child.kill("SIGTERM");
  await next.ended;
});

test("a second lab on the same folder is refused in one line, and the first lives on", async () => {
  const first = run(labStart(place.file, place.dir));
  const { endpoints } = await first.started;
  const { code, output } = await run(labStart(place.file, place.dir)).ended;
  expect(output.trim()).toBe(
    `sitewright: a lab runs on ${place.dir} already (process ${first.child.pid}); stop it first, or give another folder. If no lab runs, remove ${place.dir}/lab.pid`,
  );
  expect(code).toBe(1);
  expect(await allListening(endpoints)).toEqual([true]);
  first.child.kill("SIGTERM");
  await first.ended;
});

test("lab start takes the versions of CloudTower that it knows, and no other", async () => {
  const other = await refused("--cloudtower-version", "4.7.0");
  expect(other.stderr).toContain("Allowed choices are 4.6.0, 4.8.0");
  expect(other.status).not.toBe(0);
  const lab = run(labStart(place.file, place.dir, "--cloudtower-version", "4.8.0"));
  await lab.started;
  lab.child.kill("SIGTERM");
  expect((await lab.ended).code).toBe(0);
});

test("lab start takes switches, fault rules, a seed and a file for the record, as tests do", async () => {
  const [rules, record] = ["rules.json", "record.jsonl"].map((name) => join(place.folder, name)) as [string, string];
  writeFileSync(rules, JSON.stringify({ operation: "scanHost", count: 1, answer: { status: 503 } }));
  const options = ["--switch", "unauthorised=403", "--switch", "noError=null", "--fault", rules, "--record", record];
  const lab = run(labStart(place.file, place.dir, ...options, "--seed", "7"));
  const { endpoints } = await lab.started;
  const scan = async (token: string) => {
    const headers = { "x-smartx-token": token };
    return fetch(`http://${endpoints["10.0.20.101:80"]}/api/v2/deployment/host`, { headers });
  };
  const fixed = "e79b85fc18b7402fbcc0391fe8d7d24c";
  expect((await scan(fixed)).status).toBe(503);
  expect((await scan("Canary-1")).status).toBe(403);
  expect(await (await scan(fixed)).json()).toMatchObject({ ec: "EOK", error: null });
  lab.child.kill("SIGTERM");
  expect((await lab.ended).code).toBe(0);
  const text = readFileSync(record, "utf8");
  expect(text).not.toContain("Canary");
  const lines = text.trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
    { n: 1, operation: "scanHost", status: 503, committed: false, fault: { count: 1 } },
    { n: 2, method: "GET", endpoint: "10.0.20.101:80", path: "/api/v2/deployment/host", status: 403, write: false },
    { n: 3, status: 200, took: expect.any(Number) },
  ]);
  const other = await run(labStart(place.file, place.dir, "--seed", "8")).ended;
  expect(other.output).toContain(`the site that is kept in ${place.dir} has the seed 7: give another --dir`);
  expect(other.code).toBe(2);
});

test.each<[string, string, RegExp]>([
  ["--switch", "towerHttp=open", /--switch .*towerHttp is one of serves, redirects, closed, not open/],
  ["--fault", "/dev/null", /--fault .*JSON/],
  ["--fault", "/nowhere/rules.json", /--fault .*no such file/],
])("lab start refuses %s %s in one line, and nothing is started", async (option, value, says) => {
  const { stderr, stdout, status } = await refused(option, value);
  expect(stderr).toMatch(says);
  expect(stdout).toBe("");
  expect(status).not.toBe(0);
});

test("lab start refuses a record that cannot be written in one line, and nothing is started", async () => {
  const { output, out, code } = await run(labStart(place.file, place.dir, "--record", "/nowhere/record.jsonl")).ended;
  expect(output).toMatch(/no such file or directory, open '\/nowhere\/record\.jsonl'/);
  expect(out).toBe("");
  expect(code).not.toBe(0);
});
