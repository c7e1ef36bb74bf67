import { expect, onTestFinished, test } from "vitest";
import { defaultSwitches, type LabSwitches } from "../../lab/switches";
import { sitePlan, stageThreePlan } from "./plans";
import { createSiteProject } from "./site-project";

/**
 * What no document settles: whichever way a real site answers, the site comes up, and stands still afterwards. One way
 * is left out: hosts that want a session's token from the moment they are deployed (deploymentToken: session), when
 * nobody can log in yet.
 */
const UP_TO_STAGE_TWO: Partial<LabSwitches>[] = [
  { readVip: 404 },
  { readVip: 405 },
  { secondSetupRoot: 500 },
  { clusterScanSees: false },
  { unauthorised: 403 },
  { deploymentToken: "fixed" },
  { statusAfterwards: "empty" },
  { statusAfterwards: 500 },
  { noError: "null" },
  { newHostKeys: true },
];

/** Of stage 03 several at a time, since they do not meddle with each other. */
const STAGE_THREE: Partial<LabSwitches>[] = [
  { readDns: 404, readNtp: 405, readIpmi: 404, vlanIdAs: "string", systemNetworks: false, setVipAnswers: "job" },
  { readDns: 405, readNtp: 404, readIpmi: 200, vdsBondMode: "balance-tcp", vdsListed: "done", smartxSudo: "password" },
  { hostsShown: false, missingObject: 404 },
];

/** Tried where a change, a failure or a destroy shows them, and how the kind of the tools meets them. */
const ELSEWHERE: (keyof LabSwitches)[] = ["failedJobSays", "failedVds", "changeVds", "changeVlan", "svtListed"];

test.each([
  ...UP_TO_STAGE_TWO.map((switches) => ({ switches, plan: sitePlan(3) })),
  ...STAGE_THREE.map((switches) => ({ switches, plan: stageThreePlan() })),
])("with $switches the site comes up, and a second up writes nothing", async ({ switches, plan }) => {
  const site = await createSiteProject(plan, { switches });
  onTestFinished(() => site.close());
  const first = await site.pulumi("up", "--yes", "--skip-preview");
  expect(first.code, first.output).toBe(0);
  site.lab.clearRequests();
  const second = await site.pulumi("up", "--yes", "--skip-preview", "--refresh");
  expect(second.code, second.output).toBe(0);
  expect(second.output).toMatch(/unchanged/);
  expect(site.lab.requests().filter((request) => request.write)).toEqual([]);
});

test("every switch of the lab is tried", () => {
  const tried = [...UP_TO_STAGE_TWO, ...STAGE_THREE].flatMap((switches) => Object.keys(switches));
  expect([...new Set([...tried, ...ELSEWHERE])].sort()).toEqual(Object.keys(defaultSwitches).sort());
});
