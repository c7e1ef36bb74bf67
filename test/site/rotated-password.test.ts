import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { withoutSecrets } from "../../plan/site-yaml";
import { sitePlan } from "./plans";
import { createSiteProject, type SiteProject } from "./site-project";

const RIGHT = "Canary-Right-1";
const WRONG = "Canary-Wrong-1";

/** One site, run as `npm run pulumi` runs it; each test goes on where the one before left it. */
describe("a password in the stack's secrets that is wrong, and then put right", { timeout: 240_000 }, () => {
  let site: SiteProject;
  beforeAll(async () => {
    const plan = sitePlan(3);
    site = await createSiteProject(plan, { speed: "instant" });
    site.env.PULUMI_RUN_PROGRAM = "true";
    site.env.SITEWRIGHT_SECRETS = "";
    await site.writePlan({ ...plan, cluster: withoutSecrets(plan).cluster });
    await setPassword(RIGHT);
    await run("up", "--yes", "--skip-preview");
  });
  afterAll(() => site?.close());

  async function run(...args: string[]): Promise<string> {
    const { code, output } = await site.pulumi(...args);
    expect(code, output).toBe(0);
    return output;
  }
  const setPassword = (password: string) =>
    run("config", "set", "--secret", "credentials", JSON.stringify({ connections: { "HCI-01": { password } } }));

  test.each([
    ["preview", "--refresh"],
    ["refresh", "--yes"],
  ])("counts in %s %s at once, and all places where it is looked for are named", async (...command) => {
    await setPassword(WRONG);
    const { code, output } = await site.pulumi(...command);
    expect(code).not.toBe(0);
    expect(output).toMatch(
      /Unable to log in to HCI-01: .* answered 401 .* — .*the environment \(SITEWRIGHT_HCI_01_USERNAME, SITEWRIGHT_HCI_01_PASSWORD\), the file that SITEWRIGHT_SECRETS names \(connections, HCI-01\), the stack's secrets \(npx sitewright plan secrets stacks\/site --set HCI-01\), the plan \(主机规划!M19, in a site\.yaml cluster\.admin\.password\)/,
    );
    expect(output).not.toContain(WRONG);
  });

  test("put right, everything goes, though the last up had the wrong one", async () => {
    expect((await site.pulumi("up", "--yes", "--skip-preview", "--refresh")).code).not.toBe(0);
    await setPassword(RIGHT);
    await run("refresh", "--yes");
    await run("preview", "--refresh", "--expect-no-changes");
    await run("up", "--yes", "--skip-preview", "--refresh");
  });

  test("destroy keeps to the guard as of the last up, and goes with the password of today", async () => {
    const refused = await site.pulumi("destroy", "--yes", "--skip-preview");
    expect(refused.output).toMatch(/site HCI-01 is not torn down: nothing has been deleted/);
    expect(refused.code).not.toBe(0);
    await run("config", "set", "teardown", "true");
    await run("up", "--yes", "--skip-preview");
    await setPassword(WRONG);
    expect((await site.pulumi("up", "--yes", "--skip-preview", "--refresh")).code).not.toBe(0);
    await setPassword(RIGHT);
  });

  test("where the plan is gone, the error says how to destroy without it", async () => {
    rmSync(join(site.stack, "plan.xlsx"));
    const { code, output } = await site.pulumi("destroy", "--yes", "--skip-preview");
    expect(output).toMatch(/the folder holds no plan[\s\S]*PULUMI_RUN_PROGRAM=false/);
    expect(code).not.toBe(0);
    site.env.PULUMI_RUN_PROGRAM = "false";
    await run("destroy", "--yes", "--skip-preview");
  });
});
