import { expect, test } from "vitest";
import { type LabSnapshotPlan, TOWER_VERSIONS } from "../../lab/cloudtower/tower-model";
import type { LabOptions } from "../../lab/lab";
import type { ResourceSpec } from "../kit/program";
import type { LabSite } from "./lab-site";
import { addMachine, connectedTower, towerConnection as connection, MACHINE, towerSites } from "./tower-site";

const without = connectedTower();

/** The connected cluster, and a snapshot plan of its machines. */
function plan(args: Record<string, unknown> = {}): ResourceSpec[] {
  const own = {
    connection,
    cluster: { $ref: "cluster.clusterId" },
    name: "nightly",
    vms: ["web-01"],
    every: "DAY",
    intervals: [1],
    time: "02:30",
    startTime: "2026-01-01T08:00:00+08:00",
    remain: 7,
    ...args,
  };
  return [
    ...without,
    { type: "cloudtower:SnapshotPlan", name: "plan", args: own, options: { dependsOn: ["cluster"] } },
  ];
}

const beginSite = towerSites(...TOWER_VERSIONS);
let site: LabSite;
/** Id of the machine `web-01`. */
let vm: string;
/** A connected cluster with the machine. */
async function begin(version?: (typeof TOWER_VERSIONS)[number], options?: Partial<LabOptions>): Promise<void> {
  site = await beginSite(version, options);
  await site.up(without);
  vm = addMachine(site.lab);
  site.writes();
}
const plans = () => site.lab.site.model.cloudtower?.clusters[0]?.kept.snapshotPlans ?? [];

/** Somebody makes or changes plans by hand. */
function byHand(change: (plans: LabSnapshotPlan[]) => void): void {
  site.lab.cloudtower.change(({ clusters: [cluster] }) => {
    if (!cluster) throw new Error("no cluster");
    cluster.kept.snapshotPlans ??= [];
    change(cluster.kept.snapshotPlans);
  });
}

test.each(TOWER_VERSIONS)(
  "CloudTower %s gets a plan, which is changed in place, suspended, resumed, put back and deleted",
  async (version) => {
    await begin(version);
    await site.up(plan());
    expect(site.writes()).toEqual(["createSnapshotPlan"]);
    const [made] = plans();
    expect(made).toMatchObject({ name: "nightly", type: "DAY", intervals: [1], time: "02:30", remain: 7, vms: [vm] });
    expect(site.outputsOf("plan").planId).toBe(made?.id);
    // The same, in other words.
    await site.up(plan({ vms: [vm], startTime: "2026-01-01T00:00:00Z" }));
    expect(site.writes()).toEqual([]);

    const later = {
      name: "evenings",
      every: "WEEK",
      intervals: [1, 5],
      time: "21:00",
      endTime: "2027-01-01T00:00:00Z",
    };
    await site.up(plan({ ...later, suspended: true }));
    expect(site.writes()).toEqual(["updateSnapshotPlan", "suspendSnapshotPlan"]);
    expect(plans()).toMatchObject([{ id: made?.id, name: "evenings", type: "WEEK", time: "21:00", suspended: true }]);
    await site.up(plan(later));
    expect(site.writes()).toEqual(["resumeSnapshotPlan"]);
    expect(plans()).toMatchObject([{ suspended: false }]);

    byHand(([each]) => Object.assign(each ?? {}, { remain: 3, suspended: true }));
    await site.engine.refresh();
    expect(site.engine.state.find(({ name }) => name === "plan")?.inputs).toMatchObject({ remain: 3, suspended: true });
    await site.up(plan(later));
    expect(site.writes()).toEqual(["updateSnapshotPlan", "resumeSnapshotPlan"]);

    await site.up(without);
    expect(site.writes()).toEqual(["deleteSnapshotPlan"]);
    expect(plans()).toEqual([]);
  },
);

test("another start, and an end that is taken back, are refused at preview", async () => {
  await begin();
  await site.up(plan({ endTime: "2027-01-01T00:00:00Z" }));
  site.writes();
  const { ok, errors } = await site.engine.preview(plan({ startTime: "2026-02-01T00:00:00Z" }));
  expect([ok, errors.join("\n")]).toEqual([
    false,
    expect.stringMatching(/startTime.*CloudTower has no change of it.*endTime.*no call to take it back/s),
  ]);
  expect(site.writes()).toEqual([]);
});

test("a time of day that CloudTower does not show is changed all the same, and no drift of it is claimed", async () => {
  await begin("4.6.0", { switches: { planTimeShown: "null" } });
  await site.up(plan());
  site.writes();
  await site.up(plan(), true);
  expect(site.writes()).toEqual([]);
  await site.up(plan({ time: "21:00" }));
  expect([site.writes(), plans()[0]?.time]).toEqual([["updateSnapshotPlan"], "21:00"]);
});

test("a machine that is not there, or whose name two have, is named", async () => {
  await begin();
  expect(await site.errorsOf(plan({ vms: ["web-09"] }))).toMatch(
    /no machine is called web-09, or has that id in the cluster/,
  );
  site.lab.site.change(({ cluster }) => cluster?.vms.push({ ...structuredClone(MACHINE), uuid: "other" }));
  expect(await site.errorsOf(plan())).toMatch(/2 machines are called web-01 in the cluster/);
  await site.up(plan({ vms: [vm] }));
  expect(plans()).toMatchObject([{ vms: [vm] }]);
});

test("a plan of somebody else is refused, and taken over when that is allowed", async () => {
  await begin();
  const theirs = { type: "DAY", intervals: [1], time: "02:30", start: "2026-01-01T00:00:00Z", end: null } as const;
  byHand((all) =>
    all.push({
      ...theirs,
      intervals: [1],
      id: "c-others",
      name: "nightly",
      remain: 7,
      suspended: false,
      vms: [vm],
      groups: 0,
    }),
  );
  expect(await site.errorsOf(plan())).toMatch(/SnapshotPlan\/nightly stands already on TOWER .*adopt SnapshotPlan/);
  site.engine.settings = { ...site.engine.settings, adopt: "all" };
  await site.engine.kill();
  site.writes();
  expect(await site.errorsOf(plan({ startTime: "2026-02-01T00:00:00Z" }))).toMatch(
    /cannot be brought to the plan: startTime/,
  );
  // Nothing of it is the stack's yet, so that the plan may be put right at once.
  await site.up(plan());
  expect(site.writes()).toEqual([]);
  expect(site.outputsOf("plan").planId).toBe("c-others");
});

test("a plan that has taken snapshots stays, is still this stack's, and goes where allowDestroy says so", async () => {
  await begin();
  await site.up(plan());
  byHand(([each]) => Object.assign(each ?? {}, { groups: 3 }));
  site.writes();
  expect(await site.up(without)).toMatch(/snapshot plan nightly stays: it has taken snapshots \(3\)/);
  await site.up(plan({ allowDestroy: true }));
  expect(site.writes()).toEqual([]);
  await site.up(without);
  expect(plans()).toEqual([]);
});

test("a plan of several sites is neither changed, suspended nor deleted", async () => {
  await begin();
  await site.up(plan({ shared: true }));
  site.writes();
  expect(await site.errorsOf(plan({ shared: true, suspended: true }))).toMatch(
    /is shared with other sites and is not changed/,
  );
  await site.up(without);
  expect([site.writes(), plans().length]).toEqual([[], 1]);
});

test.each([
  ["createSnapshotPlan", plan()],
  ["updateSnapshotPlan", plan({ remain: 14 })],
  ["suspendSnapshotPlan", plan({ suspended: true })],
  ["deleteSnapshotPlan", without],
])("a task of %s that fails, and then a lost answer, end as wanted in the next run", async (operation, program) => {
  await begin();
  if (operation !== "createSnapshotPlan") await site.up(plan());
  await site.engine.kill();
  await site.lab.setFaults([{ operation, task: "fails", count: 1 }]);
  expect(await site.errorsOf(program)).toMatch(/has failed: task .* says /);
  await site.lab.setFaults([{ operation, drop: "after-commit", count: 1 }]);
  await site.up(program);
  expect(site.lab.faultsApplied()).toEqual([1]);
  const wanted = program.find(({ name }) => name === "plan")?.args;
  expect(plans().map(({ remain, suspended }) => [remain, suspended])).toEqual(
    wanted ? [[wanted["remain"], wanted["suspended"] ?? false]] : [],
  );
});
