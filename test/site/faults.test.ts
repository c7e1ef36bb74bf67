import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FaultRule } from "../../lab/faults";
import { startLab } from "../../lab/lab";
import { SMTXOS_RESOURCES, sitePlan } from "./plans";
import type { Ended } from "./site-project";
import { createTestEngineSite, type TestEngineSite } from "./test-engine-site";

const PLAN = sitePlan(3);
const UP = ["up", "--yes", "--skip-preview"];

function committed(site: TestEngineSite, operation: string) {
  return site.lab.requests().filter((request) => request.operation === operation && request.committed);
}

function sent(site: TestEngineSite, operation: string) {
  return site.lab.requests().filter((request) => request.operation === operation);
}

function expectPlainError({ code, output }: Ended): void {
  expect(code).not.toBe(0);
  expect(output).not.toMatch(/\n\s+at /);
}

describe("faults that a run comes through", () => {
  let site: TestEngineSite;
  beforeAll(async () => {
    site = await createTestEngineSite(PLAN);
  });
  afterAll(() => site?.close());

  test("lost answers, 502 in HTML, half a body and a session that ends in mid-run: one up, one of each", async () => {
    const rules: FaultRule[] = [
      { operation: "scanHost", count: 2, answer: { status: 502, html: true } },
      { operation: "deployCluster", count: 1, drop: "after-commit" },
      { operation: "deployVerify", skip: 3, count: 1, halfBody: true },
      { operation: "setupRoot", count: 1, drop: "after-commit" },
      { operation: "readVip", count: 1, expireSession: true },
      { operation: "setVip", count: 1, drop: "after-commit" },
    ];
    site.lab.setFaults(rules);
    const { code, output } = await site.pulumi(...UP);
    expect(code, output).toBe(0);
    expect(site.lab.faultsApplied()).toEqual(rules.map((rule) => rule.count));
    expect(sent(site, "deployCluster")).toHaveLength(1);
    expect(committed(site, "setupRoot")).toHaveLength(1);
    site.lab.setFaults([]);
    expect((await site.pulumi("preview", "--refresh", "--expect-no-changes")).code).toBe(0);
  });

  test("a certificate of another authority is refused, and what stands stays in the state", async () => {
    const dir = mkdtempSync(join(tmpdir(), "other-lab-"));
    const other = await startLab({ plan: PLAN, dir });
    writeFileSync(join(site.stack, "reach.json"), JSON.stringify({ ...site.lab.reach, ca: other.reach.ca }));
    await other.stop();
    rmSync(dir, { recursive: true });
    const ended = await site.pulumi("refresh", "--yes");
    expectPlainError(ended);
    expect(ended.output).toMatch(/Unable to log in to HCI-01: POST https:\/\/10\.0\.20\.10\S*: .*not trusted/);
    expect((await site.state()).deployment.resources.filter((each) => each.urn.includes("smtxos:"))).toHaveLength(
      SMTXOS_RESOURCES,
    );
  });

  test("a site where nothing listens any more is named, and does not count as gone", async () => {
    const endpoints = Object.fromEntries(Object.keys(site.lab.reach.endpoints).map((each) => [each, "127.0.0.1:1"]));
    writeFileSync(join(site.stack, "reach.json"), JSON.stringify({ ...site.lab.reach, endpoints }));
    const ended = await site.pulumi("refresh", "--yes");
    expectPlainError(ended);
    expect(ended.output).toMatch(/10\.0\.20\.10.*the connection was refused/);
    expect((await site.state()).deployment.resources.filter((each) => each.urn.includes("smtxos:"))).toHaveLength(
      SMTXOS_RESOURCES,
    );
  });
});

describe("a deployment that fails", () => {
  let site: TestEngineSite;
  beforeAll(async () => {
    site = await createTestEngineSite(PLAN);
  });
  afterAll(() => site?.close());

  test("is told with its last status and what is to be cleaned by hand", async () => {
    site.lab.smtxos.nextDeployment = "fails";
    const ended = await site.pulumi(...UP);
    expectPlainError(ended);
    expect(ended.output).toMatch(
      /the deployment of cluster HCI-01 has ended and its hosts are not deployed; last status: .+ — find the reason in the hosts' deployment log, install SMTX OS anew on node-01 \(10\.0\.20\.101\), node-02 \(10\.0\.20\.102\), node-03 \(10\.0\.20\.103\), then up again/,
    );
  });

  test("is not begun again on hosts that carry its remains", async () => {
    const ended = await site.pulumi(...UP);
    expectPlainError(ended);
    expect(ended.output).toMatch(/nothing was sent: host node-01 .*carries the networks of an earlier deployment/);
    expect(sent(site, "deployCluster")).toHaveLength(1);
  });

  test.each<[string, FaultRule, RegExp]>([
    [
      "a connection reset before the request has taken effect",
      { operation: "deployCluster", count: 1, drop: "before-commit" },
      /Unable to deploy the cluster: POST http:\/\/10\.0\.20\.101\/api\/v2\/deployment\/cluster: .*(reset|closed|hang up)/,
    ],
    [
      "a 502 in HTML",
      { operation: "deployCluster", count: 1, answer: { status: 502, html: true } },
      /Unable to deploy the cluster: POST http:\/\/10\.0\.20\.101\/api\/v2\/deployment\/cluster .*502/,
    ],
    [
      "a refusal in the vendor's envelope",
      {
        operation: "deployCluster",
        count: 1,
        answer: { status: 200, body: { ec: "EPERM", data: {}, error: { msg: "license has expired" } } },
      },
      /deployment\/cluster was refused with EPERM: license has expired/,
    ],
  ])("on hosts installed anew, %s ends the next up with that error", async (_what, fault, reason) => {
    site.lab.smtxos.nextDeployment = "well";
    for (const host of PLAN.hosts) site.lab.smtxos.reinstall(host.management);
    site.lab.clearRequests();
    site.lab.setFaults([fault]);
    const ended = await site.pulumi(...UP);
    expectPlainError(ended);
    expect(ended.output).toMatch(reason);
    expect(sent(site, "deployCluster").map((request) => request.committed)).toEqual([false]);
  });

  test("and a password that could not be set leaves the cluster in the state", async () => {
    site.lab.clearRequests();
    site.lab.setFaults([{ operation: "setupRoot", count: 1, drop: "before-commit" }]);
    const ended = await site.pulumi(...UP);
    expectPlainError(ended);
    expect(ended.output).toMatch(/Unable to set the password of root on HCI-01: POST https:\/\/10\.0\.20\.10/);
    expect(committed(site, "deployCluster")).toHaveLength(1);
  });

  test("the next up converges, repeating a VIP request that was reset on its way", async () => {
    site.lab.setFaults([{ operation: "setVip", count: 1, drop: "before-commit" }]);
    const { code, output } = await site.pulumi(...UP);
    expect(code, output).toBe(0);
    expect(sent(site, "deployCluster")).toHaveLength(1);
    expect(committed(site, "setupRoot")).toHaveLength(1);
    expect(sent(site, "setVip").map((request) => request.committed)).toEqual([false, true]);
    expect(site.lab.site.model.cluster?.managementVip).toBe("10.0.20.10");
  });
});

describe("a deployment that never ends", () => {
  let site: TestEngineSite;
  beforeAll(async () => {
    site = await createTestEngineSite(PLAN);
    site.writeSettings({ timeouts: JSON.stringify({ Cluster: { create: "30m", update: "30m" } }) });
  });
  afterAll(() => site?.close());

  test("is given up after its time with the setting to raise, though its acceptance came as half a body", async () => {
    site.lab.smtxos.nextDeployment = "never-ends";
    site.lab.setFaults([{ operation: "deployCluster", count: 1, halfBody: true }]);
    const ended = await site.pulumi(...UP);
    expectPlainError(ended);
    expect(ended.output).toMatch(
      /deployment of cluster HCI-01 has not ended after 30m\w*; last status: stage 6\/6 verify_cluster — if it needs longer, raise timeouts\.Cluster\.create \(now 30m\) and run up again: it goes on where it is/,
    );
  });

  test("is waited for by the next up, which sends nothing", async () => {
    const ended = await site.pulumi(...UP);
    expectPlainError(ended);
    expect(ended.output).toMatch(/raise timeouts\.Cluster\.update/);
    expect(sent(site, "deployCluster")).toHaveLength(1);
  });

  test("and is taken once it has ended after all", async () => {
    site.lab.site.change((model) => {
      if (model.deployment) model.deployment.outcome = "well";
    });
    const { code, output } = await site.pulumi(...UP);
    expect(code, output).toBe(0);
    expect(sent(site, "deployCluster").map((request) => request.committed)).toEqual([true]);
  });
});
