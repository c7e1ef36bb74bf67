import { type MadeSheet, workbookBytes } from "../sheet-xml";

/** A plan of virtual machines that nothing is wrong with. */
export const goodVms = `kind: virtual-machines
cloudtower: 10.0.20.15
cluster: HCI-01
defaults:
  vcpu: 4
  memory: 8 GiB
  disks: [{ size: 100 GiB }]
  nics: [{ vlan: VLAN-1120, ipAddress: 10.1.20.11-10.1.20.40, subnetMask: 255.255.255.0, gateway: 10.1.20.1 }]
vms:
  - name: web-{01..18}
  - name: db-{01..02}
    memory: 64 GiB
    disks: [{ size: 100 GiB }, { name: data, size: 500 GiB }]
    nics: [{ vlan: VLAN-1121, ipAddress: 10.1.21.11-10.1.21.12, subnetMask: 255.255.255.0 }]
`;

/** It with lines changed, each to what is found there: `code line[ other line]`. */
export const brokenVms: [change: (text: string) => string, found: string[]][] = [
  [(text) => text.replace("  vcpu: 4", "  vpcu: 4"), ["key-unknown 5", "key-missing 10", "key-missing 11"]],
  [(text) => text.replace("{01..18}", "{18..01}"), ["vm-numbers-invalid 10"]],
  [(text) => text.replace("web-{01..18}", '"{1..2}-{01..18}"'), ["vm-numbers-invalid 10"]],
  [(text) => text.replace("{01..18}", "{01..18}\n    key: www-{01..17}"), ["vm-key-numbers 11 10"]],
  [
    (text) => text.replace("db-{01..02}", "web-{18..19}"),
    // The second has its own range, whose first address is still that of number 1.
    ["vm-name-twice 11 10", "vm-range-short 11 14"],
  ],
  [(text) => text.replace("db-{01..02}", "db-{01..02}\n    key: web-{01..02}"), ["vm-key-twice 12 10"]],
  [(text) => text.replace("  memory: 8 GiB", "  memory: 8"), ["vm-size-small 6"]],
  [(text) => text.replace("  memory: 8 GiB", "  memory: 8 GB"), ["value-invalid 6"]],
  [(text) => text.replace("  vcpu: 4", "  vcpu: 4\n  cpuCores: 3"), ["vm-vcpu-cores 5 6"]],
  [(text) => text.replace("memory: 64 GiB", "iso: a.iso\n    cdRoms: [{ image: b.iso }]"), ["vm-source-twice 13 12"]],
  [(text) => text.replace("{ name: data, size: 500 GiB }", "{}"), ["vm-disk-unknown 13"]],
  [(text) => text.replace("memory: 64 GiB", "clone: db\n    snapshot: before"), ["vm-source-twice 13 12"]],
  [(text) => text.replace("memory: 64 GiB", "cloudInit: {}"), ["vm-cloud-init-alone 12"]],
  [(text) => text.replace("name: data", "name: db-02-1"), ["vm-disk-name-twice 13 13"]],
  [(text) => text.replace(".12, subnetMask: 255.255.255.0", ".12"), ["vm-address-half 14"]],
  [(text) => text.replace(".12, subnetMask: 255.255.255.0", ".12, subnetMask: 255.0.255.0"), ["vm-mask-invalid 14"]],
  [(text) => text.replace("10.1.21.11-10.1.21.12", "10.1.21.12-10.1.21.11"), ["vm-range-backwards 14"]],
  [(text) => text.replace("10.1.21.11-10.1.21.12", "10.1.21.256"), ["value-invalid 14"]],
  [(text) => text.replace("10.1.21.11-10.1.21.12", "127.1.21.11-127.1.21.12"), ["address-unusable 14"]],
  [(text) => text.replace("10.1.21.11-10.1.21.12", "10.1.21.250-10.1.22.2"), ["vm-range-outside 14 14"]],
  [(text) => text.replace("10.1.21.11-10.1.21.12", "10.1.21.0-10.1.21.2"), ["address-reserved 14 14"]],
  [(text) => text.replace("gateway: 10.1.20.1", "gateway: 10.1.2.1"), ["vm-gateway-outside 8 8"]],
  [(text) => text.replace("gateway: 10.1.20.1", "gateway: 10.1.20.12"), ["vm-address-gateway 10 8"]],
  [(text) => text.replace("10.1.21.11-10.1.21.12", "10.1.21.11"), ["vm-address-many 14 14"]],
  [(text) => text.replace("10.1.20.11-10.1.20.40", "10.1.20.11"), ["vm-address-many 10 8"]],
  [(text) => text.replace("10.1.20.40", "10.1.20.27"), ["vm-range-short 10 8"]],
  [(text) => text.replace("web-{01..18}", "web-{101..118}"), ["vm-range-short 10 8"]],
  [(text) => text.replace("web-{01..18}", "bastion"), ["vm-range-unnumbered 10 8"]],
  [(text) => `${text}  - name: app-{01..05}\n`, ["vm-address-twice 15 10"]],
  [(text) => `${text}  - name: web-18b-1\n`, ["vm-address-twice 15 10"]],
  [(text) => text.replace("cloudtower: 10.0.20.15", "cloudtower: 10.1.20.12"), ["vm-address-twice 10 2"]],
  [
    (text) =>
      text.replace("ipAddress: 10.1.21.11-10.1.21.12, subnetMask: 255.255.255.0", "macAddress: 52:54:00:12:34:56"),
    ["vm-mac-twice 14 14"],
  ],
  [(text) => text.replace("10.0.20.15", "https://10.0.20.15"), ["server-invalid 2"]],
  // What is beyond the bound is not looked at.
  [
    (text) =>
      text.replace(
        "vms:\n",
        `vms:\n${[..."abcdefghijkl"].map((of) => `  - { name: "${of}-{0001..1000}", nics: [] }\n`).join("")}`,
      ),
    ["vm-many 20"],
  ],
  [(text) => text.replace("  memory: 64 GiB", "  memory: 64 GiB\n    hostname: db"), ["vm-hostname-numbers 13 13"]],
  [
    (text) => text.replace("  vcpu: 4", "  vcpu: 4\n  hostname: x-{1..2}"),
    ["vm-hostname-numbers 11 6", "vm-hostname-twice 12 11"],
  ],
  // At the line of the host name, and where the other one stands.
  [
    (text) =>
      text
        .replace("web-{01..18}", "web-{01..02}\n    hostname: x-{1..2}")
        .replace("  memory: 64 GiB", "  memory: 64 GiB\n    hostname: x-{2..3}"),
    ["vm-hostname-twice 14 11"],
  ],
  [
    (text) =>
      `${text.replace("  vcpu: 4", "  vcpu: 4\n  template: t")}${["one", "two"].map((vm) => `  - { name: ${vm}, nics: [], cloudInit: { hostname: x } }\n`).join("")}`,
    ["vm-hostname-twice 17 16"],
  ],
  [(text) => text.replace("{ name: data, size: 500 GiB }", "{ name: data }"), ["vm-volume-shared 13 13"]],
  [
    (text) =>
      `${text.replace("db-{01..02}", "db-01")}  - { name: db-03, nics: [], disks: [{ name: db-01-1 }] }\n`.replace(
        "[{ size: 100 GiB }, { name: data, size: 500 GiB }]",
        "[{ name: db-01-1 }]",
      ),
    ["vm-volume-shared 15 13"],
  ],
  [(text) => text.replace("  vcpu: 4", "  vcpu: 4\n  fullCopy: true"), ["value-invalid 11", "value-invalid 12"]],
  [(text) => text.replace("  memory: 64 GiB", "  memory: 64 GiB\n    fullCopy: true"), ["value-invalid 13"]],
  [(text) => text.replace("  vcpu: 4", "  template: t\n  cpuCores: 2"), ["value-invalid 11", "value-invalid 12"]],
  [
    (text) =>
      text.replace("  vcpu: 4", `  vcpu: 4\n  template: t\n  cloudInit: { userData: ${"é".repeat(16 * 1024 + 1)} }`),
    ["value-invalid 7"],
  ],
  [
    (text) =>
      text.replace(
        "  vcpu: 4",
        "  vcpu: 4\n  template: t\n  cloudInit: { nameservers: [10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4] }",
      ),
    ["value-invalid 7"],
  ],
  // What stands in the defaults is told at the first machine that has it.
  [(text) => text.replace("  vcpu: 4", "  vcpu: 4\n  maxIops: 500"), ["value-invalid 11"]],
  [(text) => text.replace("  vcpu: 4", "  vcpu: 4\n  ioPolicy: none\n  maxIops: 500"), ["value-invalid 6"]],
  [
    (text) =>
      text.replace(
        "  memory: 64 GiB",
        "  memory: 64 GiB\n    ioPolicy: RESTRICT_WHOLE_VM\n    maxIops: x\n    maxIopsPolicy: FORCED",
      ),
    ["value-invalid 14"],
  ],
  [
    (text) => text.replace("  memory: 64 GiB", `  memory: 64 GiB\n    cdRoms: [${"{},".repeat(65)}]`),
    ["value-invalid 13"],
  ],
  // What it is made from is not known: that it lacks something is not, either.
  ...[
    ["  vcpu: 4", "  template: 5\n  fullCopy: true\n  cloudInit: { nameservers: [] }", "value-invalid 5"],
    ["  vcpu: 4", "  tempalte: t\n  cloudInit: {}", "key-unknown 5"],
    ["memory: 64 GiB", "clone: [db]\n    disks: [{}]\n    cloudInit: {}", "value-invalid 12"],
  ].map(([from = "", to = "", found = ""]): [(text: string) => string, string[]] => [
    (text) => text.replace(from, to).replace(/^ {4}disks: \[\{ size.*\n/m, ""),
    [found],
  ]),
  [
    (text) => text.replace("  - name: web", "  - name: web").replace(/defaults:\n( .*\n)+?vms/, "defaults: none\nvms"),
    ["value-invalid 4"],
  ],
  [
    (text) =>
      text.replace("defaults:", "placementGroups: [{ name: db }, { name: db, vmPolicy: MUST_SAME }]\ndefaults:"),
    ["vm-group-twice 4 4"],
  ],
  [(text) => text.replace("cluster: HCI-01\n", ""), ["key-missing 1"]],
  [(text) => text.replace("virtual-machines", "virtual-machine"), ["value-invalid 1"]],
];

/** A workbook with a sheet of machines: its headings, and a row each. */
export function vmsWorkbook(headings: string[], rows: (string | number)[][], sheet = "虚拟机"): Uint8Array {
  const all = [["CloudTower", "10.0.20.15"], ["集群", "HCI-01"], [], headings, ...rows];
  const cells: MadeSheet["cells"] = new Map(
    all.flatMap((row, at) =>
      row.map((value, column) => [`${String.fromCharCode(65 + column)}${at + 1}`, { value, style: 0 }] as const),
    ),
  );
  return workbookBytes([{ name: sheet, cells }]);
}
