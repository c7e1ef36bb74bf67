import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LabCluster } from "../../lab/smtxos/cluster-model";
import type { SitePlan } from "../../plan/site-plan";
import { descendants } from "../kit/processes";
import { filesUnder } from "./files-under";
import { stageThreePlan } from "./plans";
import { createSiteProject, type SiteProject } from "./site-project";

/** Every account with a password of its own, with what a shell, a URL, JSON or a regular expression would trip over. */
function planOf(generation: number): SitePlan {
  const plan = stageThreePlan();
  const own = (account: string) => `Canary-${generation} ${account} $'"\\%&:`;
  return {
    ...plan,
    cluster: { ...plan.cluster, admin: { username: "root", password: own("fisheye") } },
    hosts: plan.hosts.map((host) => ({
      ...host,
      ssh: { ...host.ssh, password: own(`smartx ${host.name}`) },
      root: { password: own(`root ${host.name}`) },
      bmc: host.bmc && { ...host.bmc, password: own(`bmc ${host.name}`) },
    })),
  };
}

/** One site; each test goes on where the one before left it. */
describe("a different password for every account", () => {
  let site: SiteProject;
  const said: string[] = [];
  const commands = new Set<string>();
  beforeAll(async () => {
    site = await createSiteProject(planOf(1));
  });
  afterAll(() => site?.close());

  /** Runs the engine; what it and its log say, and what its processes are called with, is kept for the search. */
  async function run(...args: string[]) {
    const { pid, ended } = site.start(...args, "-v=3", "--logtostderr");
    const watch = setInterval(() => {
      for (const { command } of descendants(pid)) commands.add(command);
    }, 50);
    const { code, output } = await ended;
    clearInterval(watch);
    said.push(output);
    return { code, output };
  }

  function expectInUse(plan: SitePlan): void {
    const { rootPassword, ipmi } = site.lab.site.model.cluster as LabCluster;
    expect(rootPassword).toBe(plan.cluster.admin.password);
    expect(site.lab.site.model.hosts.map(({ passwords }) => passwords)).toEqual(
      plan.hosts.map(({ ssh, root }) => ({ smartx: ssh.password, root: root.password })),
    );
    expect(Object.values(ipmi).map(({ password }) => password)).toEqual(plan.hosts.map(({ bmc }) => bmc?.password));
  }

  test("all work", async () => {
    const { code, output } = await run("up", "--yes", "--skip-preview", "--diff");
    expect(code, output).toBe(0);
    expectInUse(planOf(1));
  });

  test("errors of a rotation that repeat them are told", async () => {
    const next = planOf(2);
    const [first, second] = next.hosts;
    site.lab.smtxos.setRootPassword(next.cluster.admin.password ?? "");
    for (const { management, bmc } of next.hosts)
      if (bmc) site.lab.smtxos.setBmc(management, { address: bmc.address, password: bmc.password ?? "" });
    await site.writePlan(next);
    expect((await run("preview", "--diff")).code).toBe(0);
    await site.lab.setFaults([
      {
        operation: "sshSetPasswords",
        endpoint: `${first?.management}:22`,
        answer: { status: 1, body: `chpasswd: line 1: root:${first?.root.password} is too weak` },
      },
      {
        operation: "upsertIpmiAccounts",
        answer: { status: 400, body: { code: 400, message: `not right: ${JSON.stringify(second?.bmc)}` } },
      },
    ]);
    const failed = await run("up", "--yes", "--skip-preview", "--diff", "--continue-on-error");
    expect(failed.code).not.toBe(0);
    expect(failed.output).toMatch(/node-01 \(10\.0\.20\.101\): Unable to set the passwords .*is too weak/);
    expect(failed.output).toMatch(/set the out-of-band accounts of HCI-01.*not right/);
  });

  test("and all can be rotated", async () => {
    await site.lab.setFaults([]);
    const { code, output } = await run("up", "--yes", "--skip-preview", "--diff");
    expect(code, output).toBe(0);
    expectInUse(planOf(2));
    expect((await run("refresh", "--yes", "--diff")).code).toBe(0);
    expect((await run("stack", "export")).code).toBe(0);
  });

  test("root's alone can be rotated, though smartx logs in with its own as before", async () => {
    const next = planOf(2);
    for (const { root } of next.hosts.slice(0, 2)) root.password = `${root.password} again`;
    await site.writePlan(next);
    site.lab.clearRequests();
    const { code, output } = await run("up", "--yes", "--skip-preview", "--debug");
    expect(code, output).toBe(0);
    expectInUse(next);
    const set = site.lab.requests().filter(({ operation }) => operation === "sshSetPasswords");
    expect(set.map(({ endpoint }) => endpoint).sort()).toEqual(["10.0.20.101:22", "10.0.20.102:22"]);
  });

  test("and none stands in an output, a log, an argument of a process or a file but the plan", () => {
    expect(said.join("").length).toBeGreaterThan(50_000);
    const around = said.flatMap((text) => text.match(/^.*Canary-.{0,10}/gm) ?? []);
    expect(around).toEqual([]);
    expect(commands.size).toBeGreaterThan(2);
    expect([...commands].filter((text) => text.includes("Canary-"))).toEqual([]);
    const files = filesUnder(site.folder).filter((file) => !file.endsWith("plan.xlsx"));
    expect(files.some((file) => file.includes("/state/"))).toBe(true);
    expect(files.filter((file) => readFileSync(file, "utf8").includes("Canary-"))).toEqual([]);
  });
});
