import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { filesUnder } from "./files-under";
import { sitePlan } from "./plans";
import { createSiteProject, type SiteProject } from "./site-project";
import { createTestEngineSite, type TestEngineSite } from "./test-engine-site";

const CANARIES = ["Canary-Fisheye-1", "Canary-Host-1"];

/** One site, from bare hosts to torn down; each test goes on where the one before left it. */
describe("the life of a site", () => {
  let site: SiteProject;
  beforeAll(async () => {
    site = await createSiteProject(sitePlan(3));
  });
  afterAll(() => site?.close());

  const deployments = () => site.lab.requests().filter((request) => request.operation === "deployCluster");

  test("preview names what will be made and sends nothing", async () => {
    const { code, output } = await site.pulumi("preview");
    expect(output).toMatch(/sitewright:Site +HCI-01 +create/);
    expect(output).toMatch(/smtxos:Cluster +cluster +create/);
    expect(output).toMatch(/smtxos:ManagementVip +management-vip +create/);
    expect(code).toBe(0);
    expect(site.lab.requests()).toEqual([]);
  });

  test("up deploys the cluster once and sets it up", async () => {
    const { code, output } = await site.pulumi("up", "--yes", "--skip-preview");
    expect(output).toMatch(/serial +: "[0-9a-f-]{36}"/);
    expect(code).toBe(0);
    expect(deployments()).toHaveLength(1);
    expect(output).toMatch(/deployment of cluster HCI-01: stage/);
  });

  test("up --replace of the cluster ends at its preview", async () => {
    const urns = urnsOf((await site.pulumi("stack", "export")).output);
    const cluster = urns.find((urn) => urn.includes("smtxos:Cluster")) ?? "";
    const { code, output } = await site.pulumi("up", "--yes", "--replace", cluster);
    expect(output).toMatch(/Cluster\/HCI-01 stands and is never replaced/);
    expect(output).not.toMatch(/Updating \(site\)/);
    expect(code).not.toBe(0);
    expect(urnsOf((await site.pulumi("stack", "export")).output)).toEqual(urns);
  });

  test("without the lab's reach.json the program asks nothing of the plan's own addresses", async (context) => {
    const reach = join(site.stack, "reach.json");
    const lab = readFileSync(reach);
    rmSync(reach);
    try {
      // In a network without a way out: what is not refused would ask them for real.
      const cutOff = 'exec unshare -n sh -c "ip link set lo up && exec pulumi preview --non-interactive"';
      const { status, stdout } = spawnSync("sh", ["-c", cutOff], { cwd: site.folder, env: site.env, encoding: "utf8" });
      if (!stdout) return context.skip("no network namespace can be made");
      expect(stdout).toMatch(/the stack site lives in a lab.*stacks\/site\/reach\.json is missing/);
      expect(stdout).not.toMatch(/smtxos:Cluster/);
      expect(status).not.toBe(0);
    } finally {
      writeFileSync(reach, lab);
    }
  });

  test("no planted secret stands outside the encrypted state", async () => {
    const everything = filesUnder(site.folder).filter((file) => !file.endsWith("plan.xlsx"));
    expect(everything.length).toBeGreaterThan(5);
    for (const file of everything) {
      const content = readFileSync(file, "utf8");
      for (const canary of CANARIES) expect(content.includes(canary), `${file} holds ${canary}`).toBe(false);
    }
  });

  test.each([[["destroy", "--yes"]], [["destroy", "--yes", "--skip-preview"]]])(
    "%j of a real site deletes nothing and names the way",
    async (verb) => {
      const before = urnsOf((await site.pulumi("stack", "export")).output);
      const { code, output } = await site.pulumi(...verb);
      expect(output).toMatch(/is not torn down: nothing has been deleted.*teardown true/);
      expect(code).not.toBe(0);
      expect(urnsOf((await site.pulumi("stack", "export")).output)).toEqual(before);
    },
  );

  test("with teardown set, destroy lets go with a warning each", async () => {
    site.writeSettings({ teardown: "true" });
    expect((await site.pulumi("up", "--yes", "--skip-preview")).code).toBe(0);
    const { code, output } = await site.pulumi("destroy", "--yes", "--skip-preview");
    expect(output).toMatch(/Cluster\/HCI-01 is let go and stays as it is/);
    expect(output).toMatch(/ManagementVip\/HCI-01 is left as it is/);
    expect(code).toBe(0);
    expect(urnsOf((await site.pulumi("stack", "export")).output)).toEqual([]);
  });
});

/** One site, on the test engine; each test goes on where the one before left it. */
describe("a site that stands", () => {
  let site: TestEngineSite;
  beforeAll(async () => {
    site = await createTestEngineSite(sitePlan(3));
    expect(await site.pulumi("up", "--yes", "--skip-preview")).toMatchObject({ code: 0 });
  });
  afterAll(() => site?.close());

  const writes = () => site.lab.requests().filter((request) => request.write);

  const clusterUrn = () => site.engine.state.find(({ name }) => name === "cluster")?.urn ?? "";

  test.each([[["preview"]], [["up", "--yes"]]])(
    "%j --replace of the cluster is refused at preview, with no adopt setting to know it by",
    async (verb) => {
      const before = structuredClone(site.engine.state);
      site.lab.clearRequests();
      const { code, output } = await site.pulumi(...verb, "--replace", clusterUrn());
      expect(output).toMatch(/Cluster\/HCI-01 stands and is never replaced/);
      expect(code).not.toBe(0);
      expect(writes()).toEqual([]);
      expect(site.engine.state).toEqual(before);
    },
  );

  test("a second up writes nothing", async () => {
    site.lab.clearRequests();
    const { code, output } = await site.pulumi("up", "--yes", "--skip-preview", "--refresh");
    expect(output).toMatch(/unchanged/);
    expect(code).toBe(0);
    expect(writes()).toEqual([]);
    expect(site.lab.requests().length).toBeGreaterThan(0);
    const later = await site.pulumi("up", "--yes", "--replace", clusterUrn());
    expect(later.output).toMatch(/Cluster\/HCI-01 stands and is never replaced/);
    expect(later.code).not.toBe(0);
    expect(writes()).toEqual([]);
  });

  test("drift is shown by property and repaired with one write", async () => {
    site.lab.smtxos.setManagementVip("10.0.20.99");
    const preview = await site.pulumi("preview", "--refresh", "--diff");
    expect(preview.output).toMatch(/managementVip: "10\.0\.20\.99" => "10\.0\.20\.10"/);
    site.lab.clearRequests();
    const up = await site.pulumi("up", "--refresh", "--yes", "--skip-preview");
    expect(up.code).toBe(0);
    expect(writes().map((request) => `${request.method} ${request.path}`)).toEqual(["PUT /api/v2/settings/vip"]);
    expect((await site.pulumi("preview", "--refresh", "--expect-no-changes")).code).toBe(0);
  });

  test("state and journal lost, adopt: all takes what stands without a write", async () => {
    site.engine.state = [];
    rmSync(join(site.folder, ".sitewright"), { recursive: true });
    site.writeSettings({ adopt: "all" });
    site.lab.clearRequests();
    const up = await site.pulumi("up", "--yes", "--skip-preview");
    expect(up.output).toMatch(/created/);
    expect(up.code).toBe(0);
    expect(writes()).toEqual([]);
    expect((await site.pulumi("preview", "--expect-no-changes")).code).toBe(0);
  });

  test.each<[string, (plan: ReturnType<typeof sitePlan>) => void, RegExp]>([
    [
      "a host's name",
      (plan) => ((plan.hosts[1] as { name: string }).name = "other"),
      /hosts.*\[1\]\.hostname stands as "node-02", planned is "other"/,
    ],
    [
      "a host's address",
      (plan) => ((plan.hosts[2] as { storage: string }).storage = "10.0.21.77"),
      /\[2\]\.storageIp stands as "10\.0\.21\.103", planned is "10\.0\.21\.77"/,
    ],
    ["one host more", (plan) => plan.hosts.push(...sitePlan(4).hosts.slice(3)), /3 stand, 4 are planned/],
    [
      "the storage architecture",
      (plan) => (plan.cluster.storage = "all-flash"),
      /storageArchitecture.*stands as "tiered", planned is "all-flash"/,
    ],
  ])("%s changed in the plan is refused at preview and at up", async (_what, change, reason) => {
    const plan = sitePlan(3);
    change(plan);
    await site.writePlan(plan);
    site.lab.clearRequests();
    for (const verb of [["preview"], ["up", "--yes"]]) {
      const { code, output } = await site.pulumi(...verb);
      expect(output).toMatch(reason);
      expect(code).not.toBe(0);
    }
    expect(writes()).toEqual([]);
    expect(site.engine.state.map(({ name }) => name)).toContain("cluster");
    await site.writePlan(sitePlan(3));
  });
});

/** Innermost first, so that each may be deleted from the state. */
function urnsOf(exported: string): string[] {
  const state = JSON.parse(exported) as { deployment: { resources?: { urn: string }[] } };
  return (state.deployment.resources ?? []).map((resource) => resource.urn).reverse();
}
