import fc from "fast-check";
import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { type LoadedPlan, type LoadedVms, readAnyPlan, readPlan } from "./read";
import { samplePlan } from "./sample-plan";
import { withoutSecrets } from "./site-yaml";
import { machinesOf } from "./vms/machines";
import { goodVms, vmsWorkbook } from "./vms/vms.fixture";
import { type CellEdit, type Edits, editedWorkbook, fileOf } from "./workbook.fixture";

/** Whatever is read, there is a plan or an error that says why not, and each finding has a place and both texts. */
function expectSound(loaded: LoadedPlan | LoadedVms): void {
  const errors = loaded.findings.filter(({ severity }) => severity === "error");
  expect(loaded.ok).toBe(errors.length === 0);
  for (const finding of loaded.findings) {
    expect(finding.cell ?? finding.line).toBeDefined();
    expect(`${finding.cause} ${finding.fix}`).not.toMatch(/undefined|\[object|NaN/);
  }
  if (loaded.ok && loaded.kind === "virtual-machines")
    for (const machine of machinesOf(loaded.plan)) expect(JSON.stringify(machine)).not.toMatch(/undefined|null|NaN/);
}

type Step = string | number;

/** Every path of a plan, lists and mappings included. */
function pathsOf(part: unknown, path: Step[] = []): Step[][] {
  if (typeof part !== "object" || part === null) return [path];
  const below = Object.entries(part).flatMap(([key, each]) =>
    pathsOf(each, [...path, Array.isArray(part) ? Number(key) : key]),
  );
  return path.length === 0 ? below : [path, ...below];
}

/** With what a plan of blank machines does not have. */
const moreVms = `  - { name: app-01, nics: [], template: rocky-9, fullCopy: true, cpuCores: 2, hostname: "app-{1..1}",
      cloudInit: { hostname: app, nameservers: [10.0.0.1], publicKeys: [ssh], userData: x }, placementGroup: app }
placementGroups: [{ name: app, vmPolicy: MUST_SAME, mustHosts: { hosts: [node-01], policy: false } }]
`;
const trees = {
  "site.yaml": withoutSecrets(samplePlan) as unknown,
  "vms.yaml": parse(`${goodVms}${moreVms}`) as unknown,
};
const junk = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    1.5,
    99999,
    "",
    " ",
    "x",
    "10.0.20.11",
    "10.0.20.0/24",
    [],
    {},
    [null],
    [[]],
  ),
  fc.string({ maxLength: 8 }),
  fc.jsonValue({ maxDepth: 2 }),
);

test.each(Object.entries(trees))(
  "whatever stands anywhere in a %s, it is read with findings, not with an accident",
  async (name, tree) => {
    const change = fc.record({ path: fc.constantFrom(...pathsOf(tree)), value: junk });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const plan: unknown = structuredClone(tree);
        for (const { path, value } of changes) {
          const parent = path
            .slice(0, -1)
            .reduce<unknown>((at, step) => (typeof at === "object" && at ? Reflect.get(at, step) : undefined), plan);
          if (typeof parent === "object" && parent !== null) Reflect.set(parent, path.at(-1) ?? "", value);
        }
        expectSound(await readAnyPlan(fileOf(stringify(plan, { aliasDuplicateObjects: false }), name)));
      }),
      { numRuns: 200 },
    );
  },
);

const cells = [
  ...["B3", "C4", "D8", "F3", "F8", "G8", "H3", "H4", "H5", "H8", "I4", "J4", "J8", "K4", "K8"].map((c) => [
    "虚拟网络",
    c,
  ]),
  ...["C3", "C19", "D3", "E3", "F3", "G3", "H3", "I3", "I19", "K3", "M3", "N3", "O19", "P3", "Q3", "Q19", "Q20"].map(
    (c) => ["主机规划", c],
  ),
  ...["D3", "E3", "E4", "E6", "E7", "E18", "E19", "E22", "E25", "G3", "M3", "N3"].map((c) => ["集群管理信息", c]),
  ...["A5", "B5", "D47", "T10"].map((c) => ["机架位置", c]),
] as [string, string][];

const typed: fc.Arbitrary<CellEdit> = fc.oneof(
  fc.constantFrom<CellEdit>(
    ...[null, 0, -1, 7.5, 1e21, "10.0.20.11", "10.0.20.0/24", "N/A", "三网融合", "RDMA", "存储独立", "::1", "1120"],
    ...[
      { type: "b", xml: "<v>1</v>" },
      { type: "e", xml: "<v>#REF!</v>" },
      { xml: "<f>1+1</f>" },
      { xml: "<f>虚拟网络!B3</f>" },
    ],
  ),
  // What XML 1.0 can hold.
  fc.string({ maxLength: 12, unit: fc.constantFrom(..."aA0.:/,，。 　-_/\\'\"<&é中１") }),
);

const machineSheet: (string | number)[][] = [
  [
    "名称",
    "vCPU",
    "内存 GiB",
    "磁盘 GiB 1",
    "磁盘名称 2",
    "虚拟网络",
    "IP 地址",
    "子网掩码",
    "网关",
    "模板",
    "电源",
    "hostname",
  ],
  [
    "web-{01..03}",
    4,
    8,
    100,
    "",
    "VLAN-1120",
    "10.1.20.11-10.1.20.40",
    "255.255.255.0",
    "10.1.20.1",
    "",
    "开机",
    "web{1..3}",
  ],
  ["db-01", 8, "64 GiB", 100, "data", "VLAN-1121", "10.1.21.11", "255.255.255.0", "", "rocky-9", "关机", ""],
];
const inMachines = fc.oneof(
  fc.constantFrom<string | number>(
    "名称",
    "磁盘 2",
    "{1..2}",
    "{2..1}",
    "a{1..1000}",
    "8 GB",
    "TRUE",
    "10.1.20.11-",
    "3.5",
    -1,
    1e21,
  ),
  fc.string({ maxLength: 8, unit: fc.constantFrom(..."aA0.:{}- /,，。　'\"<&é中１") }),
);

test("whatever stands anywhere in a sheet of machines, it is read with findings, not with an accident", async () => {
  const edit = fc.record({ row: fc.nat(2), column: fc.nat(11), value: inMachines });
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (changes) => {
      const [headings = [], ...rows] = structuredClone(machineSheet);
      for (const { row, column, value } of changes) ([headings, ...rows][row] ?? [])[column] = value;
      // Without a column of names it is not read at all.
      if (!headings.includes("名称")) headings[0] = "名称";
      expectSound(await readAnyPlan(fileOf(vmsWorkbook(headings.map(String), rows))));
    }),
    { numRuns: 200 },
  );
});

test("whatever is typed into the cells of a workbook, it is read with findings, not with an accident", async () => {
  const edit = fc.record({ cell: fc.constantFrom(...cells), value: typed });
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 6 }), async (changes) => {
      const edits: Edits = {};
      for (const { cell, value } of changes) edits[cell[0]] = { ...edits[cell[0]], [cell[1]]: value };
      expectSound(await readPlan(fileOf(await editedWorkbook(edits))));
    }),
    { numRuns: 100 },
  );
});
