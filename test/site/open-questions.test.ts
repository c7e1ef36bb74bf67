import { expect, onTestFinished, test } from "vitest";
import { defaultSwitches, type LabSwitches } from "../../lab/switches";
import type { SitePlan } from "../../plan/site-plan";
import { sitePlan, stageThreePlan } from "./plans";
import { createSiteProject, type SiteProject } from "./site-project";

/**
 * What no document settles: whichever way a real site answers, the site comes up, and stands still afterwards. One way
 * is left out: hosts that want a session's token from the moment they are deployed (deploymentToken: session), when
 * nobody can log in yet. Several at a time, since they do not meddle with each other.
 */
const UP_TO_STAGE_TWO: Partial<LabSwitches>[] = [
  { readVip: 404, secondSetupRoot: 500, statusAfterwards: "empty", noError: "null" },
  { readVip: 405, clusterScanSees: false, unauthorised: 403, newHostKeys: true },
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

/** Tried where a failure or a loss shows them: stage-three-refusals.test.ts; the last with the image of the tools. */
const ELSEWHERE: (keyof LabSwitches)[] = ["failedJobSays", "failedVds", "hostsShown", "missingObject", "svtListed"];

async function comesUp(plan: SitePlan, switches: Partial<LabSwitches>): Promise<SiteProject> {
  const site = await createSiteProject(plan, { switches });
  onTestFinished(() => site.close());
  const first = await site.pulumi("up", "--yes", "--skip-preview");
  expect(first.code, first.output).toBe(0);
  site.lab.clearRequests();
  const second = await site.pulumi("up", "--yes", "--skip-preview", "--refresh");
  expect(second.code, second.output).toBe(0);
  expect(second.output).toMatch(/unchanged/);
  expect(site.lab.requests().filter(({ write }) => write)).toEqual([]);
  return site;
}

test.each(UP_TO_STAGE_TWO)("with %j the site comes up, and a second up writes nothing", async (switches) => {
  await comesUp(sitePlan(3), switches);
});

test.each(STAGE_THREE)("with $switches as well, and a changed plan is tried whole", async (expected) => {
  const plan = stageThreePlan();
  const site = await comesUp(plan, expected.switches);
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
  expect(output).toMatch(expected.byHand);
  const committed = site.lab.requests().filter((request) => request.write && request.committed);
  expect(committed.map(({ operation }) => operation).sort()).toEqual(expected.writes);
});

test("every switch of the lab is tried", () => {
  const tried = [...UP_TO_STAGE_TWO, ...STAGE_THREE.map(({ switches }) => switches)].flatMap((each) =>
    Object.keys(each),
  );
  expect([...new Set([...tried, ...ELSEWHERE])].sort()).toEqual(Object.keys(defaultSwitches).sort());
});
