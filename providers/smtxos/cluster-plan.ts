import { z } from "zod";

const networkSchema = z.strictObject({
  vds: z
    .strictObject({
      name: z.string().min(1).describe("name of the virtual distributed switch"),
      nics: z.array(z.string().min(1)).min(1).describe("host ports, the same on every host"),
      bondMode: z
        .enum(["active-backup", "balance-tcp", "balance-slb"])
        .optional()
        .describe("left out for a single port, as the vendor's own tool does"),
    })
    .refine((vds) => vds.nics.length === 1 || vds.bondMode !== undefined, {
      message: "two or more ports need a bond mode",
      path: ["bondMode"],
    })
    .describe("virtual distributed switch (VDS) of this network"),
  vlan: z.int().min(0).max(4094).describe("VLAN id, 0 is untagged"),
  subnet: z.cidrv4().describe("IPv4 subnet; its mask goes to every host"),
  gateway: z.ipv4().optional().describe("default gateway; the management network needs one"),
});

const hostSchema = z.strictObject({
  hostname: z.string().min(1).describe("host name that the deployment gives"),
  managementIp: z.ipv4().describe("management address; the host answers there before and after the deployment"),
  storageIp: z.ipv4().describe("storage address"),
});

/** What a cluster is deployed from. */
export const clusterInputs = {
  name: z.string().min(1).describe("cluster name"),
  hosts: z
    .array(hostSchema)
    .min(3)
    .describe("hosts in plan order; the first three, or five of five and more, become masters"),
  management: networkSchema
    .refine((network) => network.gateway !== undefined, {
      message: "the management network needs a gateway",
      path: ["gateway"],
    })
    .describe("management switch and network"),
  storage: networkSchema.describe("storage switch and network"),
  storageArchitecture: z.enum(["tiered", "all-flash"]).describe("混闪-分层 or 全闪-不分层"),
  boost: z.boolean().default(false).describe("vhost: the cluster function Boost"),
  deployHostIp: z
    .enum(["management", "linkLocal"])
    .default("management")
    .describe(
      "what names a host in the deployment request: its management address, or fe80::…%nic as in the vendor's samples",
    ),
  flashMix: z
    .enum(["data"])
    .optional()
    .describe("decides the disputed case of NVMe beside SSD without tiers: all become data disks"),
};

const clusterPlanSchema = z.strictObject(clusterInputs);
export type ClusterPlan = z.output<typeof clusterPlanSchema>;
export type ClusterHost = ClusterPlan["hosts"][number];
