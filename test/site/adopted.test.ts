import { spawn } from "node:child_process";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { projectRoot } from "../../cli/project";
import { sitewrightHere } from "../../cli/sitewright.fixture";
import { type Connected, createVm, vmRequest, vms } from "../../lab/cloudtower/machines.fixture";
import { logIn, PASSWORD, TOWER, type Tower, towerOf, towerPlan } from "../../lab/cloudtower/tower.fixture";
import type { LabCluster } from "../../lab/smtxos/cluster-model";
import { bringToStage } from "../../lab/stage/stage";
import { ONLY_ADOPTS } from "../../providers/kernel/adopt";
import { killedRun } from "./killed-run";
import { createSiteProject, type SiteProject } from "./site-project";

/** Machines that another client has made by CloudTower's API, taken over by a stack; each test goes on after the one before. */
let site: SiteProject;
let tower: Tower;
const MANY = 100;
const UP = ["up", "--yes", "--skip-preview"];

const cluster = () => site.lab.site.model.cluster as LabCluster;
const adopt = (file: string, ...more: string[]) =>
  sitewrightHere(["adopt", "cloudtower", file, ...more], { env: { ...process.env, ...site.env } });
/** The command as it is started on a terminal, and ^C once it is at work. Its exit code. */
async function toldToStop(): Promise<number | null> {
  const args = [join(projectRoot, "cli", "sitewright.cjs"), "adopt", "cloudtower", inStack()];
  const child = spawn(process.execPath, args, { env: { ...process.env, ...site.env }, detached: true });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (said.includes("\npulumi up: ") && !child.killed) child.kill("SIGINT");
  });
  return new Promise((done) => child.once("close", done));
}
const inStack = () => join(site.stack, "vms.yaml");
const writes = () => site.lab.requests().flatMap(({ write, operation }) => (write ? [operation] : []));

async function ran(...args: string[]): Promise<(string | undefined)[]> {
  site.lab.clearRequests();
  const { code, output } = await site.pulumi(...args);
  expect(code, output).toBe(0);
  return writes();
}

beforeAll(async () => {
  const plan = { ...towerPlan(), cloudtower: { address: TOWER, password: PASSWORD } };
  site = await createSiteProject(plan, { speed: "instant" });
  rmSync(join(site.stack, "plan.xlsx"));
  site.env.SITEWRIGHT_CLOUDTOWER_PASSWORD = PASSWORD;
  await bringToStage(site.lab.site, plan, "cloudtower");
  tower = towerOf(site.lab);
  tower.token = await logIn(tower);
  const idOf = async (path: string, where: object) =>
    (await tower.data<{ id: string }[]>(path, { where }))[0]?.id ?? "";
  const at = {
    tower,
    cluster: await idOf("/get-clusters", {}),
    vlan: await idOf("/get-vlans", { name: "default" }),
  } as Connected;
  for (let i = 1; i <= MANY; i++) {
    const name = `app-${String(i).padStart(3, "0")}`;
    const asked = vmRequest(at, name);
    const [disk] = asked.vm_disks.mount_new_create_disks;
    const data = { ...disk, boot: 2, bus: "SCSI", vm_volume: { ...disk?.vm_volume, name: `${name}-data`, size: 80 } };
    // Every fifth is otherwise, each in its own way.
    const ways: object[] = [
      {},
      { status: "STOPPED", firmware: "UEFI" },
      { vm_nics: [], ha: false, description: " of the shop " },
      { vm_disks: { mount_new_create_disks: [disk, data], mount_cd_roms: [{ boot: 3 }] } },
      { cpu_cores: 2, cpu_sockets: 2, vcpu: 4, memory: 5 * 2 ** 20 * 100 },
    ];
    await createVm(at, { ...asked, ...ways[i % ways.length] });
  }
  await createVm(at, { ...vmRequest(at, "binned"), status: "STOPPED" });
  await createVm(at, { ...vmRequest(at, "theirs"), description: "[sitewright:sitewright/prod/theirs]" });
  site.lab.site.pass(5);
  await vms(at);
  await tower.data("/suspend-vm", { where: { id: await idOf("/get-vms", { name: "app-010" }) } });
  await tower.data("/move-vm-to-recycle", { where: { id: await idOf("/get-vms", { name: "binned" }) } });
  site.lab.site.pass(5);
  site.lab.clearRequests();
});
afterAll(() => site?.close());

test("a plan is written of what stands, without machines of the platform, in the bin or of another stack", async () => {
  // In no stack's folder nothing is taken over yet.
  const file = join(site.folder, "vms.yaml");
  await site.lab.writeReach(join(site.folder, "reach.json"));
  const { status, stdout, stderr } = await adopt(file, "--cloudtower", TOWER);
  expect([status, stdout], stderr).toEqual([
    0,
    expect.stringMatching(/vms\.yaml: 100 machines of HCI-01\nto have them taken over, the plan belongs into stacks\//),
  ]);
  expect(stderr).toContain("theirs: it is of the stack sitewright/prod by the mark in its description\n");
  expect(stderr).toContain("cloudtower: CloudTower itself runs in it\n");
  const { vms: planned } = parse(readFileSync(file, "utf8")) as { vms: { name: string }[] };
  expect(planned).toHaveLength(MANY);
  expect(planned.find(({ name }) => name === "app-003")).toMatchObject({
    disks: [
      { name: "app-003-os", size: "40 GiB", bus: "VIRTIO", storagePolicy: "REPLICA_2_THIN_PROVISION" },
      { name: "app-003-data", size: "80 GiB", bus: "SCSI" },
    ],
    cdRoms: [{}],
  });
  expect(planned.find(({ name }) => name === "app-004")).toMatchObject({ vcpu: 4, cpuCores: 2, memory: "500 MiB" });
  expect(planned.find(({ name }) => name === "app-010")).toMatchObject({ status: "SUSPENDED" });
  renameSync(file, inStack());
  const few = await adopt(join(site.folder, "few.yaml"), "--plan", site.stack, "--vm", "app-00?");
  expect(few.stdout).toMatch(/few\.yaml: 9 machines of HCI-01\n/);
  expect(writes()).toEqual([]);
});

test("the stack has them without a write to CloudTower, also after one that was killed and one that was told to stop, and the next preview shows no change", async () => {
  const before = structuredClone(cluster().vms);
  site.env[ONLY_ADOPTS] = "true";
  await killedRun(site, UP, (output) => (output.match(/cloudtower:Vm app-\d+ created/g) ?? []).length >= 20);
  delete site.env[ONLY_ADOPTS];
  // It has not come to the guard; what it has put into the state stays all the same.
  const { resources } = (await site.state()).deployment;
  const made = resources
    .find(({ urn }) => urn.includes("cloudtower:Vm::"))
    ?.urn.split("::")
    .at(-1);
  const destroyed = await site.pulumi("destroy", "--yes", "--skip-preview", "--refresh", "--target", `**::${made}`);
  expect(destroyed.output).toMatch(new RegExp(`Vm/${made} \\(id \\S+\\) is let go and stays: it was taken over`));
  expect(cluster().vms).toEqual(before);
  expect(await toldToStop()).toBe(130);
  const { status, stdout, stderr } = await adopt(inStack());
  expect(stderr).toContain("stands already and stays as it is");
  expect([status, stdout], stderr).toEqual([
    0,
    // With the cluster and the guard.
    "102 resources of stack site are in its state as they stand; nothing was written to the site\npulumi preview shows no change\n",
  ]);
  expect(writes()).toEqual([]);
  expect(await ran("preview", "--expect-no-changes")).toEqual([]);
  expect(await ran("up", "--yes", "--skip-preview", "--refresh", "--expect-no-changes")).toEqual([]);
  expect(cluster().vms).toEqual(before);
});

test("from then on a change of the plan is made, and the machine bears the mark", async () => {
  const file = inStack();
  writeFileSync(file, readFileSync(file, "utf8").replace("name: app-005\n", "name: app-005\n    ha: false\n"));
  expect(await ran(...UP)).toEqual(["updateVmBasicInfo"]);
  expect(cluster().vms.find(({ name }) => name === "app-005")).toMatchObject({
    ha: false,
    description: expect.stringMatching(/^a machine \[sitewright:.*\/app-005\]$/),
  });
});

test("what the plan has no more is left by the command to the next up, and is no failure", async () => {
  const file = inStack();
  writeFileSync(file, readFileSync(file, "utf8").replace(/ {2}- name: app-005\n( {4}.*\n)*/, ""));
  const { status, stdout, stderr } = await adopt(file);
  expect([status, stdout], stderr).toEqual([
    0,
    expect.stringContaining(
      "deleted by the next pulumi up, since the plan has them no more:\n  cloudtower:Vm app-005\n",
    ),
  ]);
});
