import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { LabCluster } from "../../lab/smtxos/cluster-model";
import { bringToStage } from "../../lab/stage/stage";
import { countStart } from "../kit/engine-runs";
import { type Postgres, startPostgres } from "../kit/postgres";
import { quickStart, root } from "../kit/project";
import { killEngine } from "./killed-run";
import { createSiteProject, type Ended, type SiteProject } from "./site-project";
import { towerSitePlan } from "./whole-site";

const UP = ["up", "--yes", "--skip-preview"];
const plan = towerSitePlan();

/** Another machine: what travels with a stack, with an engine's home and a journal of its own, and `npm run pulumi`. */
function copyOf(site: SiteProject, env: NodeJS.ProcessEnv) {
  const folder = mkdtempSync(join(tmpdir(), "other-"));
  const here = [".sitewright", ".pulumi", "state", "lab"].map((name) => join(site.folder, name));
  cpSync(site.folder, folder, { recursive: true, verbatimSymlinks: true, filter: (path) => !here.includes(path) });
  cpSync(join(root, "toolchain"), join(folder, "toolchain"), { recursive: true });
  mkdirSync(join(folder, ".pulumi"));
  cpSync(join(root, ".pulumi", "engine.json"), join(folder, ".pulumi", "engine.json"));
  function start(...args: string[]) {
    countStart(args[0] === "--wait-for-lock" ? args.slice(2) : args);
    const child = spawn(process.execPath, ["toolchain/pulumi.mjs", ...args, "--non-interactive"], {
      cwd: folder,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const ended = new Promise<Ended>((resolve) => {
      child.once("close", (code) => resolve({ code: code ?? 1, output }));
    });
    return { ended, output: () => output };
  }
  return { folder, start, pulumi: (...args: string[]) => start(...args).ended };
}

/** Alice and Bob, each with a clone and a log-in to the database, and one stack; each test goes on from the one before. */
describe("a state in PostgreSQL", () => {
  let database: Postgres;
  let alice: SiteProject;
  let bob: ReturnType<typeof copyOf>;

  beforeAll(async () => {
    database = await startPostgres(["alice", "bob"]);
    alice = await createSiteProject(plan, { speed: "instant" });
    rmSync(join(alice.stack, "plan.xlsx"));
    await bringToStage(alice.lab.site, plan, "cloudtower");
    writePlan(alice, "web-{01..02}");
    const common = { SITEWRIGHT_CLOUDTOWER_PASSWORD: plan.cloudtower?.password, PULUMI_STACK: "site" };
    const passphrase = { PULUMI_CONFIG_PASSPHRASE: "sitewright-lab" };
    Object.assign(alice.env, common, { PULUMI_BACKEND_URL: database.url("alice"), PGPASSWORD: "alicealice" });
    bob = copyOf(alice, {
      ...process.env,
      ...common,
      ...passphrase,
      SITEWRIGHT_BACKEND_URL: database.url("bob"),
      PGPASSWORD: "bobbob",
      NODE_OPTIONS: quickStart,
    });
    const made = await alice.pulumi("stack", "init", "site");
    expect(made.code, made.output).toBe(0);
  }, 600_000);
  afterAll(async () => {
    await alice?.close();
    if (bob) rmSync(bob.folder, { recursive: true, force: true });
    await database?.stop();
  });

  function writePlan({ folder }: { folder: string }, ...names: string[]): void {
    writeFileSync(
      join(folder, "stacks", "site", "vms.yaml"),
      `kind: virtual-machines
cloudtower: ${plan.cloudtower?.address}
cluster: ${plan.cluster.name}
defaults: { vcpu: 2, memory: 4 GiB, status: STOPPED, disks: [{ size: 40 GiB }], nics: [{ vlan: VLAN-1120 }] }
vms: [${names.map((name) => `{ name: "${name}" }`).join(", ")}]
`,
    );
  }

  const writes = () => alice.lab.requests().filter(({ write }) => write);
  const taken = () => writes().filter(({ operation, committed }) => operation === "createTowerVm" && committed);
  const machines = () =>
    (alice.lab.site.model.cluster as LabCluster).vms.map(({ name }) => name).filter((name) => /^(web|db)-/.test(name));
  const lockOf = (pid: number) => ({
    engine: `created by ${userInfo().username}@${hostname()} (pid ${pid}) at `,
    ours: `the stack is locked by ${userInfo().username}@${hostname()} (process ${pid}, since `,
  });

  test("who comes second is told at once by whom the stack is locked, and changes nothing; who waits for it succeeds", async () => {
    await alice.lab.setFaults([{ operation: "createTowerVm", task: "stuck" }]);
    const first = alice.start(...UP);
    await vi.waitUntil(() => taken().length === 2, { timeout: 60_000 });
    alice.lab.clearRequests();

    const second = await bob.pulumi(...UP);
    expect(second.code, second.output).toBe(255);
    expect(second.output).toMatch(/^error: the stack is currently locked by 1 lock\(s\)\./);
    expect(second.output).toContain(lockOf(first.pid).engine);
    const waiting = bob.start("--wait-for-lock", "10m", ...UP);
    await vi.waitUntil(() => waiting.output().includes(lockOf(first.pid).ours), { timeout: 60_000 });
    expect(writes()).toEqual([]);

    alice.lab.site.change(({ cloudtower }) => {
      for (const task of cloudtower?.tasks ?? []) task.outcome = "well";
    });
    const firstEnd = await first.ended;
    expect(firstEnd.code, firstEnd.output).toBe(0);
    const waited = await waiting.ended;
    expect(waited.code, waited.output).toBe(0);
    expect(waited.output).toMatch(/Resources:\n {4}\d+ unchanged/);
    expect(taken()).toEqual([]);
    expect(machines().sort()).toEqual(["web-01", "web-02"]);
  });

  const killing = test.skipIf(!existsSync("/proc/self/stat"));
  killing(
    "a run that was killed on one machine is continued on another, without its journal, and then there",
    async () => {
      for (const each of [alice, bob]) writePlan(each, "web-{01..02}", "db-{01..06}");
      alice.lab.clearRequests();
      // Two are answered, one is made and its answer lost, and the others are not made.
      await alice.lab.setFaults([
        { operation: "createTowerVm", skip: 2, count: 1, hang: "after-commit" },
        { operation: "createTowerVm", skip: 2, hang: "before-commit" },
      ]);
      const killed = await killEngine(alice, UP, () => taken().length === 3);
      await alice.lab.setFaults([]);
      const begun = machines().length;
      expect([begun, taken().length]).toEqual([5, 3]);

      const locked = await bob.pulumi(...UP);
      expect(locked.code).toBe(255);
      expect(locked.output).toContain(lockOf(killed).engine);
      expect((await bob.pulumi("cancel", "--yes")).code).toBe(0);
      const up = await bob.pulumi(...UP);
      expect(up.code, up.output).toBe(0);
      expect(machines().sort()).toEqual([..."123456"].map((n) => `db-0${n}`).concat("web-01", "web-02"));
      expect(taken()).toHaveLength(6);

      // Where it was killed, the journal is brought to what the state says by now, without a write to the site.
      alice.lab.clearRequests();
      const back = await alice.pulumi(...UP);
      expect(back.code, back.output).toBe(0);
      expect(writes()).toEqual([]);
    },
  );
});
