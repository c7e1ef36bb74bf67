import { join } from "node:path";
import { makeLabMedia } from "../../cli/lab-media";
import type { LabOptions } from "../../lab/lab";
import { goodPlan } from "../../plan/good-plans.fixture";
import type { SitePlan } from "../../plan/site-plan";
import { createSiteProject, type SiteProject } from "./site-project";
import { createTestEngineSite, type TestEngineSite } from "./test-engine-site";

/** A different password for everything that has one. */
export const PASSWORDS = {
  fisheye: "Canary-Fisheye-1",
  host: "Canary-Smartx-2",
  root: "Canary-Root-3",
  bmc: "Canary-Bmc-4",
  tower: "Canary-Tower-5",
  ssh: "Canary-Ssh-6",
};

/** A plan with a CloudTower, whose accounts have no password in common. */
export function towerSitePlan(hosts = 3, whole = false): SitePlan {
  const plan = goodPlan({ hosts, networks: "separate", storage: "tiered", whole });
  return {
    ...plan,
    cluster: { ...plan.cluster, admin: { ...plan.cluster.admin, password: PASSWORDS.fisheye } },
    hosts: plan.hosts.map((host) => ({
      ...host,
      ssh: { ...host.ssh, password: PASSWORDS.host },
      root: { password: PASSWORDS.root },
      ...(host.bmc && { bmc: { ...host.bmc, password: PASSWORDS.bmc } }),
    })),
    cloudtower: {
      ...plan.cloudtower,
      address: plan.cloudtower?.address as string,
      version: "4.7.1",
      username: "root",
      password: PASSWORDS.tower,
      ssh: { username: "smartx", password: PASSWORDS.ssh },
    },
    dns: ["10.0.0.114", "10.0.0.1"],
    ntp: ["10.0.0.2", "10.0.0.3", "ntp.example.com"],
  };
}

/** A project with the images that CloudTower and the tools are made from, of made-up bytes. */
export function createWholeSite(
  plan: SitePlan,
  lab: Partial<LabOptions> = {},
  settings: Record<string, string> = {},
): Promise<SiteProject> {
  return withMedia(createSiteProject, plan, lab, settings);
}

/** As createWholeSite, on the test engine. */
export function createWholeTestEngineSite(
  plan: SitePlan,
  lab: Partial<LabOptions> = {},
  settings: Record<string, string> = {},
): Promise<TestEngineSite> {
  return withMedia(createTestEngineSite, plan, lab, settings);
}

async function withMedia<S extends Pick<SiteProject, "folder" | "writeSettings">>(
  create: (plan: SitePlan, lab: Partial<LabOptions>) => Promise<S>,
  plan: SitePlan,
  lab: Partial<LabOptions>,
  settings: Record<string, string>,
): Promise<S> {
  const site = await create(plan, lab);
  makeLabMedia(join(site.folder, "media"), plan.cloudtower?.version ?? "4.7.1");
  site.writeSettings({ media: "media", ...settings });
  return site;
}
