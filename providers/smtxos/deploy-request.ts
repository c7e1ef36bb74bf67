import ipaddr from "ipaddr.js";
import type { ClusterHost, ClusterPlan } from "./cluster-plan";
import { layOutDisks } from "./disks";
import type { HostScan } from "./scan";

/**
 * Stands for the factory password of a host's accounts. The encoding is not published; the blob is in the
 * vendor's samples. The passwords that the plan wants are set once the cluster stands.
 */
const FACTORY_PASSWORD_BLOB = "c+G6KvJYsKyQyY4U";

/**
 * The body of POST /api/v2/deployment/cluster, field by field as in the vendor's samples, but for mask and
 * gateway, which come from the plan. `scans` are in the order of the plan's hosts; `now` is the time of
 * sending. Throws an Error that names the host where its disks do not allow the plan.
 */
export function deployRequest(plan: ClusterPlan, scans: HostScan[], now: Date) {
  const pairs = plan.hosts.map((host, index) => ({ host, scan: scans[index] as HostScan }));
  const masters = plan.hosts.length < 5 ? 3 : 5;
  return {
    platform: "kvm",
    cluster_name: plan.name,
    dns_server: ["127.0.0.1"],
    vdses: [plan.management, plan.storage].map(({ vds }) => ({
      name: vds.name,
      ...(vds.nics.length > 1 ? { bond_mode: vds.bondMode } : {}),
      hosts_associated: pairs.map(({ scan }) => ({ host_uuid: scan.host_uuid, nics_associated: vds.nics })),
    })),
    networks: [
      network(
        "mgt",
        plan.management,
        pairs.map(({ host, scan }) => [scan.host_uuid, host.managementIp]),
      ),
      network(
        "storage",
        plan.storage,
        pairs.map(({ host, scan }) => [scan.host_uuid, host.storageIp]),
      ),
    ],
    hosts: pairs.map(({ host, scan }, index) => ({
      host_ip: deployHostIp(plan, host, scan),
      host_uuid: scan.host_uuid,
      hostname: host.hostname,
      host_passwords: ["root", "smartx"].map((user) => ({ user, password: FACTORY_PASSWORD_BLOB })),
      tags: [],
      ifaces: [
        { ip: host.managementIp, function: "mgt" },
        { ip: host.storageIp, function: "storage" },
      ],
      ...disksOf(plan, host, scan),
      is_master: index < masters,
    })),
    ntp: { mode: "internal", ntp_server: null, current_time: now.toISOString() },
    vhost_enabled: plan.boost,
    rdma_enabled: false,
  };
}

/** The value that names a host in the request, and that deploy_status is asked with. */
export function deployHostIp(plan: ClusterPlan, host: ClusterHost, scan: HostScan): string {
  if (plan.deployHostIp === "management") return host.managementIp;
  const nic = plan.management.vds.nics.find((name) => linkLocal(scan, name));
  if (!nic) {
    throw new Error(
      `host ${host.hostname} (${host.managementIp}) has no link-local IPv6 address on ${plan.management.vds.nics.join(", ")}; set deployHostIp to "management"`,
    );
  }
  return `${linkLocal(scan, nic)}%${nic}`;
}

function linkLocal(scan: HostScan, nic: string): string | undefined {
  const address = scan.ifaces.find((iface) => iface.name === nic)?.ipv6?.split("/")[0];
  return address?.startsWith("fe80:") ? address : undefined;
}

function network(type: "mgt" | "storage", planned: ClusterPlan["management"], addresses: [string, string][]) {
  return {
    name: `${type}-network`,
    attached_vds: planned.vds.name,
    network_type: type,
    network_config: {
      service: addresses.map(([host_uuid, service_interface_ip]) => ({
        host_uuid,
        service_interface_name: `port-${type}`,
        service_interface_ip,
        netmask: netmaskOf(planned.subnet),
      })),
      ...(type === "mgt" ? { route: [{ gateway: planned.gateway }] } : {}),
    },
    mode: { type: "vlan_access", network_identities: [planned.vlan] },
  };
}

/** `10.0.20.0/23` → `255.255.254.0` */
function netmaskOf(subnet: string): string {
  const [, length] = ipaddr.IPv4.parseCIDR(subnet);
  return ipaddr.IPv4.subnetMaskFromPrefixLength(length).toString();
}

function disksOf(plan: ClusterPlan, host: ClusterHost, scan: HostScan) {
  try {
    return layOutDisks(scan.disks, plan.storageArchitecture, plan.flashMix);
  } catch (error) {
    throw new Error(`host ${host.hostname} (${host.managementIp}) ${(error as Error).message}`);
  }
}
