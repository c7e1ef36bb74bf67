import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createWebServer } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import type { Lab } from "../../lab/lab";
import { ask, deploy, FIRST, labPlan, logIn, SECOND, VIP, withLab } from "../../lab/lab.fixture";
import { seeded } from "../../lab/random";
import { newCluster } from "../../lab/smtxos/new-cluster";
import { readPlan } from "../../plan/read";
import type { SitePlan } from "../../plan/site-plan";
import { trustSnippet } from "./pins";
import { type Probed, probePlan, type ReadablePlan } from "./probe-plan";

/** Reads a plan that stands beside the lab's reach.json. */
async function planBeside(lab: Lab, folder: string, plan: SitePlan): Promise<ReadablePlan> {
  writeFileSync(join(folder, "site.yaml"), stringify(plan));
  await lab.writeReach(join(folder, "reach.json"));
  return readable(folder);
}

async function readable(folder: string): Promise<ReadablePlan> {
  const loaded = await readPlan(join(folder, "site.yaml"));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.findings));
  return loaded;
}

const codesAt = ({ facts, findings }: Probed, address: string) => [
  ...facts.filter((fact) => fact.address === address).map(({ code }) => code),
  ...findings.filter((finding) => finding.value === address).map(({ code }) => code),
];

test("before a deployment the lab's hosts answer, its VIP is free, and nothing is asked that reach.json does not list", async () => {
  await withLab({}, async (lab, folder) => {
    const plan = { ...labPlan(), dns: ["10.0.20.53"], ntp: ["10.0.20.123", "ntp.example.com"] };
    const probed = await probePlan(await planBeside(lab, folder, plan));
    expect(probed.findings).toEqual([]);
    expect(codesAt(probed, FIRST)).toEqual(["management-answers", "cluster-scan"]);
    expect(probed.facts.find(({ address }) => address === FIRST)?.params).toMatchObject({ state: "factory" });
    expect(codesAt(probed, VIP)).toEqual(["address-free"]);
    for (const address of ["10.0.21.101", "10.0.20.53", "10.0.20.123", "ntp.example.com"]) {
      expect(codesAt(probed, address)).toEqual(["not-probed"]);
    }
    const host = probed.pins.filter(({ endpoint }) => endpoint.startsWith(`${FIRST}:`));
    expect(host.map(({ section, endpoint }) => [section, endpoint])).toEqual([
      ["tls", `${FIRST}:443`],
      ["ssh", `${FIRST}:22`],
    ]);
  });
});

test("a probe writes nothing: every request that the site gets is a read", async () => {
  await withLab({}, async (lab, folder) => {
    const loaded = await planBeside(lab, folder, labPlan());
    lab.clearRequests();
    await probePlan(loaded);
    const asked = lab.requests().map(({ method, path }) => `${method} ${path}`);
    expect([...new Set(asked)].sort()).toEqual([
      "GET /api/v2/deployment/cluster",
      "GET /api/v2/deployment/deploy_verify",
      "GET /api/v2/deployment/host",
    ]);
  });
});

test("after the deployment VIP and storage addresses are ours, not taken", async () => {
  await withLab({}, async (lab, folder) => {
    const loaded = await planBeside(lab, folder, labPlan());
    await deploy(lab);
    const token = await logIn(lab);
    await ask(lab, "PUT", "/api/v2/settings/vip", { token, body: { management_vip: VIP, iscsi_vip: null } });
    const probed = await probePlan(loaded);
    expect(probed.findings).toEqual([]);
    expect(codesAt(probed, VIP)).toEqual(["address-ours"]);
    expect(codesAt(probed, "10.0.21.101")).toEqual(["address-ours"]);
    expect(probed.facts.find(({ address }) => address === FIRST)?.params).toMatchObject({ state: "ours" });
  });
});

test("a stranger at the VIP of a site that stands as planned is not ours by that alone", async () => {
  await withLab({}, async (lab, folder) => {
    await deploy(lab);
    const loaded = await planBeside(lab, folder, labPlan());
    const stranger = createWebServer((_request, response) => response.writeHead(404).end("{}"));
    await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
    const address = stranger.address();
    const port = typeof address === "object" ? address?.port : 0;
    const endpoints = { ...lab.reach.endpoints, [`${VIP}:80`]: `127.0.0.1:${port}` };
    writeFileSync(join(folder, "reach.json"), JSON.stringify({ ...lab.reach, endpoints }));
    const probed = await probePlan(loaded);
    stranger.close();
    expect(codesAt(probed, VIP)).toEqual(["probe-address-perhaps-ours"]);
    expect(codesAt(probed, "10.0.21.101")).toEqual(["address-ours"]);
  });
});

test("what shows a certificate that trust.yaml keeps is ours, whatever its hosts are", async () => {
  await withLab({ switches: { deploymentToken: "session" } }, async (lab, folder) => {
    const loaded = await planBeside(lab, folder, labPlan());
    lab.site.change((model) => {
      for (const host of model.hosts) host.deployed = true;
      model.cluster = standing("HCI-01");
    });
    await lab.site.settled;
    const before = await probePlan(loaded);
    expect(codesAt(before, VIP)).toEqual(["probe-address-perhaps-ours"]);
    const [pin] = before.pins.filter(({ endpoint }) => endpoint === `${VIP}:443`);
    writeFileSync(join(folder, "trust.yaml"), trustSnippet(before.pins));
    const after = await probePlan(loaded);
    expect(codesAt(after, VIP)).toEqual(["address-ours"]);
    expect(after.pins).toContainEqual({ ...pin, kept: "same" });
    expect(trustSnippet(after.pins)).toBe("");
  });
});

test("an address that a stranger has is taken while no host is deployed, and its certificate is not to be pasted", async () => {
  await withLab({}, async (lab, folder) => {
    const loaded = await planBeside(lab, folder, labPlan());
    lab.site.change((model) => {
      model.cluster = standing("other");
    });
    await lab.site.settled;
    const probed = await probePlan(loaded);
    expect(codesAt(probed, VIP)).toEqual(["probe-address-taken"]);
    expect(probed.pins.map(({ endpoint }) => endpoint)).not.toContain(`${VIP}:443`);
  });
});

test("in a workbook each finding names the cell of its address", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sitewright-probe-"));
  copyFileSync(join(__dirname, "..", "..", "stacks", "lab", "plan.xlsx"), join(folder, "plan.xlsx"));
  writeFileSync(join(folder, "reach.json"), JSON.stringify({ only: true }));
  const loaded = await readPlan(folder);
  const probed = loaded.ok && (await probePlan(loaded));
  expect(probed).toMatchObject({
    findings: ["I3", "I4", "I5"].map((cell) => ({ code: "probe-management-silent", sheet: "主机规划", cell })),
  });
  rmSync(folder, { recursive: true, force: true });
});

test("a site that was deployed with other names is not ours: the hosts are named, and the VIP is perhaps", async () => {
  await withLab({}, async (lab, folder) => {
    await deploy(lab);
    const token = await logIn(lab);
    await ask(lab, "PUT", "/api/v2/settings/vip", { token, body: { management_vip: VIP, iscsi_vip: null } });
    const plan = labPlan();
    const renamed = plan.hosts.map((host, i) => (host.management === SECOND ? { ...host, name: `other-${i}` } : host));
    const probed = await probePlan(await planBeside(lab, folder, { ...plan, hosts: renamed }));
    expect(codesAt(probed, SECOND)).toEqual(["management-answers", "probe-host-deployed"]);
    expect(codesAt(probed, VIP)).toEqual(["probe-address-perhaps-ours"]);
    expect(codesAt(probed, "10.0.21.101")).toEqual(["address-ours"]);
  });
});

test("where deployed hosts refuse the factory's token, what is taken is perhaps ours", async () => {
  await withLab({ switches: { deploymentToken: "session" } }, async (lab, folder) => {
    const loaded = await planBeside(lab, folder, labPlan());
    lab.site.change((model) => {
      for (const host of model.hosts) host.deployed = true;
      model.cluster = standing("HCI-01");
    });
    await lab.site.settled;
    const probed = await probePlan(loaded);
    expect(probed.facts.find(({ address }) => address === FIRST)?.params).toMatchObject({ state: "locked" });
    expect(codesAt(probed, VIP)).toEqual(["probe-address-perhaps-ours"]);
  });
});

test("a cluster scan that sees nobody is said to mean nothing", async () => {
  await withLab({ switches: { clusterScanSees: false } }, async (lab, folder) => {
    const probed = await probePlan(await planBeside(lab, folder, labPlan()));
    expect(codesAt(probed, FIRST)).toEqual(["management-answers", "cluster-scan-silent"]);
    expect(probed.findings).toEqual([]);
  });
});

test("a planned host that the lab does not have cannot be reached, as a run would find", async () => {
  await withLab({}, async (lab, folder) => {
    const probed = await probePlan(await planBeside(lab, folder, labPlan(4)));
    expect(probed.findings).toMatchObject([
      { code: "probe-management-silent", value: "10.0.20.104", params: { noWay: "80, 22" } },
    ]);
  });
});

const folder = mkdtempSync(join(tmpdir(), "sitewright-probe-"));
const server = createServer();
beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

test("a site that accepts and then says nothing does not hold a probe longer than its budget", async () => {
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  const ports = [80, 22, 443].map((each) => [`${FIRST}:${each}`, `127.0.0.1:${port}`]);
  writeFileSync(join(folder, "reach.json"), JSON.stringify({ only: true, endpoints: Object.fromEntries(ports) }));
  writeFileSync(join(folder, "site.yaml"), stringify(labPlan()));
  const progress: number[] = [];
  const probed = await probePlan(await readable(folder), {
    budgetMs: 500,
    limit: 1,
    onProgress: (done) => progress.push(done),
  });
  expect(codesAt(probed, FIRST)).toEqual(["probe-gave-up"]);
  expect(progress).toEqual(probed.targets.map((_, i) => i + 1));
});

/** A cluster that has been deployed under a name, as far as a probe can see. */
function standing(clusterName: string) {
  const deployment = {
    startedAt: 0,
    clusterName,
    hosts: [],
    masters: [],
    vdses: [],
    networks: [],
    outcome: "well" as const,
  };
  return { ...newCluster(deployment, seeded("probe"), 0), managementVip: VIP };
}
