import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ask, deploy, FIRST, labPlan, type Scan, SECOND, scan, VIP, withLab } from "../lab.fixture";

const CAPTURES = join(__dirname, "..", "..", "..", "shared", "data");

/** Paths of all fields, lists seen through; a field that is null counts. */
function fieldsOf(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap((item) => fieldsOf(item, `${path}[]`)))];
  if (value === null || typeof value !== "object") return [path];
  const entries = Object.entries(value);
  if (entries.length === 0) return [path];
  return entries.flatMap(([name, item]) => fieldsOf(item, `${path}.${name}`)).sort();
}

const fieldsIn = (value: unknown) => [...new Set(fieldsOf(value))].sort();

test("a factory host has its address on the plan's first management port, and no bridges", async () => {
  await withLab({}, async (lab) => {
    const { ifaces, host_ip } = await scan(lab, FIRST);
    expect(host_ip).toBe(FIRST);
    expect(ifaces.filter(({ ipv4 }) => ipv4 !== null).map(({ name, ipv4 }) => [name, ipv4])).toEqual([
      ["ens224", FIRST],
    ]);
    expect(ifaces.map(({ name }) => name)).toEqual(["ens161", "ens162", "ens192", "ens194", "ens224", "ens256"]);
    expect(ifaces.find(({ name }) => name === "ens162")).toMatchObject({
      physical_link_up: false,
      running: false,
      speed: null,
      ipv6: null,
    });
  });
});

test("a deployed host has its addresses on port-mgt and port-storage, and none on a physical port", async () => {
  await withLab({}, async (lab) => {
    await deploy(lab);
    const { ifaces } = await scan(lab, SECOND);
    expect(ifaces.filter(({ ipv4 }) => ipv4 !== null).map(({ name, ipv4 }) => [name, ipv4])).toEqual([
      ["port-internal", "169.254.169.254"],
      ["port-mgt", SECOND],
      ["port-storage", "10.0.21.102"],
    ]);
    expect(ifaces.filter(({ name }) => name.startsWith("ovsbr-"))).toHaveLength(3);
    expect(new Set(ifaces.map(({ hwaddr }) => hwaddr)).size).toBe(ifaces.length);
  });
});

test("all flash: every disk is an SSD and the scan says so", async () => {
  const plan = labPlan();
  plan.cluster.storage = "all-flash";
  await withLab({ plan }, async (lab) => {
    const found = (await scan(lab, FIRST)) as Scan & { is_all_flash: boolean };
    expect(found.is_all_flash).toBe(true);
    expect(new Set(found.disks.map(({ type }) => type))).toEqual(new Set(["SSD"]));
  });
});

test("the L2 scan names every host by the link-local address of its storage port", async () => {
  await withLab({}, async (lab) => {
    const { data } = (await ask(lab, "GET", "/api/v2/deployment/cluster", { at: SECOND })).body;
    const hosts = data?.["hosts"] as Scan[];
    const alone = await Promise.all(labPlan().hosts.map(({ management }) => scan(lab, management)));
    expect(hosts.map(({ host_uuid }) => host_uuid)).toEqual(alone.map(({ host_uuid }) => host_uuid));
    for (const [index, { host_ip, ...rest }] of hosts.entries()) {
      const port = alone[index]?.ifaces.find(({ name }) => name === "ens256");
      expect(host_ip).toBe(`${port?.ipv6}%ens256`);
      const { host_ip: _, ...same } = alone[index] as Scan;
      expect(rest).toEqual(same);
    }
  });
});

test("over LACP or VLAN sub-interfaces the L2 scan sees nothing", async () => {
  await withLab({ switches: { clusterScanSees: false } }, async (lab) => {
    const reply = await ask(lab, "GET", "/api/v2/deployment/cluster");
    expect(reply.body).toEqual({ data: { hosts: [] }, ec: "EOK", error: {} });
  });
});

test("the deployment API is a host's own: the VIP has none", async () => {
  await withLab({}, async (lab) => {
    await deploy(lab);
    lab.site.advance();
    lab.smtxos.setManagementVip(VIP);
    await lab.site.settled;
    expect((await ask(lab, "GET", "/api/v2/deployment/host", { at: VIP })).body.ec).toBe("ENOTFOUND");
  });
});

test.skipIf(!existsSync(CAPTURES))("scans have the fields of the vendor's captures, no more and no fewer", async () => {
  const capture = (name: string) => JSON.parse(readFileSync(join(CAPTURES, name), "utf8"));
  await withLab({}, async (lab) => {
    const factory = await ask(lab, "GET", "/api/v2/deployment/host");
    expect(fieldsIn(factory.body)).toEqual(fieldsIn(capture("host-scan-response.json")));
    const cluster = await ask(lab, "GET", "/api/v2/deployment/cluster");
    expect(fieldsIn(cluster.body)).toEqual(fieldsIn(capture("cluster-scan-response.json")));
    await deploy(lab);
    const deployed = await ask(lab, "GET", "/api/v2/deployment/host");
    expect(fieldsIn(deployed.body)).toEqual(fieldsIn(capture("host-scan-response.json")));
  });
});
