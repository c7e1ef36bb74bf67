import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Lab } from "../../lab/lab";
import { fillTemplate } from "../../plan/template";
import { readCells } from "../../plan/xlsx/patch-workbook";
import { labTemplate } from "../engine/lab-site";
import { deliveredFiles, siteProgram } from "../engine/site-program";
import { sitePlan } from "../site/plans";
import type { Way } from "./way";

const PASSWORD = "Canary-Fisheye-1";
const plan = sitePlan(3);

/** Filled in before the first program of a way that is killed is asked for. */
let workbook: Buffer = Buffer.alloc(0);

/** Bare hosts, and the workbook that plans them. */
async function bareHosts() {
  workbook = Buffer.from(await fillTemplate(plan));
  return labTemplate(plan);
}

const files = () => ({ [deliveredFiles.source]: workbook });

/** The copy is there whole, with nothing beside it. */
function expectDelivered(folder: string, cells: Record<string, string | undefined>): void {
  const file = join(folder, deliveredFiles.target);
  expect(Object.fromEntries(readCells(readFileSync(file), Object.keys(cells)))).toEqual(cells);
  expect(readdirSync(join(file, ".."))).toEqual(["plan.xlsx"]);
}

/** The site is whole, and what is done once was done once. */
function expectWhole(lab: Lab, { password, iscsiVip }: { password: string; iscsiVip: string | null }): void {
  const { hosts, cluster } = lab.site.model;
  expect(hosts.map(({ hostname, deployed }) => [hostname, deployed])).toEqual(
    plan.hosts.map(({ name }) => [name, true]),
  );
  expect(cluster).toMatchObject({ rootPassword: password, managementVip: plan.cluster.vip, iscsiVip });
  const carriedOut = lab.requests().filter(({ write, committed }) => write && committed);
  expect(carriedOut.filter(({ operation }) => operation === "deployCluster")).toHaveLength(1);
  expect(carriedOut.filter(({ operation }) => operation === "setupRoot")).toHaveLength(1);
}

/** Another root password, another way to name hosts, an iSCSI VIP, another copy, and no leave to tear the site down. */
function changedProgram() {
  const changed = { ...plan, cluster: { ...plan.cluster, admin: { username: "root", password: "Canary-Fisheye-2" } } };
  return siteProgram(changed, workbook).map((spec) => {
    const more = {
      cluster: { deployHostIp: "linkLocal" },
      vip: { iscsiVip: "10.0.20.12" },
      delivered: { cells: { "集群管理信息!M3": "tower-1" }, redact: ["主机规划!M19"] },
      guard: { teardown: false },
    };
    return { ...spec, args: { ...spec.args, ...more[spec.name as keyof typeof more] } };
  });
}

/** A site as a whole: from bare hosts to the copy of the workbook that is handed over. */
export const siteWays: Way[] = [
  {
    name: "bringing a site up, killed at every step, deploys it once and loses nothing",
    template: bareHosts,
    after: () => siteProgram(plan, workbook),
    verify(lab, folder) {
      expectWhole(lab, { password: PASSWORD, iscsiVip: null });
      expectDelivered(folder, { "主机规划!E19": lab.site.model.cluster?.serial });
    },
    files,
    moreStepsThan: 40,
  },
  // In an instant lab the next run finds the cluster standing; here, its deployment under way and its hosts cut off.
  {
    name: "a deployment that takes its time, killed around its request, is found again and not sent twice",
    template: bareHosts,
    after: () => siteProgram(plan, workbook, ["cluster"]),
    verify(lab) {
      const sent = lab.requests().filter(({ operation, committed }) => operation === "deployCluster" && committed);
      expect(sent).toHaveLength(1);
      expect(lab.site.model.hosts.map(({ deployed }) => deployed)).toEqual([true, true, true]);
    },
    files,
    speed: 300,
    only: { steps: /deployment\/cluster/ },
    moreKillsThan: 1,
  },
  {
    name: "updating every resource of a site, killed at every step, brings all of it about",
    template: bareHosts,
    before: () => siteProgram(plan, workbook),
    between: (lab) => lab.smtxos.setRootPassword("Canary-Fisheye-2"),
    after: changedProgram,
    verify(lab, folder) {
      expectWhole(lab, { password: "Canary-Fisheye-2", iscsiVip: "10.0.20.12" });
      expectDelivered(folder, { "集群管理信息!M3": "tower-1", "主机规划!M19": undefined });
    },
    files,
    moreStepsThan: 20,
  },
  {
    name: "letting a site go, killed at every step, leaves it as it is",
    template: bareHosts,
    before: () => siteProgram(plan, workbook),
    after: () => [],
    verify(lab, folder) {
      expectWhole(lab, { password: PASSWORD, iscsiVip: null });
      expectDelivered(folder, { "主机规划!E19": lab.site.model.cluster?.serial });
    },
    files,
    moreStepsThan: 3,
  },
];
