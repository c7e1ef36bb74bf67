import { z } from "zod";
import type { LabHost, Model } from "../model";
import type { SiteState } from "../site-state";
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
  const uuids = new Set(request.hosts.map((host) => host.host_uuid));
  return [
    // Facts, part A 2.3: three masters under five hosts, five from there on.
    ...(masters === wanted ? [] : [`hosts: ${masters} masters of ${request.hosts.length} hosts, ${wanted} are needed`]),
    ...(uuids.size === request.hosts.length ? [] : ["hosts: a host stands twice"]),
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
        ...disks.map((disk) => `hosts: ${planned.host_ip} has no disk ${disk.drive} like that`),
        ...left.map((disk) => `hosts: disk ${disk.drive} of ${planned.host_ip} has no role`),
      ];
    }),
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
  return request.vdses.flatMap((vds) => {
    const single = vds.hosts_associated.every((each) => each.nics_associated.length === 1);
    return [
      // The vendor's own tool leaves the mode out for a single port.
      ...(single === (vds.bond_mode === undefined)
        ? []
        : [`vdses: ${vds.name}: bond_mode goes with two ports and more, and only then`]),
      ...missing(
        request,
        vds.hosts_associated.map((each) => each.host_uuid),
        `vdses: ${vds.name}`,
      ),
      ...vds.hosts_associated.flatMap((each) => {
        const ports = model.hosts.find((host) => host.uuid === each.host_uuid)?.hardware.ports ?? [];
        return each.nics_associated
          .filter((nic) => !ports.includes(nic))
          .map((nic) => `vdses: ${vds.name}: no port ${nic} on ${each.host_uuid}`);
      }),
    ];
  });
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
      ...(addresses.every(Boolean) ? [] : [`networks: ${network.name} and hosts disagree on an address`]),
      ...missing(
        request,
        service.map((each) => each.host_uuid),
        `networks: ${network.name}`,
      ),
    ];
  });
}

function missing(request: DeployRequest, named: string[], where: string): string[] {
  return request.hosts
    .filter((host) => !named.includes(host.host_uuid))
    .map((host) => `${where}: host ${host.host_uuid} is missing`);
}
