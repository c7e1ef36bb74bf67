import type { Lab } from "../../lab/lab";
import type { SitePlan } from "../../plan/site-plan";

/** Of a host's scan, what a deployment request repeats. */
interface Scan {
  host_uuid: string;
  disks: { drive: string; function: string; model: string; serial: string; size: number; type: string }[];
  ifaces: { name: string; ipv6: string | null }[];
}

/** Asks each planned host of the lab, as any client may (runbook, stage 01). */
export function scanHosts(lab: Lab, plan: SitePlan): Promise<Scan[]> {
  return Promise.all(
    plan.hosts.map(async (host) => {
      const answer = await fetch(`http://${lab.reach.endpoints[`${host.management}:80`]}/api/v2/deployment/host`, {
        headers: { "x-smartx-token": "e79b85fc18b7402fbcc0391fe8d7d24c" },
      });
      return ((await answer.json()) as { data: Scan }).data;
    }),
  );
}

/**
 * The request that a plan shall lead to, written down from the vendor's samples and apart from the program:
 * all but `ntp.current_time`, which is the time of sending. `hostIp` gives the name of a host in the request.
 */
export function expectedRequest(
  plan: SitePlan,
  scans: Scan[],
  { masks, hostIp }: { masks: { management: string; storage: string }; hostIp?: (scan: Scan) => string },
) {
  const masters = plan.hosts.length >= 5 ? 5 : 3;
  const nicsOf = (vds: SitePlan["storage"]["switch"]) => ({
    name: vds.name,
    ...(vds.nics.length === 1 ? {} : { bond_mode: vds.bondMode }),
    hosts_associated: scans.map((scan) => ({ host_uuid: scan.host_uuid, nics_associated: vds.nics })),
  });
  return {
    platform: "kvm",
    cluster_name: plan.cluster.name,
    dns_server: ["127.0.0.1"],
    vdses: [nicsOf(plan.management.switch), nicsOf(plan.storage.switch)],
    networks: [
      {
        name: "mgt-network",
        attached_vds: plan.management.switch.name,
        network_type: "mgt",
        network_config: {
          service: plan.hosts.map((host, index) => ({
            host_uuid: scans[index]?.host_uuid,
            service_interface_name: "port-mgt",
            service_interface_ip: host.management,
            netmask: masks.management,
          })),
          route: [{ gateway: plan.management.network.gateway }],
        },
        mode: { type: "vlan_access", network_identities: [plan.management.network.vlan] },
      },
      {
        name: "storage-network",
        attached_vds: plan.storage.switch.name,
        network_type: "storage",
        network_config: {
          service: plan.hosts.map((host, index) => ({
            host_uuid: scans[index]?.host_uuid,
            service_interface_name: "port-storage",
            service_interface_ip: host.storage,
            netmask: masks.storage,
          })),
        },
        mode: { type: "vlan_access", network_identities: [plan.storage.network.vlan] },
      },
    ],
    hosts: plan.hosts.map((host, index) => {
      const scan = scans[index] as Scan;
      const tiered = plan.cluster.storage === "tiered";
      return {
        host_ip: hostIp ? hostIp(scan) : host.management,
        host_uuid: scan.host_uuid,
        hostname: host.name,
        disk_data_with_cache: !tiered,
        host_passwords: [
          { user: "root", password: "c+G6KvJYsKyQyY4U" },
          { user: "smartx", password: "c+G6KvJYsKyQyY4U" },
        ],
        tags: [],
        ifaces: [
          { ip: host.management, function: "mgt" },
          { ip: host.storage, function: "storage" },
        ],
        disks: scan.disks
          .filter((disk) => disk.function !== "boot")
          .map(({ drive, model, serial, size, type }) => ({
            drive,
            function: tiered && drive.startsWith("nvme") ? "cache" : "data",
            model,
            serial,
            size,
            type,
          })),
        is_master: index < masters,
        with_faster_ssd_as_cache: true,
      };
    }),
    ntp: { mode: "internal", ntp_server: null },
    vhost_enabled: plan.cluster.boost,
    rdma_enabled: false,
  };
}
