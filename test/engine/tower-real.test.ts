import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Lab } from "../../lab/lab";
import type { ResourceSpec } from "../kit/program";
import { createProject, type KitProject, STACK } from "../kit/project";
import { type LabTemplate, labFrom } from "./lab-site";
import { configuredTower, FIRST_WANTED } from "./tower-configured";
import { towerTemplate } from "./tower-site";

let template: LabTemplate;
let lab: Lab;
let project: KitProject;
let end: () => Promise<void>;

beforeAll(async () => {
  template = await towerTemplate("4.8.0");
  ({ lab, end } = await labFrom(template));
  project = createProject();
  writeFileSync(join(project.folder, "stacks", STACK, "reach.json"), JSON.stringify(lab.reach));
  expect(await project.pulumi("stack", "init", STACK)).toMatchObject({ code: 0 });
  project.writeSettings({ requestTimeout: "5s" });
  project.writeProgram(configuredTower(FIRST_WANTED));
});
afterAll(async () => {
  await end?.();
  project?.close();
  template?.remove();
});

const writes = () => {
  const all = lab.requests().filter(({ write }) => write);
  lab.clearRequests();
  return all.map(({ operation }) => operation as string).sort();
};

/** Runs up; the engine does what it can side by side. */
async function up(...flags: string[]): Promise<string> {
  const { code, output } = await project.pulumi("up", "--yes", "--skip-preview", ...flags);
  expect(output).not.toMatch(/error:/);
  expect(code).toBe(0);
  return output;
}

test("by the real engine all of it is brought about, kept, and put back by one write each, each named by property", async () => {
  await up();
  expect(writes()).toHaveLength(12);

  lab.cloudtower.change((tower) => {
    tower.ntp = ["10.0.0.99"];
    for (const { settings, alertRules, kept } of tower.clusters) {
      Object.assign(settings, { policy: "REPLICA_3_THIN_PROVISION", replicaNum: 3 });
      for (const rule of Object.values(alertRules)) for (const each of rule.thresholds) each.value += 1;
      for (const graph of kept.graphs.slice(0, 1)) graph.metricCount = 9;
      for (const brick of kept.bricks) brick.position = 30;
    }
  });
  const drift = await project.pulumi("preview", "--refresh", "--diff");
  expect(drift.code).toBe(0);
  for (const named of [
    /\[0\]: "10\.0\.0\.99" => "10\.0\.0\.2"/,
    /replicas *: 3 => 2/,
    /value *: 62 => 61/,
    /top *: 9 => 5/,
    /position *: 30 => 10/,
  ])
    expect(drift.output).toMatch(named);
  await up("--refresh");
  expect(writes()).toEqual(
    [
      "graphqlUpdateCloudTowerNtpUrl",
      "graphqlUpdateClusterSettings",
      "updateBrickTopo",
      "updateCustomizeAlertRule",
      "updateGraph",
    ].sort(),
  );
  await up("--refresh", "--expect-no-changes");
  expect(writes()).toEqual([]);
});

test("a host that moves from one rack to another sits in the other one, whichever rack is changed first", async () => {
  const racks = (first: unknown[], second: unknown[]): ResourceSpec[] =>
    configuredTower(FIRST_WANTED).flatMap((spec) => {
      if (spec.name !== "rack") return [spec];
      const other = { ...spec, name: "other-rack", args: { ...spec.args, name: "R-02", chassis: second } };
      return [{ ...spec, args: { ...spec.args, chassis: first } }, other];
    });
  const chassis = (name: string, ...hosts: string[]) => ({ name, position: 10, height: 2, hosts });
  project.writeProgram(racks([chassis("chassis-a", "node-01")], [chassis("chassis-b", "node-02")]));
  await up();
  // Who takes a host out asks for the zone first: held up there, it is overtaken by whoever does not wait.
  await lab.setFaults([{ operation: "getZoneTopoes", hang: "before-commit", count: 1 }]);
  project.writeProgram(racks([], [chassis("chassis-b", "node-02", "node-01")]));
  await up();
  await lab.setFaults([]);
  const { bricks, nodes } = lab.site.model.cloudtower?.clusters[0]?.kept ?? {};
  expect(bricks).toMatchObject([{ name: "chassis-b" }]);
  expect(nodes?.map(({ brick }) => brick)).toEqual([bricks?.[0]?.id, bricks?.[0]?.id]);
  await up("--refresh", "--expect-no-changes");
});

test("no password stands in the state in the clear, or in anything that the engine has printed", async () => {
  const { resources } = await project.state();
  expect(resources.length).toBeGreaterThan(8);
  expect(JSON.stringify(resources)).not.toMatch(/Canary/);
  expect(project.printed()).not.toMatch(/Canary/);
});

test("destroyed, it takes back what it has made, and lets go of the rest", async () => {
  const { code, output } = await project.pulumi("destroy", "--yes", "--skip-preview");
  expect(code).toBe(0);
  expect(output).toMatch(/organisation C89 stays/);
  expect(output).toMatch(/Setup\/TOWER is let go/);
  expect(lab.site.model.cloudtower).toMatchObject({ users: [{}], datacenters: [], clusters: [] });
});
