import { expect, test } from "vitest";
import type { ResourceSpec } from "../kit/program";
import type { LabSite } from "./lab-site";
import { connectedTower, towerConnection as connection, towerSites } from "./tower-site";

const without = connectedTower();
const cluster = { $ref: "cluster.clusterId" };

/** The connected cluster, and the recycle bin of its machines. */
function bin(args: Record<string, unknown> = {}): ResourceSpec[] {
  const own = { connection, cluster, retain: 7, ...args };
  return [...without, { type: "cloudtower:VmRecycleBin", name: "bin", args: own, options: { dependsOn: ["cluster"] } }];
}

const begin = towerSites("4.6.0", "4.8.0");
const stands = (site: LabSite) => site.lab.site.model.cloudtower?.clusters[0]?.recycleBin;
const [CREATE, UPDATE] = ["createClusterRecycleBinSetting", "updateClusterRecycleBinSetting"];

test.each([
  ["4.6.0", "direct"],
  ["4.8.0", "task"],
] as const)("CloudTower %s gets a bin, which is changed, put back and left (plainWrites %s)", async (version, by) => {
  const site = await begin(version, { switches: { plainWrites: by } });
  await site.up(without);
  site.writes();
  await site.up(bin());
  expect([site.writes(), stands(site)]).toEqual([[CREATE], { enabled: true, retain: 7 }]);
  await site.up(bin(), true);
  expect(site.writes()).toEqual([]);
  await site.up(bin({ enabled: false, retain: 30 }));
  expect([site.writes(), stands(site)]).toEqual([[UPDATE], { enabled: false, retain: 30 }]);

  const byHand = (to: { enabled: boolean; retain: number } | null) =>
    site.lab.cloudtower.change(({ clusters }) => {
      for (const each of clusters) each.recycleBin = to;
    });
  byHand({ enabled: true, retain: 30 });
  await site.engine.refresh();
  expect(site.engine.state.find(({ name }) => name === "bin")?.inputs).toMatchObject({ enabled: true, retain: 30 });
  await site.up(bin({ enabled: false, retain: 30 }));
  expect(site.writes()).toEqual([UPDATE]);
  byHand(null);
  await site.up(bin({ enabled: false, retain: 30 }), true);
  expect([site.writes(), stands(site)]).toEqual([[CREATE], { enabled: false, retain: 30 }]);
  await site.up(without);
  expect([site.writes(), stands(site)]).toEqual([[], { enabled: false, retain: 30 }]);
});

test.each(["kept", "inherited"] as const)(
  "a bin that is shown already (%s) is left where it is as planned, else changed",
  async (vmRecycleBin) => {
    const site = await begin("4.6.0", { switches: { vmRecycleBin } });
    await site.up(without);
    site.writes();
    await site.up(bin());
    expect(site.writes()).toEqual([]);
    await site.up(bin({ retain: 30 }));
    expect(stands(site)).toEqual({ enabled: true, retain: 30 });
    // The first call is refused where the cluster has none of its own.
    expect(site.writes()).toEqual(vmRecycleBin === "kept" ? [UPDATE] : [UPDATE, CREATE]);
  },
);

test.each([CREATE, UPDATE])("a lost answer to %s is no second write", async (operation) => {
  const site = await begin("4.6.0");
  await site.up(operation === CREATE ? without : bin());
  await site.engine.kill();
  await site.lab.setFaults([{ operation, drop: "after-commit", count: 1 }]);
  site.writes();
  await site.up(bin({ retain: 30 }));
  expect([site.lab.faultsApplied(), site.writes()]).toEqual([[1], [operation]]);
  expect(stands(site)).toEqual({ enabled: true, retain: 30 });
});

test("what CloudTower refuses both ways is told in the words of its first refusal", async () => {
  const site = await begin("4.6.0");
  await site.up(without);
  const answer = { status: 400, body: { message: "retain is too long", status: 400, path: "/create" } };
  await site.lab.setFaults([{ operation: CREATE, answer }]);
  expect(await site.errorsOf(bin({ retain: 9_999 }))).toMatch(/set the recycle bin of cluster .*: retain is too long/);
  expect(await site.errorsOf(bin({ retain: 0 }))).toMatch(/retain.*expected number to be >=1/);
  expect(stands(site)).toBeUndefined();
});
