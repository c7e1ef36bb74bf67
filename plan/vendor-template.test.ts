import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { inShort } from "./broken-workbooks.fixture";
import { readPlan } from "./read";
import { samplePlan } from "./sample-plan";
import type { SitePlan } from "./site-plan";
import { type Edits, editedWorkbook, fileOf } from "./workbook.fixture";

/** The vendor's planning workbook as it is handed out; not ours to carry, so its path is given where it is at hand. */
const vendorTemplate = process.env.SITEWRIGHT_VENDOR_TEMPLATE ?? "../shared/data/planning-workbook-template.xlsx";

const rackNames = ["F1-A08-R04", "F1-A08-R05", "F1-A08-R06"];

/** The plan of the vendor's template: its sample values, with its slips. */
const vendorPlan: SitePlan = {
  ...samplePlan,
  customer: "八九实验室",
  datacenter: "C89-LAB",
  hosts: [1, 2, 3, 4].map((number, i) => ({
    name: `BJ-SMTX-Prod-Node-0${number}`,
    management: `10.0.20.1${number}`,
    storage: `10.0.21.1${number}`,
    ssh: { username: "smartx", password: "HC!r0cks" },
    root: { password: "HC!r0cks" },
    bmc: { address: `10.0.19.1${number}`, username: "root", password: "P@ssw0rd!123" },
    rack: { name: i < 2 ? "A01" : "A02", unit: 1 + 2 * (i % 2) },
  })),
  ipmi: { vlan: 0, subnet: "10.0.20.0/24", gateway: "10.0.20.1" },
  cloudtower: { ...samplePlan.cloudtower, address: "10.0.20.2", serial: "15271df9-90d3-4092-9b02-3f4261521e56" },
  ntp: ["10.0.0.2", "ntp.c89.fun"],
  racks: [
    {
      name: rackNames[0],
      devices: {
        1: "Blanking Panel",
        2: "Blanking Panel",
        12: "BJ-SMTX-Prod-Node-01",
        15: "BJ-SMTX-Prod-Node-04",
        41: "OOD Switch01 (Back)",
      },
    },
    ...[1, 2].map((rack) => ({
      name: rackNames[rack],
      devices: {
        1: "Blanking Panel",
        2: "Blanking Panel",
        12: `BJ-SMTX-Prod-Node-0${1 + rack}`,
        15: `BJ-SMTX-Prod-Node-0${4 + rack}`,
        37: `Prod Switch0${rack} (Back)`,
        39: `Storage Switch0${rack} (Back)`,
        41: `MgMt Switch0${rack} （Back)`,
      },
    })),
  ],
};

/** Columns that the sheet has and the plan has not. */
const ignored: Edits = {
  主机规划: Object.fromEntries([3, 4, 5, 6].map((row) => [`M${row}`, "HC!r0cks"])),
};

const hostRows = [3, 4, 5, 6];
const passwordCells = [
  ...["G", "K", "M"].flatMap((column) => hostRows.map((row) => `主机规划!${column}${row}`)),
  "主机规划!M19",
  ...["G3", "I3", "K3", "I4", "K4", "I5", "K5"].map((cell) => `集群管理信息!${cell}`),
];

/** All that is found in the vendor's template: warnings, each looked at by hand. */
const warnings = [
  "warning ipmi-subnet-overlaps 虚拟网络!H3 ~ 虚拟网络!H4",
  ...hostRows.map((row) => `warning bmc-outside-subnet 主机规划!E${row} ~ 虚拟网络!H3`),
  "warning ntp-two-servers 集群管理信息!E23 ~ 集群管理信息!E22",
  ...["B5", "J5", "R5", "B5"].map((cell, i) => `warning rack-name-differs 主机规划!P${3 + i} ~ 机架位置!${cell}`),
  ...["D37", "L37", "T37", "D34"].map((cell, i) => `warning rack-unit-differs 主机规划!Q${3 + i} ~ 机架位置!${cell}`),
  ...["L34", "T34"].map((cell) => `warning rack-device-unplanned 机架位置!${cell}`),
  ...passwordCells.map((cell) => `warning password-in-plan ${cell}`),
];

test("a workbook of our own with the slips of the vendor's template gives the checked list of warnings", async () => {
  const loaded = await readPlan(fileOf(await editedWorkbook(ignored, vendorPlan)));
  expect(loaded.findings.map(inShort).sort()).toEqual([...warnings].sort());
  expect(loaded.ok && loaded.plan).toEqual(vendorPlan);
});

test.runIf(existsSync(vendorTemplate))("the vendor's template as it is gives the same plan and warnings", async () => {
  const loaded = await readPlan(vendorTemplate);
  expect(loaded.findings.map(inShort).sort()).toEqual([...warnings].sort());
  expect(loaded.ok && loaded.plan).toEqual(vendorPlan);
});

test("two NTP servers are warned of with the sheet's own reason", async () => {
  const { findings } = await readPlan(fileOf(await editedWorkbook({}, vendorPlan)));
  const finding = findings.find(({ code }) => code === "ntp-two-servers");
  expect(finding?.cause).toContain("最佳配置三个及以上 NTP服务器");
});
