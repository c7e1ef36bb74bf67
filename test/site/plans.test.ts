import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Lab } from "../../lab/lab";
import { readPlan } from "../../plan/read";
import { samplePlan } from "../../plan/sample-plan";
import type { SitePlan } from "../../plan/site-plan";
import { expectedRequest, scanHosts } from "./deploy-request";
import { sitePlan } from "./plans";
import { createTestEngineSite, type TestEngineSite } from "./test-engine-site";

const TEMPLATE = join(__dirname, "../../../shared/data/planning-workbook-template.xlsx");
const SLASH_24 = { management: "255.255.255.0", storage: "255.255.255.0" };

test("the sample plan is previewed by name, and its deployment request is the vendor's field by field", async () => {
  await withSite(samplePlan, async (site) => {
    const preview = await site.pulumi("preview");
    expect(preview.output).toMatch(/smtxos:Cluster +cluster +create/);
    expect(preview.output).toMatch(/smtxos:AdminPassword +admin-password +create/);
    expect(preview.code).toBe(0);
    expect(site.lab.requests()).toEqual([]);
    const expected = expectedRequest(samplePlan, await scanHosts(site.lab, samplePlan), { masks: SLASH_24 });
    await deploy(site);
    expect(sentBy(site.lab)).toEqual(expected);
    expect(expected.hosts.map((host) => host.hostname)).toEqual(
      ["01", "02", "03"].map((n) => `BJ-SMTX-Prod-Node-${n}`),
    );
  });
});

test.skipIf(!existsSync(TEMPLATE))("the vendor's template as it is makes a cluster of four hosts", async () => {
  const loaded = await readPlan(TEMPLATE);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.findings));
  const { plan } = loaded;
  await withSite(plan, async (site) => {
    copyFileSync(TEMPLATE, join(site.stack, "plan.xlsx"));
    const scans = await scanHosts(site.lab, plan);
    await deploy(site);
    const sent = sentBy(site.lab);
    expect(sent).toEqual(expectedRequest(plan, scans, { masks: SLASH_24 }));
    expect(sent.cluster_name).toBe("CN-BJ-SMTX-Prod-Cls01");
    expect(sent.hosts.map((host) => [host.hostname, host.host_ip, host.is_master])).toEqual([
      ["BJ-SMTX-Prod-Node-01", "10.0.20.11", true],
      ["BJ-SMTX-Prod-Node-02", "10.0.20.12", true],
      ["BJ-SMTX-Prod-Node-03", "10.0.20.13", true],
      ["BJ-SMTX-Prod-Node-04", "10.0.20.14", false],
    ]);
  });
});

test("five hosts, storage-separate, VLANs, one storage port: five masters, no bond for one port", async () => {
  const plan = sitePlan(5, {
    management: {
      switch: { name: "vDS-MGMT-PROD", nics: ["ens224", "ens192"], bondMode: "balance-tcp" },
      network: { name: "default", vlan: 1020, subnet: "10.0.20.0/24", gateway: "10.0.20.1" },
    },
    storage: {
      switch: { name: "vDS-Storage-Network", nics: ["ens256"] },
      network: { name: "storage-network", vlan: 1021, subnet: "10.0.21.0/24" },
    },
    business: { networks: [{ name: "VLAN-1120", vlan: 1120, subnet: "10.1.20.0/24", gateway: "10.1.20.1" }] },
  });
  plan.cluster.networks = "storage-separate";
  await withSite(plan, async (site) => {
    const scans = await scanHosts(site.lab, plan);
    await deploy(site);
    const sent = sentBy(site.lab);
    expect(sent).toEqual(expectedRequest(plan, scans, { masks: SLASH_24 }));
    expect(sent.hosts.filter((host) => host.is_master)).toHaveLength(5);
    expect(sent.vdses.map(({ name, bond_mode }) => [name, bond_mode])).toEqual([
      ["vDS-MGMT-PROD", "balance-tcp"],
      ["vDS-Storage-Network", undefined],
    ]);
    expect(sent.networks.map((network) => network.mode.network_identities)).toEqual([[1020], [1021]]);
  });
});

test("sixteen hosts, all-flash, a /23 with gateway .254: mask and gateway are the plan's", async () => {
  const plan = sitePlan(16, {
    management: {
      switch: { name: "vDS-MgMt-Network", nics: ["ens224", "ens192"], bondMode: "balance-slb" },
      network: { name: "default", vlan: 0, subnet: "10.0.20.0/23", gateway: "10.0.21.254" },
    },
    storage: {
      switch: { name: "vDS-Storage-Network", nics: ["ens256", "ens161"], bondMode: "active-backup" },
      network: { name: "storage-network", vlan: 0, subnet: "10.0.32.0/22" },
    },
  });
  plan.cluster.storage = "all-flash";
  plan.hosts.forEach((host, index) => {
    host.management = `10.0.21.${101 + index}`;
    host.storage = `10.0.33.${101 + index}`;
  });
  await withSite(plan, async (site) => {
    const scans = await scanHosts(site.lab, plan);
    await deploy(site);
    const sent = sentBy(site.lab);
    const masks = { management: "255.255.254.0", storage: "255.255.252.0" };
    expect(sent).toEqual(expectedRequest(plan, scans, { masks }));
    expect(sent.hosts).toHaveLength(16);
    expect(sent.networks[0]?.network_config.route).toEqual([{ gateway: "10.0.21.254" }]);
    expect(new Set(sent.hosts.flatMap((host) => host.disks.map((disk) => disk.function)))).toEqual(new Set(["data"]));
  });
});

test("deployHostIp: linkLocal names the hosts as the vendor's samples do, and asks the status by that name", async () => {
  const plan = sitePlan(3);
  plan.cluster.boost = false;
  await withSite(
    plan,
    async (site) => {
      site.writeSettings({ deployHostIp: "linkLocal" });
      const scans = await scanHosts(site.lab, plan);
      await deploy(site);
      const hostIp = (scan: (typeof scans)[number]) =>
        `${scan.ifaces.find((iface) => iface.name === "ens224")?.ipv6}%ens224`;
      const sent = sentBy(site.lab);
      expect(sent).toEqual(expectedRequest(plan, scans, { masks: SLASH_24, hostIp }));
      expect(sent.hosts[0]?.host_ip).toMatch(/^fe80::[0-9a-f:]+%ens224$/);
      const asked = site.lab.requests().filter((request) => request.operation === "deployStatus");
      expect(new Set(asked.map((request) => request.query.host_ip))).toContain(sent.hosts[0]?.host_ip);
    },
    1_000,
  );
});

async function withSite(
  plan: SitePlan,
  work: (site: TestEngineSite) => Promise<void>,
  speed: number | "instant" = "instant",
): Promise<void> {
  const site = await createTestEngineSite(plan, { speed });
  try {
    await work(site);
  } finally {
    await site.close();
  }
}

async function deploy(site: TestEngineSite): Promise<void> {
  const { code, output } = await site.pulumi("up", "--yes", "--skip-preview");
  expect(code, output).toBe(0);
  expect(output).toMatch(/smtxos:Cluster +cluster +created/);
}

/** The one deployment request that the lab took, without the time of sending, which is checked here. */
function sentBy(lab: Lab) {
  const sent = lab.requests().filter((request) => request.operation === "deployCluster");
  expect(sent.map((request) => request.committed)).toEqual([true]);
  const body = structuredClone(sent[0]?.rawBody) as ReturnType<typeof expectedRequest> & {
    ntp: { current_time?: string };
    vdses: { bond_mode?: string }[];
  };
  expect(body.ntp.current_time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
  delete body.ntp.current_time;
  return body;
}
