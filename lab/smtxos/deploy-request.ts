import { z } from "zod";
import type { Model } from "../model";
import type { SiteState } from "../site-state";
import type { LabHost } from "./host-model";
import { linkLocalOn } from "./host-scan";

/** A deployment request, as strict as the vendor's two samples allow to say. */
const requestSchema = z.strictObject({
  platform: z.literal("kvm"),
  cluster_name: z.string().min(1),
  dns_server: z.tuple([z.literal("127.0.0.1")]),
  vdses: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        bond_mode: z.enum(["active-backup", "balance-tcp", "balance-slb"]).optional(),
        hosts_associated: z.array(
          z.strictObject({ host_uuid: z.string(), nics_associated: z.array(z.string()).min(1) }),
        ),
      }),
    )
    .length(2),
  networks: z
    .array(
      z.strictObject({
        name: z.enum(["mgt-network", "storage-network"]),
        attached_vds: z.string(),
        network_type: z.enum(["mgt", "storage"]),
        network_config: z.strictObject({
          service: z.array(
            z.strictObject({
              host_uuid: z.string(),
              service_interface_name: z.enum(["port-mgt", "port-storage"]),
              service_interface_ip: z.ipv4(),
              netmask: z.ipv4(),
            }),
          ),
          route: z.tuple([z.strictObject({ gateway: z.ipv4() })]).optional(),
        }),
        mode: z.strictObject({
          type: z.literal("vlan_access"),
          network_identities: z.tuple([z.int().min(0).max(4094)]),
        }),
      }),
    )
    .length(2),
  hosts: z
    .array(
      z.strictObject({
        host_ip: z.string(),
        host_uuid: z.string(),
        hostname: z.string().regex(/^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?$/),
        disk_data_with_cache: z.boolean(),
        host_passwords: z
          .array(z.strictObject({ user: z.enum(["root", "smartx"]), password: z.string().min(1) }))
          .length(2),
        tags: z.array(z.never()),
        ifaces: z.tuple([
          z.strictObject({ ip: z.ipv4(), function: z.literal("mgt") }),
          z.strictObject({ ip: z.ipv4(), function: z.literal("storage") }),
        ]),
        disks: z
          .array(
            z.strictObject({
              drive: z.string(),
              function: z.enum(["cache", "data"]),
              model: z.string(),
              serial: z.string(),
              size: z.number(),
              type: z.enum(["SSD", "HDD"]),
            }),
          )
          .min(1),
        is_master: z.boolean(),
        with_faster_ssd_as_cache: z.boolean(),
      }),
    )
    .min(3),
  ntp: z.strictObject({ mode: z.literal("internal"), ntp_server: z.null(), current_time: z.iso.datetime() }),
  vhost_enabled: z.boolean(),
  rdma_enabled: z.literal(false),
});

export type DeployRequest = z.output<typeof requestSchema>;

/** Reads a deployment request against the machines that are there. What is wrong comes as one line each. */
export function readDeployRequest(site: SiteState, body: unknown): { request: DeployRequest } | { wrong: string[] } {
  const parsed = requestSchema.safeParse(body);
  if (!parsed.success) {
    return { wrong: parsed.error.issues.map((issue) => `${issue.path.join(".") || "the request"}: ${issue.message}`) };
  }
  const request = parsed.data;
  const wrong = [...wrongHosts(site, request), ...wrongSwitches(site.model, request), ...wrongNetworks(request)];
  return wrong.length > 0 ? { wrong } : { request };
}

function wrongHosts(site: SiteState, request: DeployRequest): string[] {
  const masters = request.hosts.filter((host) => host.is_master).length;
  const wanted = request.hosts.length < 5 ? 3 : 5;
  const twice = (what: string, values: string[]) => twiceIn(`hosts: ${what}`, values);
  return [
    // Facts, part A 2.3: three masters under five hosts, five from there on.
    ...(masters === wanted ? [] : [`hosts: ${masters} masters of ${request.hosts.length} hosts, ${wanted} are needed`]),
    ...twice(
      "host_uuid",
      request.hosts.map((host) => host.host_uuid),
    ),
    ...twice(
      "hostname",
      request.hosts.map((host) => host.hostname),
    ),
    ...twice(
      "address",
      request.hosts.flatMap((host) => host.ifaces.map((iface) => iface.ip)),
    ),
    ...request.hosts.flatMap((planned) => {
      const host = site.model.hosts.find((each) => each.uuid === planned.host_uuid);
      if (!host) return [`hosts: no host ${planned.host_uuid} is known`];
      if (host.deployed || host.remains) return [`hosts: ${planned.host_ip} is deployed already`];
      const named = [host.managementIp, ...host.hardware.ports.map((port) => linkLocalOn(site, host, port))];
      const disks = planned.disks.filter((disk) => !hasDisk(host, disk));
      const listed = new Set(planned.disks.map((disk) => disk.drive));
      const left = host.hardware.disks.filter((disk) => disk.function !== "boot" && !listed.has(disk.drive));
      return [
        ...(named.includes(planned.host_ip)
          ? []
          : [`hosts: ${planned.host_ip} is no address of host ${planned.host_uuid}`]),
        ...twice(
          `disk of ${planned.host_ip}`,
          planned.disks.map((disk) => disk.drive),
        ),
        ...disks.map((disk) => `hosts: ${planned.host_ip} has no disk ${disk.drive} like that`),
        ...wrongRoles(planned),
        ...left.map((disk) => `hosts: disk ${disk.drive} of ${planned.host_ip} has no role`),
      ];
    }),
  ];
}

/** Facts, part A 2.4: the two flags follow from the disks' roles, and a hard disk is never cache. */
function wrongRoles(planned: DeployRequest["hosts"][number]): string[] {
  const cache = planned.disks.filter((disk) => disk.function === "cache");
  const users = new Set(planned.host_passwords.map((account) => account.user));
  return [
    ...(planned.disk_data_with_cache === (cache.length === 0)
      ? []
      : [`hosts: disk_data_with_cache of ${planned.host_ip} goes with disks that are all data, and only then`]),
    ...(planned.with_faster_ssd_as_cache ? [] : [`hosts: with_faster_ssd_as_cache of ${planned.host_ip} is not true`]),
    ...(planned.disks.some((disk) => disk.function === "data") ? [] : [`hosts: no disk of ${planned.host_ip} is data`]),
    ...cache
      .filter((disk) => disk.type === "HDD")
      .map((disk) => `hosts: disk ${disk.drive} of ${planned.host_ip} is an HDD and cannot be cache`),
    ...(users.size === 2 ? [] : [`hosts: host_passwords of ${planned.host_ip} need root and smartx once each`]),
  ];
}

/** The system's disk is not to be listed (samples). */
function hasDisk(host: LabHost, wanted: DeployRequest["hosts"][number]["disks"][number]): boolean {
  return host.hardware.disks.some(
    (disk) =>
      disk.function !== "boot" &&
      disk.drive === wanted.drive &&
      disk.size === wanted.size &&
      disk.type === wanted.type &&
      disk.serial === wanted.serial,
  );
}

function wrongSwitches(model: Model, request: DeployRequest): string[] {
  const [first, second] = request.vdses as [DeployRequest["vdses"][number], DeployRequest["vdses"][number]];
  const taken = new Set(
    first.hosts_associated.flatMap((each) => each.nics_associated.map((nic) => `${each.host_uuid} ${nic}`)),
  );
  const shared = second.hosts_associated.flatMap((each) =>
    each.nics_associated
      .filter((nic) => taken.has(`${each.host_uuid} ${nic}`))
      .map((nic) => `vdses: ${second.name}: ${first.name} has port ${nic} of ${each.host_uuid} already`),
  );
  const same = first.name === second.name ? [`vdses: two with the name ${first.name}`] : [];
  const wrong = request.vdses.flatMap((vds) => {
    const single = vds.hosts_associated.every((each) => each.nics_associated.length === 1);
    return [
      // The vendor's own tool leaves the mode out for a single port.
      ...(single === (vds.bond_mode === undefined)
        ? []
        : [`vdses: ${vds.name}: bond_mode goes with two ports and more, and only then`]),
      ...eachOnce(
        request,
        vds.hosts_associated.map((each) => each.host_uuid),
        `vdses: ${vds.name}`,
      ),
      ...vds.hosts_associated.flatMap((each) =>
        twiceIn(`vdses: ${vds.name}: port of ${each.host_uuid}`, each.nics_associated),
      ),
      ...vds.hosts_associated.flatMap((each) => {
        const ports = model.hosts.find((host) => host.uuid === each.host_uuid)?.hardware.ports ?? [];
        return each.nics_associated
          .filter((nic) => !ports.includes(nic))
          .map((nic) => `vdses: ${vds.name}: no port ${nic} on ${each.host_uuid}`);
      }),
    ];
  });
  return [...same, ...shared, ...wrong];
}

function wrongNetworks(request: DeployRequest): string[] {
  return request.networks.flatMap((network, index) => {
    const type = index === 0 ? "mgt" : "storage";
    const service = network.network_config.service;
    const addresses = service.map((each) => {
      const host = request.hosts.find((planned) => planned.host_uuid === each.host_uuid);
      return host?.ifaces[index]?.ip === each.service_interface_ip;
    });
    return [
      ...(network.network_type === type && network.name === `${type}-network`
        ? []
        : [`networks: ${network.name} stands where ${type}-network belongs`]),
      ...(network.attached_vds === request.vdses[index]?.name
        ? []
        : [`networks: ${network.name} is attached to ${network.attached_vds}`]),
      ...((type === "mgt") === (network.network_config.route !== undefined)
        ? []
        : [`networks: a route belongs to mgt-network alone`]),
      ...(service.every((each) => each.service_interface_name === `port-${type}`)
        ? []
        : [`networks: ${network.name} uses another interface than port-${type}`]),
      ...wrongSubnet(network),
      ...(addresses.every(Boolean) ? [] : [`networks: ${network.name} and hosts disagree on an address`]),
      ...eachOnce(
        request,
        service.map((each) => each.host_uuid),
        `networks: ${network.name}`,
      ),
    ];
  });
}

/** One netmask for all, addresses and gateway in one subnet and none of them its first or last. */
function wrongSubnet({ name, network_config: { service, route } }: DeployRequest["networks"][number]): string[] {
  const masks = new Set(service.map((each) => each.netmask));
  if (masks.size !== 1) return [`networks: ${name} has more than one netmask, or none`];
  const [netmask = ""] = masks;
  const mask = toNumber(netmask);
  const inverse = ~mask >>> 0;
  if (mask === 0 || (inverse & (inverse + 1)) !== 0) return [`networks: ${name}: ${netmask} is no netmask`];
  const addresses = [...service.map((each) => each.service_interface_ip), ...(route ?? []).map((each) => each.gateway)];
  const subnet = toNumber(addresses[0] as string) & mask;
  return [
    ...addresses
      .filter((address) => (toNumber(address) & mask) !== subnet)
      .map((address) => `networks: ${name}: ${address} lies outside the subnet of ${addresses[0]}`),
    ...addresses
      .filter((address) => [0, inverse].includes((toNumber(address) & inverse) >>> 0))
      .map((address) => `networks: ${name}: ${address} is no address of a host`),
    ...(route ?? [])
      .filter((each) => service.some((host) => host.service_interface_ip === each.gateway))
      .map((each) => `networks: ${name}: the gateway ${each.gateway} is a host's address`),
  ];
}

function toNumber(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0) >>> 0;
}

/** Every host of the request is to be named, each once, and no other. */
function eachOnce(request: DeployRequest, named: string[], where: string): string[] {
  const hosts = request.hosts.map((host) => host.host_uuid);
  return [
    ...hosts.filter((uuid) => !named.includes(uuid)).map((uuid) => `${where}: host ${uuid} is missing`),
    ...named.filter((uuid) => !hosts.includes(uuid)).map((uuid) => `${where}: host ${uuid} is not among hosts`),
    ...twiceIn(`${where}: host`, named),
  ];
}

function twiceIn(what: string, values: string[]): string[] {
  return values.filter((value, index) => values.indexOf(value) < index).map((value) => `${what} ${value} stands twice`);
}
