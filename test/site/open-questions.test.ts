import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { plainObjects } from "../../lab/cloudtower/system";
import { defaultSwitches, type LabSwitches } from "../../lab/switches";
import type { SitePlan } from "../../plan/site-plan";
import { sitePlan, stageThreePlan } from "./plans";
import { createTestEngineSite, type TestEngineSite } from "./test-engine-site";
import { createWholeTestEngineSite, towerSitePlan } from "./whole-site";

/**
 * What no document settles: whichever way a real site answers, the site comes up, and stands still afterwards. One way
 * is left out: hosts that want a session's token from the moment they are deployed (deploymentToken: session), when
 * nobody can log in yet. Several at a time, since they do not meddle with each other.
 */
const UP_TO_STAGE_TWO: Partial<LabSwitches>[] = [
  { readVip: 404, secondSetupRoot: 500, statusAfterwards: "empty", noError: "null", deployedScan: "never" },
  { readVip: 405, clusterScanSees: false, unauthorised: 403, newHostKeys: true, deployedScan: "late" },
  { deploymentToken: "fixed", statusAfterwards: 500 },
];

/** Of stage 03, and what a changed plan comes to then. */
const STAGE_THREE: { switches: Partial<LabSwitches>; writes: string[]; byHand: RegExp }[] = [
  {
    switches: {
      readDns: 404,
      readNtp: 405,
      readIpmi: 404,
      vlanIdAs: "string",
      systemNetworks: false,
      setVipAnswers: "job",
      vdsBondMode: "balance-tcp",
      changeVlan: 405,
    },
    writes: ["setDns", "setNtp", "updateVds"],
    byHand: /HCI-01 has no call to change VLAN VLAN-1120 to id 99 \(PUT \S+ answered 405\).* — do it by hand/,
  },
  {
    switches: {
      readDns: 405,
      readNtp: 404,
      readIpmi: 200,
      vdsListed: "done",
      smartxSudo: "password",
      changeVds: 404,
    },
    writes: ["setDns", "setNtp"],
    byHand: /HCI-01 has no call to change virtual switch vDS-Prod-Network \(PUT \S+ answered 404\).* — do it by hand/,
  },
];

/** Tried where a failure or a loss shows them: smtxos-refusals.test.ts; the last with the image of the tools. */
const ELSEWHERE: (keyof LabSwitches)[] = ["failedJobSays", "failedVds", "hostsShown", "missingObject", "svtListed"];

/** Of stages 04 to 06: a whole site at which each is otherwise than the lab has it. */
const WHOLE: Partial<LabSwitches> = {
  isoListed: "finished",
  isoName: "with-iso",
  imageMd5: "null",
  mountedImage: "deleted",
  sameVmName: "refused",
  vmListed: "done",
  vlanOrder: "system-first",
  earlyVlan: "busy",
  noGuest: "null",
  nicAddress: "guest-only",
  pageSize: 50,
  doneProgress: 0,
  sameDatacenter: "refused",
  ecPolicy: "EC_k_m",
  readClusterSettings: false,
  dashboardWrites: "direct",
  sameViewName: "refused",
  plainWrites: "task",
  rackWrites: "task",
  sameRackName: "refused",
  bareTower: "502",
  listsAs: "bare",
  answersTell: "least",
  towerHttp: "closed",
  longestPage: 2,
};

/**
 * Of those stages too: tried where a failure shows them, in test/engine (vm, installation, tower-connection) or, what no
 * kind of ours meets, in the lab's own tests.
 */
const LATER: (keyof LabSwitches)[] = [
  ...(["failedVm", "guestTools", "changeVm", "towerSudo", "unprepared", "wrongLogin", "failedConnect"] as const),
  ...(["fullRack", "sameTowerVmName", "failedTowerVm", "deletedVmVolumes", "shutdownWithoutTools"] as const),
  ...(["snapshotLocalId", "cloudInitDrive", "runningVmOptions", "vncLinks", "vncToken", "ioLimitLeftOut"] as const),
  ...(["qosLeftOut", "suspendedPowerOff", "rolledBackVolumes", "rolledBackText", "rolledBackSince"] as const),
  ...(["busyKept", "samePlacementGroup", "usedPlacementGroup", "vmRecycleBin"] as const),
  ...(["planTimeShown", "sameSnapshotPlan", "secondSnapshotPlan"] as const),
  ...(["towerChunkSize", "currentChunk", "uploadArgs", "sameElfImage", "libraryUploadClusters"] as const),
];

/** Of CloudTower's plain objects, which no site's plan may have: tried by lab/cloudtower/plain.test.ts and the kinds' own tests. */
const PLAIN = plainObjects.flatMap(({ tried: { same, used } }) => [same, used].flatMap((one) => one?.name ?? []));

interface Case {
  switches: Partial<LabSwitches>;
  plan: SitePlan;
  /** What a changed plan writes, and what the site lets nobody but a person do. */
  changed?: { writes: string[]; byHand: RegExp };
}

describe.each<Case>([
  ...UP_TO_STAGE_TWO.map((switches) => ({ switches, plan: sitePlan(3) })),
  ...STAGE_THREE.map(({ switches, ...changed }) => ({ switches, plan: stageThreePlan(), changed })),
])("with $switches", ({ switches, plan, changed }) => {
  let site: TestEngineSite;
  beforeAll(async () => {
    site = await createTestEngineSite(plan, { switches });
  });
  afterAll(() => site?.close());

  test("the site comes up", async () => {
    const { code, output } = await site.pulumi("up", "--yes", "--skip-preview");
    expect(code, output).toBe(0);
  });

  test("a second up writes nothing", async () => {
    site.lab.clearRequests();
    const { code, output } = await site.pulumi("up", "--yes", "--skip-preview", "--refresh");
    expect(code, output).toBe(0);
    expect(output).toMatch(/unchanged/);
    expect(site.lab.requests().filter(({ write }) => write)).toEqual([]);
  });

  if (!changed) return;
  test("a changed plan is tried whole", async () => {
    const [first, ...rest] = plan.business?.networks ?? [];
    if (!first) throw new Error("no network");
    await site.writePlan({
      ...plan,
      dns: ["10.0.0.115"],
      ntp: ["10.0.0.9"],
      business: { switch: { name: "vDS-Prod-Network", nics: ["ens225"] }, networks: [{ ...first, vlan: 99 }, ...rest] },
    });
    const { code, output } = await site.pulumi("up", "--yes", "--skip-preview", "--continue-on-error");
    expect(code).not.toBe(0);
    expect(output).toMatch(changed.byHand);
    const committed = site.lab.requests().filter((request) => request.write && request.committed);
    expect(committed.map(({ operation }) => operation).sort()).toEqual(changed.writes);
  });
});

test("a whole site comes up where every answer of stages 04 to 06 is the other one, and a second up writes nothing", async () => {
  const site = await createWholeTestEngineSite(towerSitePlan(), { switches: WHOLE });
  try {
    const { code, output } = await site.pulumi("up", "--yes", "--skip-preview");
    expect(code, output).toBe(0);
    site.lab.clearRequests();
    const again = await site.pulumi("up", "--yes", "--skip-preview", "--refresh");
    expect(again.code, again.output).toBe(0);
    expect(again.output).toMatch(/Resources:\n {4}\d+ unchanged/);
    expect(site.lab.requests().filter(({ write }) => write)).toEqual([]);
  } finally {
    await site.close();
  }
});

test("every switch of the lab is tried", () => {
  const tried = [...UP_TO_STAGE_TWO, ...STAGE_THREE.map(({ switches }) => switches), WHOLE].flatMap((each) =>
    Object.keys(each),
  );
  expect([...new Set([...tried, ...ELSEWHERE, ...LATER, ...PLAIN])].sort()).toEqual(
    Object.keys(defaultSwitches).sort(),
  );
});
