import type { Lab } from "../../lab/lab";
import type { ResourceSpec } from "../kit/program";

/** What a cluster that stands is to have. */
export interface ClusterWanted {
  dns: string[];
  ntp: string[];
  vip: string;
  /** Left to the site where there is none. */
  cpuModel: string | undefined;
  bmcPassword: string;
  smartxPassword: string;
  nics: string[];
  vlan: { name: string; vlanId: number };
}

/** The settings and networks of a cluster that stands, as plain data, each after the one before it. */
export function clusterProgram({ site }: Lab, wanted: ClusterWanted, password: string): ResourceSpec[] {
  const { hosts } = site.model;
  const connection = {
    name: "HCI-01",
    // Not by the VIP: in labs that come and go, another one may have got its port meanwhile.
    addresses: hosts.map(({ managementIp }) => managementIp),
    username: "root",
    password,
  };
  const specs: Omit<ResourceSpec, "options">[] = [
    { name: "vip", type: "smtxos:ManagementVip", args: { connection, managementVip: wanted.vip } },
    { name: "dns", type: "smtxos:DnsServers", args: { connection, servers: wanted.dns } },
    { name: "ntp", type: "smtxos:NtpServers", args: { connection, servers: wanted.ntp } },
    {
      name: "cpu",
      type: "smtxos:CpuCompatibility",
      args: { connection, ...(wanted.cpuModel && { model: wanted.cpuModel }) },
    },
    { name: "policy", type: "smtxos:StoragePolicy", args: { connection, name: "default" } },
    {
      name: "ipmi",
      type: "smtxos:IpmiAccounts",
      args: {
        connection,
        accounts: hosts.map(({ uuid, hostname }, i) => ({
          hostname,
          uuid,
          address: `10.0.19.${11 + i}`,
          username: "root",
          password: wanted.bmcPassword,
        })),
      },
    },
    {
      name: "passwords",
      type: "smtxos:HostPasswords",
      args: {
        connection,
        hosts: hosts.map(({ hostname, managementIp }) => ({
          hostname,
          address: managementIp,
          rootPassword: `${wanted.smartxPassword}-root`,
          smartxPassword: wanted.smartxPassword,
        })),
      },
    },
    {
      name: "switch",
      type: "smtxos:VirtualDistributedSwitch",
      args: {
        connection,
        name: "vDS-Production",
        bondMode: "active-backup",
        hosts: hosts.map(({ uuid, storageIp }) => ({ uuid, storageIp, nics: wanted.nics })),
      },
    },
    { name: "vlan", type: "smtxos:Vlan", args: { connection, vds: { $ref: "switch.uuid" }, ...wanted.vlan } },
  ];
  return specs.map((spec, index) => ({
    ...spec,
    options: { dependsOn: specs.slice(0, index).map(({ name }) => name) },
  }));
}
