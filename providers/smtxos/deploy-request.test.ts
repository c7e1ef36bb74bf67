import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ClusterPlan } from "./cluster-plan";
import { deployHostIp, deployRequest } from "./deploy-request";
import { type HostScan, hostScanSchema } from "./scan";

const DATA = join(__dirname, "../../../shared/data");

const disk = (drive: string, type: "SSD" | "HDD", role: string) => ({
  drive,
  type,
  function: role,
  model: `model ${drive}`,
  serial: `serial ${drive}`,
  size: 1_000,
});

function scan(index: number): HostScan {
  return {
    host_ip: `10.0.20.1${index}`,
    host_uuid: `1f967a52-9ac8-11f0-9b61-00000000000${index}`,
    hostname: "localhost.localdomain",
    sn: `SN${index}`,
    product: "SMTXOS",
    version: "6.2.0",
    patch_version: "P4",
    disks: [disk("nvme0n1", "SSD", "cache"), disk("sda", "SSD", "boot"), disk("sdb", "HDD", "data")],
    ifaces: [
      { name: "ens224", hwaddr: "00:50:56:00:00:01", ipv4: `10.0.20.1${index}`, ipv6: null },
      { name: "ens192", hwaddr: "00:50:56:00:00:02", ipv4: null, ipv6: `fe80::${index}` },
    ],
  };
}

function plan(hosts: number, changes: Partial<ClusterPlan> = {}): ClusterPlan {
  return {
    name: "HCI-01",
    hosts: Array.from({ length: hosts }, (_, index) => ({
      hostname: `node-0${index}`,
      managementIp: `10.0.20.1${index}`,
      storageIp: `10.0.21.1${index}`,
    })),
    management: {
      vds: { name: "VDS-MGT", nics: ["ens224", "ens192"], bondMode: "active-backup" },
      vlan: 0,
      subnet: "10.0.20.0/24",
      gateway: "10.0.20.1",
    },
    storage: {
      vds: { name: "VDS-SDS", nics: ["ens256", "ens161"], bondMode: "balance-tcp" },
      vlan: 1021,
      subnet: "10.0.21.0/24",
    },
    storageArchitecture: "tiered",
    boost: true,
    deployHostIp: "management",
    ...changes,
  };
}

const now = new Date("2025-09-26T14:02:29.381Z");
const request = (of: ClusterPlan) =>
  deployRequest(
    of,
    of.hosts.map((_, index) => scan(index)),
    now,
  );

test("masks and gateway come from the plan: a /23 with its gateway at .254", () => {
  const wide = request(
    plan(3, { management: { ...plan(3).management, subnet: "10.0.20.0/23", gateway: "10.0.21.254" } }),
  );
  expect(wide.networks[0]?.network_config).toMatchObject({
    service: [{ netmask: "255.255.254.0" }, {}, {}],
    route: [{ gateway: "10.0.21.254" }],
  });
  expect(wide.networks[1]?.network_config).not.toHaveProperty("route");
});

test("a switch with one port has no bond mode", () => {
  const single = request(plan(3, { storage: { ...plan(3).storage, vds: { name: "VDS-SDS", nics: ["ens256"] } } }));
  expect(single.vdses[0]).toHaveProperty("bond_mode", "active-backup");
  expect(single.vdses[1]).not.toHaveProperty("bond_mode");
});

test.each([
  [3, 3],
  [4, 3],
  [5, 5],
  [16, 5],
])("of %d hosts the first %d are masters", (hosts, masters) => {
  const flags = request(plan(hosts)).hosts.map((host) => host.is_master);
  expect(flags).toEqual(flags.map((_, index) => index < masters));
  expect(flags).toHaveLength(hosts);
});

test("hosts are named by their management address, or as the samples do by link-local address and port", () => {
  expect(request(plan(3)).hosts[1]?.host_ip).toBe("10.0.20.11");
  expect(request(plan(3, { deployHostIp: "linkLocal" })).hosts[1]?.host_ip).toBe("fe80::1%ens192");
  const bare = { ...scan(0), ifaces: [] };
  const host = plan(3).hosts[0] as ClusterPlan["hosts"][number];
  expect(() => deployHostIp(plan(3, { deployHostIp: "linkLocal" }), host, bare)).toThrow(
    /node-00 \(10.0.20.10\) has no link-local/,
  );
});

test("disks that do not allow the plan are refused with the host's name", () => {
  expect(() => request(plan(3, { storageArchitecture: "all-flash" }))).toThrow(
    /host node-00 \(10.0.20.10\) mixes NVMe and HDD/,
  );
});

/** The vendor's samples, where they lie beside the project: their own values in, the very same request out. */
test.skipIf(!existsSync(DATA)).each(["cluster-deploy-request.json", "cluster-deploy-request-converged.json"])(
  "%s is what its own plan and scans give, field by field",
  (name) => {
    const text = readFileSync(join(DATA, name), "utf8").replace(/\/\/.*$/gm, "");
    const sample = JSON.parse(text) as ReturnType<typeof deployRequest>;
    const [mgt, storage] = sample.networks;
    const vds = (index: number) => {
      const at = sample.vdses[index] as (typeof sample.vdses)[number] & { bond_mode: "active-backup" };
      return { name: at.name, nics: at.hosts_associated[0]?.nics_associated as string[], bondMode: at.bond_mode };
    };
    const scans = sample.hosts.map((host) => {
      const [ipv6, nic] = host.host_ip.split("%") as [string, string];
      const boot = disk("sdz", "SSD", "boot");
      return hostScanSchema.parse({
        ...scan(0),
        host_uuid: host.host_uuid,
        disks: [...host.disks, boot],
        ifaces: [{ name: nic, hwaddr: "", ipv6 }],
      });
    });
    const linkLocalNics = sample.hosts.map((host) => host.host_ip.split("%")[1] as string);
    const planned: ClusterPlan = {
      name: sample.cluster_name,
      hosts: sample.hosts.map((host) => ({
        hostname: host.hostname,
        managementIp: host.ifaces[0]?.ip as string,
        storageIp: host.ifaces[1]?.ip as string,
      })),
      management: {
        vds: vds(0),
        vlan: mgt?.mode.network_identities[0] as number,
        subnet: "10.0.20.0/24",
        gateway: "10.0.20.1",
      },
      storage: { vds: vds(1), vlan: storage?.mode.network_identities[0] as number, subnet: "10.0.21.0/24" },
      storageArchitecture: "tiered",
      boost: sample.vhost_enabled,
      deployHostIp: "linkLocal",
    };
    // The second sample names each host by a port outside the management switch: let the plan's ports hold them.
    const asked = {
      ...planned,
      management: { ...planned.management, vds: { ...planned.management.vds, nics: linkLocalNics } },
    };
    const built = deployRequest(
      planned,
      scans.map((each, index) => ({
        ...each,
        ifaces: each.ifaces.map((iface) => ({ ...iface, name: planned.management.vds.nics[0] as string })),
        sn: String(index),
      })),
      new Date(sample.ntp.current_time),
    );
    expect({
      ...built,
      hosts: built.hosts.map((host, index) => ({
        ...host,
        host_ip: deployHostIp(asked, planned.hosts[index] as ClusterPlan["hosts"][number], scans[index] as HostScan),
      })),
    }).toEqual(sample);
  },
);
