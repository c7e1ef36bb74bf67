import { field } from "./field-names";
import { error, type FindingText, warning } from "./text";
import { otherPlace } from "./words";

/** What may be wrong with networks and switches. */
export const networkTexts = {
  "network-row-without-subnet": error(
    () => ({
      cause: "The row has a VLAN id or gateway, but no subnet; without one it makes no network.",
      fix: "Fill in the subnet, or blank the row.",
    }),
    () => ({
      cause: "该行填写了 VLAN ID 或网关，但没有网段，无法创建虚拟网络。",
      fix: "请补充网段，或清空该行。",
    }),
  ),
  "network-row-unused": warning(
    () => ({
      cause: "The row has a name, but no VLAN id and no subnet; it makes no network.",
      fix: "Fill in VLAN id and subnet, or blank the name.",
    }),
    () => ({
      cause: "该行只有虚拟网络名称，没有 VLAN ID 和网段，不会创建虚拟网络。",
      fix: "请补充 VLAN ID 和网段，或清空名称。",
    }),
  ),
  "network-name-twice": error(
    (p) => ({
      cause: `Another network of this name stands at ${p.other}.`,
      fix: "Give each network its own name.",
    }),
    (p) => ({
      cause: `虚拟网络名称与${otherPlace(p)}重复。`,
      fix: "请为每个虚拟网络设置不同的名称。",
    }),
  ),
  "subnet-overlaps": error(
    (p) => ({
      cause: `The subnet overlaps with the one at ${p.other} (${p.subnet}).`,
      fix: "Give each network a subnet of its own.",
    }),
    (p) => ({
      cause: `该网段与${otherPlace(p)}的网段（${p.subnet}）重叠。`,
      fix: "请为每个网络规划互不重叠的网段。",
    }),
  ),
  "platform-network-name": warning(
    (p) => ({
      cause: `The platform names the management network itself, default; ${p.name} is passed over.`,
      fix: "Write default.",
    }),
    (p) => ({
      cause: `管理网络的名称由平台自动生成，固定为 default；“${p.name}”不会生效。`,
      fix: "请填写 default。",
    }),
  ),
  "gateway-outside-subnet": error(
    (p) => ({
      cause: `The gateway lies outside its network's subnet ${p.subnet} (${p.other}).`,
      fix: "Write the gateway of this subnet, or mend the subnet.",
    }),
    (p) => ({
      cause: `网关不在本网络的网段 ${p.subnet}（${otherPlace(p)}）内。`,
      fix: "请填写该网段的网关，或更正网段。",
    }),
  ),
  "gateway-missing": warning(
    () => ({
      cause: "The management network has no gateway; the hosts will reach their own subnets only.",
      fix: "Write the gateway of the subnet, unless none is meant.",
    }),
    () => ({
      cause: "管理网络没有填写网关，主机将只能访问本网段。",
      fix: "请填写该网段的网关；如确实没有网关，可忽略。",
    }),
  ),
  "vip-missing": warning(
    () => ({
      cause: "The cluster has no VIP; its management is reached by the hosts' own addresses only.",
      fix: "Write a free address of the management network.",
    }),
    () => ({
      cause: "没有填写集群 VIP，只能通过各主机的管理地址访问集群。",
      fix: "请填写管理网络中的一个空闲地址。",
    }),
  ),
  "component-row-unused": warning(
    (p) => ({
      cause: `The ${field(p)} is blank, so the component is not planned; the rest of the row is not used.`,
      fix: "Fill in the address, or blank the row.",
    }),
    (p) => ({
      cause: `${field(p, "zh")}未填写，该组件不在规划之内，该行其余内容不会使用。`,
      fix: "请填写地址，或清空该行。",
    }),
  ),
  "vlan-twice": error(
    (p) => ({
      cause: `The VLAN id ${p.vlan} stands at ${p.other} too, on the same switch; two such networks are one.`,
      fix: "Give each network of a switch its own VLAN id.",
    }),
    (p) => ({
      cause: `同一虚拟交换机上，VLAN ID ${p.vlan} 与${otherPlace(p)}重复，实际是同一个二层网络。`,
      fix: "请为同一虚拟交换机上的每个网络设置不同的 VLAN ID。",
    }),
  ),
  "nic-twice": error(
    (p) => ({
      cause: `The host port ${p.nic} is named twice.`,
      fix: "Name each port once.",
    }),
    (p) => ({
      cause: `主机端口 ${p.nic} 重复填写。`,
      fix: "每个端口只填写一次。",
    }),
  ),
  "nic-shared": error(
    (p) => ({
      cause: `The host port ${p.nic} belongs to the switch at ${p.other} already.`,
      fix: "Give each switch its own ports.",
    }),
    (p) => ({
      cause: `主机端口 ${p.nic} 已被${otherPlace(p)}的虚拟交换机使用。`,
      fix: "请为每个虚拟交换机分配各自的主机端口。",
    }),
  ),
  "switch-name-twice": error(
    (p) => ({
      cause: `Another switch of this name stands at ${p.other}.`,
      fix: "Give each switch its own name.",
    }),
    (p) => ({
      cause: `虚拟交换机名称与${otherPlace(p)}重复。`,
      fix: "请为每个虚拟交换机设置不同的名称。",
    }),
  ),
  "bond-missing": error(
    (p) => ({
      cause: `The switch has ${p.count} host ports and no bond mode.`,
      fix: "Choose active-backup, balance-slb or balance-tcp.",
    }),
    (p) => ({
      cause: `该虚拟交换机有 ${p.count} 个主机端口，但没有选择网口绑定模式。`,
      fix: "请选择 active-backup、balance-slb 或 balance-tcp。",
    }),
  ),
  "bond-unneeded": warning(
    () => ({
      cause: "The switch has one host port; the bond mode is left out.",
      fix: "Blank the bond mode, or name a second port.",
    }),
    () => ({
      cause: "该虚拟交换机只有一个主机端口，绑定模式将被忽略。",
      fix: "请清空绑定模式，或补充第二个端口。",
    }),
  ),
  "business-ports-unused": error(
    () => ({
      cause: "With 存储独立, business networks share the management switch; these host ports are not that switch's.",
      fix: "Blank the ports of the business switch or write those of the management switch, or choose 三网独立.",
    }),
    () => ({
      cause: "网络架构为存储独立时，业务网络与管理网络共用虚拟交换机，此处的主机端口不属于该交换机。",
      fix: "请清空业务虚拟交换机的端口或改为与管理虚拟交换机一致，或选择三网独立。",
    }),
  ),
  "business-bond-unused": warning(
    (p) => ({
      cause: `With 存储独立, business networks share the management switch; the bond mode at ${p.other} counts, this one is left out.`,
      fix: "Blank it, or write the same mode.",
    }),
    (p) => ({
      cause: `网络架构为存储独立时，业务网络与管理网络共用虚拟交换机，以${otherPlace(p)}的绑定模式为准，此处忽略。`,
      fix: "请清空，或填写相同的绑定模式。",
    }),
  ),
  "ipmi-subnet-overlaps": warning(
    (p) => ({
      cause: `The out-of-band network is the subnet at ${p.other} (${p.subnet}), or overlaps with it. The row is for information only.`,
      fix: "Write the subnet that the out-of-band controllers are in.",
    }),
    (p) => ({
      cause: `带外网络的网段与${otherPlace(p)}的网段（${p.subnet}）相同或重叠。该行仅供参考。`,
      fix: "请填写带外管理口实际所在的网段。",
    }),
  ),
  "ipmi-gateway-outside": warning(
    (p) => ({
      cause: `The gateway lies outside the out-of-band subnet ${p.subnet} (${p.other}). The row is for information only.`,
      fix: "Write the gateway of this subnet, or mend the subnet.",
    }),
    (p) => ({
      cause: `网关不在带外网络的网段 ${p.subnet}（${otherPlace(p)}）内。该行仅供参考。`,
      fix: "请填写该网段的网关，或更正网段。",
    }),
  ),
  "ntp-two-servers": warning(
    (p) => ({
      cause: `There are exactly two NTP servers, so neither can be outvoted. ${p.reason ? `The sheet itself says: “${p.reason}”.` : "Three or more are best; two only where both are of the same rank below one source."}`,
      fix: "Add a third server, or keep one.",
    }),
    (p) => ({
      cause: `只配置了两个 NTP 服务器，时间不一致时无法判断以谁为准。${p.reason ? `表中说明：“${p.reason}”。` : "最好配置三个及以上；仅当两者同级且上游为同一时间源时才可配置两个。"}`,
      fix: "请补充第三个 NTP 服务器，或只保留一个。",
    }),
  ),
  "server-invalid": error(
    (p) => ({
      cause: `The ${field(p)} is neither an IPv4 address nor a host name.`,
      fix: "Write one name or address.",
    }),
    (p) => ({
      cause: `${field(p, "zh")}既不是 IPv4 地址，也不是有效的域名。`,
      fix: "请只填写一个地址或域名。",
    }),
  ),
  "dns-too-many": error(
    (p) => ({
      cause: `There are more than ${p.most} DNS servers, and the systems ask the first ${p.most} alone.`,
      fix: `Keep ${p.most} at most.`,
    }),
    (p) => ({
      cause: `DNS 服务器超过 ${p.most} 个，系统只会使用前 ${p.most} 个。`,
      fix: `请最多保留 ${p.most} 个。`,
    }),
  ),
  "server-twice": error(
    (p) => ({
      cause: `The same ${field(p)} stands at ${p.other}.`,
      fix: "Name each server once.",
    }),
    (p) => ({
      cause: `${field(p, "zh")}与${otherPlace(p)}重复。`,
      fix: "每个服务器只填写一次。",
    }),
  ),
} satisfies Record<string, FindingText>;
