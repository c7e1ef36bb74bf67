import { type SitePlan, sitePlanSchema } from "./site-plan";

interface Shape {
  hosts: number;
  networks: SitePlan["cluster"]["networks"];
  storage: SitePlan["cluster"]["storage"];
  /** With the rows that most sites leave blank: extra management network, backup network, ER. */
  whole: boolean;
}

/** A plan that nothing is wrong with and that fills every cell that its shape can have; passwords apart. */
export function goodPlan({ hosts, networks, storage, whole }: Shape): SitePlan {
  const components = whole ? "10.0.30" : "10.0.20";
  const secret = "Canary-Plan-1";
  const names = Array.from({ length: hosts }, (_, i) => `BJ-SMTX-Prod-Node-${String(i + 1).padStart(2, "0")}`);
  return sitePlanSchema.parse({
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
      serial: "2f0e4f0c-6f0a-4a53-8bd0-6d3f6a1b9f10",
      boost: true,
      storage,
      networks,
      admin: { username: "root", password: secret },
    },
    hosts: names.map((name, i) => ({
      name,
      management: `10.0.20.${11 + i}`,
      storage: `10.0.21.${11 + i}`,
      ssh: { username: "smartx", password: secret },
      root: { password: secret },
      bmc: { address: `10.0.19.${11 + i}`, username: "root", password: secret },
      serial: `SN-00${10 + i}`,
      rack: { name: i < 8 ? "A01" : "A02", unit: 1 + 2 * (i % 8) },
    })),
    ipmi: { vlan: 19, subnet: "10.0.19.0/24", gateway: "10.0.19.1" },
    management: {
      switch: { name: "vDS-MgMt-Network", nics: ["ens224", "ens192"], bondMode: "active-backup" },
      network: { name: "default", vlan: 0, subnet: "10.0.20.0/24", gateway: "10.0.20.1" },
      ...(whole && { extra: { name: "Infra-network", vlan: 30, subnet: "10.0.30.0/24", gateway: "10.0.30.1" } }),
    },
    storage: {
      switch: { name: "vDS-Storage-Network", nics: ["ens256", "ens161"], bondMode: "balance-tcp" },
      network: { name: "storage-network", vlan: 0, subnet: "10.0.21.0/24", gateway: "10.0.21.1" },
    },
    ...(whole && {
      backup: {
        switch: { name: "vDS-Backup-Network", nics: ["ens162"] },
        network: { name: "backup-network", vlan: 40, subnet: "10.0.40.0/24", gateway: "10.0.40.1" },
      },
      everoute: {
        vip: "10.0.30.5",
        nodes: [6, 7, 8].map((last) => `10.0.30.${last}`),
        serial: "7d1a4c5e-0d0b-4a2f-9a3f-5c2c60a7f001",
      },
    }),
    business: {
      ...(networks === "separate" && {
        switch: { name: "vDS-Prod-Network", nics: ["ens225", "ens257"], bondMode: "balance-slb" },
      }),
      networks: Array.from({ length: 11 }, (_, i) => ({
        name: `VLAN-${1120 + i}`,
        vlan: 1120 + i,
        subnet: `10.1.${20 + i}.0/24`,
        gateway: `10.1.${20 + i}.1`,
      })),
    },
    cloudtower: {
      address: `${components}.2`,
      username: "root",
      password: secret,
      ssh: { username: "smartx", password: secret },
      system: { username: "root", password: secret },
      serial: "15271df9-90d3-4092-9b02-3f4261521e56",
      version: "4.7.1",
    },
    observability: {
      address: `${components}.3`,
      ssh: { username: "o11y", password: secret },
      system: { username: "admin", password: secret },
      serial: "obs-1",
      version: "1.4.1",
    },
    backupService: {
      address: `${components}.4`,
      ssh: { username: "smartx", password: secret },
      system: { username: "admin", password: secret },
      serial: "backup-1",
      version: "2.2.0",
    },
    ntp: ["10.0.0.2", "10.0.0.3", "ntp.example.com"],
    dns: ["10.0.0.114", "10.0.0.1"],
    testRange: { first: "10.0.20.231", last: "10.0.20.239" },
    racks: ["A01", "A02"].slice(0, hosts > 8 ? 2 : 1).map((name, rack) => ({
      name,
      devices: Object.fromEntries(names.slice(8 * rack, 8 * rack + 8).map((host, i) => [2 + 2 * i, host])),
    })),
  });
}

/** Every architecture: two network models, two storage models, 3, 5 and 16 hosts, with and without the rare rows. */
export const goodShapes: Shape[] = (["separate", "storage-separate"] as const).flatMap((networks) =>
  (["tiered", "all-flash"] as const).flatMap((storage) =>
    [3, 5, 16].flatMap((hosts) => [true, false].map((whole) => ({ hosts, networks, storage, whole }))),
  ),
);

/** The plan that broken ones are made of: three hosts, three networks apart, every row filled. */
export const wholePlan = goodPlan({ hosts: 3, networks: "separate", storage: "tiered", whole: true });
