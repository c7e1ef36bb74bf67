import { beforeAll, expect, test } from "vitest";
import { brokenWorkbooks } from "../broken-workbooks.fixture";
import type { Finding } from "../finding";
import { explain } from "../finding-text";
import { wholePlan } from "../good-plans.fixture";
import { readAnyPlan } from "../read";
import { toSiteYaml } from "../site-yaml";
import { brokenVms, goodVms, vmsWorkbook } from "../vms/vms.fixture";
import { editedWorkbook, fileOf } from "../workbook.fixture";
import { planTexts } from "./plan-text";

type PlanCode = keyof typeof planTexts;
const codes = Object.keys(planTexts) as PlanCode[];

/** Findings as broken plans really give them, of a workbook and of site.yaml: the texts are tried with their params. */
const found = new Map<string, Finding[]>();

const brokenYaml: ((text: string) => string)[] = [
  (text) => text.replace("datacenter:", "datacentre:"),
  (text) => text.replace("    subnet: 10.0.21.0/24\n", ""),
  (text) => text.replace("bondMode: balance-slb", "bondMode: bond0").replace("vlan: 1120", "vlan: 11200"),
  (text) => text.replace("management: 10.0.20.12", "management: 10.0.20.11"),
  (text) => text.replace("management: 10.0.20.12", 'management: ""').replace("- 10.0.0.114", "- dns.example.com"),
];

beforeAll(async () => {
  const files = [
    ...(await Promise.all(brokenWorkbooks.map(async ({ edits, plan }) => fileOf(await editedWorkbook(edits, plan))))),
    ...brokenYaml.map((change) => fileOf(change(toSiteYaml(wholePlan)), "site.yaml")),
    ...brokenVms.map(([change]) => fileOf(change(goodVms), "vms.yaml")),
    fileOf(vmsWorkbook(["名称", "负责人"], [["web-01", "张工"]])),
  ];
  for (const file of files) {
    for (const finding of (await readAnyPlan(file)).findings) {
      found.set(finding.code, [...(found.get(finding.code) ?? []), finding]);
    }
  }
  for (const file of [fileOf(toSiteYaml(wholePlan), "site.yaml"), fileOf(goodVms, "vms.yaml")]) {
    const known = await readAnyPlan(file, { passwordKnown: () => false });
    for (const finding of known.findings) found.set(finding.code, [...(found.get(finding.code) ?? []), finding]);
  }
});

test.each(codes)("%s is found in a broken plan, and said in both languages", (code) => {
  const findings = found.get(code) ?? [];
  expect(findings.length).toBeGreaterThan(0);
  for (const { params, severity } of findings) {
    expect(severity).toBe(planTexts[code].severity);
    for (const language of ["en", "zh"] as const) {
      const { cause, fix } = explain(code, params, language);
      for (const text of [cause, fix]) {
        expect(text).not.toMatch(/undefined|null|NaN|\[object|“”|""/);
        // A sentence to the end, whatever it was filled with.
        expect(text).toMatch(language === "en" ? /\.$/ : /。$/);
        expect(text).not.toMatch(/ {2}|(?<!\d)\.\.|。。/);
      }
      if (language === "en") continue;
      expect(cause).toMatch(/\p{Script=Han}/u);
      expect(fix).toMatch(/\p{Script=Han}/u);
      // Full sentences of English would be left-overs; names of programs and settings are a word or three.
      expect(cause.replaceAll(String(params.problemZh ?? "–"), "")).not.toMatch(/[a-z]+ [a-z]+ [a-z]+ [a-z]+/);
    }
  }
});

test("a place in a site.yaml is said in Chinese in a Chinese text", () => {
  const twice = found.get("address-twice")?.find(({ line }) => line !== undefined);
  expect(twice?.cause).toMatch(/stands at line \d+, column \d+ \(management address of the host\)/);
  expect(explain("address-twice", twice?.params ?? {}, "zh").cause).toMatch(
    /^与第 \d+ 行第 \d+ 列（主机管理地址）的地址重复。$/,
  );
});

test("no text of a finding holds a password of the plan", () => {
  const all = JSON.stringify([...found.values()]);
  expect(all).not.toContain("Canary");
});
