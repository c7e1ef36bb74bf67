import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { contentText } from "./cell-value";
import type { Finding } from "./finding";
import * as layout from "./layout";
import { type MappedCell, mutationsOf } from "./mutations.fixture";
import { readPlan } from "./read";
import { samplePlan } from "./sample-plan";
import type { SitePlan } from "./site-plan";
import { fillTemplate } from "./template";
import { openWorkbook } from "./workbook";
import { editWorkbook, fileOf } from "./workbook.fixture";

/** A plan with something in every cell that a plan is read from. */
const wholePlan: SitePlan = {
  ...samplePlan,
  cluster: { ...samplePlan.cluster, serial: "6a1c-01" },
  hosts: samplePlan.hosts.map((host, i) => ({ ...host, serial: `SN-${i}` })),
  management: {
    ...samplePlan.management,
    extra: { name: "Infra-network", vlan: 31, subnet: "10.0.30.0/24", gateway: "10.0.30.1" },
  },
  backup: {
    switch: { name: "vDS-Backup-Network", nics: ["ens162", "ens163"], bondMode: "balance-slb" },
    network: { name: "backup-network", vlan: 32, subnet: "10.0.32.0/24", gateway: "10.0.32.1" },
  },
  cloudtower: { ...samplePlan.cloudtower, address: "10.0.30.2", serial: "ct-1" },
  observability: { ...samplePlan.observability, address: "10.0.30.3", serial: "obs-1" },
  backupService: { ...samplePlan.backupService, address: "10.0.30.4", serial: "bak-1" },
  everoute: { vip: "10.0.30.5", nodes: ["10.0.30.6", "10.0.30.7", "10.0.30.8"], serial: "er-1" },
  testRange: { first: "10.0.30.231", last: "10.0.30.239" },
};

const legalSchema = z.array(
  z.strictObject({
    field: z.string().describe("path of the plan without indices; `*` stands for any steps before"),
    mutations: z.array(z.string()),
    reason: z.string().min(20),
  }),
);
const legal = legalSchema.parse(JSON.parse(readFileSync(join(__dirname, "legal.json"), "utf8")));

function isLegal(field: string, mutation: string): boolean {
  return legal.some((entry) => entry.mutations.includes(mutation) && isOf(entry.field, field));
}

function isOf(pattern: string, field: string): boolean {
  return pattern.startsWith("*") ? field.endsWith(pattern.slice(1)) : field === pattern;
}

/** Every cell that a value of the whole plan is read from. */
async function mappedCells(bytes: Uint8Array): Promise<MappedCell[]> {
  const book = openWorkbook(Buffer.from(bytes));
  const hostRows = wholePlan.hosts.map((_, i) => layout.hostGroup(layout.firstHostRow + i, i));
  const businessRows = wholePlan.business?.networks.map((_, i) =>
    layout.networkGroup(`business.networks.${i}`, layout.firstBusinessRow + i),
  );
  const groups = [
    layout.documentGroup,
    layout.clusterNameGroup,
    layout.clusterGroup,
    layout.ipmiGroup,
    ...hostRows,
    layout.switchGroup("management.switch", 4),
    layout.networkGroup("management.network", 4),
    layout.networkGroup("management.extra", 5),
    layout.switchGroup("storage.switch", 6),
    layout.networkGroup("storage.network", 6),
    layout.switchGroup("backup.switch", 7),
    layout.networkGroup("backup.network", 7),
    layout.switchGroup("business.switch", layout.firstBusinessRow),
    ...(businessRows ?? []),
    ...Object.entries(layout.componentRows).map(([path, row]) => layout.componentGroup(path, row)),
    layout.everouteGroup,
    layout.testRangeGroup,
  ];
  const lists = [layout.everouteNodes, layout.ntpServers, layout.dnsServers];
  const cells = [
    ...groups.flatMap(({ path, sheet, fields }) =>
      fields.map(({ key, cell, kind }) => ({ field: [path, key].filter(Boolean).join("."), sheet, cell, kind })),
    ),
    ...lists.flatMap(({ path, cells, kind }) =>
      cells.map((cell) => ({ field: path, sheet: layout.managementSheet, cell, kind })),
    ),
  ];
  return cells.flatMap(({ field, ...cell }) => {
    const text = contentText(book.content(cell.sheet, cell.cell));
    return text === undefined ? [] : [{ ...cell, field: field.replace(/\.\d+/g, ""), text }];
  });
}

const place = ({ code, sheet, cell }: Finding) => `${code} ${sheet}!${cell}`;

/**
 * What becomes of a mutation: a finding names the cell (or names another and this one as what it conflicts with), or
 * the plan that is read is the same as before, or nobody notices.
 */
async function outcome(bytes: Uint8Array, before: Set<string>, plan: SitePlan, cell: MappedCell) {
  const loaded = await readPlan(fileOf(bytes));
  const at = `${cell.sheet}!${cell.cell}`;
  const found = loaded.findings.filter((finding) => !before.has(place(finding)));
  if (found.some((finding) => `${finding.sheet}!${finding.cell}` === at || finding.other === at)) return "caught";
  if (found.some((finding) => finding.severity === "error")) return "elsewhere";
  if (loaded.ok && JSON.stringify(loaded.plan) === JSON.stringify(plan)) return "the same plan";
  return "unnoticed";
}

test("of all slips of the pen in a good plan, those that nobody may know are few, and the rest is caught at its cell", async () => {
  const seed = Number(process.env.SITEWRIGHT_TEST_SEED ?? 1);
  process.stdout.write(`mutations of a plan: seed ${seed} (SITEWRIGHT_TEST_SEED)\n`);
  const good = await fillTemplate(wholePlan);
  const read = await readPlan(fileOf(good));
  if (!read.ok) throw new Error(read.findings.map(place).join(", "));
  expect(read.plan).toEqual(wholePlan);
  const before = new Set(read.findings.map(place));
  const cells = await mappedCells(good);

  const table = [...new Set(cells.map(({ field }) => field))].flatMap((field) => {
    const ofField = cells.filter((cell) => cell.field === field);
    return Object.entries(mutationsOf((ofField[0] as MappedCell).kind)).map(([name, mutation]) => ({
      field,
      name,
      mutation,
      ofField,
    }));
  });
  const results: { field: string; name: string; result: string; edit: unknown; cell: string }[] = [];
  for (const [i, { field, name, mutation, ofField }] of table.entries()) {
    const made = ofField.flatMap((cell) => {
      const edit = mutation(cell, cells);
      return edit ? [edit.map((value) => ({ cell, edit: value }))] : [];
    });
    if (made.length === 0) continue;
    const [sample] = fc.sample(fc.oneof(...made), { seed: seed + i, numRuns: 1 });
    if (!sample) throw new Error("fast-check gave no sample");
    const { cell, edit } = sample;
    const mutated = editWorkbook(good, { [cell.sheet]: { [cell.cell]: edit } });
    const result = await outcome(mutated, before, read.plan, cell);
    results.push({ field, name, result, edit, cell: `${cell.sheet}!${cell.cell}` });
  }

  const noticed = results.filter(({ result }) => result === "caught" || result === "the same plan");
  const listed = results.filter((each) => !noticed.includes(each) && isLegal(each.field, each.name));
  const missed = results.filter((each) => !noticed.includes(each) && !listed.includes(each));
  process.stdout.write(
    `${results.length} mutations: ${noticed.length} caught, ${listed.length} legal, ${missed.length} missed\n`,
  );
  const names = table.map(({ field, name }) => ({ field, name }));
  const idle = legal.flatMap((entry) =>
    entry.mutations
      .filter((name) => !names.some((each) => each.name === name && isOf(entry.field, each.field)))
      .map((name) => `${entry.field}: ${name}`),
  );
  expect(idle).toEqual([]);
  const told = missed.map(
    ({ field, name, result, edit, cell }) => `${field}: ${name} (${cell} ${JSON.stringify(edit)}) ${result}`,
  );
  expect(told).toEqual([]);
  expect(listed.length).toBeLessThanOrEqual(0.2 * results.length);
}, 300_000);
