import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { FaultRule } from "../../lab/faults";
import { type Lab, type LabOptions, startLab } from "../../lab/lab";
import { labPlan, standing } from "../../lab/lab.fixture";
import type { ResourceSpec } from "../kit/program";
import { createProject, type KitProject, STACK } from "../kit/project";
import { createTestEngine, type TestEngine } from "../kit/test-engine";
import { managementBridge, stageFour } from "./stage-four";

const ISO = Buffer.from("an image");
const ADDRESS = { ip: "10.0.20.220", netmask: "255.255.255.0", gateway: "10.0.20.1" };

/** Keys and certificates of a lab: making them anew for each one would cost more than the rest. */
const template = mkdtempSync(join(tmpdir(), "vm-lab-"));
beforeAll(async () => {
  await (await startLab({ plan: labPlan(), dir: template })).stop();
});
afterAll(() => rmSync(template, { recursive: true, force: true }));

let lab: Lab;
let project: KitProject;
let engine: TestEngine;
let dir: string;

async function begin(options: Partial<LabOptions> = {}, settings: Record<string, string> = {}): Promise<void> {
  dir = mkdtempSync(join(tmpdir(), "vm-lab-"));
  cpSync(template, dir, { recursive: true, filter: (path) => !path.endsWith("state.json") });
  lab = await startLab({ plan: labPlan(), dir, speed: "instant", ...options });
  await standing(lab);
  lab.clearRequests();
  project = createProject();
  mkdirSync(project.memory, { recursive: true });
  mkdirSync(join(project.folder, "media"));
  writeFileSync(join(project.folder, "media", "tower.iso"), ISO);
  writeFileSync(join(project.folder, "stacks", STACK, "reach.json"), JSON.stringify(lab.reach));
  engine = createTestEngine({ main: project.main, env: project.env, settings: { requestTimeout: "1s", ...settings } });
}
afterEach(async () => {
  await engine?.close();
  await lab?.stop();
  project?.close();
  rmSync(dir, { recursive: true, force: true });
});

const iso = { name: "tower.iso", size: ISO.length, file: "media/tower.iso" };
const program = (vm: Record<string, unknown> = {}, address: typeof ADDRESS | undefined = ADDRESS): ResourceSpec[] =>
  stageFour(lab, { iso, vm, ...(address && { address }) });
const vms = () => lab.site.model.cluster?.vms ?? [];
const sent = (operation: string) => lab.requests().filter((request) => request.operation === operation);
const writes = () =>
  lab
    .requests()
    .filter(({ write }) => write)
    .map(({ operation }) => operation);
const outputsOf = () => engine.state.find(({ name }) => name === "vm")?.outputs;

async function up(specs = program(), refresh = false): Promise<string> {
  const { errors, logs } = await engine.up(specs, { refresh });
  expect(errors).toEqual([]);
  return logs.map(({ text }) => text).join("\n");
}
const errorsOf = async (specs: ResourceSpec[]) => (await engine.up(specs)).errors.join("\n");

describe("a virtual machine", () => {
  beforeEach(() => begin());

  test("is made with the runbook's values, gets its address through the tools, and is kept by a second run", async () => {
    await up();
    expect(sent("createVm")[0]?.rawBody).toMatchObject({
      vm_name: "cloudtower",
      vcpu: 8,
      memory: 20_401_094_656,
      cpu: { topology: { sockets: 8, cores: 1 } },
      nics: [{ ovs: managementBridge(lab), model: "virtio", mirror: false, link: "up" }],
      disks: [
        { type: "disk", bus: "virtio", name: "cloudtower-os", quota_policy: null, size_in_byte: 429_496_729_600 },
        { type: "cdrom", bus: "ide", disabled: false },
      ],
      ha: true,
      cpu_model: "cluster_default",
      firmware: "BIOS",
      diskNamePrefix: "cloudtower",
      status: "running",
    });
    const [vm] = vms();
    expect(vm).toMatchObject({ status: "running", nics: [{ address: ADDRESS }] });
    expect(outputsOf()).toMatchObject({
      uuid: vm?.uuid,
      macs: [vm?.nics[0]?.mac],
      volumes: [vm?.disks[0]?.volume],
    });
    lab.clearRequests();
    await up(program(), true);
    expect(writes()).toEqual([]);
  });

  test("is deleted with its volumes only when told so, though it runs, and then its image can go", async () => {
    await up();
    lab.clearRequests();
    const { errors, logs } = await engine.destroy();
    expect(errors).toEqual([]);
    expect(logs.map(({ text }) => text).join()).toMatch(/cloudtower these volumes stay.*cloudtower-os \(/);
    expect(writes()).toEqual(["stopVm", "deleteVm", "deleteImage"]);
    expect(lab.site.model.cluster?.volumes).toHaveLength(1);
    await up(program({ deleteVolumes: true }));
    expect((await engine.destroy()).errors).toEqual([]);
    expect(vms()).toEqual([]);
    // That of the first one.
    expect(lab.site.model.cluster?.volumes).toHaveLength(1);
  });

  test("is switched off and on by an input, and put back when somebody else does it", async () => {
    await up();
    lab.clearRequests();
    await up(program({ running: false }));
    expect(vms()).toMatchObject([{ status: "stopped" }]);
    expect(sent("stopVm")[0]?.rawBody).toEqual({ force: false });
    await up(program());
    expect(vms()).toMatchObject([{ status: "running", nics: [{ address: ADDRESS }] }]);
    lab.site.changeVm("cloudtower", (vm) => {
      vm.status = "stopped";
    });
    lab.clearRequests();
    await up(program(), true);
    expect(writes()).toEqual(["startVm"]);
  });

  test("made stopped has its address set by the run that starts it", async () => {
    expect(await up(program({ running: false }))).toMatch(
      /addresses of virtual machine cloudtower are set once it runs/,
    );
    expect(vms()).toMatchObject([{ status: "stopped" }]);
    await up(program());
    expect(vms()).toMatchObject([{ status: "running", nics: [{ address: ADDRESS }] }]);
  });

  test("gets another address and another name in place, and an address changed by hand is put right", async () => {
    await up();
    const id = vms()[0]?.uuid;
    lab.clearRequests();
    const other = { ...ADDRESS, ip: "10.0.20.221" };
    await up(program({ name: "tower" }, other));
    expect(writes()).toEqual(["updateVm", "updateVm"]);
    expect(vms()).toMatchObject([{ uuid: id, name: "tower", nics: [{ address: other }] }]);
    lab.site.changeVm("tower", (vm) => {
      for (const nic of vm.nics) nic.address = ADDRESS;
    });
    await up(program({ name: "tower" }, other), true);
    expect(vms()).toMatchObject([{ nics: [{ address: other }] }]);
  });

  test("is not given the name of another one", async () => {
    await up();
    lab.site.change(({ cluster }) => {
      const [vm] = cluster?.vms ?? [];
      if (vm) cluster?.vms.push({ ...structuredClone(vm), uuid: lab.site.id("another"), name: "tower" });
    });
    lab.clearRequests();
    expect(await errorsOf(program({ name: "tower" }))).toMatch(/cannot be named tower: another one has that name/);
    expect(writes()).toEqual([]);
  });

  test("changes CPUs and memory when it is stopped, and is not stopped for that unasked", async () => {
    await up();
    lab.clearRequests();
    const more = { sockets: 4, cores: 4, memory: 2 ** 35 };
    expect(await errorsOf(program(more))).toMatch(
      /Vm\/cloudtower on HCI-01 runs with 8 × 1 CPUs and 20401094656 bytes, planned are 4 × 4 and 34359738368.*set running to false/,
    );
    expect(writes()).toEqual([]);
    await up(program({ ...more, running: false }));
    await up(program(more));
    expect(writes()).toEqual(["stopVm", "updateVm", "startVm"]);
    expect(vms()).toMatchObject([{ vcpu: 16, ...more, status: "running" }]);
  });

  test("refuses what no document shows how to change, names it, and takes it once it was done by hand", async () => {
    await up();
    lab.clearRequests();
    expect(await errorsOf(program({ description: "ours", firmware: "UEFI" }))).toMatch(
      /cannot be brought to the plan.*description stands as "", planned is "ours"; firmware stands as "BIOS", planned is "UEFI".*up --refresh/,
    );
    expect(await errorsOf(program({ cdroms: [] }))).toMatch(/cdroms were \["iscsi:.*planned are \[\]/);
    expect(writes()).toEqual([]);
    lab.site.changeVm("cloudtower", (vm) => {
      vm.description = "ours";
    });
    await up(program({ description: "ours" }));
    expect(writes()).toEqual([]);
  });

  test("that was deleted by hand is made again, and one that was ejected of its image is no drift", async () => {
    await up();
    lab.site.changeVm("cloudtower", (vm) => {
      vm.cdroms = [];
    });
    lab.clearRequests();
    await up(program(), true);
    expect(writes()).toEqual([]);
    lab.site.change(({ cluster }) => {
      if (cluster) cluster.vms = [];
    });
    await up(program(), true);
    expect(vms()).toHaveLength(1);
  });

  test("of somebody else is refused until it is adopted, and then left as it is", async () => {
    await up();
    const { uuid } = vms()[0] ?? {};
    engine.state = [];
    rmSync(project.memory, { recursive: true });
    await engine.kill();
    lab.clearRequests();
    expect(await errorsOf(program())).toMatch(/Vm\/cloudtower stands already on HCI-01 .*pulumi config set adopt Vm/);
    engine.settings = { ...engine.settings, adopt: "all" };
    await engine.kill();
    await up();
    expect(vms()).toMatchObject([{ uuid }]);
    expect(writes()).toEqual([]);
  });

  test.each<[string, FaultRule]>([
    ["the answer to its creation is lost", { operation: "createVm", drop: "after-commit", count: 1 }],
    ["the creation is never answered", { operation: "createVm", hang: "after-commit", count: 1 }],
    ["the answer to its address is lost", { operation: "updateVm", drop: "after-commit", count: 1 }],
    [
      "another job is at it for a while",
      { operation: "updateVm", answer: { status: 200, body: { ec: "EBUSY", error: { msg: "busy" } } }, count: 1 },
    ],
    ["its session ends in the middle", { operation: "readVm", expireSession: true, count: 1 }],
    ["a proxy answers for the site", { operation: "readVm", answer: { status: 502, html: true }, count: 1 }],
  ])("stands once when %s", async (_what, rule) => {
    await lab.setFaults([rule]);
    await up();
    expect(lab.faultsApplied()).toEqual([1]);
    expect(vms()).toMatchObject([{ status: "running", nics: [{ address: ADDRESS }] }]);
    lab.clearRequests();
    await up(program(), true);
    expect(writes()).toEqual([]);
  });

  test("a start whose answer is lost is looked for and not sent again", async () => {
    await up(program({ running: false }));
    lab.clearRequests();
    await lab.setFaults([{ operation: "startVm", drop: "after-commit", count: 1 }]);
    await up();
    expect(sent("startVm")).toHaveLength(1);
    expect(vms()).toMatchObject([{ status: "running" }]);
  });

  test("a job that fails is told in the vendor's words, leaves nothing, and the next run makes it", async () => {
    await lab.setFaults([{ operation: "createVm", job: { fails: "no host has the memory" }, count: 1 }]);
    expect(await errorsOf(program())).toMatch(/making virtual machine cloudtower has failed: .*no host has the memory/);
    expect(vms()).toEqual([]);
    await up();
    expect(vms()).toHaveLength(1);
  });
});

test("what a failed creation has left is removed and made anew", async () => {
  await begin({ switches: { failedVm: "left" } });
  await lab.setFaults([{ operation: "createVm", job: "fails", count: 1 }]);
  expect(await errorsOf(program())).toMatch(/has failed/);
  expect(vms()).toMatchObject([{ status: "stopped" }]);
  const left = vms()[0]?.uuid;
  await up();
  expect(vms()).toMatchObject([{ status: "running" }]);
  expect(vms()[0]?.uuid).not.toBe(left);
});

test("where machines are listed late, a lost answer makes no second one", async () => {
  await begin({ switches: { vmListed: "done", noGuest: "null", nicAddress: "guest-only" } });
  await lab.setFaults([{ operation: "createVm", drop: "after-commit", count: 1 }]);
  await up();
  expect(vms()).toHaveLength(1);
});

test("an image whose installation brings no guest tools is named while it is waited for, and when the wait ends", async () => {
  await begin({ switches: { guestTools: "missing" }, speed: 100_000 });
  const { errors, logs } = await engine.up(program());
  const words =
    /guest tools of virtual machine cloudtower has not ended after .*ga_state not told.*guest tools \(SVT\)/;
  const warned = logs.filter(({ warning }) => warning).map(({ text }) => text);
  expect(warned.join()).toMatch(words);
  expect(errors.join()).toMatch(words);
  expect(errors.join()).toMatch(/timeouts\.Vm\.create \(now 1h\)/);
  expect(vms()).toMatchObject([{ status: "running" }]);
});

test("in the site's own time the address waits for the installation", async () => {
  await begin({ speed: 1_000 });
  expect(await up()).toMatch(/the guest tools of virtual machine cloudtower: ga_state not told/);
  expect(vms()).toMatchObject([{ status: "running", nics: [{ address: ADDRESS }] }]);
});
