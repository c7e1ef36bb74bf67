import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Lab } from "../lab";
import { ask, deployRequest, labPlan, scan, withLab } from "../lab.fixture";

type Request = Awaited<ReturnType<typeof deployRequest>>;
type Change = (request: Request) => void;

const SAMPLES = join(__dirname, "..", "..", "..", "shared", "data");

const first = <T>(items: readonly T[]): T => items[0] as T;
const set = (target: object, field: string, value: unknown) => Object.assign(target, { [field]: value });
const host = (request: Request) => first(request.hosts);
const network = (request: Request) => first(request.networks);

/** What is changed in a good request, how, and what the refusal must name. */
const wrong: [what: string, change: Change, named: RegExp][] = [
  ["platform", (r) => set(r, "platform", "vmware"), /platform/],
  ["no cluster name", (r) => set(r, "cluster_name", ""), /cluster_name/],
  ["another DNS server", (r) => set(r, "dns_server", ["10.0.20.1"]), /dns_server/],
  ["an unknown field", (r) => set(r, "iscsi_vip", null), /iscsi_vip/],
  ["no ntp", (r) => set(r, "ntp", undefined), /ntp/],
  ["external ntp", (r) => set(r.ntp, "mode", "external"), /ntp\.mode/],
  ["a time that is none", (r) => set(r.ntp, "current_time", "now"), /ntp\.current_time/],
  ["vhost as text", (r) => set(r, "vhost_enabled", "yes"), /vhost_enabled/],
  ["RDMA", (r) => set(r, "rdma_enabled", true), /rdma_enabled/],
  ["one VDS", (r) => r.vdses.pop(), /vdses/],
  ["two VDS of one name", (r) => set(first(r.vdses), "name", "VDS-SDS"), /vdses: two with the name VDS-SDS/],
  ["a bond mode that is none", (r) => set(first(r.vdses), "bond_mode", "lacp"), /vdses\.0\.bond_mode/],
  ["two ports without a bond mode", (r) => set(first(r.vdses), "bond_mode", undefined), /bond_mode goes with/],
  [
    "a bond mode with one port",
    (r) => {
      for (const each of first(r.vdses).hosts_associated) each.nics_associated.pop();
    },
    /bond_mode goes with/,
  ],
  ["a VDS without a host", (r) => first(r.vdses).hosts_associated.pop(), /vdses: VDS-MGT: host .* is missing/],
  ["a port that is not there", (r) => first(first(r.vdses).hosts_associated).nics_associated.push("ens999"), /ens999/],
  ["a port in both VDS", (r) => first(first(r.vdses).hosts_associated).nics_associated.push("ens256"), /ens256/],
  ["a network's name", (r) => set(network(r), "name", "management"), /networks\.0\.name/],
  ["a network's VDS", (r) => set(network(r), "attached_vds", "VDS-SDS"), /attached to VDS-SDS/],
  ["a network's type", (r) => set(network(r), "network_type", "storage"), /networks: mgt-network stands/],
  ["a VLAN id out of range", (r) => set(network(r).mode, "network_identities", [4095]), /networks\.0\.mode/],
  ["no gateway", (r) => set(network(r).network_config, "route", undefined), /a route belongs to mgt-network/],
  [
    "a gateway for storage",
    (r) => set(r.networks[1].network_config, "route", [{ gateway: "10.0.21.1" }]),
    /a route belongs to mgt-network alone/,
  ],
  ["a gateway elsewhere", (r) => set(network(r).network_config, "route", [{ gateway: "10.9.0.1" }]), /10\.9\.0\.1/],
  [
    "a gateway that is a host",
    (r) => set(network(r).network_config, "route", [{ gateway: "10.0.20.102" }]),
    /gateway 10\.0\.20\.102/,
  ],
  ["a netmask that is none", (r) => setMasks(r, "255.0.255.0"), /255\.0\.255\.0 is no netmask/],
  ["two netmasks", (r) => set(first(network(r).network_config.service), "netmask", "255.255.0.0"), /netmask/],
  [
    "a service interface's name",
    (r) => set(first(network(r).network_config.service), "service_interface_name", "port-storage"),
    /port-mgt/,
  ],
  [
    "an address that is not the host's",
    (r) => set(first(network(r).network_config.service), "service_interface_ip", "10.0.20.99"),
    /mgt-network and hosts disagree/,
  ],
  ["a network without a host", (r) => network(r).network_config.service.pop(), /mgt-network: host .* is missing/],
  ["two hosts", (r) => r.hosts.pop(), /hosts/],
  ["a host twice", (r) => r.hosts.push(host(r)), /host_uuid .* stands twice/],
  ["a hostname twice", (r) => set(host(r), "hostname", "node-02"), /hostname node-02 stands twice/],
  ["a hostname that is none", (r) => set(host(r), "hostname", "node_01!"), /hosts\.0\.hostname/],
  ["an unknown host", (r) => set(host(r), "host_uuid", "0".repeat(32)), /no host 0{32}/],
  ["an address of another host", (r) => set(host(r), "host_ip", "10.0.20.102"), /10\.0\.20\.102 is no address of/],
  ["no masters", (r) => r.hosts.map((each) => set(each, "is_master", false)), /0 masters of 3 hosts/],
  ["an address twice", (r) => set(first(host(r).ifaces), "ip", "10.0.20.102"), /address 10\.0\.20\.102 stands twice/],
  ["addresses in the wrong order", (r) => host(r).ifaces.reverse(), /hosts\.0\.ifaces/],
  ["one password", (r) => host(r).host_passwords.pop(), /hosts\.0\.host_passwords/],
  ["root's password twice", (r) => set(host(r).host_passwords[1] ?? {}, "user", "root"), /host_passwords/],
  ["a tag", (r) => host(r).tags.push("new"), /hosts\.0\.tags/],
  ["no disks", (r) => set(host(r), "disks", []), /hosts\.0\.disks/],
  ["a disk that is not there", (r) => set(first(host(r).disks), "drive", "sdz"), /no disk sdz/],
  ["a disk twice", (r) => host(r).disks.push(first(host(r).disks)), /disk of 10\.0\.20\.101 nvme0n1 stands twice/],
  [
    "a port twice in a VDS",
    (r) => first(first(r.vdses).hosts_associated).nics_associated.push("ens224"),
    /VDS-MGT: port of .* ens224 stands twice/,
  ],
  [
    "a host twice in a VDS",
    (r) => first(r.vdses).hosts_associated.push(first(first(r.vdses).hosts_associated)),
    /vdses: VDS-MGT: host .* stands twice/,
  ],
  [
    "a host in a VDS that is not deployed",
    (r) => first(r.vdses).hosts_associated.push({ host_uuid: "0".repeat(32), nics_associated: ["ens224"] }),
    /vdses: VDS-MGT: host 0{32} is not among hosts/,
  ],
  [
    "a host twice in a network",
    (r) => network(r).network_config.service.push(first(network(r).network_config.service)),
    /mgt-network: host .* stands twice/,
  ],
  ["a disk of another size", (r) => set(first(host(r).disks), "size", 1), /no disk nvme0n1 like that/],
  ["a disk without a role", (r) => host(r).disks.pop(), /disk sdf of 10\.0\.20\.101 has no role/],
  ["a hard disk as cache", (r) => set(host(r).disks.at(-1) ?? {}, "function", "cache"), /sdf .* is an HDD/],
  ["a flag against the roles", (r) => set(host(r), "disk_data_with_cache", true), /disk_data_with_cache/],
  ["no cache of faster SSDs", (r) => set(host(r), "with_faster_ssd_as_cache", false), /with_faster_ssd_as_cache/],
];

function setMasks(request: Request, netmask: string): void {
  for (const each of network(request).network_config.service) each.netmask = netmask;
}

test.each(wrong)("a request with %s is refused and the field named", async (_what, change, named) => {
  await withLab({ speed: 0 }, async (lab) => {
    const request = await deployRequest(lab, labPlan());
    change(request);
    const { status, body } = await ask(lab, "POST", "/api/v2/deployment/cluster", { body: request });
    expect(body.error?.msg).toMatch(named);
    expect({ status, ec: body.ec }).toEqual({ status: 200, ec: "EINVAL" });
    expect(lab.site.model.deployment).toBeUndefined();
    expect(lab.requests().at(-1)?.committed).toBe(false);
  });
});

test("the system's disk is not to be listed", async () => {
  await withLab({}, async (lab) => {
    const request = await deployRequest(lab, labPlan());
    const boot = (await scan(lab, "10.0.20.101")).disks.find((disk) => disk.function === "boot");
    host(request).disks.push({ ...(boot as NonNullable<typeof boot>), function: "data" });
    const { body } = await ask(lab, "POST", "/api/v2/deployment/cluster", { body: request });
    expect(body).toMatchObject({ ec: "EINVAL", error: { msg: expect.stringMatching(/no disk sda like that/) } });
  });
});

test("no body, and text that is no JSON, are refused", async () => {
  await withLab({}, async (lab) => {
    for (const body of [undefined, "deploy"])
      expect((await ask(lab, "POST", "/api/v2/deployment/cluster", { body })).body.ec).toBe("EINVAL");
  });
});

test("hosts named by the link-local address of a port are taken", async () => {
  await withLab({}, async (lab) => {
    const request = await deployRequest(lab, labPlan());
    for (const each of request.hosts) each.host_ip = await linkLocal(lab, each.ifaces[0]?.ip ?? "", "ens192");
    expect((await ask(lab, "POST", "/api/v2/deployment/cluster", { body: request })).body.ec).toBe("EOK");
  });
});

test.skipIf(!existsSync(SAMPLES)).each(["cluster-deploy-request.json", "cluster-deploy-request-converged.json"])(
  "the vendor's sample %s, for the lab's hosts, is taken as it is",
  async (name) => {
    // One of the vendor's samples has comments at the ends of lines.
    const sample = JSON.parse(readFileSync(join(SAMPLES, name), "utf8").replace(/\/\/[^"\n]*$/gm, "")) as Request;
    await withLab({ plan: labPlan(sample.hosts.length) }, async (lab) => {
      let text = JSON.stringify(sample);
      for (const [index, each] of sample.hosts.entries()) {
        const at = `10.0.20.${101 + index}`;
        const nic = each.host_ip.split("%")[1] as string;
        lab.smtxos.changeHardware(at, (hardware) => {
          hardware.disks = each.disks as typeof hardware.disks;
          hardware.ports = [...new Set([...hardware.ports, nic])];
        });
        text = text
          .replaceAll(each.host_uuid, (await scan(lab, at)).host_uuid)
          .replaceAll(each.host_ip, await linkLocal(lab, at, nic));
      }
      const { body } = await ask(lab, "POST", "/api/v2/deployment/cluster", { body: JSON.parse(text) });
      expect(body).toMatchObject({ ec: "EOK", error: {} });
    });
  },
);

/** By the MAC address, as the samples have it, also for a port without a cable. */
async function linkLocal(lab: Lab, at: string, nic: string): Promise<string> {
  const { hwaddr = "" } = (await scan(lab, at)).ifaces.find((iface) => iface.name === nic) ?? {};
  const [a, b, c, d, e, f] = hwaddr.split(":").map((part) => Number.parseInt(part, 16)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const words = [((a ^ 2) << 8) | b, (c << 8) | 0xff, 0xfe00 | d, (e << 8) | f];
  return `fe80::${words.map((word) => word.toString(16)).join(":")}%${nic}`;
}
