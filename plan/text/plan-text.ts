import { field, name } from "./field-names";
import { error, type FindingText, warning } from "./text";

/** What may be wrong with a plan as it is written. */
export const planTexts = {
  "layout-unknown": error((p) => ({
    cause: `The label "${p.label}" is expected here; rows or columns were moved, or this is another version of the template.`,
    fix: "Copy the values into an unchanged template; nothing of this sheet was read.",
  })),
  "value-missing": error((p) => ({
    cause: `The ${field(p)} is blank.`,
    fix: `Fill in the ${field(p)}.`,
  })),
  "vlan-missing": error(() => ({
    cause: "The network has a subnet, but no VLAN id.",
    fix: "Write the VLAN id, 0 for untagged.",
  })),
  "not-a-text": error((p) => ({
    cause: `The cell holds a ${p.what}, the ${field(p)} is a text.`,
    fix: "Set the cell's format to text and type the value again.",
  })),
  "cell-error": error((p) => ({
    cause: `The cell holds the error of a formula where the ${field(p)} should be.`,
    fix: "Write the value itself into the cell.",
  })),
  "formula-unknown": error((p) => ({
    cause: `The ${field(p)} is a formula whose result is not stored in the file (${p.formula}).`,
    fix: "Write the value itself, or open the workbook in Excel and save it, which stores the result.",
  })),
  "number-imprecise": error((p) => ({
    cause: `The ${field(p)} was typed as a number of more than 15 digits, of which Excel keeps 15.`,
    fix: "Set the cell's format to text and type the value again.",
  })),
  "address-invalid": error((p) => ({
    cause: `The ${field(p)} is not an IPv4 address.`,
    fix: "Write four numbers from 0 to 255 with dots, e.g. 10.0.20.11, without a prefix length.",
  })),
  "subnet-invalid": error((p) => ({
    cause: `The ${field(p)} is not a subnet.`,
    fix: "Write address and prefix length, e.g. 10.0.20.0/24.",
  })),
  "subnet-host-bits": warning((p) => ({
    cause: `The ${field(p)} names an address inside the subnet; it is read as ${p.subnet}.`,
    fix: `Write ${p.subnet}.`,
  })),
  "vlan-invalid": error(() => ({
    cause: "A VLAN id is a whole number from 0 to 4094.",
    fix: "Write the number alone, 0 for untagged.",
  })),
  "vlan-type-unsupported": error(() => ({
    cause: "Only networks of VLAN type Access are made.",
    fix: "Write Access, and one row for each VLAN id.",
  })),
  "nic-invalid": error((p) => ({
    cause: `"${p.nic}" is not the name of a host port.`,
    fix: "Write the ports' names as the system has them, parted by commas, e.g. ens224,ens192.",
  })),
  "nic-twice": error((p) => ({
    cause: `The host port ${p.nic} is named twice.`,
    fix: "Name each port once.",
  })),
  "bond-unknown": error(() => ({
    cause: "This is not a bond mode that SMTX OS has.",
    fix: "Choose active-backup, balance-slb or balance-tcp.",
  })),
  "bond-missing": error((p) => ({
    cause: `The switch has ${p.count} host ports and no bond mode.`,
    fix: "Choose active-backup, balance-slb or balance-tcp.",
  })),
  "bond-unneeded": warning(() => ({
    cause: "The switch has one host port; the bond mode is left out.",
    fix: "Blank the bond mode, or name a second port.",
  })),
  "choice-unknown": error((p) => ({
    cause: `The ${field(p)} is none of: ${p.choices}.`,
    fix: "Choose from the list of the cell.",
  })),
  "rdma-unsupported": error((p) => ({
    cause: `RDMA cannot be deployed. The sheet itself says: ${p.reason}`,
    fix: "Choose Boost or None.",
  })),
  "converged-unsupported": error((p) => ({
    cause: `三网融合 cannot be deployed. The sheet itself says: ${p.reason}`,
    fix: "Choose 三网独立 or 存储独立.",
  })),
  "hostname-invalid": error(() => ({
    cause: "A host name has letters, digits and hyphens, up to 63 between dots, and starts and ends with none.",
    fix: "Write a name such as BJ-SMTX-Prod-Node-01.",
  })),
  "server-invalid": error((p) => ({
    cause: `The ${field(p)} is neither an IPv4 address nor a host name.`,
    fix: "Write one name or address in the cell.",
  })),
  "version-unknown": warning(() => ({
    cause: "The version is not understood and left out.",
    fix: "Write it as 版本:6.2.0P4.",
  })),
  "rack-unit-invalid": warning(() => ({
    cause: "The place in the rack is a whole number of height units; it is left out.",
    fix: "Write the lowest unit, e.g. 1.",
  })),
  "password-space": warning((p) => ({
    cause: `The ${field(p)} begins or ends with a space or line break; it is taken as part of it.`,
    fix: "Remove it, unless it is meant.",
  })),
  "password-number": warning((p) => ({
    cause: `The ${field(p)} was typed as a number; Excel drops leading zeros of numbers.`,
    fix: "Set the cell's format to text and type the password again, if it begins with 0.",
  })),
  "host-row-unused": warning(() => ({
    cause: "The row has no name and no address, so it is no host; what it holds is not used.",
    fix: "Fill in host name, management address and storage address, or blank the row.",
  })),
  "network-row-without-subnet": error(() => ({
    cause: "The row has a VLAN id or gateway, but no subnet; without one it makes no network.",
    fix: "Fill in the subnet, or blank the row.",
  })),
  "network-row-unused": warning(() => ({
    cause: "The row has a name, but no VLAN id and no subnet; it makes no network.",
    fix: "Fill in VLAN id and subnet, or blank the name.",
  })),
  "bmc-address-missing": error(() => ({
    cause: "The host has an out-of-band user or password, but no out-of-band address.",
    fix: "Fill in the out-of-band address, or blank user and password.",
  })),
  "everoute-vip-missing": error(() => ({
    cause: "ER controllers are planned without the ER VIP.",
    fix: "Fill in the VIP, or blank the controllers.",
  })),
  "business-ports-unused": error(() => ({
    cause: "With 存储独立, business networks share the management switch; these host ports are not that switch's.",
    fix: "Blank the ports of the business switch or write those of the management switch, or choose 三网独立.",
  })),
  "too-few-hosts": error((p) => ({
    cause: `The plan has ${p.count} host${p.count === 1 ? "" : "s"}; a cluster needs three.`,
    fix: "Add hosts: name, management address and storage address each.",
  })),
  "host-name-twice": error((p) => ({
    cause: `The same host name stands at ${p.other}.`,
    fix: "Give each host its own name.",
  })),
  "address-twice": error((p) => ({
    cause: `The same address stands at ${p.other} (${name(p.otherField)}).`,
    fix: "Give each its own address.",
  })),
  "cluster-name-differs": error((p) => ({
    cause: `The cluster's name is another one at ${p.other}.`,
    fix: "Write the same name, or the formula =虚拟网络!B3 of the template.",
  })),
  "key-unknown": error((p) => ({
    cause: `The key ${p.name} is not known here.`,
    fix: "Remove it or mend its spelling; the keys are in the documentation of site.yaml.",
  })),
  "key-missing": error((p) => ({
    cause: `The ${field(p)} (${p.path}) is missing.`,
    fix: "Add it.",
  })),
  "value-invalid": error((p) => ({
    cause: `${p.path}: ${p.problem}.`,
    fix: "Write the value as the documentation of site.yaml says; text that looks like a number goes in quotes.",
  })),
} satisfies Record<string, FindingText>;
