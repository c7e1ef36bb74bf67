import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { readAnyPlan } from "../read";
import { samplePlan } from "../sample-plan";
import { fillTemplate } from "../template";
import { changePart, fileOf, places } from "../workbook.fixture";
import { machinesOf } from "./machines";
import { vmsWorkbook } from "./vms.fixture";
import { blankVmsWorkbook } from "./vms-workbook";

const read = (bytes: Uint8Array, name?: string) => readAnyPlan(fileOf(bytes, name), { passwordKnown: () => true });

const chinese = [
  "名称",
  "vCPU",
  "内存 (GiB)",
  "磁盘 GiB 1",
  "磁盘2",
  "虚拟网络",
  "IP 地址",
  "子网掩码",
  "网关",
  "电源",
  "高可用",
];
const web = [
  "web-{01..03}",
  4,
  8,
  100,
  "",
  "VLAN-1120",
  "10.1.20.11～10.1.20.40",
  "255.255.255.0",
  "10.1.20.1",
  "开机",
  "是",
];
const db = ["db-01", 8, "64 GiB", 100, "0.5 TiB", "VLAN-1121", "10。1。21。11", "２５５.255.255.0", "", "关机", "否"];

test("each row of the sheet is a machine, or several, whatever signs it was typed with", async () => {
  const loaded = await read(vmsWorkbook(chinese, [web, [], db]));
  expect(loaded.findings).toEqual([]);
  if (!loaded.ok || loaded.kind !== "virtual-machines") throw new Error("no machines");
  expect(loaded.plan).toMatchObject({ cloudtower: "10.0.20.15", cluster: "HCI-01" });
  const [first, , third, last, ...more] = machinesOf(loaded.plan);
  expect(more).toEqual([]);
  expect(first).toEqual({
    key: "web-01",
    name: "web-01",
    vcpu: 4,
    memory: "8 GiB",
    status: "RUNNING",
    ha: true,
    disks: [{ name: "web-01-1", size: "100 GiB" }],
    nics: [{ vlan: "VLAN-1120", ipAddress: "10.1.20.11", subnetMask: "255.255.255.0", gateway: "10.1.20.1" }],
  });
  expect(third?.nics?.[0]?.ipAddress).toBe("10.1.20.13");
  expect(last).toMatchObject({
    status: "STOPPED",
    ha: false,
    disks: [{ size: "100 GiB" }, { name: "db-01-2", size: "0.5 TiB" }],
    nics: [{ ipAddress: "10.1.21.11", subnetMask: "255.255.255.0" }],
  });
});

test("headings may be English, or the fields' own names", async () => {
  const headings = [
    "Name *",
    "vcpu",
    "Memory (GiB)",
    "disk 1",
    "Network",
    "ipAddress",
    "Subnet mask",
    "force stop",
    "PURGE",
  ];
  const row = ["web-01", 4, 8, 100, "VLAN-1120", "10.1.20.11", "255.255.255.0", "yes", "true"];
  const loaded = await read(vmsWorkbook(headings, [row], "Virtual Machines"));
  expect(loaded).toMatchObject({
    ok: true,
    findings: [],
    plan: { vms: [{ forceStop: true, nics: [{ vlan: "VLAN-1120" }] }] },
  });
});

test.each([
  [
    ["电源", "高可用优先级", "最大 IOPS", "最大带宽", "回滚到快照", "所有者"],
    ["挂起", "level_3_high", 500, "100 MiB", "a", "ann"],
  ],
  [
    ["power", "HA priority", "max IOPS", "max bandwidth", "roll back to", "owner"],
    ["suspended", "LEVEL_3_HIGH", 500, "100 MiB", "a", "ann"],
  ],
  [
    ["status", "haPriority", "maxIops", "maxBandwidth", "rollbackTo", "owner"],
    ["SUSPENDED", "LEVEL_3_HIGH", 500, "100 MiB", "a", "ann"],
  ],
])("power, limits and what else one cell holds: %s", async (headings, row) => {
  const base = ["名称", "vcpu", "内存", "ioPolicy", "maxIopsPolicy"];
  const loaded = await read(
    vmsWorkbook([...base, ...headings], [["web-01", 4, 8, "RESTRICT_WHOLE_VM", "FORCED", ...row]]),
  );
  const limits = { ioPolicy: "RESTRICT_WHOLE_VM", maxIops: 500, maxIopsPolicy: "FORCED", maxBandwidth: "100 MiB" };
  const others = { status: "SUSPENDED", haPriority: "LEVEL_3_HIGH", rollbackTo: "a", owner: "ann" };
  expect(loaded).toMatchObject({ ok: true, findings: [], plan: { vms: [{ ...limits, ...others }] } });
});

test("a limit that is none is said in words", async () => {
  const loaded = await read(
    vmsWorkbook(
      ["名称", "vcpu", "内存", "最大 IOPS", "max bandwidth", "IO 限制策略"],
      [["web-01", 4, 8, "不限", "no", "整个虚拟机"]],
    ),
  );
  const limits = { ioPolicy: "RESTRICT_WHOLE_VM", maxIops: false, maxBandwidth: false };
  expect(loaded).toMatchObject({ ok: true, plan: { vms: [limits] } });
});

test("what is wrong is said at its cell", async () => {
  const broken = [
    ["web-01", 4.5, "8 GB", "x", "", "VLAN-1120", "10.1.20.11", "255.0.255.0", "", "on", "maybe"],
    ["web-01", 4, "", 100, "", "VLAN-1120", "10.1.20.11", "255.255.255.0", "10.1.2.1", "", ""],
    ["", 4, 8, 100, "", "", "", "", "", "", ""],
  ];
  const { ok, findings } = await read(
    vmsWorkbook([...chinese, "负责人", "内存", "dnsServers"], [...broken, [...db, "张工", 8, "10.0.0.114"]]),
  );
  expect(ok).toBe(false);
  expect(places(findings)).toEqual([
    ...["L4", "M4", "N4"].map((cell) => `vm-column-unknown 虚拟机!${cell}`),
    ...["B5", "C5", "D5", "K5", "J5"].map((cell) => `value-invalid 虚拟机!${cell}`),
    "key-missing 虚拟机!A7",
    "vm-name-twice 虚拟机!A6",
    "key-missing 虚拟机!A6",
    "vm-mask-invalid 虚拟机!H5",
    "vm-gateway-outside 虚拟机!I6",
    "vm-address-twice 虚拟机!G6",
  ]);
});

test("a blank one in either language has headings that are read", async () => {
  for (const language of ["zh", "en"] as const) {
    const { findings } = await read(blankVmsWorkbook(language));
    // Nothing is in it but what has to be there.
    expect(findings.map(({ code }) => code)).toEqual(["key-missing", "key-missing", "value-invalid"]);
  }
});

test("a planning workbook stays a site's, unless it is named vms.xlsx", async () => {
  const named = (xml: string) => xml.replace(/<sheet name="逻辑拓扑图"/, '<sheet name="虚拟机"');
  const site = changePart(await fillTemplate(samplePlan), "xl/workbook.xml", named);
  expect((await read(site)).kind).toBe("site");
  await expect(read(site, "vms.xlsx")).rejects.toThrow('its sheet 虚拟机 has no column "名称" (name)');
  await expect(read(await fillTemplate(samplePlan), "vms.xlsx")).rejects.toThrow(
    "it has no sheet 虚拟机 or Virtual machines",
  );
});

test("a folder with the workbook alone is its plan", async () => {
  const file = fileOf(vmsWorkbook(chinese, [web]), "vms.xlsx");
  expect(await readAnyPlan(dirname(file))).toMatchObject({ ok: true, kind: "virtual-machines" });
  writeFileSync(join(dirname(file), "vms.yaml"), "kind: virtual-machines\n");
  await expect(readAnyPlan(dirname(file))).rejects.toThrow("2 plans: vms.xlsx, vms.yaml");
});
