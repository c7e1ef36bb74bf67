import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FaultRule } from "../../lab/faults";
import type { LabCluster } from "../../lab/smtxos/cluster-model";
import { stageThreePlan } from "./plans";
import { createTestEngineSite, type TestEngineSite } from "./test-engine-site";

const UP = ["up", "--yes", "--skip-preview"];
const plan = stageThreePlan();

/** One site whose answers get lost; each test goes on where the one before left it. */
describe("a site that loses the answer to every kind of write", () => {
  let site: TestEngineSite;
  beforeAll(async () => {
    site = await createTestEngineSite(plan);
    site.writeSettings({ requestTimeout: "5s" }); // what a hanging answer costs
  });
  afterAll(() => site?.close());

  const cluster = () => site.lab.site.model.cluster as LabCluster;
  const passwords = () => site.lab.site.model.hosts.map((host) => host.passwords);
  const writes = () =>
    site.lab
      .requests()
      .filter(({ write, committed }) => write && committed)
      .map(({ operation }) => operation);

  test("comes up in one run all the same, with one of each", async () => {
    const lost = ["createVds", "createVlan", "setDns", "setNtp", "setVip", "setCpuCompatibility", "upsertIpmiAccounts"];
    const rules: FaultRule[] = [
      ...lost.map((operation): FaultRule => ({ operation, count: 1, drop: "after-commit" })),
      { operation: "sshSetPasswords", endpoint: "10.0.20.102:22", count: 1, drop: "after-commit" },
      { operation: "sshSetPasswords", endpoint: "10.0.20.103:22", count: 1, hang: "after-commit" },
      { operation: "readJob", count: 1, answer: { status: 502, html: true } },
      { operation: "listVlans", count: 1, halfBody: true },
    ];
    await site.lab.setFaults(rules);
    const { code, output } = await site.pulumi(...UP);
    expect(code, output).toBe(0);
    expect(site.lab.faultsApplied()).toEqual(rules.map(() => 1));
    expect(writes().filter((operation) => operation === "createVds")).toHaveLength(1);
    expect(writes().filter((operation) => operation === "createVlan")).toHaveLength(2);
    expect(writes().filter((operation) => operation === "sshSetPasswords")).toHaveLength(3);
    const { dns, ntp, ipmi, cpuModel, managementVip, vdses, vlans } = cluster();
    expect({ dns, ntp: ntp.servers, cpuModel, managementVip }).toEqual({
      dns: plan.dns,
      ntp: plan.ntp,
      cpuModel: "EPYC",
      managementVip: plan.cluster.vip,
    });
    expect(Object.keys(ipmi)).toHaveLength(3);
    expect(vdses).toHaveLength(3);
    expect(vlans.filter(({ use }) => use === "vm").map(({ name }) => name)).toEqual([
      "default",
      expect.stringMatching(/VLAN-/),
      expect.stringMatching(/VLAN-/),
    ]);
    for (const each of passwords()) expect(each).toEqual({ root: "Canary-Root-1", smartx: "Canary-Host-1" });
  });

  // Not in the run before: a write that came with the session just ended would be refused, and its refusal lost.
  test("a session that ends while the site is looked at is begun anew, and nothing is written", async () => {
    // One a run: a request is promised one log-in anew, and of three sessions that end side by side it may meet two.
    for (const operation of ["readNtp", "listVdses", "listVlans"]) {
      await site.lab.setFaults([{ operation, count: 1, expireSession: true }]);
      site.lab.clearRequests();
      const { code, output } = await site.pulumi(...UP, "--refresh");
      expect(code, output).toBe(0);
      expect(site.lab.faultsApplied()).toEqual([1]);
      expect(site.lab.requests().filter(({ write }) => write)).toEqual([]);
    }
  });

  test("one that ends while a job runs is begun anew, and the job is not sent again", async () => {
    await site.lab.setFaults([{ operation: "readJob", count: 1, expireSession: true }]);
    await site.writePlan({ ...plan, dns: ["10.0.0.53"] });
    site.lab.clearRequests();
    const { code, output } = await site.pulumi(...UP);
    expect(code, output).toBe(0);
    expect(site.lab.faultsApplied()).toEqual([1]);
    expect(writes()).toEqual(["setDns"]);
    expect(cluster().dns).toEqual(["10.0.0.53"]);
  });
});
