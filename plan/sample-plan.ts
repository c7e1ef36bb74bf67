import { type SitePlan, sitePlanSchema } from "./site-plan";

const factory = { cluster: "HC!r0cks", bmc: "P@ssw0rd!123" };

/**
 * The plan of `stacks/lab/plan.xlsx`: addresses, names and ports of the vendor's sample, three hosts, and the
 * factory passwords that the vendor's template shows.
 */
export const samplePlan: SitePlan = sitePlanSchema.parse({
  kind: "site",
  language: "zh",
  customer: "示例客户",
  project: "超融合项目",
  datacenter: "LAB-DC",
  area: "信息中心A3楼",
  cluster: {
    name: "CN-BJ-SMTX-Prod-Cls01",
    vip: "10.0.20.10",
    version: "6.2.0P4",
    boost: true,
    storage: "tiered",
    networks: "separate",
    admin: { username: "root", password: factory.cluster },
  },
  hosts: [1, 2, 3].map((number) => ({
    name: `BJ-SMTX-Prod-Node-0${number}`,
    management: `10.0.20.1${number}`,
    storage: `10.0.21.1${number}`,
    ssh: { username: "smartx", password: factory.cluster },
    root: { password: factory.cluster },
    bmc: { address: `10.0.19.1${number}`, username: "root", password: factory.bmc },
    rack: { name: "A01", unit: 2 * number - 1 },
  })),
  ipmi: { vlan: 0, subnet: "10.0.19.0/24", gateway: "10.0.19.1" },
  management: {
    switch: { name: "vDS-MgMt-Network", nics: ["ens224", "ens192"], bondMode: "active-backup" },
    network: { name: "default", vlan: 0, subnet: "10.0.20.0/24", gateway: "10.0.20.1" },
  },
  storage: {
    switch: { name: "vDS-Storage-Network", nics: ["ens256", "ens161"], bondMode: "active-backup" },
    network: { name: "storage-network", vlan: 0, subnet: "10.0.21.0/24", gateway: "10.0.21.1" },
  },
  business: {
    switch: { name: "vDS-Prod-Network", nics: ["ens225", "ens257"], bondMode: "balance-slb" },
    networks: Array.from({ length: 11 }, (_, i) => ({
      name: `VLAN-${1120 + i}`,
      vlan: 1120 + i,
      subnet: `10.1.${20 + i}.0/24`,
      gateway: `10.1.${20 + i}.1`,
    })),
  },
  cloudtower: {
    name: "Cloudtower",
    address: "10.0.20.2",
    username: "root",
    password: factory.cluster,
    ssh: { username: "smartx", password: factory.cluster },
    system: { username: "root", password: factory.cluster },
    version: "4.7.1",
  },
  observability: {
    name: "Observability",
    address: "10.0.20.3",
    ssh: { username: "o11y", password: factory.cluster },
    system: { username: "admin", password: factory.cluster },
    version: "1.4.1",
  },
  backupService: {
    name: "backup",
    address: "10.0.20.4",
    ssh: { username: "smartx", password: factory.cluster },
    system: { username: "admin", password: factory.cluster },
    version: "2.2.0",
  },
  ntp: ["10.0.0.2", "10.0.0.3", "ntp.example.com"],
  dns: ["10.0.0.114", "10.0.0.1"],
  testRange: { first: "10.0.20.231", last: "10.0.20.239" },
  racks: [
    {
      name: "A01",
      devices: Object.fromEntries([1, 2, 3].map((number) => [2 * number, `BJ-SMTX-Prod-Node-0${number}`])),
    },
  ],
});
