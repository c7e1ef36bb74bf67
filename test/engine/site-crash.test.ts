import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Lab } from "../../lab/lab";
import { fillTemplate } from "../../plan/template";
import { readCells } from "../../plan/xlsx/patch-workbook";
import { sitePlan } from "../site/plans";
import { killed } from "./crash-site";
import { type LabTemplate, labTemplate } from "./lab-site";
import { deliveredFiles, siteProgram } from "./site-program";

const PASSWORD = "Canary-Fisheye-1";
const plan = sitePlan(3);

let template: LabTemplate;
let workbook: Buffer;
beforeAll(async () => {
  workbook = Buffer.from(await fillTemplate(plan));
  template = await labTemplate(plan);
});
afterAll(() => template?.remove());

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

test("bringing a site up, killed at every step, deploys it once and loses nothing", async () => {
  const { steps, failures } = await killed(
    template,
    () => ({ before: [], after: siteProgram(plan, workbook) }),
    (lab, folder) => {
      expectWhole(lab, { password: PASSWORD, iscsiVip: null });
      expectDelivered(folder, { "主机规划!E19": lab.site.model.cluster?.serial });
    },
    { files: files() },
  );
  expect(failures).toEqual([]);
  expect(steps).toBeGreaterThan(40);
}, 600_000);

// In an instant lab the next run finds the cluster standing; here, its deployment under way and its hosts cut off.
test("a deployment that takes its time, killed around its request, is found again and not sent twice", async () => {
  const { kills, failures } = await killed(
    template,
    () => ({ before: [], after: siteProgram(plan, workbook, ["cluster"]) }),
    (lab) => {
      const sent = lab.requests().filter(({ operation, committed }) => operation === "deployCluster" && committed);
      expect(sent).toHaveLength(1);
      expect(lab.site.model.hosts.map(({ deployed }) => deployed)).toEqual([true, true, true]);
    },
    { speed: 300, only: /deployment\/cluster/, files: files() },
  );
  expect(failures).toEqual([]);
  expect(kills).toBeGreaterThan(1);
}, 600_000);

test("updating every resource of a site, killed at every step, brings all of it about", async () => {
  const changed = { ...plan, cluster: { ...plan.cluster, admin: { username: "root", password: "Canary-Fisheye-2" } } };
  const after = siteProgram(changed, workbook).map((spec) => {
    const more = {
      cluster: { deployHostIp: "linkLocal" },
      vip: { iscsiVip: "10.0.20.12" },
      delivered: { cells: { "集群管理信息!M3": "tower-1" }, redact: ["主机规划!M19"] },
      guard: { teardown: false },
    };
    return { ...spec, args: { ...spec.args, ...more[spec.name as keyof typeof more] } };
  });
  const { steps, failures } = await killed(
    template,
    (lab) => ({
      before: siteProgram(plan, workbook),
      between: () => lab.smtxos.setRootPassword("Canary-Fisheye-2"),
      after,
    }),
    (lab, folder) => {
      expectWhole(lab, { password: "Canary-Fisheye-2", iscsiVip: "10.0.20.12" });
      expectDelivered(folder, { "集群管理信息!M3": "tower-1", "主机规划!M19": undefined });
    },
    { files: files() },
  );
  expect(failures).toEqual([]);
  expect(steps).toBeGreaterThan(20);
}, 600_000);

test("letting a site go, killed at every step, leaves it as it is", async () => {
  const { steps, failures } = await killed(
    template,
    () => ({ before: siteProgram(plan, workbook), after: [] }),
    (lab, folder) => {
      expectWhole(lab, { password: PASSWORD, iscsiVip: null });
      expectDelivered(folder, { "主机规划!E19": lab.site.model.cluster?.serial });
    },
    { files: files() },
  );
  expect(failures).toEqual([]);
  expect(steps).toBeGreaterThan(3);
}, 600_000);
