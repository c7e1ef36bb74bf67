import { expect, test } from "vitest";
import type { LabCluster, LabVm } from "../../lab/smtxos/cluster-model";
import type { ResourceSpec } from "../kit/program";
import type { LabSite } from "./lab-site";
import { byHand as changedByHand, GIB, machine, oneMachine, withCheckedRequests, without } from "./tower-machine";
import { towerConnection as connection, towerSites } from "./tower-site";

const beginSite = towerSites("4.8.0");
let site: LabSite;
async function begin(...of: Parameters<typeof beginSite>): Promise<void> {
  site = withCheckedRequests(await beginSite(...of), "4.8.0");
}
const standing = () => site.lab.site.model.cluster as LabCluster;
const vm = () => standing().vms[0] as LabVm;
const inputs = () => site.engine.state.find(({ name }) => name === "vm")?.inputs;

/** Somebody changes the machine by hand. */
function byHand(change: (vm: LabVm) => void): void {
  changedByHand(site, ({ vms }) => vms.forEach(change));
}

test("a machine is suspended and resumed as planned, and put back to that", async () => {
  await begin();
  const program = (status: string) => machine({ status, forceStop: true });
  await site.up(program("SUSPENDED"));
  expect(site.writes().slice(-2)).toEqual(["createTowerVm", "suspendVm"]);
  await site.up(program("SUSPENDED"), true);
  expect(site.writes()).toEqual([]);
  await site.up(program("RUNNING"));
  expect([site.writes(), vm().status]).toEqual([["resumeVm"], "running"]);
  byHand((each) => {
    each.status = "suspended";
  });
  await site.engine.refresh();
  expect(inputs()).toMatchObject({ status: "SUSPENDED" });
  await site.up(program("RUNNING"));
  expect([site.writes(), vm().status]).toEqual([["resumeVm"], "running"]);
  await site.up(program("SUSPENDED"));
  expect(site.writes()).toEqual(["suspendVm"]);
  // Its guest has no tools, so that it is switched off in the end.
  await site.up(program("STOPPED"));
  expect([site.writes(), vm().status]).toEqual([["resumeVm", "shutDownVm", "powerOffVm"], "stopped"]);
  await site.up(program("SUSPENDED"));
  expect(site.writes()).toEqual(["startTowerVm", "suspendVm"]);
  await site.up(without);
  expect([site.writes(), standing().vms]).toEqual([
    ["resumeVm", "shutDownVm", "powerOffVm", "removeVmDisk", "deleteTowerVm"],
    [],
  ]);
});

test("a suspended machine is resumed for a change of its hardware and suspended again, and for no other; its CPUs change where a restart is allowed", async () => {
  await begin();
  const program = (args: Record<string, unknown>) => machine({ status: "SUSPENDED", forceStop: true, ...args });
  await site.up(program({}));
  site.writes();
  await site.up(program({ description: "new" }));
  expect(site.writes()).toEqual(["updateVmBasicInfo"]);
  const grown = { description: "new", disks: [{ name: "web-01-system", size: "60 GiB" }] };
  await site.up(program(grown));
  expect([site.writes(), vm().status]).toEqual([["resumeVm", "expandVmDisk", "suspendVm"], "suspended"]);
  const { errors } = await site.engine.preview(program({ ...grown, vcpu: 4 }));
  expect(errors.join()).toMatch(/vcpu: the machine runs, and is not stopped for a change unasked/);
  await site.up(program({ ...grown, vcpu: 4, allowRestart: true }));
  expect([vm().vcpu, vm().status]).toEqual([4, "suspended"]);
});

test("a suspension or a resumption whose request is lost is asked for once more", async () => {
  await begin();
  await site.up(machine({ status: "RUNNING" }));
  for (const [status, operation] of [
    ["SUSPENDED", "suspendVm"],
    ["RUNNING", "resumeVm"],
  ] as const) {
    await site.lab.setFaults([{ operation, drop: "before-commit", count: 1 }]);
    await site.up(machine({ status }));
    expect(vm().status).toBe(status.toLowerCase());
  }
});

const snapshot = (name: string): ResourceSpec => ({
  type: "cloudtower:VmSnapshot",
  name,
  args: { connection, vm: { $ref: "vm.vmId" }, name },
  options: { dependsOn: ["vm"] },
});
/** The machine with snapshots of it. */
const frozen = (args: Record<string, unknown>, ...names: string[]) => [...machine(args), ...names.map(snapshot)];
/** Rollbacks that CloudTower has carried out. */
const rollbacks = () =>
  (site.lab.site.model.cloudtower?.tasks ?? []).filter(
    ({ mutation, ended }) => mutation === "rollbackVm" && ended?.status === "SUCCESSED",
  ).length;

test("a machine is rolled back once for each change of rollbackTo, and then brought to the plan", async () => {
  await begin();
  const grown = { disks: [{ name: "web-01-system", size: "60 GiB" }] };
  await site.up(frozen({}, "a", "b"));
  byHand((each) => {
    each.installed = true;
  });
  await site.up(frozen({ ...grown, memory: "8 GiB" }, "a", "b"));
  site.writes();
  await site.up(frozen({ ...grown, memory: "8 GiB", rollbackTo: "a" }, "a", "b"));
  // What the snapshot had is not what the plan has by now.
  expect(site.writes()).toEqual(["rollbackVm", "updateVmBasicInfo", "expandVmDisk"]);
  expect([vm().memory, standing().volumes[0]?.size]).toEqual([8 * GIB, 60 * GIB]);
  await site.up(frozen({ ...grown, memory: "8 GiB", rollbackTo: "a" }, "a", "b"), true);
  expect(site.writes()).toEqual([]);
  const again = (rollbackTo?: string) => frozen({ ...grown, memory: "8 GiB", rollbackTo }, "a", "b");
  await site.up(again("b"));
  await site.up(again());
  expect(rollbacks()).toBe(2);
  // Left out it does nothing, and put back it is a change.
  await site.up(again("b"));
  expect(rollbacks()).toBe(3);
  expect(await site.errorsOf(again("c"))).toMatch("the cluster has no snapshot of machine web-01 c");
  expect(rollbacks()).toBe(3);
});

test("a machine that runs is rolled back only where it may be restarted or is to stop, which the preview says", async () => {
  await begin();
  const running = { status: "RUNNING", forceStop: true };
  await site.up(frozen(running, "a"));
  site.writes();
  const { errors } = await site.engine.preview(frozen({ ...running, rollbackTo: "a" }, "a"));
  expect(errors.join()).toMatch(/rollbackTo: the machine runs, .*set allowRestart, or status STOPPED first/);
  await site.up(frozen({ ...running, rollbackTo: "a", allowRestart: true }, "a"));
  expect(site.writes()).toEqual(["shutDownVm", "powerOffVm", "rollbackVm", "startTowerVm"]);
});

test("a new machine is rolled back to nothing, also later", async () => {
  await begin();
  await site.up(machine({ rollbackTo: "a" }));
  await site.up(frozen({ rollbackTo: "a" }, "a"), true);
  expect(rollbacks()).toBe(0);
});

test.each([
  ["before-commit", ["rollbackVm", "rollbackVm"]],
  ["after-commit", ["rollbackVm"]],
] as const)("a rollback whose request is lost %s is carried out once", async (drop, sent) => {
  await begin();
  await site.up(frozen({}, "a"));
  await site.lab.setFaults([{ operation: "rollbackVm", drop, count: 1 }]);
  site.writes();
  await site.up(frozen({ rollbackTo: "a" }, "a"));
  expect([site.sent("rollbackVm").map(({ operation }) => operation), rollbacks()]).toEqual([sent, 1]);
});

test("a rollback that failed is told, and tried again at the next up; one that a later step has failed after is not", async () => {
  await begin();
  await site.up(frozen({}, "a"));
  await site.lab.setFaults([{ operation: "rollbackVm", task: { fails: "ROLLBACK_FAILED" }, count: 1 }]);
  const back = (args: Record<string, unknown> = {}) => frozen({ rollbackTo: "a", ...args }, "a");
  expect(await site.errorsOf(back())).toMatch(/roll back to a of machine web-01 has failed: .*ROLLBACK_FAILED/);
  expect(rollbacks()).toBe(0);
  await site.lab.setFaults([{ operation: "updateVmBasicInfo", task: { fails: "NO" }, count: 1 }]);
  expect(await site.errorsOf(back({ description: "new" }))).toMatch(/has failed: .*NO/);
  expect(rollbacks()).toBe(1);
  await site.up(back({ description: "new" }));
  expect(rollbacks()).toBe(1);
});

test("a rollback of which nobody can tell whether it was carried out is an error, with the way out", async () => {
  await begin();
  await site.up(frozen({}, "a"));
  const back = (rollbackTo: string) => frozen({ rollbackTo }, "a");
  await site.lab.setFaults([{ operation: "rollbackVm", hang: "before-commit", count: 1 }]);
  const run = site.engine.up(back("a"), { preview: false });
  await expect.poll(() => site.sent("rollbackVm").length).toBeGreaterThan(0);
  await site.engine.kill();
  expect((await run).ok).toBe(false);
  // Meanwhile somebody has the machine changed.
  const task = site.lab.site.model.cloudtower?.tasks.find(({ mutation }) => mutation === "createVm");
  changedByHand(site, (_cluster, { tasks }) => {
    if (task) tasks.push({ ...task, id: "another", description: "Edit VM", mutation: "editVm" });
  });
  expect(await site.errorsOf(back("a"))).toMatch(
    /whether machine web-01 has been rolled back to a is not known.* name the snapshot by its id/,
  );
  expect(rollbacks()).toBe(0);
  const id = String(site.outputsOf("a")["snapshotId"]);
  await site.up(back(id));
  expect(rollbacks()).toBe(1);
});

test("a machine that has come with a disk of its snapshot's is left as it is, and its disk told", async () => {
  await begin();
  const two = [
    { name: "web-01-system", size: "40 GiB" },
    { name: "data", size: "1 GiB" },
  ];
  await site.up([...without, oneMachine({ disks: two }), snapshot("a")]);
  await site.up(frozen({}, "a"));
  expect(await site.errorsOf(frozen({ rollbackTo: "a" }, "a"))).toMatch(
    /machine web-01 has disks that the plan does not have, .*data/,
  );
  await site.up(frozen({ rollbackTo: "a", disks: two }, "a"));
  expect(rollbacks()).toBe(1);
  expect(vm().disks.map(({ name }) => name)).toEqual(["web-01-system", "data"]);
});

test("a rollback that a later step has failed after is not done again under another name, nor without its task", async () => {
  await begin();
  await site.up(frozen({}, "a"));
  await site.lab.setFaults([{ operation: "updateVmBasicInfo", task: { fails: "NO" }, count: 1 }]);
  await site.errorsOf(frozen({ rollbackTo: "a", description: "new" }, "a"));
  expect(site.writes()).toContain("rollbackVm");
  changedByHand(site, (_cluster, tower) => {
    tower.tasks = tower.tasks.filter(({ mutation }) => mutation !== "rollbackVm");
  });
  await site.up(frozen({ rollbackTo: "a", name: "web-02" }, "a"));
  expect(site.writes()).toEqual(["updateVmBasicInfo"]);
});

test("a rollback whose task CloudTower lists no more is an error, with the way out", async () => {
  await begin();
  await site.up(frozen({}, "a"));
  await site.lab.setFaults([{ operation: "rollbackVm", task: "paused", count: 1 }]);
  const run = site.engine.up(frozen({ rollbackTo: "a" }, "a"), { preview: false });
  const task = () => site.lab.site.model.cloudtower?.tasks.find(({ mutation }) => mutation === "rollbackVm")?.id ?? "";
  await expect
    .poll(() => task() && site.sent("getTasks").some(({ rawBody }) => JSON.stringify(rawBody).includes(task())))
    .toBe(true);
  await site.engine.kill();
  await run;
  changedByHand(site, (_cluster, tower) => {
    tower.tasks = tower.tasks.filter(({ id }) => id !== task());
    for (const { own } of tower.clusters) own.busy = {};
  });
  expect(await site.errorsOf(frozen({ rollbackTo: "a" }, "a"))).toMatch(
    /has been rolled back to a is not known: .*CloudTower lists its task no more/,
  );
});

test("a machine that ran is started again where its rollback fails, and its guest is given anew what it had since the snapshot", async () => {
  await begin();
  const guest = {
    hostname: "web",
    ntpServers: ["10.0.0.2"],
    guestOsAccount: { username: "root", password: "Canary-Guest-1" },
  };
  const running = { status: "RUNNING", forceStop: true, allowRestart: true };
  await site.up(frozen({}, "a"));
  changedByHand(site, ({ vms, snapshots = [] }) => {
    for (const each of [...vms, ...snapshots.map((of) => of.vm)]) each.installed = true;
  });
  await site.up(frozen({ ...running, ...guest }, "a"));
  await site.lab.setFaults([{ operation: "rollbackVm", task: { fails: "ROLLBACK_FAILED" }, count: 1 }]);
  const back = frozen({ ...running, ...guest, rollbackTo: "a" }, "a");
  expect(await site.errorsOf(back)).toMatch("ROLLBACK_FAILED");
  expect([rollbacks(), vm().status]).toEqual([0, "running"]);
  site.writes();
  await site.up(back);
  expect(site.writes().slice(-3)).toEqual(["startTowerVm", "updateVmHostOptions", "resetVmGuestOsPassword"]);
  expect(vm().guest).toMatchObject({ hostname: "web", ntp: ["10.0.0.2"], passwords: { root: "Canary-Guest-1" } });
});

test("a suspended machine that a full cluster does not resume is switched off where it may be", async () => {
  await begin(undefined, { switches: { suspendedPowerOff: "works" } });
  const program = (status: string, forceStop: boolean) => machine({ status, forceStop });
  await site.up(program("SUSPENDED", true));
  await site.lab.setFaults([{ operation: "resumeVm", task: { fails: "[HostAvailableMemoryFilter] no host" } }]);
  site.writes();
  await site.up(program("STOPPED", true));
  expect([site.writes(), vm().status]).toEqual([["resumeVm", "powerOffVm"], "stopped"]);
  await site.lab.setFaults([]);
  await site.up(program("SUSPENDED", false));
  await site.lab.setFaults([{ operation: "resumeVm", task: { fails: "NO" }, count: 1 }]);
  expect(await site.errorsOf(program("STOPPED", false))).toMatch(
    /NO.* — shut the guest down by hand, or set forceStop/,
  );
});
