import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TOWER_VERSIONS } from "../../lab/cloudtower/tower-model";
import { readPlan } from "../../plan/read";
import { descendants } from "../kit/processes";
import { filesUnder } from "./files-under";
import type { Ended, SiteProject } from "./site-project";
import type { TestEngineSite } from "./test-engine-site";
import { createWholeSite, createWholeTestEngineSite, PASSWORDS, towerSitePlan } from "./whole-site";

const UP = ["up", "--yes", "--skip-preview"];
const plan = towerSitePlan();
const settings = { media: "media", cpuModel: "EPYC" };
const RULE = "zbs_cluster_data_space_use_rate";

/** Each CloudTower on the test engine, and the newest by the real one, as far as that prints, keeps or plans it. */
const SITES = [
  ...TOWER_VERSIONS.map((version) => ({ version, engine: "test engine", create: createWholeTestEngineSite })),
  ...TOWER_VERSIONS.slice(-1).map((version) => ({ version, engine: "real engine", create: createWholeSite })),
];

/** One site from bare hosts to a configured CloudTower; each test goes on where the one before left it. */
describe.each(SITES)("a site with a CloudTower of $version, by the $engine", ({ version, engine, create }) => {
  const real = engine === "real engine";
  let site: SiteProject | TestEngineSite;
  let told = "";
  const commands = new Set<string>();
  beforeAll(async () => {
    site = await create(plan, { cloudtowerVersion: version }, settings);
  });
  afterAll(() => site?.close());

  const tower = () => site.lab.site.model.cloudtower as NonNullable<typeof site.lab.site.model.cloudtower>;
  const connected = () => tower().clusters[0] as ReturnType<typeof tower>["clusters"][number];
  const writes = () =>
    site.lab
      .requests()
      .filter(({ write }) => write)
      .map(({ operation }) => operation);

  async function pulumi(...args: string[]) {
    site.lab.clearRequests();
    const { code, output } = "start" in site ? await watched(site, args) : await site.pulumi(...args);
    told += output;
    expect(code, output).toBe(0);
    return output;
  }

  /** Notes what the engine's processes are called with. */
  async function watched({ start }: SiteProject, args: string[]): Promise<Ended> {
    const running = start(...args);
    const watch = setInterval(() => {
      for (const { command } of descendants(running.pid)) commands.add(command);
    }, 200);
    const ended = await running.ended;
    clearInterval(watch);
    return ended;
  }

  /** What somebody does in CloudTower by hand. */
  function byHand(change: (theirs: ReturnType<typeof tower>) => void): void {
    site.lab.site.change((model) => {
      if (model.cloudtower) change(model.cloudtower);
    });
  }

  test("comes up whole: one machine, one installation, one connection, and what the plan sets", async () => {
    const output = await pulumi(...UP);
    expect(output).toContain(`https://${plan.cloudtower?.address}`);
    const { cluster } = site.lab.site.model;
    expect(cluster?.vms.map(({ name, status }) => `${name} ${status}`)).toEqual(["cloudtower running"]);
    expect(cluster?.images.map(({ kind }) => kind).sort()).toEqual(["iso", "tools"]);
    expect(tower().version).toBe(version);
    expect(tower().users.map(({ username, password }) => [username, password])).toEqual([["root", PASSWORDS.tower]]);
    expect(tower().organizations.map(({ name }) => name)).toEqual([plan.customer]);
    expect(tower().datacenters.map(({ name }) => name)).toEqual([plan.datacenter]);
    expect(tower().clusters).toMatchObject([
      { ip: plan.cluster.vip, state: "CONNECTED", settings: { policy: "REPLICA_2_THIN_PROVISION", replicaNum: 2 } },
    ]);
    expect(tower().ntp).toEqual(plan.ntp);
    expect(
      connected()
        .alertRules[RULE]?.thresholds.map(({ severity, value }) => `${severity} ${value}`)
        .sort(),
    ).toEqual(["CRITICAL 90", "NOTICE 61"]);
    expect(
      connected()
        .kept.views.map(({ name }) => name)
        .sort(),
    ).toEqual(["Cluster", "Host", "VM"]);
    expect(connected().kept.graphs).toHaveLength(15);
    // In the language of the planning workbook.
    expect(connected().kept.graphs.filter(({ title }) => title === "内存使用率")).toHaveLength(3);
    expect(connected().kept.racks.map(({ name }) => name)).toEqual(["A01"]);
    expect(
      connected()
        .kept.bricks.map(({ name }) => name)
        .sort(),
    ).toEqual(plan.hosts.map(({ name }) => name).sort());
  });

  test("is made beside the upload of the tools, and not after it", async () => {
    const { resources } = (await site.state()).deployment;
    const tower = resources.filter(({ urn }) => /::cloudtower-vm$|::cluster-connection$/.test(urn));
    expect(tower).toHaveLength(2);
    for (const { dependencies = [] } of tower)
      expect(dependencies.filter((urn) => urn.endsWith("::svt-image"))).toEqual([]);
  });

  test("hands over both serials in the delivered workbook", async () => {
    const delivered = await readPlan(join(site.stack, "delivered", "plan.xlsx"));
    if (!delivered.ok) throw new Error("the delivered workbook is no plan");
    expect(delivered.plan.cloudtower?.serial).toBe(tower().license.serial);
    expect(delivered.plan.cluster.serial).toBe(site.lab.site.model.cluster?.serial);
  });

  test.runIf(!real)("is not left out by a setting, right after the first up", async () => {
    for (const cloudtower of ["existing", "none"]) {
      site.writeSettings({ ...settings, cloudtower });
      const { code, output } = await site.pulumi(...UP);
      expect(code).not.toBe(0);
      expect(output).toMatch(
        /this stack has installed the CloudTower at https:\/\/10\.0\.20\.2, .*nothing was registered/,
      );
    }
    site.writeSettings(settings);
    expect(site.lab.site.model.cluster?.vms).toMatchObject([{ status: "running" }]);
  });

  test("is left alone by a second up", async () => {
    expect(await pulumi(...UP)).toMatch(/Resources:\n {4}\d+ unchanged/);
    expect(writes()).toEqual([]);
  });

  test("what is changed by hand in CloudTower is named by preview, and put right by one write each", async () => {
    byHand((theirs) => {
      theirs.ntp = ["10.0.0.3", "10.0.0.2"];
      const [cluster] = theirs.clusters;
      for (const each of cluster?.alertRules[RULE]?.thresholds ?? []) if (each.severity === "NOTICE") each.value = 50;
      Object.assign(cluster?.settings ?? {}, { policy: "REPLICA_3_THIN_PROVISION", replicaNum: 3 });
      const graph = cluster?.kept.graphs.find(({ metricName }) => metricName.startsWith("cluster_cpu"));
      if (graph) graph.title = "Renamed by hand";
    });
    const output = await pulumi("preview", "--refresh", "--diff");
    expect(output).toMatch(/replicas *: 3 => 2/);
    expect(output).toMatch(/value *: 50 => 61|value *: 61 => 50/);
    expect(output).toMatch(/"Renamed by hand"/);
    expect(output).toMatch(/~ servers/);
    expect(writes()).toEqual([]);
    await pulumi(...UP, "--refresh");
    expect(writes().sort()).toEqual([
      "graphqlUpdateCloudTowerNtpUrl",
      "graphqlUpdateClusterSettings",
      "updateCustomizeAlertRule",
      "updateGraph",
    ]);
    await pulumi("preview", "--refresh", "--expect-no-changes");
  });

  test.runIf(!real)(
    "where Fisheye lets nothing be read back, what is changed by hand is seen through CloudTower",
    async () => {
      const answer = { status: 404, body: { message: "Not Found" } };
      const reads = ["readVip", "readDns", "readNtp", "readCpuCompatibility", "listVlans", "listVdses", "readVds"];
      await site.lab.setFaults(reads.map((operation) => ({ operation, answer })));
      await pulumi("preview", "--refresh", "--expect-no-changes");
      const { smtxos: changed } = site.lab;
      changed.changeSettings({ dns: ["192.0.2.1"], ntp: { mode: "internal", servers: [] }, cpuModel: "Dhyana" });
      const [vlan] = plan.business?.networks ?? [];
      changed.changeVlan(vlan?.name as string, (stands) => {
        stands.vlanId = 3999;
      });
      const output = await pulumi("preview", "--refresh", "--diff");
      expect(output).toMatch(/DnsServers: \(update\)/);
      expect(output).toMatch(/"192\.0\.2\.1" => "10\.0\.0\.114"/);
      expect(output).toMatch(/mode *: "internal" => "external"/);
      expect(output).toMatch(/model *: "Dhyana" => "EPYC"/);
      expect(output).toMatch(/vlanId *: 3999 => \d+/);
      // Moved alone and last: CloudTower, which knows the cluster by it, loses the cluster then.
      changed.setManagementVip("10.0.20.199");
      expect(await pulumi("preview", "--refresh", "--diff")).toMatch(/\+ managementVip *: "10\.0\.20\.10"/);
      await pulumi(...UP, "--refresh");
      await site.lab.setFaults([]);
      await pulumi(...UP, "--refresh");
      await pulumi("preview", "--refresh", "--expect-no-changes");
      expect(site.lab.site.model.cluster).toMatchObject({
        managementVip: "10.0.20.10",
        dns: plan.dns,
        cpuModel: "EPYC",
      });
    },
  );

  test.runIf(!real)(
    "a newer image, another name and another version in the plan change nothing, and preview says so",
    async () => {
      writeFileSync(join(site.folder, "media", "cloudtower-v4.9.0.oe2003.x86_64.iso"), "a newer one");
      await site.writePlan({
        ...plan,
        cloudtower: { ...(plan.cloudtower as NonNullable<typeof plan.cloudtower>), name: "tower", version: "4.9.0" },
      });
      const output = await pulumi("preview", "--diff");
      expect(output).toMatch(
        /image stands as "cloudtower-v4\.7\.1[^"]*", planned is "cloudtower-v4\.9\.0[^"]*"; nothing is changed: .*upgrade package/,
      );
      // The copy that is handed over alone is another, since the workbook is.
      expect(output).toMatch(/DeliveredWorkbook: \(update\)/);
      expect(output).toMatch(/Resources:\n {4}~ 1 to update\n {4}\d+ unchanged/);
      await pulumi(...UP);
      expect(writes()).toEqual([]);
      await site.writePlan(plan);
    },
  );

  test.runIf(!real)("an image that somebody deletes after the installation is not missed", async () => {
    site.lab.site.change(({ cluster }) => {
      if (cluster) cluster.images = cluster.images.filter(({ kind }) => kind !== "iso");
    });
    await pulumi("refresh", "--yes", "--skip-preview");
    await pulumi(...UP);
    expect(writes()).toEqual([]);
    expect(site.lab.site.model.cluster?.images.map(({ kind }) => kind)).toEqual(["tools"]);
  });

  test("no password stands in plain in the state, in any file, in what was printed, or in a process's arguments", async () => {
    // The test engine knows no secrets: its state is in the test's own memory, and starts no process with arguments.
    if (real) expect([...commands].some((command) => command.includes("dynamic-provider"))).toBe(true);
    // A workbook is compressed, and the plan's own and the delivered one have passwords by intent.
    const files = filesUnder(site.folder).filter((file) => !/\.(xlsx|iso)$/.test(file));
    const texts = { told, commands: [...commands].join("\n"), state: real ? JSON.stringify(await site.state()) : "" };
    const all = { ...texts, ...Object.fromEntries(files.map((file) => [file, readFileSync(file, "utf8")])) };
    for (const [where, text] of Object.entries(all))
      expect([where, Object.values(PASSWORDS).filter((password) => text.includes(password))]).toEqual([where, []]);
  });

  test("destroy tears down nothing before the stack may be, and then the connection, the machine and the image too", async () => {
    const refused = await site.pulumi("destroy", "--yes", "--skip-preview");
    expect(refused.code).not.toBe(0);
    expect(tower().clusters).toHaveLength(1);
    site.writeSettings({ ...settings, teardown: "true" });
    await pulumi(...UP);
    await pulumi("destroy", "--yes", "--skip-preview");
    const { cluster, cloudtower } = site.lab.site.model;
    expect(cluster?.vms).toEqual([]);
    expect(cluster?.images).toEqual([]);
    expect(cloudtower).toBeUndefined();
  });
});
