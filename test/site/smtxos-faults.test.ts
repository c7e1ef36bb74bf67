import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FaultRule } from "../../lab/faults";
import type { LabCluster } from "../../lab/smtxos/cluster-model";
import { stageThreePlan } from "./plans";
import { createTestEngineSite, type TestEngineSite } from "./test-engine-site";

const UP = ["up", "--yes", "--skip-preview"];
const plan = stageThreePlan();

/** One site on which everything goes wrong at once and is mended then; each test goes on where the one before left it. */
describe("a site whose jobs fail and hang, and whose hosts and controllers refuse", () => {
  let site: TestEngineSite;
  let output: string;
  beforeAll(async () => {
    site = await createTestEngineSite(plan);
    // Longer than a timer of Node's knows; and one of a kind that shares its short name with another.
    const timeouts = { AdminPassword: { create: "600h" }, "smtxos:NtpServers": { create: "12m" } };
    site.writeSettings({ timeouts: JSON.stringify(timeouts) });
    output = await failing(
      [
        { operation: "setDns", job: { fails: "10.0.0.114 does not answer" } },
        { operation: "setNtp", job: "stuck" },
        { operation: "createVds", job: { fails: "ovs-vsctl ended with 1" } },
        { operation: "upsertIpmiAccounts", ipmiRefused: ["10.0.19.102"] },
        { endpoint: "10.0.20.102:22", refuse: true },
      ],
      "--continue-on-error",
    );
  });
  afterAll(() => site?.close());

  const cluster = () => site.lab.site.model.cluster as LabCluster;
  const passwords = () => site.lab.site.model.hosts.map((host) => host.passwords);
  const business = () => cluster().vdses.filter(({ name }) => name === plan.business?.switch?.name);
  const committed = (operation: string) =>
    site.lab.requests().filter((request) => request.operation === operation && request.committed);

  /** Runs an up that must fail without a stack trace and without a secret. */
  async function failing(faults: FaultRule[], ...more: string[]) {
    site.lab.clearRequests();
    await site.lab.setFaults(faults);
    const ended = await site.pulumi(...UP, ...more);
    expect(ended.code).not.toBe(0);
    expect(ended.output).not.toMatch(/\n\s+at |Canary-/);
    return ended.output;
  }

  test("a job that failed is named with what it says and what to do", () => {
    expect(output).toMatch(
      /setting the DNS servers of HCI-01 has failed: job [0-9a-f-]{36} says EJOBFAILED: 10\.0\.0\.114 does not answer — look at the job in Fisheye's task list, put right what it names, then up again/,
    );
    expect(output).toMatch(
      /making virtual switch vDS-Prod-Network has failed: job [0-9a-f-]{36} says EJOBFAILED: ovs-vsctl ended with 1 — /,
    );
    expect(cluster().dns).not.toEqual(plan.dns);
    expect(business()).toEqual([]);
    expect(output).not.toContain("600h");
  });

  test("a job that hangs is given up after its time with the setting to raise", () => {
    expect(output).toMatch(
      /setting the time servers of HCI-01 has not ended after 12m\w*; last status: processing — if it needs longer, raise timeouts\["smtxos:NtpServers"\]\.create \(now 12m\) and run up again/,
    );
  });

  test("out-of-band accounts that the site cannot use are named by host, and the right ones stay", () => {
    expect(output).toMatch(
      /HCI-01 cannot use 1 of 3 out-of-band accounts: node-02 \(10\.0\.19\.102\) — check address, user and password of these hosts' controllers/,
    );
    expect(Object.values(cluster().ipmi).map(({ nodeName }) => nodeName)).toEqual(["node-01", "node-03"]);
  });

  test("a host without SSH is named, and every other host has its passwords", () => {
    expect(output).toMatch(/1 of 3 hosts failed: node-02 \(10\.0\.20\.102\): .*the connection was refused/);
    const wanted = { root: "Canary-Root-1", smartx: "Canary-Host-1" };
    const [first, second, third] = passwords();
    expect([first, third]).toEqual([wanted, wanted]);
    expect(second).not.toEqual(wanted);
  });

  test("the next up sends what failed, and what did not is left alone", async () => {
    output = await failing([{ operation: "createVds", job: "stuck" }]);
    expect(output).toMatch(
      /making virtual switch vDS-Prod-Network has not ended after 10m\w*; last status: processing — if it needs longer, raise timeouts\.VirtualDistributedSwitch\.create \(now 10m\)/,
    );
    expect(cluster()).toMatchObject({ dns: plan.dns, ntp: { mode: "external", servers: plan.ntp } });
    expect(Object.values(cluster().ipmi)).toHaveLength(3);
    expect(passwords()[1]).toEqual({ root: "Canary-Root-1", smartx: "Canary-Host-1" });
    expect(committed("sshSetPasswords").map(({ endpoint }) => endpoint)).toEqual(["10.0.20.102:22"]);
    expect(committed("setVip")).toEqual([]);
    expect(business()).toHaveLength(1);
  });

  test("a switch whose job hangs is waited for by the next up, which sends nothing", async () => {
    output = await failing([]);
    expect(output).toMatch(
      /the association of the hosts with virtual switch vDS-Prod-Network has not ended after 10m\w*; last status: no host associated yet — if it needs longer, raise timeouts\.VirtualDistributedSwitch\.update/,
    );
    expect(site.lab.requests().filter(({ write }) => write)).toEqual([]);
  });

  test("and taken once the job has ended after all", async () => {
    site.lab.site.change(({ cluster: changed }) => {
      for (const job of Object.values(changed?.jobs ?? {})) job.outcome = "well";
    });
    site.lab.clearRequests();
    const ended = await site.pulumi(...UP);
    expect(ended.code, ended.output).toBe(0);
    expect(committed("createVds")).toEqual([]);
    expect(committed("createVlan")).toHaveLength(2);
    expect(business()).toHaveLength(1);
    const again = await site.pulumi("preview", "--refresh", "--expect-no-changes");
    expect(again.code, again.output).toBe(0);
  });

  const rotated = plan.hosts.map((host) => ({ ...host, ssh: { ...host.ssh, password: "Canary-Rotated-1" } }));

  test("a host whose password somebody has changed is named in a rotation, and the others are done", async () => {
    site.lab.smtxos.setHostPassword("10.0.20.102", "smartx", "Canary-Somebody-1");
    await site.writePlan({ ...plan, hosts: rotated });
    const { code, output } = await site.pulumi(...UP);
    expect(code).not.toBe(0);
    expect(output).toMatch(
      /1 of 3 hosts failed: node-02 \(10\.0\.20\.102\): refuses the log-in of smartx with the planned password, the one that was set before and the one of a new host \(put the password that stands there where it is looked for; .*主机规划, column K of its row.*; up; then change it\) — put right what is named, then up again/,
    );
    expect(output).not.toMatch(/Canary-|\n\s+at /);
    expect(passwords().map(({ smartx }) => smartx)).toEqual([
      "Canary-Rotated-1",
      "Canary-Somebody-1",
      "Canary-Rotated-1",
    ]);
  });

  test("and is done when the plan has first the password that stands, as the message says, and then the new one", async () => {
    const [first, second, third] = rotated;
    if (!first || !second || !third) throw new Error("three hosts");
    const standing = { ...second, ssh: { ...second.ssh, password: "Canary-Somebody-1" } };
    for (const hosts of [[first, standing, third], rotated]) {
      await site.writePlan({ ...plan, hosts });
      const next = await site.pulumi(...UP);
      expect(next.code, next.output).toBe(0);
    }
    expect(passwords().map(({ smartx }) => smartx)).toEqual(rotated.map(({ ssh }) => ssh.password));
  });
});
