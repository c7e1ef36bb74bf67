import { IPv4, parseCIDR } from "ipaddr.js";
import type { SitePlan } from "../../plan/site-plan";
import type { Model } from "../model";
import { PREDEPLOY_TOKEN } from "../smtxos/deployment";
import { STAGES } from "../smtxos/deployment-course";
import type { LabHost } from "../smtxos/host-model";
import type { Builder } from "./builder";

type Switch = SitePlan["management"]["switch"];

/** The vendor's blob of the factory password (facts, part A 1). */
const FACTORY_BLOB = "c+G6KvJYsKyQyY4U";

/** Deploys the plan's cluster by the vendor's request (runbook, stage 02), and lets its time go by. */
export function deployCluster({ site, plan, call }: Builder): void {
  const hosts = plan.hosts.map((planned) => ({ planned, machine: machineOf(site.model, planned.management) }));
  const vds = ({ name, bondMode, nics }: Switch) => ({
    name,
    ...(nics.length > 1 && bondMode && { bond_mode: bondMode }),
    hosts_associated: hosts.map(({ machine }) => ({ host_uuid: machine.uuid, nics_associated: nics })),
  });
  const network = (type: "mgt" | "storage") => {
    const of = type === "mgt" ? plan.management : plan.storage;
    const { vlan, subnet, gateway } = of.network;
    return {
      name: `${type}-network`,
      attached_vds: of.switch.name,
      network_type: type,
      network_config: {
        service: hosts.map(({ planned, machine }) => ({
          host_uuid: machine.uuid,
          service_interface_name: `port-${type}`,
          service_interface_ip: type === "mgt" ? planned.management : planned.storage,
          netmask: netmaskOf(subnet),
        })),
        ...(type === "mgt" && gateway && { route: [{ gateway }] }),
      },
      mode: { type: "vlan_access", network_identities: [vlan] },
    };
  };
  const tiered = plan.cluster.storage === "tiered";
  call({
    method: "POST",
    path: "/api/v2/deployment/cluster",
    token: PREDEPLOY_TOKEN,
    host: hosts[0]?.machine,
    body: {
      platform: "kvm",
      cluster_name: plan.cluster.name,
      dns_server: ["127.0.0.1"],
      vdses: [vds(plan.management.switch), vds(plan.storage.switch)],
      networks: [network("mgt"), network("storage")],
      hosts: hosts.map(({ planned, machine }, index) => ({
        host_ip: planned.management,
        host_uuid: machine.uuid,
        hostname: planned.name,
        disk_data_with_cache: !tiered,
        host_passwords: ["root", "smartx"].map((user) => ({ user, password: FACTORY_BLOB })),
        tags: [],
        ifaces: [
          { ip: planned.management, function: "mgt" },
          { ip: planned.storage, function: "storage" },
        ],
        disks: machine.hardware.disks.filter((disk) => disk.function !== "boot"),
        // Facts, part B 5B 9.
        is_master: index < (hosts.length < 5 ? 3 : 5),
        with_faster_ssd_as_cache: tiered,
      })),
      ntp: { mode: "internal", ntp_server: null, current_time: new Date(site.now).toISOString() },
      vhost_enabled: plan.cluster.boost,
      rdma_enabled: false,
    },
  });
  site.pass((STAGES.at(-1)?.until ?? 0) + 1);
  site.advance();
}

export function machineOf({ hosts }: Readonly<Model>, management: string): LabHost {
  const machine = hosts.find(({ managementIp }) => managementIp === management);
  if (!machine) throw new Error(`no host ${management} in the lab`);
  return machine;
}

/** 255.255.255.0 of 10.0.20.0/24. */
export function netmaskOf(subnet: string): string {
  return IPv4.subnetMaskFromPrefixLength(parseCIDR(subnet)[1]).toString();
}
