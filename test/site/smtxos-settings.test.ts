import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { goodPlan } from "../../plan/good-plans.fixture";
import type { SitePlan } from "../../plan/site-plan";
import { createTestEngineSite, type TestEngineSite } from "./test-engine-site";

const UP = ["up", "--yes", "--skip-preview"];
const good = goodPlan({ hosts: 3, networks: "separate", storage: "tiered", whole: true });
// The workbook has eleven rows for business networks: one is left for what comes later.
const networks = good.business?.networks.slice(0, 10) ?? [];
const plan: SitePlan = {
  ...good,
  ntp: ["10.0.0.2", "10.0.0.3", "ntp.example.com"],
  business: { ...good.business, networks },
};
const [OLD_TOOLS, NEW_TOOLS] = ["SMTX_VMTOOLS-3.9.0-2501210639.iso", "SMTX_VMTOOLS-3.10.0-2503010101.iso"];

/** One site up to the end of stage 03; each test goes on where the one before left it. */
describe("a site with all its settings, accounts and networks", () => {
  let site: TestEngineSite;
  beforeAll(async () => {
    site = await createTestEngineSite(plan);
    mkdirSync(join(site.stack, "media"));
    putTools(OLD_TOOLS, 9_000_000);
    site.writeSettings(settings);
  });
  afterAll(() => site?.close());

  const settings = { media: "stacks/test/media" };
  function putTools(name: string, size: number): void {
    const file = join(site.stack, "media", name);
    writeFileSync(file, name);
    truncateSync(file, size);
  }

  const writes = () =>
    site.lab
      .requests()
      .filter(({ write }) => write)
      .map(({ operation }) => operation);
  const cluster = () => site.lab.site.model.cluster as NonNullable<typeof site.lab.site.model.cluster>;
  const machineVlans = () =>
    cluster()
      .vlans.filter(({ use, name }) => use === "vm" && name !== "default")
      .map(({ name, vlanId }) => `${name} ${vlanId}`);

  async function up(...more: string[]) {
    site.lab.clearRequests();
    const { code, output } = await site.pulumi(...UP, ...more);
    expect(code, output).toBe(0);
    return output;
  }

  /** What preview would do, without the rows that stay as they are. */
  async function previewed(...more: string[]) {
    const { code, output } = await site.pulumi("preview", "--diff", ...more);
    expect(code, output).toBe(0);
    return output;
  }

  test("comes up with each of them as planned", async () => {
    await up();
    const { dns, ntp, cpuModel, vdses, ipmi } = cluster();
    expect(dns).toEqual(plan.dns);
    expect(ntp).toEqual({ mode: "external", servers: plan.ntp });
    expect(cpuModel).toBe("EPYC");
    expect(Object.values(ipmi).map(({ host }) => host)).toEqual(plan.hosts.map(({ bmc }) => bmc?.address));
    expect(vdses.map(({ name }) => name).sort()).toEqual(
      [plan.management, plan.storage, plan.backup, plan.business].map((part) => part?.switch?.name).sort(),
    );
    const planned = [plan.management.extra, plan.backup?.network, ...networks];
    expect(machineVlans().sort()).toEqual(planned.map((network) => `${network?.name} ${network?.vlan}`).sort());
    expect(cluster().images).toMatchObject([{ name: OLD_TOOLS, size: 9_000_000, chunks: { 0: {}, 1: {} } }]);
    for (const { passwords } of site.lab.site.model.hosts) {
      expect(passwords.smartx).toBe(plan.hosts[0]?.ssh.password);
      expect(passwords.root).toBe(plan.hosts[0]?.root.password);
    }
  });

  test("a second up writes nothing", async () => {
    expect(await up("--refresh")).toMatch(/unchanged/);
    expect(writes()).toEqual([]);
  });

  test("what somebody changes by hand is named by property and repaired with the one write that it needs", async () => {
    const { smtxos: lab } = site.lab;
    const business = plan.business?.switch?.name ?? "";
    const [first] = networks;
    lab.changeSettings({ ntp: { mode: "external", servers: ["10.9.9.9"] } });
    lab.setManagementVip("10.0.20.199");
    lab.changeVlan(first?.name ?? "", (vlan) => {
      vlan.vlanId = 3999;
    });
    lab.changeVds(business, (vds) => {
      for (const host of vds.hosts) host.nics = host.nics.slice(0, 1);
    });
    const output = await previewed("--refresh");
    expect(output).toMatch(/servers/);
    expect(output).toMatch(/managementVip: "10\.0\.20\.199" => "10\.0\.20\.10"/);
    expect(output).toMatch(new RegExp(`vlanId *: 3999 => ${first?.vlan}`));
    expect(output).toMatch(/nics/);
    await up("--refresh");
    expect(writes().sort()).toEqual(["setNtp", "setVip", "updateVds", "updateVlan"]);
    expect(await up("--refresh")).toMatch(/unchanged/);
    expect(writes()).toEqual([]);
  });

  test("one VLAN more in the workbook is one create", async () => {
    const more = { name: "VLAN-1999", vlan: 1999, subnet: "10.1.99.0/24", gateway: "10.1.99.1" };
    await site.writePlan({ ...plan, business: { ...plan.business, networks: [...networks, more] } });
    const output = await previewed();
    expect(output).toMatch(/\+ 1 to create\n/);
    expect(output).not.toMatch(/to (delete|replace)/);
    await up();
    expect(writes()).toEqual(["createVlan"]);
    await site.writePlan(plan);
    await up();
    expect(writes()).toEqual(["deleteVlan"]);
  });

  test("a VLAN that is renamed is changed, not made anew", async () => {
    const [first, ...rest] = networks;
    if (!first) throw new Error("no network");
    const renamed = [{ ...first, name: "Renamed" }, ...rest];
    await site.writePlan({ ...plan, business: { ...plan.business, networks: renamed } });
    expect(await previewed()).toMatch(new RegExp(`name: "${first.name}" => "Renamed"`));
    await up();
    expect(writes()).toEqual(["updateVlan"]);
    expect(machineVlans()).toContain(`Renamed ${first.vlan}`);
    await site.writePlan(plan);
    await up();
  });

  test("a rotated password of a host, and of a controller, is sent and nothing else", async () => {
    const hosts = plan.hosts.map((host) => ({
      ...host,
      ssh: { ...host.ssh, password: "Canary-Rotated-1" },
      bmc: host.bmc && { ...host.bmc, password: "Canary-Bmc-2" },
    }));
    for (const { managementIp } of site.lab.site.model.hosts) {
      const known = site.lab.site.model.hosts.find((host) => host.managementIp === managementIp)?.bmc;
      if (known) site.lab.smtxos.setBmc(managementIp, { ...known, password: "Canary-Bmc-2" });
    }
    await site.writePlan({ ...plan, hosts });
    const preview = await previewed();
    expect(preview).toMatch(/smtxos:HostPasswords/);
    expect(preview).not.toMatch(/Canary/);
    const output = await up();
    expect(output).not.toMatch(/Canary/);
    expect(writes().sort()).toEqual([...plan.hosts.map(() => "sshSetPasswords"), "upsertIpmiAccounts"]);
    for (const { passwords } of site.lab.site.model.hosts) expect(passwords.smartx).toBe("Canary-Rotated-1");
    expect(await up("--refresh")).toMatch(/unchanged/);
  });

  test("newer tools in the media folder are named by preview, and replace the older ones", async () => {
    putTools(NEW_TOOLS, 100);
    expect(await previewed()).toMatch(new RegExp(`name: "${OLD_TOOLS}" => "${NEW_TOOLS}"`));
    await up();
    expect(writes()).toEqual(["deleteImage", "createSvtVolume", "uploadSvtChunk"]);
    expect(cluster().images.map(({ name }) => name)).toEqual([NEW_TOOLS]);
  });

  test("a media folder without tools is refused with its name and what to do", async () => {
    site.writeSettings({ media: "stacks/test/elsewhere" });
    const { code, output } = await site.pulumi("preview");
    expect(code).not.toBe(0);
    expect(output).toMatch(/stacks\/test\/elsewhere: the stack setting media names this folder, and it is not there/);
    expect(output).not.toMatch(/\n\s+at /);
    site.writeSettings(settings);
  });

  test("destroy takes VLANs, switches and the tools away and lets go of the rest with a warning each", async () => {
    site.writeSettings({ ...settings, teardown: "true" });
    await up();
    const { code, output } = await site.pulumi("destroy", "--yes", "--skip-preview");
    expect(code, output).toBe(0);
    expect(machineVlans()).toEqual([]);
    expect(cluster().images).toEqual([]);
    expect(
      cluster()
        .vdses.map(({ name }) => name)
        .sort(),
    ).toEqual([plan.management.switch.name, plan.storage.switch.name].sort());
    for (const kind of ["Cluster", "DnsServers", "NtpServers", "ManagementVip", "IpmiAccounts", "HostPasswords"])
      expect(output).toMatch(new RegExp(`warning: ${kind}/`));
  });
});
