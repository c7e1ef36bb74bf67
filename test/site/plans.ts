import type { PlannedHost, SitePlan } from "../../plan/site-plan";

/** A plan of so many hosts that nothing is wrong with; the addresses are the vendor sample's. */
export function sitePlan(hosts = 3, changes: Partial<SitePlan> = {}): SitePlan {
  return {
    kind: "site",
    datacenter: "DC-1",
    cluster: {
      name: "HCI-01",
      vip: "10.0.20.10",
      boost: true,
      storage: "tiered",
      networks: "separate",
      admin: { username: "root", password: "Canary-Fisheye-1" },
    },
    hosts: Array.from({ length: hosts }, (_, index) => plannedHost(index + 1)),
    management: {
      switch: { name: "vDS-MgMt-Network", nics: ["ens224", "ens192"], bondMode: "active-backup" },
      network: { name: "default", vlan: 0, subnet: "10.0.20.0/24", gateway: "10.0.20.1" },
    },
    storage: {
      switch: { name: "vDS-Storage-Network", nics: ["ens256", "ens161"], bondMode: "active-backup" },
      network: { name: "storage-network", vlan: 0, subnet: "10.0.21.0/24" },
    },
    ntp: [],
    dns: [],
    ...changes,
  };
}

/** A plan of three hosts with one of each thing that stage 03 makes, and no two of what would only repeat it. */
export function stageThreePlan(changes: Partial<SitePlan> = {}): SitePlan {
  const plan = sitePlan(3);
  return {
    ...plan,
    hosts: plan.hosts.map((host, i) => ({
      ...host,
      bmc: { address: `10.0.19.${101 + i}`, username: "root", password: "Canary-Bmc-1" },
    })),
    dns: ["10.0.0.114", "10.0.0.1"],
    ntp: ["10.0.0.2", "ntp.example.com"],
    business: {
      switch: { name: "vDS-Prod-Network", nics: ["ens225", "ens257"], bondMode: "balance-tcp" },
      networks: [1120, 1121].map((vlan) => ({ name: `VLAN-${vlan}`, vlan, subnet: `10.1.${vlan - 1100}.0/24` })),
    },
    ...changes,
  };
}

/** What of SMTX OS a stack of `sitePlan` has: cluster, log-in, licence, VIP, CPU model, two look-ups, host passwords. */
export const SMTXOS_RESOURCES = 8;

function plannedHost(number: number): PlannedHost {
  const two = String(number).padStart(2, "0");
  return {
    name: `node-${two}`,
    management: `10.0.20.${100 + number}`,
    storage: `10.0.21.${100 + number}`,
    ssh: { username: "smartx", password: "Canary-Host-1" },
    root: { password: "Canary-Root-1" },
  };
}
