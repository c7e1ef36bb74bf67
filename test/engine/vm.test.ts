import { beforeEach, describe, expect, test, vi } from "vitest";
import type { FaultRule } from "../../lab/faults";
import type { ResourceSpec } from "../kit/program";
import { type BeginSite, clusterTemplate, type LabSite, labSites } from "./lab-site";
import { machineFromImage, managementBridge } from "./machine-from-image";

const ISO = Buffer.from("an image");
const ADDRESS = { ip: "10.0.20.220", netmask: "255.255.255.0", gateway: "10.0.20.1" };

const beginSite = labSites(() => clusterTemplate());
let site: LabSite;
const begin = async (...of: Parameters<BeginSite>) => {
  site = await beginSite(...of);
  site.layMedia("tower.iso", ISO);
};

const iso = { name: "tower.iso", size: ISO.length, file: "media/tower.iso" };
const program = (vm: Record<string, unknown> = {}, address: typeof ADDRESS | undefined = ADDRESS): ResourceSpec[] =>
  machineFromImage(site.lab, { iso, vm, ...(address && { address }) });
const vms = () => site.lab.site.model.cluster?.vms ?? [];
const outputsOf = () => site.outputsOf("vm");

describe("a virtual machine", () => {
  beforeEach(() => begin());

  test("is made with the runbook's values, gets its address through the tools, and is kept by a second run", async () => {
    await site.up(program());
    expect(site.sent("createVm")[0]?.rawBody).toMatchObject({
      vm_name: "cloudtower",
      vcpu: 8,
      memory: 20_401_094_656,
      cpu: { topology: { sockets: 8, cores: 1 } },
      nics: [{ ovs: managementBridge(site.lab), model: "virtio", mirror: false, link: "up" }],
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
    site.writes();
    await site.up(program(), true);
    expect(site.writes()).toEqual([]);
  });

  test("is deleted with its volumes only when told so, though it runs, and then its image can go", async () => {
    await site.up(program());
    site.writes();
    const { errors, logs } = await site.engine.destroy();
    expect(errors).toEqual([]);
    expect(logs.map(({ text }) => text).join()).toMatch(/cloudtower these volumes stay.*cloudtower-os \(/);
    expect(site.writes()).toEqual(["stopVm", "deleteVm", "deleteImage"]);
    expect(site.lab.site.model.cluster?.volumes).toHaveLength(1);
    await site.up(program({ deleteVolumes: true }));
    expect((await site.engine.destroy()).errors).toEqual([]);
    expect(vms()).toEqual([]);
    // That of the first one.
    expect(site.lab.site.model.cluster?.volumes).toHaveLength(1);
  });

  test("is deleted, too, where it stops between the look and the request to stop it", async () => {
    await site.up(program());
    site.lab.site.change(({ cluster }) => {
      for (const vm of cluster?.vms ?? []) vm.status = "stopped";
    });
    // As it was before the last write: running.
    await site.lab.setFaults([{ operation: "readVm", staleRead: true, count: 1 }]);
    site.writes();
    expect((await site.engine.destroy()).errors).toEqual([]);
    expect(site.lab.requests().filter(({ operation }) => operation === "stopVm")).toMatchObject([{ committed: false }]);
    expect(vms()).toEqual([]);
  });

  test("is switched off and on by an input, and put back when somebody else does it", async () => {
    await site.up(program());
    site.writes();
    await site.up(program({ running: false }));
    expect(vms()).toMatchObject([{ status: "stopped" }]);
    expect(site.sent("stopVm")[0]?.rawBody).toEqual({ force: false });
    await site.up(program());
    expect(vms()).toMatchObject([{ status: "running", nics: [{ address: ADDRESS }] }]);
    site.lab.smtxos.changeVm("cloudtower", (vm) => {
      vm.status = "stopped";
    });
    site.writes();
    await site.up(program(), true);
    expect(site.writes()).toEqual(["startVm"]);
  });

  test("made stopped has its address set by the run that starts it", async () => {
    expect(await site.up(program({ running: false }))).toMatch(
      /addresses of virtual machine cloudtower are set once it runs/,
    );
    expect(vms()).toMatchObject([{ status: "stopped" }]);
    await site.up(program());
    expect(vms()).toMatchObject([{ status: "running", nics: [{ address: ADDRESS }] }]);
  });

  test("gets another address and another name in place, and an address changed by hand is put right", async () => {
    await site.up(program());
    const id = vms()[0]?.uuid;
    site.writes();
    const other = { ...ADDRESS, ip: "10.0.20.221" };
    await site.up(program({ name: "tower" }, other));
    expect(site.writes()).toEqual(["updateVm", "updateVm"]);
    expect(vms()).toMatchObject([{ uuid: id, name: "tower", nics: [{ address: other }] }]);
    site.lab.smtxos.changeVm("tower", (vm) => {
      for (const nic of vm.nics) nic.address = ADDRESS;
    });
    await site.up(program({ name: "tower" }, other), true);
    expect(vms()).toMatchObject([{ nics: [{ address: other }] }]);
  });

  test("that is half made and then renamed is the same one, and nothing is said to be left behind", async () => {
    await site.lab.setFaults([{ operation: "updateVm", answer: { status: 403 } }]);
    expect(await site.errorsOf(program())).toMatch(/403/);
    expect(await site.errorsOf(program({ name: "tower" }))).toMatch(/403/);
    await site.lab.setFaults([]);
    for (const _run of [1, 2]) expect(await site.up(program({ name: "tower" }))).not.toMatch(/was begun/);
    expect(vms()).toMatchObject([{ name: "tower", nics: [{ address: ADDRESS }] }]);
  });

  test("is not given the name of another one", async () => {
    await site.up(program());
    site.lab.site.change(({ cluster }) => {
      const [vm] = cluster?.vms ?? [];
      if (vm) cluster?.vms.push({ ...structuredClone(vm), uuid: site.lab.site.id("another"), name: "tower" });
    });
    site.writes();
    expect(await site.errorsOf(program({ name: "tower" }))).toMatch(/cannot be named tower: another one has that name/);
    expect(site.writes()).toEqual([]);
  });

  test("changes CPUs and memory when it is stopped, and is not stopped for that unasked", async () => {
    await site.up(program());
    site.writes();
    const more = { sockets: 4, cores: 4, memory: 2 ** 35 };
    expect(await site.errorsOf(program(more))).toMatch(
      /Vm\/cloudtower on HCI-01 runs with 8 × 1 CPUs and 20401094656 bytes, planned are 4 × 4 and 34359738368.*set running to false/,
    );
    expect(site.writes()).toEqual([]);
    await site.up(program({ ...more, running: false }));
    await site.up(program(more));
    expect(site.writes()).toEqual(["stopVm", "updateVm", "startVm"]);
    expect(vms()).toMatchObject([{ vcpu: 16, ...more, status: "running" }]);
  });

  test("refuses what no document shows how to change, names it, and takes it once it was done by hand", async () => {
    await site.up(program());
    site.writes();
    expect(await site.errorsOf(program({ description: "ours", firmware: "UEFI" }))).toMatch(
      /cannot be brought to the plan.*description stands as "", planned is "ours"; firmware stands as "BIOS", planned is "UEFI".*up --refresh/,
    );
    expect(await site.errorsOf(program({ cdroms: [] }))).toMatch(/cdroms were \["iscsi:.*planned are \[\]/);
    expect(site.writes()).toEqual([]);
    site.lab.smtxos.changeVm("cloudtower", (vm) => {
      vm.description = "ours";
    });
    await site.up(program({ description: "ours" }));
    expect(site.writes()).toEqual([]);
  });

  test("that was deleted by hand is made again, and one that was ejected of its image is no drift", async () => {
    await site.up(program());
    site.lab.smtxos.changeVm("cloudtower", (vm) => {
      vm.cdroms = [];
    });
    site.writes();
    await site.up(program(), true);
    expect(site.writes()).toEqual([]);
    site.lab.site.change(({ cluster }) => {
      if (cluster) cluster.vms = [];
    });
    await site.up(program(), true);
    expect(vms()).toHaveLength(1);
  });

  test("of somebody else is refused until it is adopted, and then left as it is", async () => {
    await site.up(program());
    const { uuid } = vms()[0] ?? {};
    await site.forget();
    site.writes();
    expect(await site.errorsOf(program())).toMatch(
      /Vm\/cloudtower stands already on HCI-01 .*pulumi config set adopt Vm/,
    );
    site.engine.settings = { ...site.engine.settings, adopt: "all" };
    await site.engine.kill();
    await site.up(program());
    expect(vms()).toMatchObject([{ uuid }]);
    expect(site.writes()).toEqual([]);
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
    await site.lab.setFaults([rule]);
    await site.up(program());
    expect(site.lab.faultsApplied()).toEqual([1]);
    expect(vms()).toMatchObject([{ status: "running", nics: [{ address: ADDRESS }] }]);
    site.writes();
    await site.up(program(), true);
    expect(site.writes()).toEqual([]);
  });

  test("is gone though the answer to its deletion is lost", async () => {
    await site.up(program());
    await site.lab.setFaults([{ operation: "deleteVm", drop: "after-commit", count: 1 }]);
    expect((await site.engine.destroy()).errors).toEqual([]);
    expect(site.lab.faultsApplied()).toEqual([1]);
    expect(vms()).toEqual([]);
  });

  test("a start whose answer is lost is looked for and not sent again", async () => {
    await site.up(program({ running: false }));
    site.writes();
    await site.lab.setFaults([{ operation: "startVm", drop: "after-commit", count: 1 }]);
    await site.up(program());
    expect(site.sent("startVm")).toHaveLength(1);
    expect(vms()).toMatchObject([{ status: "running" }]);
  });

  test("a job that fails is told in the vendor's words, leaves nothing, and the next run makes it", async () => {
    await site.lab.setFaults([{ operation: "createVm", job: { fails: "no host has the memory" }, count: 1 }]);
    expect(await site.errorsOf(program())).toMatch(
      /making virtual machine cloudtower has failed: .*no host has the memory/,
    );
    expect(vms()).toEqual([]);
    await site.up(program());
    expect(vms()).toHaveLength(1);
  });
});

test("what a failed creation has left is removed and made anew", async () => {
  await begin({ switches: { failedVm: "left" } });
  await site.lab.setFaults([{ operation: "createVm", job: "fails", count: 1 }]);
  expect(await site.errorsOf(program())).toMatch(/has failed/);
  expect(vms()).toMatchObject([{ status: "stopped" }]);
  const left = vms()[0]?.uuid;
  await site.up(program());
  expect(vms()).toMatchObject([{ status: "running" }]);
  expect(vms()[0]?.uuid).not.toBe(left);
});

test("where machines are listed late, a lost answer makes no second one", async () => {
  await begin({ switches: { vmListed: "done", noGuest: "null", nicAddress: "guest-only" } });
  await site.lab.setFaults([{ operation: "createVm", drop: "after-commit", count: 1 }]);
  await site.up(program());
  expect(vms()).toHaveLength(1);
});

describe("where machines are listed once their job has ended, while that job runs", () => {
  // So that a job takes three seconds: longer than a kill and a new provider.
  beforeEach(() => begin({ switches: { vmListed: "done" }, speed: 10 }));
  const withoutAddress = () => machineFromImage(site.lab, { iso, vm: {} });

  async function killedOnce(seen: () => boolean): Promise<void> {
    const run = site.engine.up(withoutAddress());
    await vi.waitUntil(seen, { interval: 5, timeout: 20_000 });
    await site.engine.kill();
    expect((await run).ok).toBe(false);
  }

  test.each<[string, FaultRule[], string, number]>([
    ["has told which machine it makes", [], "readJob", 2],
    ["was asked for and has not been heard of", [{ operation: "createVm", hang: "after-commit" }], "createVm", 1],
  ])(
    "a run that is killed when it %s is followed by one that makes no second one",
    async (_what, rules, call, count) => {
      await site.lab.setFaults(rules);
      await killedOnce(() => site.sent(call).length === count);
      await site.lab.setFaults([]);
      await site.up(withoutAddress());
      expect(site.sent("createVm")).toHaveLength(1);
      expect(vms()).toMatchObject([{ status: "running" }]);
    },
  );

  test("a creation whose answer is lost is found once its job has ended", async () => {
    await site.lab.setFaults([{ operation: "createVm", drop: "after-commit", count: 1 }]);
    await site.up(withoutAddress());
    expect(site.sent("createVm")).toHaveLength(1);
    expect(vms()).toMatchObject([{ status: "running" }]);
  });
});

describe("a creation that was taken on, and whose job is not to be seen", () => {
  test.each<[string, FaultRule]>([
    ["is not known to the site", { operation: "readJob", answer: { status: 404, body: { ec: "ENOTFOUND" } } }],
    ["is refused", { operation: "readJob", answer: { status: 403, body: { ec: "EDENIED", error: { msg: "no" } } } }],
    ["gets no answer", { operation: "readJob", drop: "before-commit" }],
  ])("is found in the same run when the job %s", async (_what, rule) => {
    await begin();
    await site.lab.setFaults([rule]);
    await site.up(machineFromImage(site.lab, { iso, vm: {} }));
    expect(site.sent("createVm")).toHaveLength(1);
    expect(vms()).toMatchObject([{ status: "running" }]);
  });

  test("stays ours when the run ends with that, and the next one makes no second one", async () => {
    await begin({ switches: { vmListed: "done" }, speed: 10 });
    const answer = { status: 401 };
    await site.lab.setFaults([
      { operation: "readJob", answer },
      { operation: "listVms", skip: 1, answer },
    ]);
    expect(await site.errorsOf(machineFromImage(site.lab, { iso, vm: {} }))).toMatch(/401/);
    await site.lab.setFaults([]);
    await site.up(machineFromImage(site.lab, { iso, vm: {} }));
    expect(site.sent("createVm")).toHaveLength(1);
    expect(vms()).toMatchObject([{ status: "running" }]);
  });
});

test("an image whose installation brings no guest tools is named while it is waited for, and when the wait ends", async () => {
  await begin({ switches: { guestTools: "missing" }, speed: 100_000 });
  const { errors, logs } = await site.engine.up(program());
  const words =
    /guest tools of virtual machine cloudtower has not ended after .*ga_state not told.*guest tools \(SVT\)/;
  const warned = logs.filter(({ warning }) => warning).map(({ text }) => text);
  expect(warned.join()).toMatch(words);
  expect(errors.join()).toMatch(words);
  expect(errors.join()).toMatch(/delete this machine in Fisheye, then pulumi refresh and up; if it needs longer/);
  expect(errors.join()).toMatch(/timeouts\["smtxos:Vm"\]\.create \(now 1h\)/);
  expect(vms()).toMatchObject([{ status: "running" }]);
});

test("in the site's own time the address waits for the installation", async () => {
  await begin({ speed: 1_000 });
  expect(await site.up(program())).toMatch(/the guest tools of virtual machine cloudtower: ga_state not told/);
  expect(vms()).toMatchObject([{ status: "running", nics: [{ address: ADDRESS }] }]);
});

test("what the site does not tell of a machine, in a bare list beside one that tells nothing, is neither drift nor a change", async () => {
  await begin({ switches: { answersTell: "least", listsAs: "bare" } });
  await site.up(program());
  site.writes();
  await site.up(program(), true);
  expect(site.writes()).toEqual([]);
  const inputs = site.engine.state.find(({ name }) => name === "vm")?.inputs;
  expect(inputs).toMatchObject({ ha: true, disks: [{ name: "cloudtower-os", size: 429_496_729_600 }] });
  // What it does tell still counts.
  site.lab.site.change(({ cluster }) => {
    for (const vm of cluster?.vms ?? []) vm.name = "other";
  });
  await site.engine.refresh();
  expect(site.engine.state.find(({ name }) => name === "vm")?.inputs).toMatchObject({ name: "other" });
});
