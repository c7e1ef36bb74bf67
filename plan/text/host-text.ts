import { field, name } from "./field-names";
import { error, type FindingText, warning } from "./text";
import { otherPlace } from "./words";

/** What may be wrong with hosts, addresses, racks and passwords. */
export const hostTexts = {
  "host-row-unused": warning(
    () => ({
      cause: "The row has no name and no address, so it is no host; what it holds is not used.",
      fix: "Fill in host name, management address and storage address, or blank the row.",
    }),
    () => ({
      cause: "该行没有主机名和地址，不会作为主机，已填写的内容不会使用。",
      fix: "请补充主机名、管理地址和存储IP，或清空该行。",
    }),
  ),
  "host-row-gap": error(
    (p) => ({
      cause: `The row is blank, and another host stands below it at ${p.other}.`,
      fix: "Fill in the host that is missing here, or move the hosts below up.",
    }),
    (p) => ({
      cause: `该行为空，而下方${otherPlace(p)}仍有主机。`,
      fix: "请补充此处缺少的主机，或将下方的主机上移。",
    }),
  ),
  "too-few-hosts": error(
    (p) => ({
      cause: `The plan has ${p.count} host${p.count === 1 ? "" : "s"}; a cluster needs three.`,
      fix: "Add hosts: name, management address and storage address each.",
    }),
    (p) => ({
      cause: `规划中只有 ${p.count} 台主机，集群至少需要三台。`,
      fix: "请补充主机，每台填写主机名、管理地址和存储IP。",
    }),
  ),
  "hostname-invalid": error(
    () => ({
      cause: "A host name has letters, digits and hyphens, up to 63 between dots, and starts and ends with none.",
      fix: "Write a name such as BJ-SMTX-Prod-Node-01.",
    }),
    () => ({
      cause: "主机名只能由字母、数字和连字符组成，每段不超过 63 个字符，且不能以连字符开头或结尾。",
      fix: "请填写如 BJ-SMTX-Prod-Node-01 的名称。",
    }),
  ),
  "host-name-twice": error(
    (p) => ({
      cause: `The same host name stands at ${p.other}.`,
      fix: "Give each host its own name.",
    }),
    (p) => ({
      cause: `主机名与${otherPlace(p)}重复。`,
      fix: "请为每台主机设置不同的主机名。",
    }),
  ),
  "host-serial-twice": error(
    (p) => ({
      cause: `The same serial number stands at ${p.other}.`,
      fix: "Write each device's own serial number.",
    }),
    (p) => ({
      cause: `设备S/N 与${otherPlace(p)}重复。`,
      fix: "请填写每台设备各自的序列号。",
    }),
  ),
  "bmc-address-missing": warning(
    () => ({
      cause:
        "The host has an out-of-band user or password, but no out-of-band address: its controller is left as it is.",
      fix: "Fill in the out-of-band address, or blank user and password.",
    }),
    () => ({
      cause: "该主机填写了带外账号或密码，但没有带外地址：不会设置其带外管理账号。",
      fix: "请补充带外地址，或清空带外账号和密码。",
    }),
  ),
  "everoute-vip-missing": error(
    () => ({
      cause: "ER controllers are planned without the ER VIP.",
      fix: "Fill in the VIP, or blank the controllers.",
    }),
    () => ({
      cause: "规划了 ER 控制器，但没有填写 ER VIP。",
      fix: "请补充 ER VIP，或清空控制器地址。",
    }),
  ),
  "address-twice": error(
    (p) => ({
      cause: `The same address stands at ${p.other} (${name(p.otherField)}).`,
      fix: "Give each its own address.",
    }),
    (p) => ({
      cause: `与${otherPlace(p)}（${name(p.otherField, "zh")}）的地址重复。`,
      fix: "请分配不同的地址。",
    }),
  ),
  "address-outside-subnet": error(
    (p) => ({
      cause: `The ${field(p)} lies outside the subnet ${p.subnet} of the ${name(p.network)} (${p.other}).`,
      fix: "Write an address of this subnet, or mend the subnet.",
    }),
    (p) => ({
      cause: `${field(p, "zh")}不在${name(p.network, "zh")}的网段 ${p.subnet}（${otherPlace(p)}）内。`,
      fix: "请填写该网段内的地址，或更正网段。",
    }),
  ),
  "cloudtower-outside-subnets": warning(
    (p) => ({
      cause: `CloudTower's address lies in the subnet of neither management network (${p.other}): only one that stands already can be there, and none can be installed.`,
      fix: "All is well if another site's CloudTower takes this cluster too; else write an address of the management network.",
    }),
    (p) => ({
      cause: `CloudTower 地址不在任何管理网络的网段（${otherPlace(p)}）内：只能接入已有的 CloudTower，无法在本站点安装。`,
      fix: "如果本集群接入其他站点已有的 CloudTower，可以忽略；否则请填写管理网络网段内的地址。",
    }),
  ),
  "address-reserved": error(
    (p) => ({
      cause: `The ${field(p)} is the network or broadcast address of ${p.subnet} (${p.other}).`,
      fix: "Write another address of this subnet.",
    }),
    (p) => ({
      cause: `${field(p, "zh")}是网段 ${p.subnet}（${otherPlace(p)}）的网络地址或广播地址。`,
      fix: "请填写该网段内的其他地址。",
    }),
  ),
  "address-in-test-range": error(
    (p) => ({
      cause: `The ${field(p)} lies in the range of test addresses ${p.range} (${p.other}).`,
      fix: "Move the address or the range.",
    }),
    (p) => ({
      cause: `${field(p, "zh")}落在测试用临时IP范围 ${p.range}（${otherPlace(p)}）内。`,
      fix: "请调整该地址，或调整测试用临时IP范围。",
    }),
  ),
  "test-range-backwards": error(
    (p) => ({
      cause: `The range of test addresses begins after its end at ${p.other}.`,
      fix: "Write the lower address first.",
    }),
    (p) => ({
      cause: `测试用临时IP范围的起始地址大于${otherPlace(p)}的结束地址。`,
      fix: "请将较小的地址填写为起始地址。",
    }),
  ),
  "bmc-outside-subnet": warning(
    (p) => ({
      cause: `The ${field(p)} lies outside the out-of-band network ${p.subnet} (${p.other}), which is for information only.`,
      fix: "Mend the address, or the network that it is planned in.",
    }),
    (p) => ({
      cause: `${field(p, "zh")}不在带外网络的网段 ${p.subnet}（${otherPlace(p)}，仅供参考）内。`,
      fix: "请更正该地址，或更正带外网络的网段。",
    }),
  ),
  "bmc-address-reserved": warning(
    (p) => ({
      cause: `The ${field(p)} is the network or broadcast address of the out-of-band network ${p.subnet} (${p.other}), which is for information only.`,
      fix: "Mend the address, or the network that it is planned in.",
    }),
    (p) => ({
      cause: `${field(p, "zh")}是带外网络的网段 ${p.subnet}（${otherPlace(p)}，仅供参考）的网络地址或广播地址。`,
      fix: "请更正该地址，或更正带外网络的网段。",
    }),
  ),
  "rack-name-differs": warning(
    (p) => ({
      cause: `The rack sheet has ${p.host} in another rack: ${p.rack} (${p.other}).`,
      fix: "Write the same rack on both sheets.",
    }),
    (p) => ({
      cause: `机架位置表中 ${p.host} 所在的机柜不同：${p.rack}（${otherPlace(p)}）。`,
      fix: "请将两张表中的机柜填写一致。",
    }),
  ),
  "rack-unit-differs": warning(
    (p) => ({
      cause: `The rack sheet has ${p.host} at ${p.unit}U (${p.other}).`,
      fix: "Write the same place on both sheets: the lowest height unit here, the uppermost there.",
    }),
    (p) => ({
      cause: `机架位置表中 ${p.host} 位于 ${p.unit}U（${otherPlace(p)}）。`,
      fix: "请将两张表中的位置填写一致：此处为最低 U 位，机架位置表为最高 U 位。",
    }),
  ),
  "rack-unit-twice": warning(
    (p) => ({
      cause: `Another host stands in the same rack at the same height unit (${p.other}).`,
      fix: "Write each host's own place.",
    }),
    (p) => ({
      cause: `与${otherPlace(p)}的主机处于同一机架的同一 U 位。`,
      fix: "请填写每台主机各自的位置。",
    }),
  ),
  "rack-position-half": warning(
    (p) => ({
      cause: `The ${field(p)} is blank, while ${p.other} has the other half of its place.`,
      fix: "Fill in both rack and height unit, or none.",
    }),
    (p) => ({
      cause: `${field(p, "zh")}未填写，而${otherPlace(p)}已填写。`,
      fix: "机架名称和机架位置 U 请同时填写，或都不填写。",
    }),
  ),
  "rack-host-missing": warning(
    (p) => ({
      cause: `The rack sheet has hosts of this plan, but not ${p.host}.`,
      fix: "Add the host to the rack sheet, or mend its name on one of the sheets.",
    }),
    (p) => ({
      cause: `机架位置表中有本规划的其他主机，但没有 ${p.host}。`,
      fix: "请在机架位置表中补充该主机，或更正其中一张表的主机名。",
    }),
  ),
  "rack-device-twice": warning(
    (p) => ({
      cause: `The host stands in the rack sheet twice (${p.other}).`,
      fix: "Keep the place where it is.",
    }),
    (p) => ({
      cause: `该主机在机架位置表中重复出现（${otherPlace(p)}）。`,
      fix: "请只保留实际位置。",
    }),
  ),
  "rack-device-unplanned": warning(
    () => ({
      cause: "The device in the rack has a host's name, but is no host of this plan.",
      fix: "Add it to the hosts, mend its name, or take it out of the rack sheet.",
    }),
    () => ({
      cause: "机柜中的该设备名称形如主机名，但不在主机规划中。",
      fix: "请将其补充到主机规划，更正名称，或从机架位置表中移除。",
    }),
  ),
  "password-in-plan": warning(
    () => ({
      cause: "A password stands in the plan, where everybody who gets the file can read it. It is taken as a secret.",
      fix: "Run sitewright plan secrets, which moves passwords into the stack's secrets, and blank it here.",
    }),
    () => ({
      cause: "密码以明文写在规划中，拿到文件的人都能看到。程序会将其按机密处理。",
      fix: "请运行 sitewright plan secrets 将密码移入 stack 机密，然后清空此处。",
    }),
  ),
  "password-blank": warning(
    (p) => ({
      cause: `The ${field(p)} is blank in the plan. No factory default is put in its place: it must come from the environment, the secret file or the stack's secrets, by the connection ${p.connection}.`,
      fix: "See that it is there before the deployment, e.g. by sitewright plan secrets, or fill it in.",
    }),
    (p) => ({
      cause: `规划中${field(p, "zh")}为空。程序不会套用出厂默认密码，须由环境变量、机密文件或 stack 机密以连接名 ${p.connection} 提供。`,
      fix: "部署前请确认已提供该密码（如使用 sitewright plan secrets），或在此处填写。",
    }),
  ),
  "password-missing": error(
    (p) => ({
      cause: `The ${field(p)} is blank in the plan, and neither the environment, the secret file nor the stack's secrets have it by the connection ${p.connection}. No factory default is put in its place.`,
      fix: "Put it into the environment or the stack's secrets (README, passwords), or fill it in.",
    }),
    (p) => ({
      cause: `规划中${field(p, "zh")}为空，环境变量、机密文件和 stack 机密中也没有连接 ${p.connection} 的密码。程序不会套用出厂默认密码。`,
      fix: "请将其写入 stack 机密，或在此处填写。",
    }),
  ),
  "bmc-user-blank": warning(
    () => ({
      cause: "The host has an out-of-band address, but no out-of-band user. No factory default is put in its place.",
      fix: "Fill in the user.",
    }),
    () => ({
      cause: "该主机填写了带外地址，但没有带外账号。程序不会套用出厂默认账号。",
      fix: "请填写带外账号。",
    }),
  ),
  "cluster-name-differs": error(
    (p) => ({
      cause: `The cluster's name is another one at ${p.other}.`,
      fix: "Write the same name, or the formula =虚拟网络!B3 of the template.",
    }),
    (p) => ({
      cause: `集群名称与${otherPlace(p)}不一致。`,
      fix: "请填写相同的名称，或恢复模板中的公式 =虚拟网络!B3。",
    }),
  ),
} satisfies Record<string, FindingText>;
