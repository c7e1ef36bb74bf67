import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { expectedRequest, scanHosts } from "./deploy-request";
import { sitePlan } from "./plans";
import { createTestEngineSite, type TestEngineSite } from "./test-engine-site";

const PLAN = sitePlan(3);

/** Hosts that do not let the plan be carried out: each up ends before anything is sent, and names the host. */
describe("hosts that are not what the plan takes them for", () => {
  let site: TestEngineSite;
  beforeAll(async () => {
    site = await createTestEngineSite(PLAN, { speed: "instant" });
  });
  afterAll(() => site?.close());
  beforeEach(async () => {
    await site.lab.writeReach(join(site.stack, "reach.json"));
    for (const host of PLAN.hosts) site.lab.smtxos.reinstall(host.management);
    site.lab.clearRequests();
  });

  /** Where the plan's third host is looked for. */
  function leadThirdHostTo(place: string): void {
    const endpoints = { ...site.lab.reach.endpoints, "10.0.20.103:80": place };
    writeFileSync(join(site.stack, "reach.json"), JSON.stringify({ ...site.lab.reach, endpoints }));
  }

  async function upIsRefused(): Promise<string> {
    const { code, output } = await site.pulumi("up", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    expect(output).not.toMatch(/\n\s+at /);
    expect(site.lab.requests().filter((request) => request.write)).toEqual([]);
    const { deployment } = await site.state();
    expect(deployment.resources.filter((resource) => resource.urn.includes("smtxos:"))).toEqual([]);
    return output;
  }

  test("a third host that is missing is named, with the connection that was refused", async () => {
    leadThirdHostTo("127.0.0.1:1");
    expect(await upIsRefused()).toMatch(/host node-03 \(10\.0\.20\.103\): Unable to scan host .*refused/i);
  });

  test("wrong product, a missing port and remains of an earlier deployment are all named at once", async () => {
    const before = site.lab.site.model.hosts.map((host) => structuredClone(host.hardware));
    site.lab.smtxos.changeHardware("10.0.20.101", (hardware) => {
      hardware.product = "SMTXELF";
    });
    site.lab.smtxos.changeHardware("10.0.20.102", (hardware) => {
      hardware.ports = hardware.ports.filter((port) => port !== "ens161");
    });
    site.lab.site.change((model) => {
      for (const host of model.hosts) if (host.managementIp === "10.0.20.103") host.remains = true;
    });
    const output = await upIsRefused();
    expect(output).toMatch(/nothing was sent: host node-01 \(10\.0\.20\.101\) runs SMTXELF, not SMTXOS/);
    expect(output).toMatch(/host node-02 \(10\.0\.20\.102\) has no port ens161 \(it has ens/);
    expect(output).toMatch(/host node-03 \(10\.0\.20\.103\) carries the networks of an earlier deployment/);
    site.lab.site.model.hosts.forEach((host, index) => {
      site.lab.smtxos.changeHardware(host.managementIp, (hardware) => Object.assign(hardware, before[index]));
    });
  });

  test("a host without disks beside the system's is named", async () => {
    const disks = structuredClone(site.lab.site.model.hosts[2]?.hardware.disks ?? []);
    site.lab.smtxos.changeHardware("10.0.20.103", (hardware) => {
      hardware.disks = hardware.disks.filter((disk) => disk.function === "boot");
    });
    expect(await upIsRefused()).toMatch(
      /nothing was sent: host node-03 \(10\.0\.20\.103\) has no disk beside the system's/,
    );
    site.lab.smtxos.changeHardware("10.0.20.103", (hardware) => {
      hardware.disks = disks;
    });
  });

  test("where only some hosts are deployed, both lists are told", async () => {
    site.lab.smtxos.markDeployed("10.0.20.103");
    expect(await upIsRefused()).toMatch(
      /only some of the planned hosts are deployed: node-03 \(10\.0\.20\.103\) are, node-01 \(10\.0\.20\.101\), node-02 \(10\.0\.20\.102\) are not; nothing was sent/,
    );
  });

  test("where all hosts are deployed as another cluster, each difference is told", async () => {
    for (const host of PLAN.hosts) site.lab.smtxos.markDeployed(host.management);
    const output = await upIsRefused();
    for (const { name, management } of PLAN.hosts) {
      expect(output).toContain(
        `host ${name} (${management}): host name stands as localhost.localdomain, planned is ${name}`,
      );
    }
  });

  test("two addresses that lead to one machine are told apart from two machines", async () => {
    leadThirdHostTo(site.lab.reach.endpoints["10.0.20.102:80"] as string);
    expect(await upIsRefused()).toMatch(
      /host node-03 \(10\.0\.20\.103\) is the same machine as node-02 \(10\.0\.20\.102\) \(host_uuid [0-9a-f-]{36}\)/,
    );
  });

  test("a deployment that somebody else has started is left alone and named", async () => {
    site.lab.smtxos.nextDeployment = "never-ends";
    const body = expectedRequest(PLAN, await scanHosts(site.lab, PLAN), {
      masks: { management: "255.255.255.0", storage: "255.255.255.0" },
    });
    const answer = await fetch(`http://${site.lab.reach.endpoints["10.0.20.101:80"]}/api/v2/deployment/cluster`, {
      method: "POST",
      headers: { "x-smartx-token": "e79b85fc18b7402fbcc0391fe8d7d24c", "content-type": "application/json" },
      body: JSON.stringify({ ...body, ntp: { ...body.ntp, current_time: "2026-01-01T00:00:00.000Z" } }),
    });
    expect(JSON.stringify(await answer.json())).toContain("on its way now");
    site.lab.clearRequests();
    expect(await upIsRefused()).toMatch(
      /a deployment that this stack did not start is running on node-01 \(10\.0\.20\.101\)/,
    );
    site.lab.smtxos.nextDeployment = "well";
    site.lab.site.change((model) => {
      delete model.deployment;
    });
  });

  test("with the hosts put right the next up makes the cluster", async () => {
    const { code, output } = await site.pulumi("up", "--yes", "--skip-preview");
    expect(code, output).toBe(0);
    expect(site.lab.requests().filter((request) => request.operation === "deployCluster")).toHaveLength(1);
  });
});
