import type { Finding } from "./finding";
import { goodPlan, wholePlan } from "./good-plans.fixture";
import type { SitePlan } from "./site-plan";
import type { Edits } from "./workbook.fixture";

/** A workbook with one mistake, and all that is found in it beside its passwords. */
interface BrokenWorkbook {
  what: string;
  edits: Edits;
  /** `severity code sheet!cell`, and after a `~` the other cell. */
  found: string[];
  plan?: SitePlan;
}

/** A finding as it is written in `found`. */
export function inShort({ severity, code, sheet, cell, other }: Finding): string {
  return `${severity} ${code} ${sheet}!${cell}${other === undefined ? "" : ` ~ ${other}`}`;
}

const network = "虚拟网络";
const host = "主机规划";
const tower = "集群管理信息";
const rack = "机架位置";

const sharing = goodPlan({ hosts: 3, networks: "storage-separate", storage: "tiered", whole: false });
const plain = goodPlan({ hosts: 3, networks: "separate", storage: "tiered", whole: false });
const blankHost = (row: number) =>
  Object.fromEntries([..."DEFGHIJKMNPQ"].map((column) => [`${column}${row}`, null])) as Record<string, null>;

/** Each rule of the plan, broken once or in each way that it can be. The good workbook is `wholePlan`'s unless told. */
export const brokenWorkbooks: BrokenWorkbook[] = [
  // One cell.
  one(network, { B3: null }, "error value-missing 虚拟网络!B3"),
  one(network, { C6: null }, "error value-missing 虚拟网络!C6"),
  one(network, { D9: null }, "error value-missing 虚拟网络!D9"),
  one(network, { J8: null, K8: null }, "error value-missing 虚拟网络!J8"),
  one(host, { N4: null }, "error value-missing 主机规划!N4"),
  one(host, { I4: { type: "b", xml: "<v>1</v>" } }, "error not-a-text 主机规划!I4"),
  one(host, { I4: { type: "e", xml: "<v>#REF!</v>" } }, "error cell-error 主机规划!I4"),
  one(host, { I4: { xml: '<f>CONCATENATE("10.0.20.","12")</f>' } }, "error formula-unknown 主机规划!I4"),
  one(rack, { A5: { xml: "<f>SUM(1)</f>" } }, "error formula-unknown 机架位置!A5"),
  one(host, { D4: 1234567890123456 }, "error number-imprecise 主机规划!D4"),
  one(host, { I4: "10.0.20.300" }, "error address-invalid 主机规划!I4"),
  one(host, { I4: "10.0.20.12/24" }, "error address-invalid 主机规划!I4"),
  one(host, { I4: "010.0.20.12" }, "error address-invalid 主机规划!I4"),
  one(host, { I4: 10.2 }, "error address-invalid 主机规划!I4"),
  one(host, { I4: "fe80::20c:29ff:fe1a:3%ens224" }, "error address-ipv6 主机规划!I4"),
  one(host, { I19: "2001:db8::10" }, "error address-ipv6 主机规划!I19"),
  one(network, { H4: "10.0.20.0" }, "error subnet-invalid 虚拟网络!H4"),
  one(network, { H8: "10.1.20.0/33" }, "error subnet-invalid 虚拟网络!H8"),
  one(network, { H8: "10.1.20.77/24" }, "warning subnet-host-bits 虚拟网络!H8"),
  one(network, { F9: null }, "error vlan-missing 虚拟网络!F9"),
  one(network, { F5: null }, "error vlan-missing 虚拟网络!F5"),
  one(network, { F9: "VLAN 1121" }, "error vlan-invalid 虚拟网络!F9"),
  one(network, { F9: 4095 }, "error vlan-invalid 虚拟网络!F9"),
  one(network, { G4: "Trunk" }, "error vlan-type-unsupported 虚拟网络!G4"),
  one(network, { G18: "Trunk" }, "error vlan-type-unsupported 虚拟网络!G18"),
  one(network, { J4: "ens224/ens192" }, "error nic-invalid 虚拟网络!J4"),
  one(network, { J4: "ens224,ens224" }, "error nic-twice 虚拟网络!J4"),
  one(network, { K4: "mode 4" }, "error bond-unknown 虚拟网络!K4"),
  one(network, { K6: null }, "error bond-missing 虚拟网络!K6 ~ 虚拟网络!J6"),
  one(network, { J4: "ens224" }, "warning bond-unneeded 虚拟网络!K4 ~ 虚拟网络!J4"),
  one(network, { K7: "active-backup" }, "warning bond-unneeded 虚拟网络!K7 ~ 虚拟网络!J7"),
  one(host, { Q19: "混闪" }, "error choice-unknown 主机规划!Q19"),
  one(host, { O19: "RDMA" }, "error rdma-unsupported 主机规划!O19"),
  one(host, { Q20: "三网融合" }, "error converged-unsupported 主机规划!Q20"),
  one(network, { G9: null }, "error value-missing 虚拟网络!G9"),
  one(network, { F9: "0121" }, "error vlan-invalid 虚拟网络!F9"),
  one(network, { J4: "ens224,en s192" }, "error nic-invalid 虚拟网络!J4"),
  one(host, { Q19: null }, "warning choice-default 主机规划!Q19"),
  one(host, { Q20: null }, "warning choice-default 主机规划!Q20"),
  one(host, { O19: null }, "warning choice-default 主机规划!O19"),
  one(tower, { D3: "latest" }, "warning version-unknown 集群管理信息!D3"),
  one(host, { C19: "版本:六" }, "warning version-unknown 主机规划!C19"),
  one(network, { B3: "CLS\u009b31m" }, [
    "error character-hidden 虚拟网络!B3",
    "error character-hidden 主机规划!C3",
    "error character-hidden 集群管理信息!N3",
  ]),
  one(host, { Q4: "中间" }, "warning rack-unit-invalid 主机规划!Q4"),
  one(host, { K4: "同上" }, "error password-referred 主机规划!K4"),
  one(host, { K4: " Canary" }, "warning password-space 主机规划!K4"),
  one(host, { K4: 12345678 }, "warning password-number 主机规划!K4"),
  one(tower, { E25: "dns.example.com" }, "error address-invalid 集群管理信息!E25"),
  one(tower, { E22: "10.0.0" }, "error server-invalid 集群管理信息!E22"),
  one(host, { H4: "-node" }, [
    "error hostname-invalid 主机规划!H4",
    "warning rack-device-unplanned 机架位置!D45",
    "warning rack-host-missing 主机规划!H4",
  ]),

  // Rows of hosts and networks.
  one(
    host,
    blankHost(5),
    ["error too-few-hosts 主机规划!H3", "warning rack-device-unplanned 机架位置!D43"],
    "two hosts",
  ),
  one(
    host,
    blankHost(4),
    [
      "error host-row-gap 主机规划!H4 ~ 主机规划!H5",
      "error too-few-hosts 主机规划!H3",
      "warning rack-device-unplanned 机架位置!D45",
    ],
    "a blank row between hosts",
  ),
  one(host, { D7: "SN-5" }, "warning host-row-unused 主机规划!D7"),
  one(host, { M8: "Canary-Stray-1" }, "warning host-row-unused 主机规划!M8"),
  one(host, { H6: "node-4" }, [
    "error value-missing 主机规划!I6",
    "error value-missing 主机规划!N6",
    "warning rack-host-missing 主机规划!H6",
    "warning password-blank 主机规划!K6",
    "warning password-blank 主机规划!M6",
  ]),
  one(host, { E4: null }, "warning bmc-address-missing 主机规划!E4 ~ 主机规划!F4"),
  one(host, { F4: null }, "warning bmc-user-blank 主机规划!F4"),
  one(network, { H9: null }, "error network-row-without-subnet 虚拟网络!F9 ~ 虚拟网络!H9"),
  one(network, { F9: null, H9: null }, "error network-row-without-subnet 虚拟网络!I9 ~ 虚拟网络!H9"),
  one(network, { H5: null }, [
    "error network-row-without-subnet 虚拟网络!F5 ~ 虚拟网络!H5",
    "warning cloudtower-outside-subnets 集群管理信息!E3 ~ 虚拟网络!H4",
    ...["E4", "E5", "E6", "E7", "E8", "E9"].map(
      (cell) => `error address-outside-subnet 集群管理信息!${cell} ~ 虚拟网络!H4`,
    ),
  ]),
  one(network, { H9: null, F9: null, I9: null }, "warning network-row-unused 虚拟网络!D9"),
  one(tower, { E6: null }, "error everoute-vip-missing 集群管理信息!E6 ~ 集群管理信息!E7"),

  one(host, { I19: null }, "warning vip-missing 主机规划!I19"),
  one(tower, { E4: null }, "warning component-row-unused 集群管理信息!E4"),

  // What tells one from the other.
  one(host, { H4: "bj-smtx-prod-node-01" }, [
    "error host-name-twice 主机规划!H4 ~ 主机规划!H3",
    "warning rack-device-unplanned 机架位置!D45",
  ]),
  one(host, { D4: "SN-0010" }, "error host-serial-twice 主机规划!D4 ~ 主机规划!D3"),
  one(host, { C3: "Other" }, "error cluster-name-differs 主机规划!C3 ~ 虚拟网络!B3"),
  one(tower, { N3: "Other" }, "error cluster-name-differs 集群管理信息!N3 ~ 虚拟网络!B3"),
  one(network, { D9: "VLAN-1120" }, "error network-name-twice 虚拟网络!D9 ~ 虚拟网络!D8"),
  one(network, { D4: "mgmt-net" }, "warning platform-network-name 虚拟网络!D4"),
  one(network, { C8: "vDS-MgMt-Network" }, "error switch-name-twice 虚拟网络!C8 ~ 虚拟网络!C4"),
  one(tower, { E26: "10.0.0.114" }, "error server-twice 集群管理信息!E26 ~ 集群管理信息!E25"),
  one(tower, { E24: "10.0.0.2" }, "error server-twice 集群管理信息!E24 ~ 集群管理信息!E22"),

  // Addresses.
  one(host, { I4: "10.0.20.11" }, "error address-twice 主机规划!I4 ~ 主机规划!I3"),
  one(host, { N5: "10.0.21.12" }, "error address-twice 主机规划!N5 ~ 主机规划!N4"),
  one(host, { E5: "10.0.19.11" }, "error address-twice 主机规划!E5 ~ 主机规划!E3"),
  one(host, { I19: "10.0.20.13" }, "error address-twice 主机规划!I19 ~ 主机规划!I5"),
  one(tower, { E4: "10.0.30.2" }, "error address-twice 集群管理信息!E4 ~ 集群管理信息!E3"),
  one(tower, { E7: "10.0.30.5" }, "error address-twice 集群管理信息!E7 ~ 集群管理信息!E6"),
  one(network, { I4: "10.0.20.12" }, "error address-twice 主机规划!I4 ~ 虚拟网络!I4"),
  one(network, { I3: "10.0.19.12" }, "error address-twice 主机规划!E4 ~ 虚拟网络!I3"),
  one(tower, { E22: "10.0.30.2" }, "error address-twice 集群管理信息!E22 ~ 集群管理信息!E3"),
  one(tower, { E25: "10.0.20.10" }, "error address-twice 集群管理信息!E25 ~ 主机规划!I19"),
  one(host, { I4: "10.0.22.12" }, "error address-outside-subnet 主机规划!I4 ~ 虚拟网络!H4"),
  one(host, { N4: "10.0.20.212" }, "error address-outside-subnet 主机规划!N4 ~ 虚拟网络!H6"),
  one(host, { I19: "10.0.30.10" }, "error address-outside-subnet 主机规划!I19 ~ 虚拟网络!H4"),
  ...["E3", "E4", "E5", "E6", "E8"].map((cell) =>
    one(tower, { [cell]: "10.0.20.99" }, `error address-outside-subnet 集群管理信息!${cell} ~ 虚拟网络!H5`),
  ),
  ...["E4", "E5"].map((cell) => ({
    ...one(tower, { [cell]: "10.0.30.99" }, `error address-outside-subnet 集群管理信息!${cell} ~ 虚拟网络!H4`),
    plan: plain,
  })),
  {
    ...one(tower, { E3: "10.0.30.99" }, "warning cloudtower-outside-subnets 集群管理信息!E3 ~ 虚拟网络!H4"),
    plan: plain,
  },
  one(host, { E4: "10.0.20.112" }, "warning bmc-outside-subnet 主机规划!E4 ~ 虚拟网络!H3"),
  one(host, { E4: "10.0.19.255" }, "warning bmc-address-reserved 主机规划!E4 ~ 虚拟网络!H3"),
  one(host, { I4: "10.0.20.0" }, "error address-reserved 主机规划!I4 ~ 虚拟网络!H4"),
  one(host, { N4: "10.0.21.255" }, "error address-reserved 主机规划!N4 ~ 虚拟网络!H6"),
  one(tower, { E3: "10.0.30.255" }, "error address-reserved 集群管理信息!E3 ~ 虚拟网络!H5"),
  one(network, { I8: "10.1.20.0" }, "error address-reserved 虚拟网络!I8 ~ 虚拟网络!H8"),
  one(tower, { E25: "10.0.20.255" }, "error address-reserved 集群管理信息!E25 ~ 虚拟网络!H4"),
  one(tower, { E25: "127.0.0.1" }, "error address-unusable 集群管理信息!E25"),
  one(host, { I4: "224.0.0.12" }, "error address-unusable 主机规划!I4"),

  // The range of test addresses.
  one(tower, { E18: "10.0.20.240" }, "error test-range-backwards 集群管理信息!E18 ~ 集群管理信息!E19"),
  one(tower, { E19: null }, "error value-missing 集群管理信息!E19"),
  one(tower, { E18: "10.0.21.231" }, [
    "error address-outside-subnet 集群管理信息!E18 ~ 虚拟网络!H5",
    "error test-range-backwards 集群管理信息!E18 ~ 集群管理信息!E19",
  ]),
  one(tower, { E19: "10.0.30.239" }, [
    "error address-outside-subnet 集群管理信息!E19 ~ 虚拟网络!H4",
    ...["I6", "I5"].map((cell) => `error address-in-test-range 虚拟网络!${cell} ~ 集群管理信息!E18`).reverse(),
    ...["N3", "N4", "N5"].map((cell) => `error address-in-test-range 主机规划!${cell} ~ 集群管理信息!E18`),
    ...["E3", "E4", "E5", "E6", "E7", "E8", "E9"].map(
      (cell) => `error address-in-test-range 集群管理信息!${cell} ~ 集群管理信息!E18`,
    ),
  ]),
  one(tower, { E19: "10.0.20.255" }, "error address-reserved 集群管理信息!E19 ~ 虚拟网络!H4"),
  one(host, { I4: "10.0.20.235" }, "error address-in-test-range 主机规划!I4 ~ 集群管理信息!E18"),
  one(host, { I19: "10.0.20.239" }, "error address-in-test-range 主机规划!I19 ~ 集群管理信息!E19"),
  one(network, { I4: "10.0.20.232" }, "error address-in-test-range 虚拟网络!I4 ~ 集群管理信息!E18"),

  // Networks and switches.
  one(network, { H9: "10.1.0.0/16" }, [
    "error subnet-overlaps 虚拟网络!H9 ~ 虚拟网络!H8",
    ...Array.from({ length: 9 }, (_, i) => `error subnet-overlaps 虚拟网络!H${10 + i} ~ 虚拟网络!H9`),
  ]),
  one(network, { H18: "10.0.21.128/25", I18: null }, "error subnet-overlaps 虚拟网络!H18 ~ 虚拟网络!H6"),
  one(network, { H18: "10.2.0.0/31", I18: null }, "error subnet-prefix 虚拟网络!H18"),
  one(network, { I8: "10.1.21.1" }, "error gateway-outside-subnet 虚拟网络!I8 ~ 虚拟网络!H8"),
  one(network, { I4: null }, "warning gateway-missing 虚拟网络!I4"),
  one(network, { F9: 1120 }, "error vlan-twice 虚拟网络!F9 ~ 虚拟网络!F8"),
  one(network, { F5: 0 }, "error vlan-twice 虚拟网络!F5 ~ 虚拟网络!F4"),
  { ...one(network, { F8: 0 }, "error vlan-twice 虚拟网络!F8 ~ 虚拟网络!F4"), plan: sharing },
  one(network, { J8: "ens225,ens192" }, "error nic-shared 虚拟网络!J8 ~ 虚拟网络!J4"),
  one(network, { J7: "ens256" }, "error nic-shared 虚拟网络!J7 ~ 虚拟网络!J6"),
  { ...one(network, { J8: "ens225,ens257" }, "error business-ports-unused 虚拟网络!J8 ~ 虚拟网络!J4"), plan: sharing },
  {
    ...one(network, { K8: "balance-slb" }, "warning business-bond-unused 虚拟网络!K8 ~ 虚拟网络!K4"),
    plan: sharing,
  },
  one(network, { H3: "10.0.20.0/24", I3: "10.0.20.1" }, [
    "warning ipmi-subnet-overlaps 虚拟网络!H3 ~ 虚拟网络!H4",
    ...["E3", "E4", "E5"].map((cell) => `warning bmc-outside-subnet 主机规划!${cell} ~ 虚拟网络!H3`),
  ]),
  one(network, { I3: "10.0.20.1" }, "warning ipmi-gateway-outside 虚拟网络!I3 ~ 虚拟网络!H3"),
  one(network, { H3: "带外网段" }, "warning ipmi-value-ignored 虚拟网络!H3"),
  one(network, { F3: "无" }, "warning ipmi-value-ignored 虚拟网络!F3"),
  one(tower, { E24: null }, "warning ntp-two-servers 集群管理信息!E23 ~ 集群管理信息!E22"),

  // Racks.
  one(host, { P4: "A02" }, "warning rack-name-differs 主机规划!P4 ~ 机架位置!B5"),
  one(rack, { B5: "机柜编号: A07" }, [
    ...["P3", "P4", "P5"].map((cell) => `warning rack-name-differs 主机规划!${cell} ~ 机架位置!B5`),
  ]),
  one(host, { Q4: null }, "warning rack-position-half 主机规划!Q4 ~ 主机规划!P4"),
  one(host, { P4: null }, "warning rack-position-half 主机规划!P4 ~ 主机规划!Q4"),
  one(host, { Q4: 20 }, "warning rack-unit-differs 主机规划!Q4 ~ 机架位置!D45"),
  one(host, { Q4: 1 }, [
    "warning rack-unit-twice 主机规划!Q4 ~ 主机规划!Q3",
    "warning rack-unit-differs 主机规划!Q4 ~ 机架位置!D45",
  ]),
  one(rack, { D45: null }, "warning rack-host-missing 主机规划!H4"),
  one(rack, { T20: "BJ-SMTX-Prod-Node-01" }, "warning rack-device-twice 机架位置!T20 ~ 机架位置!D47"),
  one(rack, { L20: "BJ-SMTX-Prod-Node-09" }, "warning rack-device-unplanned 机架位置!L20"),

  // Passwords.
  one(host, { M19: null }, "warning password-blank 主机规划!M19"),
  one(host, { K4: null }, "warning password-blank 主机规划!K4"),
  one(host, { G4: null }, "warning password-blank 主机规划!G4"),
  one(tower, { G3: null }, "warning password-blank 集群管理信息!G3"),

  // What stands where nothing is read.
  one(
    network,
    { D19: "VLAN-1131", F19: 1131, G19: "Access", H19: "10.1.31.0/24", I19: "10.1.31.1" },
    ["D19", "F19", "G19", "H19", "I19"].map((cell) => `error cell-unread 虚拟网络!${cell}`),
    "a twelfth network below the list",
  ),
  one(network, { O8: "10.1.20.2" }, "error cell-unread 虚拟网络!O8"),
  one(network, { A30: "待确认" }, "warning text-unread 虚拟网络!A30"),
  one(host, { H21: "BJ-SMTX-Prod-Node-17", I22: "10。0。20。27" }, [
    "error cell-unread 主机规划!H21",
    "error cell-unread 主机规划!I22",
  ]),
  one(host, { S5: "Canary-Beside-1" }, "error cell-unread 主机规划!S5"),
  one(host, { S5: "此主机待更换网卡。" }, "warning text-unread 主机规划!S5"),
  one(host, { AB40: 17 }, "error cell-unread 主机规划!AB40"),
  one(tower, { B12: "SKS", C12: "容器服务", E12: "10.0.20.11" }, [
    "error cell-unread 集群管理信息!B12",
    "error cell-unread 集群管理信息!C12",
    "error cell-unread 集群管理信息!E12",
  ]),
  one(tower, { G13: "Canary-Stray-2" }, "error cell-unread 集群管理信息!G13"),
  one(tower, { D6: "3.1.0", G6: "Canary-Stray-3" }, [
    "warning text-unread 集群管理信息!D6",
    "warning text-unread 集群管理信息!G6",
  ]),
  one(tower, { E27: "10.0.0.115", E28: "10.0.0.116" }, "error dns-too-many 集群管理信息!E28"),
  one(tower, { E28: "10.0.0.115" }, "error cell-unread 集群管理信息!E28"),
  one(tower, { B27: "Syslog", E27: "10.0.0.9", E28: "10.0.0.115" }, [
    "error cell-unread 集群管理信息!B27",
    "error cell-unread 集群管理信息!E27",
    "error cell-unread 集群管理信息!E28",
  ]),
  one(rack, { D52: "BJ-SMTX-Prod-Node-01" }, "error cell-unread 机架位置!D52"),
  one(rack, { Z8: "Switch" }, "error cell-unread 机架位置!Z8"),
  one("文档描述", { H16: "二期" }, "error cell-unread 文档描述!H16"),
  one(host, { P7: "A01" }, "warning host-row-unused 主机规划!P7"),
  { ...one(tower, { M6: "er-1" }, "warning component-row-unused 集群管理信息!E6"), plan: plain },

  // What people do not see, or see struck out.
  one(host, { "4:4": { xml: 'hidden="1"' } }, "warning row-hidden 主机规划!H4"),
  one(host, { "4:4": { xml: 'ht="0" customHeight="1"' } }, "warning row-hidden 主机规划!H4"),
  one(network, { "9:9": { xml: 'hidden="true" outlineLevel="1"' } }, "warning row-hidden 虚拟网络!D9"),
  one(tower, { "25:25": { xml: 'hidden="1"' } }, "warning row-hidden 集群管理信息!E25"),
  one(host, { "G:G": { xml: 'hidden="1"' } }, "warning column-hidden 主机规划!G3"),
  one(tower, { "": { xml: 'state="veryHidden"' } }, "warning sheet-hidden 集群管理信息!E3"),
  one(
    host,
    { I4: { type: "inlineStr", xml: "<is><r><rPr><strike/></rPr><t>10.0.20.12</t></r></is>" } },
    "warning row-struck-out 主机规划!H4",
    "a struck address",
  ),

  // Another template.
  one(host, { H19: "10.0.20.10", I19: "集群VIP" }, [
    "error template-other 主机规划!H19",
    "error layout-unknown 主机规划!H19",
  ]),
  one("更新说明", { "": "主机规划 (2)" }, "warning sheet-unread 主机规划!A1"),
  one(network, { O2: "MTU" }, "warning label-unknown 虚拟网络!O2"),
  one(host, { P19: null }, "warning label-missing 主机规划!P19"),
  one(host, { P20: null, Q20: null }, ["warning label-missing 主机规划!P20", "warning choice-default 主机规划!Q20"]),
  one(rack, { D6: "设备" }, "warning rack-layout-unknown 机架位置!D6"),
];

function one(sheet: string, cells: Edits[string], found: string | string[], what?: string): BrokenWorkbook {
  const named = Object.entries(cells).map(
    ([cell, edit]) => `${cell} ${edit === null ? "blank" : JSON.stringify(edit)}`,
  );
  return {
    what: what ?? `${sheet} ${named.join(", ")}`,
    edits: { [sheet]: cells },
    found: [found].flat(),
    plan: wholePlan,
  };
}
