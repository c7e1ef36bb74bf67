import { readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sitewrightHere, sitewrightProcess } from "../../cli/sitewright.fixture";
import { accountsOf } from "../../plan/accounts";
import { withoutSecrets } from "../../plan/site-yaml";
import { sitePlan } from "./plans";
import { createSiteProject, type SiteProject } from "./site-project";

const CANARIES = ["Canary-Fisheye-1", "Canary-Host-1", "Canary-Root-1"];
const plan = sitePlan(3);

describe("passwords that plan secrets moves into the stack", () => {
  let site: SiteProject;
  beforeAll(async () => {
    site = await createSiteProject(plan, { speed: "instant" });
  });
  afterAll(() => site?.close());

  /** What every user of the machine may see or read. */
  const settings = () => readFileSync(join(site.folder, "stacks", "Pulumi.site.yaml"), "utf8");
  const sitewright = (args: string[], input = "") => sitewrightProcess(args, { env: site.env, input });
  const moveSecrets = (...more: string[]) => sitewright(["plan", "secrets", site.stack, "--lab", ...more]);
  const stored = async () => {
    const { output } = await site.pulumi("config", "get", "credentials");
    return JSON.parse(output).connections as Record<string, { username?: string; password?: string }>;
  };

  test("are missed at preview where nobody has them, each at its cell", async () => {
    await site.writePlan(withoutSecrets(plan));
    const { code, output } = await site.pulumi("preview");
    expect(output).toMatch(/error \[password-missing\] × \d+\n/);
    for (const cell of ["K3", "M19"]) expect(output).toMatch(new RegExp(`^ +主机规划!${cell}: The `, "m"));
    expect(code).not.toBe(0);
    expect(site.lab.requests()).toEqual([]);
    await site.writePlan(plan);
  });

  test("are left where everybody has the stack's passphrase, as that of npm run pulumi", () => {
    const before = settings();
    for (const command of [[], ["--set", "node-01"]]) {
      const { status, stderr } = sitewright(["plan", "secrets", site.stack, ...command], "Canary-Host-2");
      expect(stderr).toMatch(/^sitewright: the secrets of stack site are open to everybody: .*--lab\n$/);
      expect(status).toBe(2);
    }
    expect(settings()).toBe(before);
  });

  test("are stored encrypted beside what is there, and the cells to blank are named", async () => {
    const before = JSON.stringify({
      connections: { other: { password: "Canary-Other-1" }, "node-01": { username: "kept" } },
    });
    expect((await site.pulumi("config", "set", "--secret", "credentials", before)).code).toBe(0);
    // Under the name that the settings are written under first; nothing of it is followed.
    const elsewhere = join(site.folder, "elsewhere");
    writeFileSync(elsewhere, "not ours");
    symlinkSync(elsewhere, join(site.folder, "stacks", ".new-Pulumi.site.yaml"));
    const { status, stdout, stderr } = moveSecrets();
    expect(status, stderr).toBe(0);
    expect(readFileSync(elsewhere, "utf8")).toBe("not ours");
    expect(stdout).toContain("7 passwords are secrets of stack site now");
    expect(stdout).toMatch(/Now blank them in .*plan\.xlsx: 主机规划!M19, 主机规划!K3, 主机规划!M3, .*主机规划!M5\n/);
    for (const canary of CANARIES) expect(stdout + stderr + settings()).not.toContain(canary);
    expect(await stored()).toEqual({
      other: { password: "Canary-Other-1" },
      "HCI-01": { password: "Canary-Fisheye-1" },
      ...Object.fromEntries(
        plan.hosts.flatMap(({ name }) => [
          [name, { ...(name === "node-01" && { username: "kept" }), password: "Canary-Host-1" }],
          [`${name}-root`, { password: "Canary-Root-1" }],
        ]),
      ),
    });
    expect(readdirSync(join(site.folder, "stacks"))).toEqual(["Pulumi.site.yaml", "site"]);
  });

  const check = () => sitewrightHere(["check", site.stack], { env: site.env });

  test("once the cells are blank, check is clean, and says again what the stack loses", async () => {
    await site.writePlan(withoutSecrets(plan));
    expect(await check()).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/plan\.xlsx: no findings\n/),
      stderr: "",
    });
    const path = 'credentials.connections["node-02-root"]';
    expect((await site.pulumi("config", "rm", "--path", path)).code).toBe(0);
    expect((await check()).stdout).toMatch(/^warning 主机规划!M4 .*\[password-blank\]/);
    site.env.SITEWRIGHT_NODE_02_ROOT_PASSWORD = "Canary-Root-1";
    expect((await check()).stdout).toMatch(/no findings/);
    delete site.env.SITEWRIGHT_NODE_02_ROOT_PASSWORD;
    const words = ["check", site.stack, "--stack", "another", "--format", "json"];
    const another = await sitewrightHere(words, { env: site.env });
    expect(JSON.parse(another.stdout).findings.map(({ code }: { code: string }) => code)).toEqual(
      Array(7).fill("password-blank"),
    );
  });

  test("one alone is stored from standard input, under a name that the plan has", async () => {
    const { status, stderr, stdout } = sitewright(
      ["plan", "secrets", site.stack, "--lab", "--set", "node-02-root"],
      "Canary-Root-1",
    );
    expect(stdout + stderr).toMatch(/the password of node-02-root is a secret of stack site now\n/);
    expect(status).toBe(0);
    expect((await stored())["node-02-root"]).toEqual({ password: "Canary-Root-1" });
    expect((await check()).stdout).toMatch(/no findings/);
    const slip = sitewright(["plan", "secrets", site.stack, "--lab", "--set", "node-02_root"], "x");
    expect(slip.stderr).toMatch(/the plan has no connection "node-02_root": did you mean "node-02-root"\?/);
    expect(slip.status).toBe(2);
  });

  test("are what up logs in with once the workbook has none", async () => {
    await site.writePlan(withoutSecrets(plan));
    const { code, output } = await site.pulumi("up", "--yes", "--skip-preview");
    expect(code, output).toBe(0);
    const [setup] = site.lab.requests().filter(({ operation }) => operation === "setupRoot");
    expect(setup?.rawBody).toMatchObject({ password: "Canary-Fisheye-1" });
    for (const canary of CANARIES) expect(JSON.stringify(await site.state())).not.toContain(canary);
  });

  test("are not looked for in a plan that has none", () => {
    const { status, stdout } = moveSecrets();
    expect(stdout).toMatch(/plan\.xlsx: no passwords in it\n/);
    expect(status).toBe(0);
  });

  test("a stored secret of another shape is named and not shown", async () => {
    await site.writePlan(plan);
    expect((await site.pulumi("config", "rm", "credentials")).code).toBe(0);
    expect((await site.pulumi("config", "set", "--secret", "credentials", "Canary-Shape-1")).code).toBe(0);
    const { status, stdout, stderr } = moveSecrets();
    expect(stderr).toMatch(/^sitewright: the stack's secret credentials is not of the shape/);
    expect(stdout + stderr).not.toContain("Canary-Shape-1");
    expect(status).toBe(2);
    expect(settings()).toMatch(/credentials:\n +secure:/);
  });

  test("of log-ins that are one secret check says that it cannot see whose they are, once", async () => {
    await site.writePlan(withoutSecrets(plan));
    const { status, stdout, stderr } = await check();
    expect(stdout).toMatch(/no findings/);
    expect(stderr).toMatch(/^the passwords of stack site are one secret, .*\n$/);
    expect(status).toBe(0);
  });
});

test("every account of a plan has a connection of its own", () => {
  const names = accountsOf(plan).map(({ connection }) => connection);
  expect(new Set(names).size).toBe(names.length);
});
