import { describe, expect, test } from "vitest";
import type { FaultRule } from "../../lab/faults";
import { labPlan } from "../../lab/lab.fixture";
import { hostScan } from "../../lab/smtxos/host-scan";
import { type BeginSite, type LabSite, labSites, labTemplate } from "./lab-site";
import { siteProgram } from "./site-program";

const plan = labPlan();
const beginSite = labSites(() => labTemplate(plan));
let site: LabSite;
const begin = async (...of: Parameters<BeginSite>) => {
  site = await beginSite(...of);
};
const program = siteProgram(plan, new Uint8Array(), ["cluster"]);
const THIRD = "10.0.20.103:80";
const members = plan.hosts.map(({ name, management, storage }) => ({
  hostname: name,
  managementIp: management,
  storageIp: storage,
}));

/** What the third host answers from the second look on; the first one is what a run decides on. */
const answersLater = (operation: string, data: object, skip = 1): FaultRule => ({
  operation,
  endpoint: THIRD,
  skip,
  answer: { status: 200, body: { ec: "EOK", data, error: {} } },
});
const scanOfThird = () => hostScan(site.lab.site, site.lab.site.model.hosts[2] as never);

describe("right before the request leaves every host is looked at once more", () => {
  test.each<[string, () => FaultRule, RegExp]>([
    [
      "deployed by now",
      () => answersLater("deployVerify", { is_deployed: true, platform: "kvm" }),
      /nothing was sent: host node-03 \(10\.0\.20\.103\) was deployed meanwhile/,
    ],
    [
      "another machine",
      () => answersLater("scanHost", { ...scanOfThird(), sn: "OTHER-1" }),
      /nothing was sent: host node-03 \(10\.0\.20\.103\) is another machine by now: OTHER-1 \(host_uuid [\w-]+\), and was /,
    ],
    [
      "without its ports",
      () => answersLater("scanHost", { ...scanOfThird(), ifaces: [] }),
      /nothing was sent: host node-03 \(10\.0\.20\.103\) has no port ens224, ens192, ens256, ens161/,
    ],
    [
      "missing",
      () => ({ operation: "scanHost", endpoint: THIRD, skip: 1, drop: "before-commit" }),
      /nothing was sent: host node-03 \(10\.0\.20\.103\): Unable to scan host 10\.0\.20\.103/,
    ],
  ])("one that is %s stops it, and is named", async (_what, rule, said) => {
    await begin();
    await site.lab.setFaults([rule()]);
    expect(await site.errorsOf(program)).toMatch(said);
    expect(site.lab.faultsApplied()[0]).toBeGreaterThan(0);
    expect(site.writes()).toEqual([]);
    await site.lab.setFaults([]);
    await site.engine.kill();
    await site.up(program);
    expect(site.writes()).toEqual(["deployCluster"]);
  });
});

describe("what a deployment has given", () => {
  test("is waited for where the scans show it late", async () => {
    await begin({ speed: 1_000, switches: { deployedScan: "late" } });
    expect(await site.up(program)).not.toMatch(/do not show/);
    expect(site.outputsOf("cluster")["members"]).toMatchObject(members);
    expect(site.writes()).toEqual(["deployCluster"]);
  });

  test("is said, and no error, where the scans never show it; then it is no drift either", async () => {
    await begin({ switches: { deployedScan: "never" } });
    expect(await site.up(program)).toMatch(
      /cluster HCI-01 is deployed, and its hosts do not show all that they were given: host node-01 \(10\.0\.20\.101\): management address \(port-mgt\) stands as nothing, planned is 10\.0\.20\.101; .*look at them in Fisheye/,
    );
    expect(site.outputsOf("cluster")["members"]).toMatchObject(members);
    const linkLocal = program.map((spec) => ({ ...spec, args: { ...spec.args, deployHostIp: "linkLocal" } }));
    await site.up(linkLocal, true);
    expect(site.writes()).toEqual(["deployCluster"]);
    // Somebody else's, of which nothing is shown, is not taken for the planned one.
    await site.forget();
    expect(await site.errorsOf(program)).toMatch(/but not the planned one: .*port-storage\) stands as nothing/);
  });

  test("is an error where an address is another", async () => {
    await begin();
    await site.up(program);
    const scan = scanOfThird();
    const ifaces = scan.ifaces.map((each) => (each.name === "port-storage" ? { ...each, ipv4: "10.0.21.9" } : each));
    await site.forget();
    for (const { management } of plan.hosts) site.lab.smtxos.reinstall(management);
    await site.lab.setFaults([answersLater("scanHost", { ...scan, ifaces }, 2)]);
    expect(await site.errorsOf(program)).toMatch(
      /was deployed, but not as planned: host node-03 .*port-storage\) stands as 10\.0\.21\.9, planned is 10\.0\.21\.103/,
    );
  });

  test("a name that the scans never show right is said once, and is no drift until it changes", async () => {
    await begin();
    site.lab.site.onChange(async () => {
      const [host] = site.lab.site.model.hosts;
      if (host?.deployed && host.hostname === "node-01") site.lab.smtxos.renameHost("10.0.20.101", "other");
    });
    expect(await site.up(program)).toMatch(/host name stands as other, planned is node-01/);
    await site.up(program, true);
    expect(site.writes()).toEqual(["deployCluster"]);
    site.lab.smtxos.renameHost("10.0.20.102", "by-hand");
    expect((await site.engine.up(program, { refresh: true })).errors.join()).toMatch(
      /\[1\]\.hostname stands as "by-hand", planned is "node-02"/,
    );
  });
});

test("where an earlier run may have begun it, hosts that are cut off meanwhile are waited for at every question", async () => {
  await begin();
  await site.lab.setFaults([{ operation: "deployCluster", drop: "before-commit" }]);
  expect(await site.errorsOf(program)).toMatch(/./);
  await site.engine.kill();
  await site.lab.setFaults([{ operation: "deployStatus", count: 20, drop: "before-commit" }]);
  await site.up(program);
  expect(site.lab.faultsApplied()[0]).toBe(20);
  expect(site.lab.site.model.hosts.map(({ deployed }) => deployed)).toEqual([true, true, true]);
});
