import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
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
  function moveSecrets() {
    const command = [join(__dirname, "..", "..", "cli", "sitewright.cjs"), "plan", "secrets", site.stack];
    const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: "utf8", env: site.env });
    return { status, stdout, stderr };
  }
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

  test("are stored encrypted beside what is there, and the cells to blank are named", async () => {
    const before = JSON.stringify({ connections: { other: { password: "Canary-Other-1" }, "node-01": {} } });
    expect((await site.pulumi("config", "set", "--secret", "credentials", before)).code).toBe(0);
    const { status, stdout, stderr } = moveSecrets();
    expect(status, stderr).toBe(0);
    expect(stdout).toContain("7 passwords are secrets of stack site now");
    expect(stdout).toMatch(/Now blank them in .*plan\.xlsx: 主机规划!M19, 主机规划!K3, 主机规划!M3, .*主机规划!M5\n/);
    for (const canary of CANARIES) expect(stdout + stderr + settings()).not.toContain(canary);
    expect(await stored()).toEqual({
      other: { password: "Canary-Other-1" },
      "HCI-01": { username: "root", password: "Canary-Fisheye-1" },
      ...Object.fromEntries(
        plan.hosts.flatMap(({ name }) => [
          [name, { username: "smartx", password: "Canary-Host-1" }],
          [`${name}-root`, { username: "root", password: "Canary-Root-1" }],
        ]),
      ),
    });
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
    expect((await site.pulumi("config", "set", "--secret", "credentials", "Canary-Shape-1")).code).toBe(0);
    const { status, stdout, stderr } = moveSecrets();
    expect(stderr).toMatch(/^sitewright: the stack's secret credentials is not of the shape/);
    expect(stdout + stderr).not.toContain("Canary-Shape-1");
    expect(status).toBe(2);
  });
});

test("every account of a plan has a connection of its own", () => {
  const names = accountsOf(plan).map(({ connection }) => connection);
  expect(new Set(names).size).toBe(names.length);
});
