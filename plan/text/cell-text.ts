import { field } from "./field-names";
import { error, type FindingText, warning } from "./text";
import { contentName } from "./words";

/** What may be wrong with one cell, whatever stands in the others. */
export const cellTexts = {
  "value-missing": error(
    (p) => ({
      cause: `The ${field(p)} is blank.`,
      fix: `Fill in the ${field(p)}.`,
    }),
    (p) => ({
      cause: `${field(p, "zh")}未填写。`,
      fix: `请填写${field(p, "zh")}。`,
    }),
  ),
  "not-a-text": error(
    (p) => ({
      cause: `The cell holds a ${p.what === "boolean" ? "truth value" : p.what} where the ${field(p)} should be.`,
      fix: "Set the cell's format to text and type the value again.",
    }),
    (p) => ({
      cause: `单元格中是${contentName(p)}，不是${field(p, "zh")}。`,
      fix: "请将单元格格式设为“文本”后重新输入。",
    }),
  ),
  "character-hidden": error(
    (p) => ({
      cause: `The ${field(p)} holds characters that nobody sees or that change what a screen shows: ${p.characters}.`,
      fix: "Type the value again by hand instead of pasting it.",
    }),
    (p) => ({
      cause: `${field(p, "zh")}中含有不可见字符，或会改变屏幕显示的控制字符：${p.characters}。`,
      fix: "请手工重新输入该值，不要粘贴。",
    }),
  ),
  "cell-error": error(
    (p) => ({
      cause: `The cell holds the error of a formula where the ${field(p)} should be.`,
      fix: "Write the value itself into the cell.",
    }),
    (p) => ({
      cause: `${field(p, "zh")}所在单元格的公式计算出错。`,
      fix: "请在单元格中直接填写取值。",
    }),
  ),
  "formula-unknown": error(
    (p) => ({
      cause: `The ${field(p)} is a formula whose result is not stored in the file (${p.formula}).`,
      fix: "Write the value itself, or open the workbook in Excel and save it, which stores the result.",
    }),
    (p) => ({
      cause: `${field(p, "zh")}是公式（${p.formula}），文件中没有保存其计算结果。`,
      fix: "请直接填写取值，或用 Excel 打开并保存一次规划表，使计算结果写入文件。",
    }),
  ),
  "number-imprecise": error(
    (p) => ({
      cause: `The ${field(p)} was typed as a number of more than 15 digits, of which Excel keeps 15.`,
      fix: "Set the cell's format to text and type the value again.",
    }),
    (p) => ({
      cause: `${field(p, "zh")}以超过 15 位的数字输入，Excel 只保留前 15 位。`,
      fix: "请将单元格格式设为“文本”后重新输入。",
    }),
  ),
  "address-invalid": error(
    (p) => ({
      cause: `The ${field(p)} is not an IPv4 address.`,
      fix: "Write four numbers from 0 to 255 with dots, e.g. 10.0.20.11, without a prefix length.",
    }),
    (p) => ({
      cause: `${field(p, "zh")}不是有效的 IPv4 地址。`,
      fix: "请填写以点分隔的四段 0–255 数字，如 10.0.20.11，不带掩码长度。",
    }),
  ),
  "address-ipv6": error(
    (p) => ({
      cause: `The ${field(p)} is an IPv6 address; sites are deployed over IPv4.`,
      fix: "Write the IPv4 address, e.g. 10.0.20.11.",
    }),
    (p) => ({
      cause: `${field(p, "zh")}填写的是 IPv6 地址，部署只支持 IPv4。`,
      fix: "请填写 IPv4 地址，如 10.0.20.11。",
    }),
  ),
  "address-unusable": error(
    (p) => ({
      cause: `The ${field(p)} is an address that no machine can have (${p.range}).`,
      fix: "Write an address of the network that it lies in.",
    }),
    (p) => ({
      cause: `${field(p, "zh")}属于不能分配给设备的地址段（${p.range}）。`,
      fix: "请填写所在网络中可用的地址。",
    }),
  ),
  "subnet-invalid": error(
    (p) => ({
      cause: `The ${field(p)} is not a subnet.`,
      fix: "Write address and prefix length, e.g. 10.0.20.0/24.",
    }),
    (p) => ({
      cause: `${field(p, "zh")}不是有效的网段。`,
      fix: "请填写网络地址和掩码长度，如 10.0.20.0/24。",
    }),
  ),
  "subnet-host-bits": warning(
    (p) => ({
      cause: `The ${field(p)} names an address inside the subnet; it is read as ${p.subnet}.`,
      fix: `Write ${p.subnet}.`,
    }),
    (p) => ({
      cause: `${field(p, "zh")}填写的是网段内的某个地址，将按 ${p.subnet} 处理。`,
      fix: `请改为 ${p.subnet}。`,
    }),
  ),
  "subnet-prefix": error(
    (p) => ({
      cause: `The ${field(p)} has a prefix length of ${p.prefix}; a network of hosts has 8 to 30.`,
      fix: "Write the network's own prefix length, e.g. 10.0.20.0/24.",
    }),
    (p) => ({
      cause: `${field(p, "zh")}的掩码长度为 ${p.prefix}，主机网络应在 8–30 之间。`,
      fix: "请填写网络实际的掩码长度，如 10.0.20.0/24。",
    }),
  ),
  "vlan-missing": error(
    () => ({
      cause: "The network has a subnet, but no VLAN id.",
      fix: "Write the VLAN id, 0 for untagged.",
    }),
    () => ({
      cause: "该网络已填写网段，但没有填写 VLAN ID。",
      fix: "请填写 VLAN ID，不打标签时填 0。",
    }),
  ),
  "vlan-invalid": error(
    () => ({
      cause: "A VLAN id is a whole number from 0 to 4094.",
      fix: "Write the number alone, 0 for untagged.",
    }),
    () => ({
      cause: "VLAN ID 应为 0–4094 的整数。",
      fix: "请只填写数字，不打标签时填 0。",
    }),
  ),
  "vlan-type-unsupported": error(
    () => ({
      cause: "Only networks of VLAN type Access are made.",
      fix: "Write Access, and one row for each VLAN id.",
    }),
    () => ({
      cause: "仅支持 VLAN 类型为 Access 的虚拟网络。",
      fix: "请填写 Access，每个 VLAN ID 单独占一行。",
    }),
  ),
  "nic-invalid": error(
    (p) => ({
      cause: `"${p.nic}" is not the name of a host port.`,
      fix: "Write the ports' names as the system has them, parted by commas, e.g. ens224,ens192.",
    }),
    (p) => ({
      cause: `“${p.nic}”不是有效的主机端口名称。`,
      fix: "请按系统中的网口名称填写，以逗号分隔，如 ens224,ens192。",
    }),
  ),
  "bond-unknown": error(
    () => ({
      cause: "This is not a bond mode that SMTX OS has.",
      fix: "Choose active-backup, balance-slb or balance-tcp.",
    }),
    () => ({
      cause: "SMTX OS 没有这种网口绑定模式。",
      fix: "请选择 active-backup、balance-slb 或 balance-tcp。",
    }),
  ),
  "choice-unknown": error(
    (p) => ({
      cause: `The ${field(p)} is none of: ${p.choices}.`,
      fix: "Choose from the list of the cell.",
    }),
    (p) => ({
      cause: `${field(p, "zh")}不在可选项之中：${p.choices}。`,
      fix: "请从单元格的下拉列表中选择。",
    }),
  ),
  "rdma-unsupported": error(
    (p) => ({
      cause: `RDMA cannot be deployed. The sheet itself says: “${p.reason}”.`,
      fix: "Choose Boost or None.",
    }),
    (p) => ({
      cause: `不支持部署 RDMA。表中说明：“${p.reason}”。`,
      fix: "请选择 Boost 或 None。",
    }),
  ),
  "converged-unsupported": error(
    (p) => ({
      cause: `三网融合 cannot be deployed. The sheet itself says: “${p.reason}”.`,
      fix: "Choose 三网独立 or 存储独立.",
    }),
    (p) => ({
      cause: `不支持部署三网融合。表中说明：“${p.reason}”。`,
      fix: "请选择三网独立或存储独立。",
    }),
  ),
  "version-unknown": warning(
    (p) => ({
      cause: `The ${field(p)} is not understood and left out.`,
      fix: `Write it as in ${p.example}.`,
    }),
    (p) => ({
      cause: `无法识别${field(p, "zh")}，已忽略。`,
      fix: `请按“${p.example}”的形式填写。`,
    }),
  ),
  "choice-default": warning(
    (p) => ({
      cause: `The ${field(p)} is blank and read as ${p.choice}, as the vendor's own tool does.`,
      fix: "Choose from the list of the cell.",
    }),
    (p) => ({
      cause: `${field(p, "zh")}未选择，将与厂商工具一致，按 ${p.choice} 处理。`,
      fix: "请从单元格的下拉列表中选择。",
    }),
  ),
  "rack-unit-invalid": warning(
    () => ({
      cause: "The place in the rack is a whole number of height units; it is left out.",
      fix: "Write the lowest unit, e.g. 1.",
    }),
    () => ({
      cause: "机架位置应为整数 U 位，已忽略。",
      fix: "请填写设备最低的 U 位，如 1。",
    }),
  ),
  "password-referred": error(
    (p) => ({
      cause: `Instead of the ${field(p)} stands a word for what is elsewhere or to come, which would be set as the password.`,
      fix: "Write the password itself, or blank the cell and put it into the stack's secrets.",
    }),
    (p) => ({
      cause: `${field(p, "zh")}填的是“同上”“待定”一类的字样，会被直接当作密码设置。`,
      fix: "请填写密码本身，或清空该单元格并将密码存入 stack 机密。",
    }),
  ),
  "password-space": warning(
    (p) => ({
      cause: `The ${field(p)} begins or ends with a space or line break; it is taken as part of it.`,
      fix: "Remove it, unless it is meant.",
    }),
    (p) => ({
      cause: `${field(p, "zh")}首尾有空格或换行，会被当作密码的一部分。`,
      fix: "如非有意，请删除。",
    }),
  ),
  "password-number": warning(
    (p) => ({
      cause: `The ${field(p)} was typed as a number; Excel drops leading zeros of numbers.`,
      fix: "Set the cell's format to text and type the password again, if it begins with 0.",
    }),
    (p) => ({
      cause: `${field(p, "zh")}以数字形式输入，Excel 会丢掉开头的 0。`,
      fix: "如密码以 0 开头，请将单元格格式设为“文本”后重新输入。",
    }),
  ),
  "ipmi-value-ignored": warning(
    (p) => ({
      cause: `The ${field(p)} is not understood. The row is for information only, so the value is left out.`,
      fix: "Write it as in the rows below, or leave it.",
    }),
    (p) => ({
      cause: `无法识别${field(p, "zh")}。该行仅供参考，此值已忽略。`,
      fix: "请按下方各行的形式填写，或保持不变。",
    }),
  ),
} satisfies Record<string, FindingText>;
