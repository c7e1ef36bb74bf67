import { error, type FindingText, warning } from "./text";
import { otherPlace } from "./words";

/** What may be wrong with a plan of virtual machines. */
export const vmTexts = {
  "vm-numbers-invalid": error(
    () => ({
      cause:
        "Braces stand for numbers, as in web-{01..18}: once in a name, from the smaller to the larger, 1000 at most.",
      fix: "Write them so, or the name without braces.",
    }),
    () => ({
      cause: "大括号表示编号，如 web-{01..18}：一个名称中只能出现一次，由小到大，最多 1000 个。",
      fix: "请按此格式填写，或去掉大括号。",
    }),
  ),
  "vm-column-unknown": error(
    (p) => ({
      cause: `Nothing of this column is read: no field of a machine is called "${p.column}", or a column before has it.`,
      fix: "Write a heading as docs/vms-yaml.md has them, or a field's own name; a second disk or network port has a 2 behind it.",
    }),
    (p) => ({
      cause: `本列未读取：虚拟机没有名为“${p.column}”的项，或前面已有相同的列。`,
      fix: "请按 docs/vms-yaml.md 填写表头，或填写字段名；第二块磁盘、第二个网口的表头后加 2。",
    }),
  ),
  "vm-key-numbers": error(
    (p) => ({
      cause: `The name stands for ${p.names} machines (${p.other}), and the key for ${p.keys}.`,
      fix: "Give the key braces with as many numbers as the name has.",
    }),
    (p) => ({
      cause: `名称对应 ${p.names} 台虚拟机（${otherPlace(p)}），key 对应 ${p.keys} 个。`,
      fix: "请使 key 大括号中的编号个数与名称一致。",
    }),
  ),
  "vm-name-twice": error(
    (p) => ({
      cause: `Another machine named ${p.vm} stands at ${p.other}.`,
      fix: "Give each machine of the cluster its own name.",
    }),
    (p) => ({
      cause: `虚拟机名称 ${p.vm} 与${otherPlace(p)}重复。`,
      fix: "请为集群内每台虚拟机设置不同的名称。",
    }),
  ),
  "vm-key-twice": error(
    (p) => ({
      cause: `The stack knows the machine at ${p.other} by the key ${p.vm} already; where no key is told, it is the name.`,
      fix: "Give each machine its own key.",
    }),
    (p) => ({
      cause: `key ${p.vm} 与${otherPlace(p)}的虚拟机重复（未填写 key 时即为名称）。`,
      fix: "请为每台虚拟机设置不同的 key。",
    }),
  ),
  "vm-many": error(
    (p) => ({
      cause: `With this entry the plan has more than ${p.most} machines; what comes from here on was not looked at.`,
      fix: "See that the numbers in braces are meant; divide what is into plans of their own, a stack each.",
    }),
    (p) => ({
      cause: `从该条目起，规划的虚拟机超过 ${p.most} 台；其后的内容未检查。`,
      fix: "请确认大括号中的编号无误；如确需这么多，请拆分为多个规划，每个对应一个 stack。",
    }),
  ),
  "vm-group-twice": error(
    (p) => ({
      cause: `Another placement group has this name (${p.other}).`,
      fix: "Give each placement group its own name, or keep one.",
    }),
    (p) => ({
      cause: `放置组名称与${otherPlace(p)}重复。`,
      fix: "请为每个放置组设置不同的名称，或只保留一个。",
    }),
  ),
  "vm-hostname-numbers": error(
    (p) => ({
      cause: `A guest has a host name of its own: this one stands for ${p.count} (${p.other}), and the entry for ${p.machines} machines.`,
      fix: "Write it with braces that have as many numbers as the name of the machines, such as web-{01..18}, or leave it out.",
    }),
    (p) => ({
      cause: `每台虚拟机的主机名应各不相同：此处（${otherPlace(p)}）对应 ${p.count} 个主机名，而该条目对应 ${p.machines} 台虚拟机。`,
      fix: "请使用大括号，编号个数与虚拟机名称一致，如 web-{01..18}，或不填写。",
    }),
  ),
  "vm-hostname-twice": warning(
    (p) => ({
      cause: `A guest of another entry has the same host name (${p.other}).`,
      fix: "See that it is meant, or give each guest its own.",
    }),
    (p) => ({
      cause: `主机名与另一条目（${otherPlace(p)}）的虚拟机重复。`,
      fix: "请确认无误，或为每台虚拟机设置不同的主机名。",
    }),
  ),
  "vm-volume-shared": warning(
    (p) => ({
      cause: `A disk without a size mounts the volume that stands under its name, and more than one machine would have this one (${p.other}): CloudTower mounts in several a shared volume alone.`,
      fix: "See that it is one; write a size, and each machine has a volume of its own.",
    }),
    (p) => ({
      cause: `未填写容量的磁盘会挂载同名的虚拟卷，而此卷会被多台虚拟机挂载（${otherPlace(p)}）；CloudTower 只允许共享卷挂载到多台虚拟机。`,
      fix: "请确认该卷为共享卷；如填写容量，则为每台虚拟机新建各自的虚拟卷。",
    }),
  ),
  "vm-size-small": error(
    () => ({
      cause: "The number is taken as bytes, and is less than any machine or disk has.",
      fix: 'Write the unit too, such as "8 GiB".',
    }),
    () => ({
      cause: "不带单位的数字按字节计算，该值小于任何虚拟机内存或磁盘的容量。",
      fix: "请写明单位，如 8 GiB。",
    }),
  ),
  "vm-vcpu-cores": error(
    (p) => ({
      cause: `vcpu ${p.vcpu} is no multiple of cpuCores ${p.cpuCores} (${p.other}), so that no number of sockets has so many.`,
      fix: "Change one of the two.",
    }),
    (p) => ({
      cause: `vcpu ${p.vcpu} 不是 cpuCores ${p.cpuCores}（${otherPlace(p)}）的整数倍，无法换算为插槽数。`,
      fix: "请修改其中之一。",
    }),
  ),
  "vm-source-twice": error(
    (p) => ({
      cause: `A machine is made from one thing, and this one has ${p.sources} (${p.other}).`,
      fix: "Keep one of them; iso is the image of the first drive.",
    }),
    (p) => ({
      cause: `虚拟机只能有一个来源，此处有 ${p.sources}（${otherPlace(p)}）。`,
      fix: "请只保留一个；iso 即第一个光驱的映像。",
    }),
  ),
  "vm-cloud-init-alone": error(
    () => ({
      cause: "CloudTower gives cloud-init data to machines that are made from a template alone, and this one is not.",
      fix: "Name the template, or take cloudInit out of the entry or of the defaults.",
    }),
    () => ({
      cause: "CloudTower 只能向由模板创建的虚拟机提供 cloud-init 数据，而此虚拟机没有模板。",
      fix: "请填写模板名称，或从该条目（或默认值）中删除 cloudInit。",
    }),
  ),
  "vm-disk-unknown": error(
    () => ({
      cause:
        "The disk has neither a size nor a name: with a size it is made, without one the volume of its name is mounted.",
      fix: "Write its size, or the name of the volume.",
    }),
    () => ({
      cause: "磁盘既没有容量也没有名称：填写容量时新建磁盘，未填写容量时挂载该名称的虚拟卷。",
      fix: "请填写容量，或虚拟卷的名称。",
    }),
  ),
  "vm-disk-name-twice": error(
    (p) => ({
      cause: `Another disk of the machine has this name (${p.other}); where no name is told, it is the machine's key with the disk's place.`,
      fix: "Give each disk of a machine its own name.",
    }),
    (p) => ({
      cause: `磁盘名称与同一虚拟机的另一磁盘（${otherPlace(p)}）重复；未填写名称时，名称为虚拟机的 key 加磁盘序号。`,
      fix: "请为同一虚拟机的每个磁盘设置不同的名称。",
    }),
  ),
  "vm-address-half": error(
    () => ({
      cause: "ipAddress and subnetMask go together, and gateway with them.",
      fix: "Add what is missing, or take out the others.",
    }),
    () => ({
      cause: "ipAddress 与 subnetMask 须同时填写，gateway 也须与二者一起填写。",
      fix: "请补充缺少的项，或去掉其余的项。",
    }),
  ),
  "vm-mask-invalid": error(
    () => ({
      cause: "This is no subnet mask: its ones do not stand together at the front.",
      fix: "Write a mask such as 255.255.255.0.",
    }),
    () => ({
      cause: "这不是有效的子网掩码。",
      fix: "请填写如 255.255.255.0 的子网掩码。",
    }),
  ),
  "vm-range-backwards": error(
    () => ({
      cause: "The range ends before it begins.",
      fix: "Write the smaller address first.",
    }),
    () => ({
      cause: "地址范围的结束地址小于起始地址。",
      fix: "请将较小的地址写在前面。",
    }),
  ),
  "vm-range-outside": error(
    (p) => ({
      cause: `The range does not end in the subnet that it begins in, ${p.subnet} (${p.other}).`,
      fix: "Write a range within one subnet, or mend the mask.",
    }),
    (p) => ({
      cause: `地址范围超出起始地址所在的网段 ${p.subnet}（${otherPlace(p)}）。`,
      fix: "请填写同一网段内的范围，或更正子网掩码。",
    }),
  ),
  "vm-gateway-outside": error(
    (p) => ({
      cause: `The gateway lies outside ${p.subnet}, the subnet of the addresses (${p.other}).`,
      fix: "Write the gateway of this subnet, or mend addresses or mask.",
    }),
    (p) => ({
      cause: `网关不在地址所在的网段 ${p.subnet}（${otherPlace(p)}）内。`,
      fix: "请填写该网段的网关，或更正地址或子网掩码。",
    }),
  ),
  "vm-address-gateway": error(
    (p) => ({
      cause: `The machine ${p.vm} would have the address of the gateway (${p.other}).`,
      fix: "Write another range, or mend the gateway.",
    }),
    (p) => ({
      cause: `虚拟机 ${p.vm} 的地址与网关（${otherPlace(p)}）相同。`,
      fix: "请填写其他地址范围，或更正网关。",
    }),
  ),
  "vm-address-many": error(
    (p) => ({
      cause: `One address (${p.other}) cannot be that of ${p.count} machines.`,
      fix: "Write a range, such as 10.1.20.11-10.1.20.40: each machine has the address of its number.",
    }),
    (p) => ({
      cause: `一个地址（${otherPlace(p)}）不能用于 ${p.count} 台虚拟机。`,
      fix: "请填写地址范围，如 10.1.20.11-10.1.20.40：每台虚拟机按编号取地址。",
    }),
  ),
  "vm-range-unnumbered": error(
    (p) => ({
      cause: `The address in a range goes with the number in the name, and ${p.vm} has none in braces or at its end (${p.other}).`,
      fix: "Give the machine nics of its own with one address, or a number in its name.",
    }),
    (p) => ({
      cause: `范围（${otherPlace(p)}）内的地址按名称中的编号分配，而 ${p.vm} 的大括号或末尾没有编号。`,
      fix: "请为该虚拟机单独填写 nics 和一个地址，或在名称中加上编号。",
    }),
  ),
  "vm-range-short": error(
    (p) => ({
      cause: `The range ${p.range} (${p.other}) has addresses for the numbers ${p.first} to ${p.last}, and none for ${p.vm}.`,
      fix: "Extend the range; where the names do not count from 1, say with firstNumber which number has the first address.",
    }),
    (p) => ({
      cause: `地址范围 ${p.range}（${otherPlace(p)}）对应编号 ${p.first} 至 ${p.last}，没有 ${p.vm} 的地址。`,
      fix: "请扩大地址范围；如编号不从 1 开始，请用 firstNumber 指定第一个地址对应的编号。",
    }),
  ),
  "vm-address-twice": error(
    (p) => ({
      cause: `The machine ${p.vm} would have an address that is ${p.otherVm}'s (${p.other}).`,
      fix: "Give each machine an address of its own: entries that count from the same number need ranges of their own.",
    }),
    (p) => ({
      cause: `虚拟机 ${p.vm} 的地址与 ${p.otherVm}（${otherPlace(p)}）相同。`,
      fix: "请为每台虚拟机分配不同的地址：编号重复的条目须使用各自的地址范围。",
    }),
  ),
  "vm-mac-twice": error(
    (p) => ({
      cause: `The machine ${p.vm} would have a hardware address that is ${p.otherVm}'s (${p.other}).`,
      fix: "Leave macAddress out, or give each network port its own.",
    }),
    (p) => ({
      cause: `虚拟机 ${p.vm} 的 MAC 地址与 ${p.otherVm}（${otherPlace(p)}）相同。`,
      fix: "请去掉 macAddress，或为每个网口设置不同的地址。",
    }),
  ),
  "vm-password-missing": error(
    (p) => ({
      cause: `Neither the environment, the secret file nor the stack's secrets have the password of CloudTower's user by the connection ${p.connection}.`,
      fix: "Put it into the stack's secrets: sitewright plan secrets --set cloudtower.",
    }),
    (p) => ({
      cause: `环境变量、机密文件和 stack 机密中都没有连接 ${p.connection} 的密码，无法登录 CloudTower。`,
      fix: "请用 sitewright plan secrets --set cloudtower 将其写入 stack 机密。",
    }),
  ),
} satisfies Record<string, FindingText>;
