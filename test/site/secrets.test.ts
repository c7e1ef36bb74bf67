import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SitePlan } from "../../plan/site-plan";
import { descendants, environmentOf } from "../kit/processes";
import { filesUnder } from "./files-under";
import { sitePlan } from "./plans";
import { createSiteProject, type Ended, type SiteProject } from "./site-project";
import { createTestEngineSite, type TestEngineSite } from "./test-engine-site";

/** Fisheye's password as each source has it, in the documented order: the first source that has one wins. */
const CANARY = {
  environment: "Canary-Environment-7f3a",
  file: "Canary-SecretFile-19c2",
  stack: "Canary-StackSecret-b5d0",
  plan: "Canary-PlanItself-e4aa",
};
const HOST_CANARY = "Canary-HostLogIn-60d1";
const ALL = [...Object.values(CANARY), HOST_CANARY];
const STACK_SECRET = JSON.stringify({ connections: { "HCI-01": { password: CANARY.stack } } });

function plan(): SitePlan {
  const given = sitePlan(3);
  given.cluster.admin.password = CANARY.plan;
  for (const host of given.hosts) host.ssh.password = HOST_CANARY;
  return given;
}

function laySecrets(folder: string): string {
  const file = join(folder, "secrets.yaml");
  writeFileSync(file, `connections: {HCI-01: {password: ${CANARY.file}}}\n`, { mode: 0o600 });
  return file;
}

function passwordsSent({ lab }: Pick<SiteProject, "lab">, operation: string): string[] {
  const sent = lab.requests().filter((request) => request.operation === operation);
  return sent.map(({ rawBody }) => (rawBody as { password: string }).password);
}

/** What the real engine prints, keeps and starts; each test goes on where the one before left it. */
describe("secrets of a stack", () => {
  let site: SiteProject;
  let secretFile: string;
  const said: string[] = [];
  const seen = { arguments: new Set<string>(), environments: new Set<string>() };

  beforeAll(async () => {
    site = await createSiteProject(plan(), { speed: "instant" });
    secretFile = laySecrets(site.folder);
  });
  afterAll(() => site?.close());

  /** Runs the engine; what it says and what its processes show of themselves is kept for the search. */
  async function run(...args: string[]): Promise<Ended> {
    const { pid, ended } = site.start(...args);
    const watch = setInterval(() => {
      for (const each of descendants(pid)) {
        seen.arguments.add(each.command);
        if (/dynamic-provider/.test(each.command)) seen.environments.add(environmentOf(each.pid));
      }
    }, 100);
    const result = await ended;
    clearInterval(watch);
    said.push(result.output);
    return result;
  }

  test("the environment wins over the secret file, the stack's secret and the plan", async () => {
    expect((await site.pulumi("config", "set", "--secret", "credentials", STACK_SECRET)).code).toBe(0);
    site.env.SITEWRIGHT_SECRETS = secretFile;
    site.env.SITEWRIGHT_HCI_01_PASSWORD = CANARY.environment;
    const { code, output } = await run("up", "--yes", "--skip-preview", "--diff");
    expect(code, output).toBe(0);
    expect(passwordsSent(site, "setupRoot")).toEqual([CANARY.environment]);
  });

  test("the engine's fullest log has none that the program finds by a connection's name", async () => {
    const { code, output } = await site.pulumi("refresh", "--yes", "-v=9", "--logtostderr");
    expect(code).toBe(0);
    expect(output.length).toBeGreaterThan(10_000);
    // The plan's own password, and those that hosts are given, are secret inputs: at -v=9 the engine itself writes what
    // it hands to a provider.
    const inputs = [CANARY.plan, HOST_CANARY];
    const found = ALL.filter((canary) => !inputs.includes(canary) && output.includes(canary));
    expect(found).toEqual([]);
  });

  test("an error is told without them", async () => {
    site.lab.smtxos.setRootPassword("changed-by-hand");
    const refused = await run("refresh", "--yes", "--diff");
    expect(refused.output).toMatch(/Unable to log in to HCI-01: .* answered 401/);
    expect(refused.code).not.toBe(0);
  });

  test("none stands in any output, error or argument of a process", async () => {
    expect((await run("stack", "output", "--json")).code).toBe(0);
    expect((await run("stack", "export")).code).toBe(0);
    for (const canary of ALL) {
      expect(said.filter((text) => text.includes(canary))).toEqual([]);
      expect([...seen.arguments].filter((text) => text.includes(canary))).toEqual([]);
    }
    expect(seen.arguments.size).toBeGreaterThan(2);
  });

  test("the provider's environment holds what the user put there, and no other", () => {
    for (const canary of [CANARY.file, CANARY.plan, CANARY.stack, HOST_CANARY]) {
      expect([...seen.environments].filter((text) => text.includes(canary))).toEqual([]);
    }
    expect([...seen.environments].some((text) => text.includes(CANARY.environment))).toBe(true);
  });

  test("none stands in a file but the plan and the user's own", () => {
    const files = filesUnder(site.folder).filter((file) => file !== secretFile && !file.endsWith("plan.xlsx"));
    expect(files.some((file) => file.endsWith("journal.jsonl"))).toBe(true);
    expect(files.some((file) => file.includes("/state/"))).toBe(true);
    for (const file of files) {
      const content = readFileSync(file, "utf8");
      expect(
        ALL.filter((canary) => content.includes(canary)),
        file,
      ).toEqual([]);
    }
  });
});

/** Which of them is used, and what is said where none is right; each test goes on where the one before left it. */
describe("a connection's password", () => {
  let site: TestEngineSite;
  let secretFile: string;
  let said = "";

  beforeAll(async () => {
    site = await createTestEngineSite(plan(), { speed: "instant" });
    secretFile = laySecrets(site.folder);
    site.writeSettings({ credentials: STACK_SECRET });
    site.env.SITEWRIGHT_SECRETS = secretFile;
    site.env.SITEWRIGHT_HCI_01_PASSWORD = CANARY.environment;
    const { code, output } = await run("up", "--yes", "--skip-preview", "--diff");
    expect(code, output).toBe(0);
  });
  afterAll(() => site?.close());

  async function run(...args: string[]): Promise<Ended> {
    const ended = await site.pulumi(...args);
    said += ended.output;
    return ended;
  }

  test("is the environment's, then the secret file's, then the stack's secret", async () => {
    await expectRefreshWith(CANARY.environment);
    delete site.env.SITEWRIGHT_HCI_01_PASSWORD;
    await expectRefreshWith(CANARY.file);
    delete site.env.SITEWRIGHT_SECRETS;
    await expectRefreshWith(CANARY.stack);
  });

  test("and the plan's own last", async () => {
    site.writeSettings({});
    site.lab.smtxos.setRootPassword(CANARY.plan);
    expect((await run("up", "--yes", "--skip-preview")).code).toBe(0); // refresh has the settings of the last up
    await expectRefreshWith(CANARY.plan);
  });

  async function expectRefreshWith(password: string): Promise<void> {
    site.lab.smtxos.setRootPassword(password);
    site.lab.clearRequests();
    const { code, output } = await run("refresh", "--yes", "--diff");
    expect(code, output).toBe(0);
    expect(new Set(passwordsSent(site, "createSession"))).toEqual(new Set([password]));
  }

  test("errors are told without them", async () => {
    site.lab.smtxos.setRootPassword("changed-by-hand");
    const refused = await run("refresh", "--yes");
    expect(refused.output).toMatch(/Unable to log in to HCI-01: .* answered 401/);
    expect(refused.code).not.toBe(0);
    site.lab.smtxos.setRootPassword(CANARY.plan);

    // A vendor that repeats what it was sent, in an answer and in a refusal.
    const repeat = { status: 400, body: { code: 400, message: `password ${CANARY.plan} of root is wrong` } };
    site.lab.setFaults([{ operation: "createSession", answer: repeat }]);
    const repeated = await run("refresh", "--yes");
    expect(repeated.output).toMatch(/400/);
    expect(repeated.code).not.toBe(0);
    site.lab.setFaults([]);

    site.env.SITEWRIGHT_SECRETS = secretFile;
    writeFileSync(secretFile, `connections: {HCI-01: {passwort: ${CANARY.file}}}\n`);
    const wrongKey = await run("refresh", "--yes");
    expect(wrongKey.output).toMatch(/secrets\.yaml is wrong at connections\["?HCI-01|secrets\.yaml is wrong at/);
    writeFileSync(secretFile, `connections: [${CANARY.file}`);
    const noYaml = await run("refresh", "--yes");
    expect(noYaml.output).toMatch(/secrets\.yaml cannot be parsed/);
    delete site.env.SITEWRIGHT_SECRETS;
  });

  test("stands in nothing that was said", () => {
    expect(said.length).toBeGreaterThan(1_000);
    expect(ALL.filter((canary) => said.includes(canary))).toEqual([]);
  });
});
