import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import type { TowerVersion } from "../../lab/cloudtower/tower-model";
import { type Lab, type LabOptions, startLab } from "../../lab/lab";
import { labPlan, standing, VIP } from "../../lab/lab.fixture";
import type { ResourceSpec } from "../kit/program";
import { createProject, type KitProject, STACK } from "../kit/project";
import { createTestEngine, type TestEngine } from "../kit/test-engine";
import { type LabTemplate, labTemplate } from "./crash-site";

const TOWER = "10.0.20.15";
/** What `standing` sets for Fisheye's root, and what CloudTower's root is given. */
export const CLUSTER_PASSWORD = "Canary-Root-1";
const TOWER_PASSWORD = "Canary-Tower-1";

export const towerConnection = { name: "TOWER", addresses: [TOWER], username: "root", password: TOWER_PASSWORD };
const clusterConnection = { name: "HCI-01", addresses: [VIP], username: "root", password: CLUSTER_PASSWORD };

/** A lab whose cluster stands behind its VIP, and whose CloudTower is installed and was never set up. */
export function towerTemplate(cloudtowerVersion: TowerVersion = "4.6.0"): Promise<LabTemplate> {
  const plan = { ...labPlan(), cloudtower: { address: TOWER } };
  const bringUp = async (lab: Lab) => {
    await standing(lab, plan);
    lab.site.setManagementVip(VIP);
    lab.site.installCloudTower();
    await lab.site.settled;
  };
  return labTemplate(plan, bringUp, { cloudtowerVersion });
}

export interface TowerSite {
  lab: Lab;
  project: KitProject;
  engine: TestEngine;
  /** Runs up, expects it to end well, and gives what it said. */
  up(program: ResourceSpec[], refresh?: boolean): Promise<string>;
  errorsOf(program: ResourceSpec[]): Promise<string>;
  /** Operations that wrote, in their order, since the last look. */
  writes(): string[];
  outputsOf(name: string): Record<string, unknown>;
  /** As on another machine: neither state nor journal is left. */
  forget(): Promise<void>;
  end(): Promise<void>;
}

export async function towerSite(
  template: LabTemplate,
  options: Partial<LabOptions> = {},
  settings: Record<string, string> = {},
): Promise<TowerSite> {
  const dir = mkdtempSync(join(tmpdir(), "tower-lab-"));
  cpSync(template.folder, dir, { recursive: true });
  const lab = await startLab({ plan: template.plan, dir, speed: "instant", ...options });
  const project = createProject();
  mkdirSync(project.memory, { recursive: true });
  writeFileSync(join(project.folder, "stacks", STACK, "reach.json"), JSON.stringify(lab.reach));
  const engine = createTestEngine({
    main: project.main,
    env: project.env,
    settings: { requestTimeout: "1s", ...settings },
  });
  return {
    lab,
    project,
    engine,
    async up(program, refresh = false) {
      const { errors, logs } = await engine.up(program, { refresh });
      expect(errors).toEqual([]);
      return logs.map(({ text }) => text).join("\n");
    },
    errorsOf: async (program) => (await engine.up(program)).errors.join("\n"),
    writes() {
      const all = lab.requests().filter(({ write }) => write);
      lab.clearRequests();
      return all.map(({ operation }) => operation as string);
    },
    outputsOf: (name) => engine.state.find((kept) => kept.name === name)?.outputs ?? {},
    async forget() {
      engine.state = [];
      rmSync(project.memory, { recursive: true, force: true });
      await engine.kill();
    },
    async end() {
      await engine.close();
      await lab.stop();
      project.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export interface TowerWanted {
  organization?: string;
  datacenter?: string;
  address?: string;
  clusterPassword?: string;
  tower?: Record<string, unknown>;
}

/** Set-up, organisation, datacenter and the cluster's connection, each after the one before it. */
export function connectedTower({
  organization = "C89",
  datacenter = "DC-01",
  address = VIP,
  clusterPassword = CLUSTER_PASSWORD,
  tower = {},
}: TowerWanted = {}): ResourceSpec[] {
  const connection = { ...towerConnection, ...tower };
  return [
    { type: "cloudtower:Setup", name: "setup", args: { connection } },
    {
      type: "cloudtower:Organization",
      name: "organization",
      args: { connection, name: organization },
      options: { dependsOn: ["setup"] },
    },
    {
      type: "cloudtower:Datacenter",
      name: "datacenter",
      args: { connection, organization: { $ref: "organization.organizationId" }, name: datacenter },
      options: { dependsOn: ["organization"] },
    },
    {
      type: "cloudtower:ClusterConnection",
      name: "cluster",
      args: {
        connection,
        cluster: { ...clusterConnection, password: clusterPassword },
        address,
        datacenter: { $ref: "datacenter.datacenterId" },
      },
      options: { dependsOn: ["datacenter"] },
    },
  ];
}
