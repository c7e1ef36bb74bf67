import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stageThreePlan } from "./plans";
import { createSiteProject, type SiteProject } from "./site-project";

/** One site; each test goes on where the one before left it. */
describe("a wrong password", () => {
  let site: SiteProject;
  beforeAll(async () => {
    site = await createSiteProject(stageThreePlan());
  });
  afterAll(() => site?.close());

  async function run(...args: string[]) {
    site.lab.clearRequests();
    const { code, output } = await site.pulumi(...args);
    const logIns = site.lab.requests().filter(({ operation }) => operation === "createSession");
    return { code, output, refused: logIns.filter(({ status }) => status === 401).length };
  }

  test("is asked for once before the password is set, and works from then on in the same run", async () => {
    const { code, output, refused } = await run("up", "--yes", "--skip-preview");
    expect(code, output).toBe(0);
    expect(refused).toBe(1);
    // Rows say how far they are, and of what is done no more.
    expect(output).toMatch(/host-passwords creating .* 3 of 3 hosts have their passwords$/m);
    expect(output).toMatch(/management-vip created \([^)]*\) *$/m);
    expect(output.match(/ created \([^)]*\) (?! *$|.*(warning|deployed))\S.*$/gm) ?? []).toEqual([]);
  });

  test.each([
    ["refresh", "--yes", "--skip-preview"],
    ["preview", "--refresh"],
    ["up", "--yes", "--refresh", "--continue-on-error"],
  ])("is tried once by %s and told by one resource, the others name it", async (...args) => {
    site.env.SITEWRIGHT_HCI_01_PASSWORD = "Canary-Wrong-1";
    const { code, output, refused } = await run(...args);
    delete site.env.SITEWRIGHT_HCI_01_PASSWORD;
    expect(code).not.toBe(0);
    expect(refused, output).toBe(1);
    const full = output.match(/^.*answered 401.*$/gm) ?? [];
    const rows = full.filter((line) => line.includes("smtxos:"));
    // By the engine: when it comes, when the row has failed, and among the diagnostics.
    expect(full.length).toBeLessThanOrEqual(3);
    expect(new Set(rows.map((line) => line.split(/\s+/)[3])).size).toBe(1);
    const pointers = new Set(output.match(/HCI-01 refuses the log-in: see \S+$/gm));
    expect(pointers.size).toBe(1);
    expect(output.match(/error: .*HCI-01 refuses the log-in: see \S+$/gm)?.length).toBeGreaterThan(8);
    expect(output).not.toContain("Canary-");
  });

  test("hinders nothing once it is right again", async () => {
    const { code, output, refused } = await run("up", "--yes", "--skip-preview", "--refresh", "--expect-no-changes");
    expect(code, output).toBe(0);
    expect(refused).toBe(0);
  });
});
