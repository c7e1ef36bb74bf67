import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sitewrightHere } from "../../cli/sitewright.fixture";
import { bringToStage } from "../../lab/stage/stage";
import { createSiteProject, type SiteProject } from "./site-project";
import { towerSitePlan } from "./whole-site";

/** A site that others have built by the very plan, but for what the tests say; each test goes on after the one before. */
let site: SiteProject;
const writes = () => site.lab.requests().flatMap(({ write, operation }) => (write ? [operation] : []));

beforeAll(async () => {
  const plan = towerSitePlan();
  site = await createSiteProject(plan, { speed: "instant" });
  await bringToStage(site.lab.site, plan, "cloudtower");
  site.lab.site.change(({ cluster }) => {
    if (!cluster) return;
    cluster.vlans = cluster.vlans.filter(({ name }) => name !== "VLAN-1125");
    cluster.ntp = { mode: "external", servers: ["10.9.9.9"] };
  });
  site.lab.clearRequests();
});
afterAll(() => site?.close());

const adopt = () => sitewrightHere(["adopt", "site", site.stack], { env: { ...process.env, ...site.env } });

test("a site that stands is taken over without a write, and what is otherwise than its plan is told by name", async () => {
  const { status, stdout, stderr } = await adopt();
  expect([status, stderr]).toEqual([
    0,
    expect.stringMatching(
      /^taking over what stands [^:]*: nothing is written to the site\n(pulumi (up|refresh): .*\n)*looking at .*\n$/,
    ),
  ]);
  expect(writes()).toEqual([]);
  const [kept, made, ...rest] = stdout.trimEnd().split("\n");
  expect([kept, made]).toEqual([
    "29 resources of stack site are in its state as they stand; nothing was written to the site",
    "made by the next pulumi up, since they do not stand or cannot be read:",
  ]);
  const at = rest.indexOf("changed by the next pulumi up, since they stand otherwise than planned:");
  expect([rest.slice(0, at).sort(), rest.slice(at + 1).sort()]).toEqual([
    [
      "  cloudtower:MonitoringDashboard monitoring-cluster",
      "  cloudtower:MonitoringDashboard monitoring-host",
      "  cloudtower:MonitoringDashboard monitoring-vm",
      "  cloudtower:RackTopology rack-A01",
      "  site:DeliveredWorkbook delivered-workbook",
      "  smtxos:IpmiAccounts ipmi-accounts",
      "  smtxos:Vlan business-1125",
    ],
    [
      "  cloudtower:AlertRule storage-capacity-alert: thresholds",
      "  cloudtower:ClusterSettings default-storage: replicas, thinProvision",
      "  smtxos:NtpServers ntp-servers: servers",
    ],
  ]);
});

test("the next up does that and no more, and the one after it nothing", async () => {
  const made = ["createBrickTopo", "createGraph", "createRackTopo", "createView", "createVlan", "moveNodeTopo"];
  const changed = ["graphqlUpdateClusterSettings", "setNtp", "updateCustomizeAlertRule", "upsertIpmiAccounts"];
  for (const did of [[...made, ...changed], []]) {
    site.lab.clearRequests();
    const { code, output } = await site.pulumi("up", "--yes", "--skip-preview");
    expect(code, output).toBe(0);
    expect([...new Set(writes())].sort()).toEqual(did.sort());
  }
});

test("a stack whose state and journal are lost has it back, but for what nobody can read", async () => {
  for (const lost of ["state/.pulumi/stacks", ".sitewright"]) rmSync(join(site.folder, lost), { recursive: true });
  expect((await site.pulumi("stack", "init", "site")).code).toBe(0);
  site.lab.clearRequests();
  const { status, stdout, stderr } = await adopt();
  expect([status, stdout.trimEnd().split("\n").slice(1)], stderr).toEqual([
    0,
    ["made by the next pulumi up, since they do not stand or cannot be read:", "  smtxos:IpmiAccounts ipmi-accounts"],
  ]);
  expect(writes()).toEqual([]);
});
