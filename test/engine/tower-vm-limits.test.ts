import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { TOWER_VERSIONS, type TowerVersion } from "../../lab/cloudtower/tower-model";
import type { LabCluster, LabVm } from "../../lab/smtxos/cluster-model";
import { vmInputs } from "../../providers/cloudtower/vm-inputs";
import { markSecrets } from "../../providers/kernel/schema";
import type { LabSite } from "./lab-site";
import { byHand as changedByHand, machine, oneMachine, withCheckedRequests, without } from "./tower-machine";
import { towerSites } from "./tower-site";

const beginSite = towerSites(...TOWER_VERSIONS);
let site: LabSite;
async function begin(version: TowerVersion = "4.8.0", ...more: [Parameters<typeof beginSite>[1]?]): Promise<void> {
  site = withCheckedRequests(await beginSite(version, ...more), version);
}
const standing = () => site.lab.site.model.cluster as LabCluster;
const vm = () => standing().vms[0] as LabVm;
const inputs = () => site.engine.state.find(({ name }) => name === "vm")?.inputs;

/** Somebody changes the machine by hand. */
function byHand(change: (vm: LabVm) => void): void {
  changedByHand(site, ({ vms }) => vms.forEach(change));
}

/** A second up writes nothing, and a refresh finds nothing. */
async function rests(program: ReturnType<typeof machine>): Promise<void> {
  site.writes();
  await site.up(program, true);
  expect(site.writes()).toEqual([]);
}

test("a machine's priority is given at creation, changed in place and put back; CloudTower before 4.8.0 is told of none", async () => {
  await begin();
  await site.up(machine({ haPriority: "LEVEL_3_HIGH" }));
  expect(vm().haPriority).toBe("LEVEL_3_HIGH");
  await rests(machine({ haPriority: "LEVEL_3_HIGH" }));
  byHand((each) => {
    each.haPriority = "LEVEL_1_LOW";
  });
  await site.engine.refresh();
  expect(inputs()).toMatchObject({ haPriority: "LEVEL_1_LOW" });
  await site.up(machine({ haPriority: "LEVEL_2_MEDIUM" }));
  expect([site.writes(), vm().haPriority]).toEqual([["updateVmBasicInfo"], "LEVEL_2_MEDIUM"]);
  // What the plan does not name any more is not looked at.
  await site.up(machine());
  expect([site.writes(), vm().haPriority]).toEqual([[], "LEVEL_2_MEDIUM"]);

  await begin("4.6.0");
  await site.up(without);
  site.writes();
  const told =
    "machine web-01 cannot have all that is planned: haPriority takes CloudTower 4.8.0, and TOWER is 4.6.0 — leave haPriority out of the plan";
  expect(await site.errorsOf(machine({ haPriority: "LEVEL_3_HIGH" }))).toMatch(told);
  expect([site.writes(), standing().vms]).toEqual([[], []]);
  await site.up(machine());
  site.writes();
  // Nothing of the change, also what this CloudTower would take.
  expect(await site.errorsOf(machine({ haPriority: "LEVEL_3_HIGH", description: "new" }))).toMatch(told);
  expect(site.writes()).toEqual([]);
});

const MIB = 2 ** 20;
const whole = { ioPolicy: "RESTRICT_WHOLE_VM", maxIops: 500, maxIopsPolicy: "FORCED", maxBandwidth: "100 MiB" };

test.each(TOWER_VERSIONS)(
  "a machine has the limits of the plan from its creation on, changed in place, put back, and the others as they stand (CloudTower %s)",
  async (of) => {
    await begin(of);
    await site.up(machine(whole));
    expect(site.writes().at(-1)).toBe("createTowerVm");
    expect(vm()).toMatchObject({ ioPolicy: "RESTRICT_WHOLE_VM", limits: { iops: 500, bandwidth: 100 * MIB } });
    await rests(machine(whole));
    byHand((each) => {
      each.limits = { ...each.limits, iops: 9 };
    });
    await site.engine.refresh();
    expect(inputs()).toMatchObject({ maxIops: 9, maxBandwidth: 100 * MIB });
    // What the plan does not name is not looked at, and stays.
    const { maxBandwidth: _, ...fewer } = whole;
    await site.up(machine(fewer));
    expect([site.writes(), vm().limits]).toMatchObject([["updateVmIoPolicy"], { iops: 500, bandwidth: 100 * MIB }]);
    await site.up(machine());
    await rests(machine());
    expect(vm().limits).toMatchObject({ iops: 500 });
  },
);

test("each disk has limits of its own, also one that is added, and one that is lifted; a machine that is a copy gets them before it starts", async () => {
  await begin();
  const disk = (name: string, more: object = {}) => ({ name, size: "1 GiB", ...more });
  const program = (...disks: object[]) => machine({ ioPolicy: "RESTRICT_EACH_DISK", disks });
  await site.up(program(disk("a", { maxIops: 100 }), disk("b")));
  expect(vm().disks).toMatchObject([{ limits: { iops: 100 } }, {}]);
  const three = [disk("a", { maxIops: 200 }), disk("b", { maxBandwidth: MIB }), disk("c", { maxIops: 300 })];
  site.writes();
  await site.up(program(...three));
  expect(site.writes()).toEqual(["addVmDisk", "updateVmIoPolicy"]);
  const limitsOf = () => Object.fromEntries(vm().disks.map(({ name, limits }) => [name, limits]));
  expect(limitsOf()).toEqual({ a: { iops: 200 }, b: { bandwidth: MIB }, c: { iops: 300 } });
  await rests(program(...three));
  // Of b nothing is planned any more, so that what it has stays.
  await site.up(program(disk("a", { maxIops: false }), disk("b"), disk("c", { maxIops: 300 })));
  expect(limitsOf()).toEqual({ a: {}, b: { bandwidth: MIB }, c: { iops: 300 } });
  const copy = { ...whole, name: "web-02", clone: "web-01", vcpu: undefined, memory: undefined, disks: undefined };
  site.writes();
  await site.up([...program(...three), oneMachine({ ...copy, status: "RUNNING", nics: [] }, "copy")]);
  expect(site.writes().slice(-3)).toEqual(["cloneVm", "updateVmIoPolicy", "startTowerVm"]);
});

test("a limit that is to go and that CloudTower keeps is told, with the way out (ioLimitLeftOut stays)", async () => {
  await begin("4.8.0", { switches: { ioLimitLeftOut: "stays" } });
  await site.up(machine(whole));
  const lifted = { ...whole, maxIops: false, maxIopsPolicy: undefined };
  expect(await site.errorsOf(machine(lifted))).toMatch(
    /CloudTower keeps limits of machine web-01 that are to go \(of the machine\).* — lift them in CloudTower, then up again/,
  );
  byHand((each) => {
    each.limits = { bandwidth: 100 * MIB };
  });
  await site.up(machine(lifted));
  await rests(machine(lifted));
});

test.each([
  [{ maxIops: 5 }, /maxIops: goes together with ioPolicy RESTRICT_WHOLE_VM/],
  [
    { ...whole, disks: [{ name: "web-01-system", size: "40 GiB", maxIops: 5 }] },
    /disks\[0\].maxIops: goes together with ioPolicy RESTRICT_EACH_DISK/,
  ],
  [{ ...whole, maxIops: false }, /maxIopsPolicy: goes together with a maxIops/],
  [
    { nics: [{ vlan: "default", qos: { egress: {} } }] },
    /nics\[0\].qos.egress.rateLimit: is missing: a limit that holds has one/,
  ],
])("limits that mean nothing are refused at preview (%#)", async (args, message) => {
  await begin();
  const { errors } = await site.engine.preview(machine(args));
  expect(errors.join()).toMatch(message);
});

test.each(TOWER_VERSIONS)(
  "what goes through a NIC is limited from its creation on, changed in place, put back, and lifted (CloudTower %s)",
  async (of) => {
    await begin(of);
    const program = (qos?: object, more: object[] = []) => machine({ nics: [{ vlan: "default", qos }, ...more] });
    const egress = { rateLimit: 100_000_000, burst: 8_000 };
    await site.up(program({ egress }));
    expect(site.writes().at(-1)).toBe("createTowerVm");
    expect(vm().nics[0]?.qos).toEqual({ egress: { enabled: true, rate: 100_000_000, burst: 8_000 } });
    await rests(program({ egress }));
    byHand(({ nics: [nic] }) => {
      if (nic) nic.qos = {};
    });
    await site.engine.refresh();
    expect(inputs()?.["nics"]).toMatchObject([{ qos: { egress: { enabled: false } } }]);
    site.writes();
    const both = program({ egress, ingress: { rateLimit: 1_000 } }, [{ vlan: "default", qos: { egress } }]);
    await site.up(both);
    expect(site.writes()).toEqual(["updateVmNicQosOption", "addVmNic"]);
    expect(vm().nics.map(({ qos }) => qos)).toMatchObject([
      { egress: { rate: 100_000_000 }, ingress: { enabled: true, rate: 1_000 } },
      { egress: { rate: 100_000_000 } },
    ]);
    await rests(both);
    const lifted = program({ egress: { enabled: false } }, [{ vlan: "default" }]);
    await site.up(lifted);
    expect(vm().nics.map(({ qos }) => qos?.egress?.enabled)).toEqual([false, true]);
    await rests(lifted);
  },
);

/** An account of CloudTower that somebody has made. */
function addUser(username: string, source: "LOCAL" | "LDAP" = "LOCAL"): void {
  changedByHand(site, (_cluster, { users }) => {
    users.push({ id: `${username} ${source}`, username, source, role: "ADMIN", password: "", passwordSetAt: 0 });
  });
}

test.each(TOWER_VERSIONS)(
  "a machine belongs to the plan's user from its creation on, and to another once the plan says so (CloudTower %s)",
  async (of) => {
    await begin(of);
    await site.up(without);
    for (const name of ["ann", "bob", "both"]) addUser(name);
    addUser("both", "LDAP");
    site.writes();
    await site.up(machine({ owner: "ann" }));
    const [made] = site.sent("createTowerVm");
    expect(made?.rawBody).toMatchObject([{ owner: { search_for: "id", value: "ann LOCAL" } }]);
    expect(vm().owner).toBe("ann LOCAL");
    await rests(machine({ owner: "ann" }));
    await site.lab.setFaults([{ operation: "updateVmOwner", drop: "before-commit", count: 1 }]);
    await site.up(machine({ owner: "bob" }));
    expect([new Set(site.writes()), vm().owner]).toEqual([new Set(["updateVmOwner"]), "bob LOCAL"]);
    await site.up(machine());
    expect([site.writes(), vm().owner]).toEqual([[], "bob LOCAL"]);
    expect(await site.errorsOf(machine({ owner: "eve" }))).toMatch("CloudTower has no user eve — put the plan right");
    expect(await site.errorsOf(machine({ owner: "both" }))).toMatch(
      "CloudTower has 2 users both, of LDAP (both LDAP), LOCAL (both LOCAL) — name one by its id",
    );
    expect(site.writes()).toEqual([]);
    await site.up(machine({ owner: "both LDAP" }));
    expect(vm().owner).toBe("both LDAP");
  },
);

test("the password of an account of the guest is set once for each change, when the tools run, and stands nowhere in clear", async () => {
  await begin();
  const account = (password: string) => ({ guestOsAccount: { username: "root", password } });
  await site.up(machine(account("Canary-Guest-1")));
  byHand((each) => {
    each.installed = true;
  });
  site.writes();
  const program = (password: string) => machine({ ...account(password), status: "RUNNING" });
  await site.up(program("Canary-Guest-1"));
  expect(site.writes()).toEqual(["startTowerVm", "resetVmGuestOsPassword"]);
  const passwords = () => vm().guest?.passwords;
  expect(passwords()).toEqual({ root: "Canary-Guest-1" });
  // What was changed in the guest is not the plan's affair, also after it was stopped by hand.
  byHand((each) => {
    each.guest = { passwords: { root: "Theirs-1" } };
    each.status = "stopped";
  });
  await site.engine.refresh();
  await site.up(program("Canary-Guest-1"));
  expect([site.writes(), passwords()]).toEqual([["startTowerVm"], { root: "Theirs-1" }]);
  await site.lab.setFaults([{ operation: "resetVmGuestOsPassword", drop: "before-commit", count: 1 }]);
  await site.up(program("Canary-Guest-2"));
  expect(passwords()).toEqual({ root: "Canary-Guest-2" });
  // As a server may that repeats what it was sent.
  const answer = { status: 400, body: { message: "not taken: Canary-Guest-3" } };
  await site.lab.setFaults([{ operation: "resetVmGuestOsPassword", answer, count: 1 }]);
  const { errors, logs } = await site.engine.up(program("Canary-Guest-3"));
  expect(errors.join()).toMatch(/not taken: \*\*\*/);
  const files = readdirSync(site.project.memory, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), "utf8"));
  expect([...errors, ...logs.map(({ text }) => text), ...files].join("\n")).not.toMatch("Canary-Guest");
  const marked = markSecrets(
    vmInputs,
    account("Canary-Guest-1"),
    () => "a secret",
    () => false,
  );
  expect(marked).toMatchObject({ guestOsAccount: { username: "root", password: "a secret" } });
});

test("a limit whose request is lost is not taken for one that CloudTower keeps", async () => {
  await begin();
  await site.up(machine(whole));
  await site.lab.setFaults([{ operation: "updateVmIoPolicy", drop: "before-commit", count: 1 }]);
  const lifted = machine({ ...whole, maxIops: false, maxIopsPolicy: undefined });
  await site.up(lifted);
  expect(vm().limits).toEqual({ bandwidth: 100 * MIB });
  await rests(lifted);
});

test("a limit of a direction that the plan has no word on stays (qosLeftOut lifted)", async () => {
  await begin("4.8.0", { switches: { qosLeftOut: "lifted" } });
  const program = (qos: object) => machine({ nics: [{ vlan: "default", qos }] });
  const ingress = { rateLimit: 1_000, burst: 8_000 };
  await site.up(program({ egress: { rateLimit: 2_000 }, ingress }));
  await site.up(program({ egress: { rateLimit: 3_000 } }));
  expect(vm().nics[0]?.qos).toMatchObject({ egress: { rate: 3_000 }, ingress: { rate: 1_000, burst: 8_000 } });
});
