import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { sitewrightHere } from "../../cli/sitewright.fixture";
import { type Connected, createVm, vmRequest, vms } from "../../lab/cloudtower/machines.fixture";
import { logIn, PASSWORD, TOWER, type Tower, towerOf, towerPlan } from "../../lab/cloudtower/tower.fixture";
import type { LabCluster } from "../../lab/smtxos/cluster-model";
import { bringToStage } from "../../lab/stage/stage";
import { createTestEngineSite, type TestEngineSite } from "./test-engine-site";

/** Machines that another client has made by CloudTower's API, taken over by a stack; each test goes on after the one before. */
let site: TestEngineSite;
let tower: Tower;
const MANY = 30;
const UP = ["up", "--yes", "--skip-preview"];

const cluster = () => site.lab.site.model.cluster as LabCluster;
const adopt = (file: string, ...more: string[]) =>
  sitewrightHere(
    ["adopt", "cloudtower", join(site.stack, file), "--cloudtower", TOWER, "--cluster", "HCI-01", ...more],
    {
      cwd: site.stack,
      env: { ...process.env, ...site.env },
    },
  );

async function ran(...args: string[]): Promise<{ output: string; writes: (string | undefined)[] }> {
  site.lab.clearRequests();
  const { code, output } = await site.pulumi(...args);
  expect(code, output).toBe(0);
  return { output, writes: site.lab.requests().flatMap(({ write, operation }) => (write ? [operation] : [])) };
}

beforeAll(async () => {
  const plan = { ...towerPlan(), cloudtower: { address: TOWER, password: PASSWORD } };
  site = await createTestEngineSite(plan, { speed: "instant" });
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
    const name = `app-${String(i).padStart(2, "0")}`;
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
  await tower.data("/suspend-vm", { where: { id: await idOf("/get-vms", { name: "app-10" }) } });
  await tower.data("/move-vm-to-recycle", { where: { id: await idOf("/get-vms", { name: "binned" }) } });
  site.lab.site.pass(5);
  site.lab.clearRequests();
});
afterAll(() => site?.close());

test("a plan is written of what stands, without machines of the platform, in the bin or of another stack; nothing else is", async () => {
  const { status, stdout, stderr } = await adopt("vms.yaml");
  expect([status, stdout]).toEqual([0, expect.stringMatching(/vms\.yaml: 30 machines of HCI-01\. To take them over/)]);
  expect(stderr).toContain("theirs: it is of the stack sitewright/prod by the mark in its description\n");
  expect(site.lab.requests().filter(({ write }) => write)).toEqual([]);
  const { vms: planned } = parse(readFileSync(join(site.stack, "vms.yaml"), "utf8")) as { vms: { name: string }[] };
  expect(planned).toHaveLength(MANY);
  expect(stderr).toContain("cloudtower: CloudTower itself runs in it\n");
  expect(planned.find(({ name }) => name === "app-03")).toMatchObject({
    disks: [
      { name: "app-03-os", size: "40 GiB", bus: "VIRTIO", storagePolicy: "REPLICA_2_THIN_PROVISION" },
      { name: "app-03-data", size: "80 GiB", bus: "SCSI" },
    ],
    cdRoms: [{}],
  });
  expect(planned.find(({ name }) => name === "app-04")).toMatchObject({ vcpu: 4, cpuCores: 2, memory: "500 MiB" });
  expect(planned.find(({ name }) => name === "app-10")).toMatchObject({ status: "SUSPENDED" });
  expect((await adopt("vms.yaml")).stderr).toContain("it is not overwritten");
  const few = await adopt("few.yaml", "--vm", "app-0?");
  expect(few.stdout).toMatch(/few\.yaml: 9 machines/);
  rmSync(join(site.stack, "few.yaml"));
});

test("the stack takes them over without a write to CloudTower, and the next preview shows no change", async () => {
  site.writeSettings({ adopt: "all" });
  const before = structuredClone(cluster().vms);
  expect((await ran(...UP)).writes).toEqual([]);
  site.writeSettings({});
  const { output, writes } = await ran("preview", "--refresh", "--expect-no-changes");
  expect(writes).toEqual([]);
  expect(output).not.toMatch(/\b(create|update|replace|delete)\b/);
  expect(cluster().vms).toEqual(before);
});

test("from then on a change of the plan is made, and the machine bears the mark", async () => {
  const file = join(site.stack, "vms.yaml");
  writeFileSync(file, readFileSync(file, "utf8").replace("name: app-05\n", "name: app-05\n    ha: false\n"));
  expect((await ran(...UP)).writes).toEqual(["updateVmBasicInfo"]);
  expect(cluster().vms.find(({ name }) => name === "app-05")).toMatchObject({
    ha: false,
    description: expect.stringMatching(/^a machine \[sitewright:.*\/app-05\]$/),
  });
});
