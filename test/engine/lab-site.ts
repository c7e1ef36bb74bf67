import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { type Lab, type LabOptions, startLab } from "../../lab/lab";
import { labPlan, standing } from "../../lab/lab.fixture";
import type { RecordedRequest } from "../../lab/record";
import type { SitePlan } from "../../plan/site-plan";
import { layLabAuthority } from "../kit/lab-authority";
import type { ResourceSpec } from "../kit/program";
import { createProject, type KitProject, STACK } from "../kit/project";
import { createTestEngine, type TestEngine } from "../kit/test-engine";

/** A lab's folder that each test copies: making keys, or a cluster, anew would cost more than the test. */
export interface LabTemplate {
  plan: SitePlan;
  folder: string;
  remove(): void;
}

/** Keeps what a lab has once `bringUp` is done with it. */
export async function labTemplate(
  plan: SitePlan,
  bringUp?: (lab: Lab) => Promise<unknown>,
  options: Partial<LabOptions> = {},
): Promise<LabTemplate> {
  const folder = mkdtempSync(join(tmpdir(), "lab-template-"));
  layLabAuthority(folder);
  const lab = await startLab({ plan, dir: folder, speed: "instant", ...options });
  await bringUp?.(lab);
  await lab.stop();
  return asTemplate(plan, folder);
}

/** What a lab that may still run has in its folder, kept beside it. */
export function templateOf(plan: SitePlan, lab: string): LabTemplate {
  const folder = mkdtempSync(join(tmpdir(), "lab-template-"));
  cpSync(lab, folder, { recursive: true, filter: (path) => !path.endsWith(".pid") });
  return asTemplate(plan, folder);
}

function asTemplate(plan: SitePlan, folder: string): LabTemplate {
  const state = join(folder, "state.json");
  // Two copies run at a time, so each chooses its own ports.
  if (existsSync(state))
    writeFileSync(state, JSON.stringify({ ...JSON.parse(readFileSync(state, "utf8")), ports: {} }));
  return { plan, folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A lab whose cluster stands, and nothing on it that its deployment did not make. */
export function clusterTemplate(plan: SitePlan = labPlan()): Promise<LabTemplate> {
  return labTemplate(plan, (lab) => standing(lab, plan));
}

/** A lab of its own that begins as the template does. */
export async function labFrom(
  { plan, folder }: LabTemplate,
  options: Partial<LabOptions> = {},
): Promise<{ lab: Lab; dir: string; end(): Promise<void> }> {
  const dir = mkdtempSync(join(tmpdir(), "lab-"));
  cpSync(folder, dir, { recursive: true });
  const lab = await startLab({ plan, dir, speed: "instant", ...options });
  return {
    lab,
    dir,
    async end() {
      await lab.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** A lab, and a project and an engine for it. */
export interface LabSite {
  lab: Lab;
  project: KitProject;
  engine: TestEngine;
  /** Runs up, expects it to end well, and gives what it said. */
  up(program: ResourceSpec[], refresh?: boolean): Promise<string>;
  errorsOf(program: ResourceSpec[]): Promise<string>;
  /** Operations that wrote, in their order, since the last look. */
  writes(): string[];
  /** Requests of an operation since the last look at the writes. */
  sent(operation: string): RecordedRequest[];
  outputsOf(name: string): Record<string, unknown>;
  /** Lays a file into the project's folder of media; gives its path from the project's folder. */
  layMedia(name: string, bytes: Uint8Array): string;
  /** As on another machine: neither state nor journal is left. */
  forget(): Promise<void>;
  end(): Promise<void>;
}

export type BeginSite = (options?: Partial<LabOptions>, settings?: Record<string, string>) => Promise<LabSite>;

/** Sites for the tests of a file, from a template that is made before the first of them; each ends with its test. */
export function labSites(make: () => Promise<LabTemplate>): BeginSite {
  let template: LabTemplate;
  const open: LabSite[] = [];
  beforeAll(async () => {
    template = await make();
  });
  afterEach(async () => {
    for (const site of open.splice(0)) await site.end();
  });
  afterAll(() => template?.remove());
  return async (options = {}, settings = {}) => {
    const site = await labSite(template, options, settings);
    open.push(site);
    return site;
  };
}

/** A site from a template, for a test that ends it itself; `preload`: scripts that its provider loads before all else. */
export async function labSite(
  template: LabTemplate,
  options: Partial<LabOptions> = {},
  settings: Record<string, string> = {},
  preload: string[] = [],
): Promise<LabSite> {
  const { lab, end } = await labFrom(template, options);
  const project = createProject();
  mkdirSync(project.memory, { recursive: true });
  mkdirSync(join(project.folder, "media"));
  writeFileSync(join(project.folder, "stacks", STACK, "reach.json"), JSON.stringify(lab.reach));
  const engine = createTestEngine({
    main: project.main,
    env: project.env,
    settings: { requestTimeout: "1s", ...settings },
    preload,
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
    sent: (operation) => lab.requests().filter((request) => request.operation === operation),
    outputsOf: (name) => engine.state.find((kept) => kept.name === name)?.outputs ?? {},
    layMedia(name, bytes) {
      writeFileSync(join(project.folder, "media", name), bytes);
      return `media/${name}`;
    },
    async forget() {
      engine.state = [];
      rmSync(project.memory, { recursive: true, force: true });
      await engine.kill();
    },
    async end() {
      await engine.close();
      await end();
      project.close();
    },
  };
}
