import { expect, onTestFinished, test } from "vitest";
import type { LabSwitches } from "../../lab/switches";
import { sitePlan } from "./plans";
import { createSiteProject } from "./site-project";

// What no document settles: whichever way a real site answers, the site comes up, and stands still afterwards. One way
// is left out: hosts that want a session's token from the moment they are deployed (deploymentToken: session), when
// nobody can log in yet.
test.each<Partial<LabSwitches>>([
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
])("with %j the site comes up, and a second up writes nothing", async (switches) => {
  const site = await createSiteProject(sitePlan(3), { switches });
  onTestFinished(() => site.close());
  const first = await site.pulumi("up", "--yes", "--skip-preview");
  expect(first.code, first.output).toBe(0);
  site.lab.clearRequests();
  const second = await site.pulumi("up", "--yes", "--skip-preview", "--refresh");
  expect(second.code, second.output).toBe(0);
  expect(second.output).toMatch(/unchanged/);
  expect(site.lab.requests().filter((request) => request.write)).toEqual([]);
});
