import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openAuthority } from "../../lab/certificates";
import { towerAnswers } from "../../lab/cloudtower/front";
import type { Reach } from "../../lab/reach";
import type { SitePlan } from "../../plan/site-plan";
import type { TestEngineSite } from "./test-engine-site";
import { createWholeTestEngineSite, PASSWORDS, towerSitePlan } from "./whole-site";

const UP = ["up", "--yes", "--skip-preview"];
const RULE = "zbs_cluster_data_space_use_rate";
const first = towerSitePlan(3);
const second = beside(towerSitePlan(5));
const ADDRESS = first.cloudtower?.address as string;

/** Another cluster of the same customer and datacenter, with addresses of its own and the same CloudTower. */
function beside(plan: SitePlan): SitePlan {
  return {
    ...plan,
    cluster: { ...plan.cluster, name: "CN-BJ-SMTX-Prod-Cls02", vip: "10.0.20.30" },
    hosts: plan.hosts.map((host, i) => ({
      ...host,
      management: `10.0.20.${31 + i}`,
      storage: `10.0.21.${31 + i}`,
      ...(host.bmc && { bmc: { ...host.bmc, address: `10.0.19.${31 + i}` } }),
    })),
  };
}

/** Leads a project to what another lab has at CloudTower's address. */
function leadTo(site: TestEngineSite, reach: Pick<Reach, "ca" | "hostKeys" | "endpoints">): void {
  const ofTower = <T>(all: Record<string, T>) =>
    Object.fromEntries(Object.entries(all).filter(([endpoint]) => endpoint.startsWith(`${ADDRESS}:`)));
  const own = site.lab.reach;
  const merged: Reach = {
    ...own,
    ca: own.ca + reach.ca,
    hostKeys: { ...own.hostKeys, ...ofTower(reach.hostKeys) },
    endpoints: { ...own.endpoints, ...ofTower(reach.endpoints) },
  };
  writeFileSync(join(site.stack, "reach.json"), JSON.stringify(merged));
}

const writesOf = (site: TestEngineSite) =>
  site.lab
    .requests()
    .filter(({ write }) => write)
    .map(({ operation }) => operation);

/** Two sites, the second on the CloudTower that the first has installed; each test goes on where the one before left them. */
describe.each([
  ["4.6.0", {}],
  ["4.8.0", { cloudtower: "existing" }],
] as const)("two sites and one CloudTower of %s, the second set up with %j", (cloudtowerVersion, settings) => {
  let one: TestEngineSite;
  let two: TestEngineSite;
  beforeAll(async () => {
    two = await createWholeTestEngineSite(second, {}, settings);
    one = await createWholeTestEngineSite(first, { cloudtowerVersion, neighbours: [two.lab.site] });
    leadTo(two, one.lab.reach);
  });
  afterAll(async () => {
    await one?.close();
    await two?.close();
  });

  const tower = () => one.lab.site.model.cloudtower as NonNullable<typeof one.lab.site.model.cloudtower>;
  const connections = () => tower().clusters.map(({ ip, state }) => `${ip} ${state}`);
  const machines = ({ lab }: TestEngineSite) => lab.site.model.cluster?.vms.map(({ name }) => name);
  const guest = () => Object.values(one.lab.site.model.cluster?.guests ?? {})[0];

  async function pulumi(site: TestEngineSite, ...args: string[]) {
    for (const each of [one, two]) each.lab.clearRequests();
    const { code, output } = await site.pulumi(...args);
    expect(code, output).toBe(0);
    return output;
  }

  test("the first installs it, and the second connects its cluster to it", async () => {
    await pulumi(one, ...UP);
    expect(connections()).toEqual([`${first.cluster.vip} CONNECTED`]);
    const output = await pulumi(two, ...UP);
    const found = `a CloudTower answers at ${ADDRESS}: the cluster is connected to it, and none is installed`;
    expect(output.includes(found)).toBe(!("cloudtower" in settings));
    expect(output).not.toMatch(/IsoImage|smtxos:Vm |CloudTowerInstallation/);
    expect(connections()).toEqual([`${first.cluster.vip} CONNECTED`, `${second.cluster.vip} CONNECTED`]);
    expect([machines(one), machines(two)]).toEqual([["cloudtower"], []]);
    expect(two.lab.site.model.cluster?.images.map(({ kind }) => kind)).toEqual(["tools"]);
    expect(guest()?.installerStarts).toBe(1);
    expect(two.lab.site.model.cloudtower).toBeUndefined();
  });

  test("organisation and datacenter are shared, and each cluster has what its own plan says", () => {
    expect(tower().organizations.map(({ name }) => name)).toEqual([first.customer]);
    expect(tower().datacenters.map(({ name }) => name)).toEqual([first.datacenter]);
    const [datacenter] = tower().datacenters;
    expect(tower().clusters.map((cluster) => cluster.datacenter)).toEqual([datacenter?.id, datacenter?.id]);
    const notices = tower().clusters.map(({ alertRules }) =>
      alertRules[RULE]?.thresholds.filter(({ severity }) => severity === "NOTICE").map(({ value }) => value),
    );
    expect(notices).toEqual([[61], [75]]);
    for (const [index, plan] of [first, second].entries()) {
      const { kept } = tower().clusters[index] as ReturnType<typeof tower>["clusters"][number];
      expect(kept.views.map(({ name }) => name).sort()).toEqual(["Cluster", "Host", "VM"]);
      expect(kept.graphs).toHaveLength(15);
      expect(kept.bricks.map(({ name }) => name).sort()).toEqual(plan.hosts.map(({ name }) => name).sort());
      expect(kept.nodes).toHaveLength(plan.hosts.length);
    }
  });

  test("a second up of both writes nothing, and neither site sees a drift", async () => {
    for (const site of [one, two]) {
      expect(await pulumi(site, ...UP)).toMatch(/Resources:\n {4}\d+ unchanged/);
      expect([writesOf(one), writesOf(two)]).toEqual([[], []]);
      await pulumi(site, "preview", "--refresh", "--expect-no-changes");
    }
  });

  test("while CloudTower's machine is off, the second site still plans none of its own", async () => {
    const running = structuredClone(one.lab.site.model.cluster?.vms[0]);
    one.lab.smtxos.changeVm("cloudtower", (vm) => {
      vm.status = "stopped";
    });
    one.lab.site.advance();
    expect(towerAnswers(one.lab.site.model)).toBe(false);
    await one.lab.site.settled;
    expect(await pulumi(two, "preview")).toMatch(/Resources:\n {4}\d+ unchanged/);
    one.lab.smtxos.changeVm("cloudtower", (vm) => Object.assign(vm, running));
    one.lab.site.advance();
    await one.lab.site.settled;
    expect(writesOf(one)).toEqual([]);
  });

  test("destroying the site that has installed it is refused while another's cluster is connected", async () => {
    one.writeSettings({ media: "media", teardown: "true" });
    await pulumi(one, ...UP);
    const { code, output } = await one.pulumi("destroy", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    expect(output).toContain(
      `cloudtower is not torn down: it manages ${second.cluster.name} (${second.cluster.vip}) too`,
    );
    expect(machines(one)).toEqual(["cloudtower"]);
    await pulumi(one, ...UP);
    expect(connections().sort()).toEqual([`${first.cluster.vip} CONNECTED`, `${second.cluster.vip} CONNECTED`].sort());
    one.writeSettings({ media: "media" });
    await pulumi(one, ...UP);
  });

  test("destroying the second site takes its own connection out of CloudTower, and leaves the first one's", async () => {
    two.writeSettings({ media: "media", ...settings, teardown: "true" });
    await pulumi(two, ...UP);
    const output = await pulumi(two, "destroy", "--yes", "--skip-preview");
    expect(output).toMatch(/datacenter \S+ is shared with other sites and stays/);
    expect(connections()).toEqual([`${first.cluster.vip} CONNECTED`]);
    expect(machines(one)).toEqual(["cloudtower"]);
    expect(tower().organizations).toHaveLength(1);
    expect(tower().datacenters).toHaveLength(1);
    await pulumi(one, "preview", "--refresh", "--expect-no-changes");
    expect(await pulumi(one, ...UP)).toMatch(/Resources:\n {4}\d+ unchanged/);
    expect(writesOf(one)).toEqual([]);
  });
});

describe("an address at which something answers that is no CloudTower", () => {
  let site: TestEngineSite;
  beforeAll(async () => {
    site = await createWholeTestEngineSite(second);
  });
  afterAll(() => site?.close());

  async function expectStopped(): Promise<void> {
    for (const verb of [["preview"], UP]) {
      const { code, output } = await site.pulumi(...verb);
      expect(code).not.toBe(0);
      expect(output).toContain(`something answers at ${ADDRESS}, the planned address of CloudTower (集群管理信息 E3)`);
      expect(output).toContain("nothing was registered");
      expect(output).not.toMatch(/^ +at .*:\d+:\d+/m);
    }
    expect(site.lab.requests().filter(({ write }) => write)).toEqual([]);
    expect(site.lab.site.model.cluster).toBeUndefined();
  }

  test("stops before anything is written when it is another web server", async () => {
    const { key, cert } = openAuthority(join(site.folder, "lab")).issue(ADDRESS);
    let sent = "";
    const server = createServer({ key, cert }, async (request, response) => {
      sent += JSON.stringify(request.headers) + (await text(request));
      response.end("<html>It works!</html>");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    try {
      leadTo(site, { ca: "", hostKeys: {}, endpoints: { [`${ADDRESS}:443`]: `127.0.0.1:${port}` } });
      await expectStopped();
    } finally {
      server.close();
    }
    expect(sent).toContain("checkTowerIsSetup");
    for (const password of Object.values(PASSWORDS)) expect(sent).not.toContain(password);
  });

  test.each([80, 22])("stops before anything is written when it is a machine that answers at port %d", async (port) => {
    const host = site.lab.reach.endpoints[`${second.hosts[0]?.management}:${port}`] as string;
    leadTo(site, { ca: "", hostKeys: {}, endpoints: { [`${ADDRESS}:${port}`]: host } });
    await expectStopped();
  });
});
