import { z } from "zod";

/**
 * The plan of a site: what the vendor's planning workbook and `site.yaml` both say, in one shape.
 * Addresses are text as written (IPv4 dotted), subnets are CIDR text, VLAN ids 0 to 4094 (0 = untagged).
 * Source of the fields: sheets 虚拟网络, 主机规划, 集群管理信息, 文档描述, 机架位置 of the vendor's workbook.
 */

const address = z.ipv4();
const subnet = z.cidrv4();
const vlanId = z.int().min(0).max(4094);
const nics = z.array(z.string().min(1)).min(1);

/** The vendor's bond modes, spelled as in the workbook and the deployment request. */
const bondMode = z.enum(["active-backup", "balance-tcp", "balance-slb"]);

/** A virtual distributed switch (VDS) with the host ports it takes on every host. */
const plannedSwitch = z.strictObject({
  name: z.string().min(1).describe("VDS name, 虚拟网络 column C"),
  nics: nics.describe("host ports on every host, 虚拟网络 column J"),
  bondMode: bondMode.optional().describe("left out for a single port, 虚拟网络 column K"),
});

const plannedNetwork = z.strictObject({
  name: z.string().min(1).describe("virtual network name, 虚拟网络 column D"),
  vlan: vlanId.default(0).describe("VLAN id, 0 is untagged, 虚拟网络 column F"),
  subnet: subnet.describe("虚拟网络 column H"),
  gateway: address.optional().describe("虚拟网络 column I"),
});

const rackPosition = z.strictObject({
  name: z.string().optional().describe("rack, 主机规划 column P"),
  unit: z.int().min(1).max(99).optional().describe("lowest height unit (U), 主机规划 column Q"),
});

const username = z.string().optional().describe("log-in name");
const password = z.string().optional().describe("better kept in the stack's secrets");
const account = z.strictObject({ username, password });

/** The network that the deployment makes on the management switch itself, 虚拟网络 D4. */
export const PLATFORM_NETWORK = "default";

const plannedHost = z.strictObject({
  name: z.string().min(1).describe("host name, 主机规划 column H"),
  management: address.describe("management address, 主机规划 column I"),
  storage: address.describe("storage address, 主机规划 column N"),
  ssh: z
    .strictObject({ username: z.string().default("smartx").describe("log-in name"), password })
    .prefault({})
    .describe("主机规划 columns J and K"),
  root: z.strictObject({ password }).prefault({}).describe("the host's own administrator, root, 主机规划 column M"),
  bmc: z
    .strictObject({ address: address.describe("address of the controller"), username, password })
    .optional()
    .describe("out-of-band controller, 主机规划 columns E to G"),
  serial: z.string().optional().describe("serial number of the device, 主机规划 column D"),
  rack: rackPosition.optional().describe("主机规划 columns P and Q"),
});

/** A management component that runs as a virtual machine; "N/A" in the workbook is left out. */
const component = z.strictObject({
  name: z.string().min(1).optional().describe("name of its virtual machine, made in lower case, 集群管理信息 column B"),
  address: address.describe("集群管理信息 column E"),
  username: z.string().optional().describe("web administrator, 集群管理信息 column F"),
  password: z.string().optional().describe("password of the web administrator, 集群管理信息 column G"),
  ssh: account.optional().describe("集群管理信息 columns H and I"),
  system: account.optional().describe("system administrator, 集群管理信息 columns J and K"),
  serial: z.string().optional().describe("集群管理信息 column M"),
  version: z.string().optional().describe("集群管理信息 column D"),
});

/** A rack as the sheet 机架位置 draws it. */
const rack = z.strictObject({
  name: z.string().min(1).optional().describe("机柜编号, row 5"),
  devices: z
    .record(z.string().regex(/^[1-9]\d?$/, "a height unit is a number from 1 to 99"), z.string().min(1))
    .default({})
    .describe("by the uppermost height unit that they take, rows 7 (42) to 48 (1)"),
});

export const sitePlanSchema = z.strictObject({
  kind: z.literal("site").describe("what the plan is of"),
  language: z
    .enum(["en", "zh"])
    .optional()
    .describe("of what people read at the site, the titles of its monitoring; en unless told. A workbook is zh"),
  customer: z.string().optional().describe("文档描述 C15"),
  project: z.string().optional().describe("文档描述 C16"),
  datacenter: z.string().optional().describe("文档描述 C17"),
  area: z.string().optional().describe("数据中心区域, 机架位置 A5"),
  cluster: z.strictObject({
    name: z.string().min(1).describe("虚拟网络 B3"),
    vip: address.optional().describe("management VIP, 主机规划 I19"),
    version: z.string().optional().describe("SMTX OS version, 主机规划 C19 after 版本:"),
    serial: z.string().optional().describe("主机规划 E19"),
    boost: z.boolean().default(false).describe("vhost, 主机规划 O19"),
    storage: z.enum(["tiered", "all-flash"]).default("tiered").describe("混闪-分层 or 全闪-不分层, 主机规划 Q19"),
    networks: z
      .enum(["separate", "storage-separate"])
      .default("separate")
      .describe("三网独立 or 存储独立, 主机规划 Q20"),
    admin: z
      .strictObject({ username: z.string().default("root").describe("log-in name"), password })
      .prefault({})
      .describe("fisheye administrator, 主机规划 L19 and M19"),
  }),
  hosts: z.array(plannedHost).min(1),
  ipmi: z
    .strictObject({
      vlan: vlanId.default(0).describe("VLAN id, 0 is untagged, 虚拟网络 F3"),
      subnet: subnet.describe("虚拟网络 H3"),
      gateway: address.optional().describe("虚拟网络 I3"),
    })
    .optional()
    .describe("out-of-band network, 虚拟网络 row 3: for information, nothing is made of it"),
  management: z.strictObject({
    switch: plannedSwitch,
    network: plannedNetwork.describe("row 4; its name is the platform's own, default"),
    extra: plannedNetwork.optional().describe("row 5, where used"),
  }),
  storage: z.strictObject({ switch: plannedSwitch, network: plannedNetwork.describe("row 6") }),
  backup: z.strictObject({ switch: plannedSwitch, network: plannedNetwork }).optional().describe("row 7, where used"),
  business: z
    .strictObject({ switch: plannedSwitch.optional(), networks: z.array(plannedNetwork) })
    .optional()
    .describe(
      "rows 8 to 18, and further ones of the same switch; no switch of its own where networks is storage-separate",
    ),
  cloudtower: component.optional().describe("集群管理信息 row 3"),
  observability: component.optional().describe("集群管理信息 row 4"),
  backupService: component.optional().describe("集群管理信息 row 5"),
  everoute: z
    .strictObject({
      vip: address.describe("集群管理信息 E6"),
      nodes: z.array(address).default([]).describe("controllers, 集群管理信息 E7:E11"),
      serial: z.string().optional().describe("集群管理信息 M6"),
    })
    .optional()
    .describe("ER (Everoute): VIP, controllers, serial, 集群管理信息 rows 6 to 11"),
  ntp: z.array(z.string().min(1)).default([]).describe("names or addresses, 集群管理信息 E22:E24 and from row 27 on"),
  dns: z.array(address).default([]).describe("three at most, 集群管理信息 E25:E26 and from row 27 on"),
  testRange: z
    .strictObject({ first: address.describe("集群管理信息 E18"), last: address.describe("集群管理信息 E19") })
    .optional()
    .describe("集群管理信息 E18:E19"),
  racks: z.array(rack).optional().describe("sheet 机架位置"),
});

export type SitePlan = z.output<typeof sitePlanSchema>;
export type PlannedHost = SitePlan["hosts"][number];
