import type { Arbitrary } from "fast-check";
import fc from "fast-check";
import type { CellKind } from "./layout";
import type { CellEdit } from "./workbook.fixture";

/** A cell that the plan is read from, and what stands there in the plan that is mutated. */
export interface MappedCell {
  /** Path of the plan without indices: `hosts.management`. */
  field: string;
  sheet: string;
  cell: string;
  kind: CellKind;
  text: string;
}

/** A slip of the pen: makes what somebody may have typed of what stood there. Undefined where it cannot be made. */
export type Mutation = (cell: MappedCell, all: MappedCell[]) => Arbitrary<CellEdit> | undefined;

const always =
  (make: (text: string) => CellEdit): Mutation =>
  (cell) =>
    fc.constant(make(cell.text));
const oneOf =
  (...edits: CellEdit[]): Mutation =>
  () =>
    fc.constantFrom(...edits);

/** What stands in another cell of the same kind and sheet of values. */
const copied: Mutation = (cell, all) => {
  const others = all.filter(
    (other) => other.kind === cell.kind && other.cell !== cell.cell && other.text !== cell.text,
  );
  return others.length === 0 ? undefined : fc.constantFrom(...others.map((other) => other.text));
};

const wide = (text: string) => text.replace(/[0-9.,/:]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0));

const everywhere: Record<string, Mutation> = {
  blank: oneOf(null),
  "a formula without a result": oneOf({ xml: "<f>SUM(1,2)</f>" }),
  "a formula's error": oneOf({ type: "e", xml: "<v>#REF!</v>" }),
  "true or false": oneOf({ type: "b", xml: "<v>1</v>" }),
};

const byKind: Record<CellKind, Record<string, Mutation>> = {
  text: { "another text": oneOf("Other-1"), "spaces around": always((text) => `  ${text}\u3000`) },
  password: {
    "another password": oneOf("An0ther!one"),
    "spaces around": always((text) => ` ${text} `),
    "typed as a number": oneOf(12345678),
  },
  hostname: {
    "a space within": always((text) => text.replace("-", " ")),
    "an underscore within": always((text) => text.replace("-", "_")),
    "a hyphen in front": always((text) => `-${text}`),
    "too long": oneOf("n".repeat(64)),
    "Chinese letters": oneOf("节点一"),
    "another name": oneOf("node-77"),
    "another host's": copied,
    "spaces around": always((text) => `  ${text}\u3000`),
  },
  server: {
    "a space within": oneOf("ntp one"),
    "two in one cell": always((text) => `${text},10.0.0.9`),
    "a name that is none": oneOf("ntp_1!"),
    "another name": oneOf("ntp9.example.com"),
    "another server's": copied,
    "spaces around": always((text) => `  ${text}\u3000`),
  },
  address: {
    "a number over 255": always((text) => text.replace(/\d+$/, "300")),
    "a part too many": always((text) => `${text}.1`),
    "a part too few": always((text) => text.replace(/\.\d+$/, "")),
    "a prefix behind": always((text) => `${text}/24`),
    "a name": oneOf("node-01"),
    "an IPv6 address": oneOf("fe80::1"),
    "a comma for a dot": always((text) => text.replace(".", ",")),
    "a letter o for a zero": always((text) => text.replace("0", "o")),
    "typed as a number": oneOf(10.2),
    "of another subnet": () => fc.integer({ min: 1, max: 254 }).map((last) => `203.0.113.${last}`),
    "the network's own address": always((text) => text.replace(/\d+$/, "0")),
    "the broadcast address": always((text) => text.replace(/\d+$/, "255")),
    "another role's": copied,
    "a free neighbour": always((text) => text.replace(/\d+$/, "77")),
    "full-width digits": always(wide),
    "spaces around": always((text) => `  ${text}\u3000`),
  },
  subnet: {
    "no prefix": always((text) => text.replace(/\/.*/, "")),
    "a prefix over 32": always((text) => text.replace(/\/.*/, "/33")),
    "a netmask for the prefix": always((text) => text.replace(/\/.*/, "/255.255.255.0")),
    "a host's prefix": always((text) => text.replace(/\/.*/, "/32")),
    "a prefix that swallows others": always((text) => text.replace(/\/.*/, "/8")),
    "another subnet": oneOf("198.51.100.0/24"),
    "another network's": copied,
    "host bits": always((text) => text.replace(/\.\d+\//, ".7/")),
    "a name": oneOf("management"),
    "full-width digits": always(wide),
  },
  vlan: {
    "over 4094": () => fc.integer({ min: 4095, max: 9999 }),
    "under 0": oneOf(-1),
    "a fraction": oneOf(11.5),
    "text in front": always((text) => `vlan-${text}`),
    "two ids": always((text) => `${text},30`),
    "a range": oneOf("100-200"),
    "another network's": copied,
    "another id": () => fc.integer({ min: 3000, max: 3500 }),
    "full-width digits": always(wide),
  },
  "vlan-type": {
    trunk: oneOf("Trunk"),
    "a word": oneOf("Hybrid"),
    "small letters": always((text) => text.toLowerCase()),
  },
  nics: {
    "the same port twice": always((text) => `${text},${text.split(",")[0]}`),
    "another switch's": copied,
    "one port less": always((text) => text.split(",")[0] ?? ""),
    "another port": oneOf("eno77,eno78"),
    "a sign that no port has": oneOf("ens/224"),
    "Chinese letters": oneOf("网口一"),
    "full-width commas": always((text) => text.replaceAll(",", "，")),
    "a comma too many": always((text) => `${text},,`),
  },
  bond: { "a word": oneOf("bonding"), "Linux's number": oneOf(4), "another mode": oneOf("balance-tcp") },
  boost: {
    RDMA: oneOf("RDMA"),
    "RDMA and Boost": oneOf("RDMA+Boost"),
    "a word": oneOf("yes"),
    "the other": oneOf("None"),
  },
  storage: { "a word": oneOf("全闪"), "the other": oneOf("全闪-不分层") },
  networks: { converged: oneOf("三网融合"), "a word": oneOf("两网"), "the other": oneOf("存储独立") },
  version: { "a word": oneOf("版本：最新 版"), "another version": oneOf("版本:6.3.0") },
  // Read from the rack sheet and the change log, which tell nothing that a site is built from.
  area: {},
  rack: {},
  release: {},
  unit: {
    "a letter": oneOf("A"),
    zero: oneOf(0),
    "higher than any rack": oneOf(100),
    "a fraction": oneOf(1.5),
    "another unit": oneOf(41),
    "another host's": copied,
  },
};

/** The mutations of a kind of cell, by what they are called. */
export function mutationsOf(kind: CellKind): Record<string, Mutation> {
  return { ...everywhere, ...byKind[kind] };
}
