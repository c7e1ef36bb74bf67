import { expect, test } from "vitest";
import { describeFindings } from "./describe-findings";
import { makeFinding } from "./finding";
import { readPlan } from "./read";
import { editedWorkbook, fileOf, readEdited } from "./workbook.fixture";

test("findings are described in lines of place, cause and fix, errors first", async () => {
  const { findings } = await readEdited({
    虚拟网络: { J4: "ens224", F8: "vlan-1120" },
    主机规划: { I4: "10.0.20.11", G3: { xml: "<f>SUM(1)</f>" } },
  });
  expect(describeFindings(findings)).toBe(`error 主机规划!I4 (10.0.20.11) [address-twice]
  The same address stands at 主机规划!I3 (management address of the host).
  Give each its own address.
error 虚拟网络!F8 (vlan-1120) [vlan-invalid]
  A VLAN id is a whole number from 0 to 4094.
  Write the number alone, 0 for untagged.
error 主机规划!G3 (***) [formula-unknown]
  The out-of-band password of the host is a formula whose result is not stored in the file (***).
  Write the value itself, or open the workbook in Excel and save it, which stores the result.
warning 虚拟网络!K4 (active-backup) [bond-unneeded]
  The switch has one host port; the bond mode is left out.
  Blank the bond mode, or name a second port.
3 errors, 1 warning
`);
});

test("findings of one code are told together, with their cells and values, and their causes where those differ", async () => {
  const { findings } = await readEdited({
    虚拟网络: { F8: 5000, F9: "vlan-1120" },
    主机规划: { I4: "10.0.20.11", I5: "10.0.20.11" },
  });
  expect(describeFindings(findings)).toBe(`error [address-twice] × 2
  主机规划!I4 (10.0.20.11), I5 (10.0.20.11)
  The same address stands at 主机规划!I3 (management address of the host).
  Give each its own address.
error [vlan-invalid] × 2
  虚拟网络!F8 (5000), F9 (vlan-1120)
  A VLAN id is a whole number from 0 to 4094.
  Write the number alone, 0 for untagged.
4 errors
`);
  const blank = await readEdited({ 主机规划: { H3: null, I4: null, N4: null }, 集群管理信息: { G3: "N/A" } });
  const text = describeFindings(blank.findings, "zh");
  expect(text).toContain(`错误 [value-missing] × 3
  主机规划!H3：主机名未填写。 请填写主机名。
  主机规划!I4：`);
});

test("the passwords of a plan are one finding with all their cells, behind what is wrong", async () => {
  const { findings } = await readPlan(fileOf(await editedWorkbook({ 虚拟网络: { J4: "ens224" } })));
  const passwords = findings.filter(({ code }) => code === "password-in-plan");
  const text = describeFindings(findings);
  expect(text).toMatch(/^warning 虚拟网络!K4 .*\n.*\n.*\nwarning \[password-in-plan\] × 17\n {2}主机规划!/);
  expect(text.match(/password-in-plan/g)).toHaveLength(1);
  expect(text).toMatch(/\n18 warnings\n$/);
  const listed = text.split("\n")[4] ?? "";
  for (const { sheet, cell } of passwords) {
    expect(listed.split("; ").find((part) => part.trim().startsWith(`${sheet}!`))).toMatch(new RegExp(`\\b${cell}\\b`));
  }
  expect(listed).not.toContain("***");
});

test("what nothing is built of comes last, what others are hurt by first, and what is waived behind all", () => {
  const at = { sheet: "主机规划", cell: "I3" };
  const codes = ["rack-unit-twice", "value-missing", "gateway-missing", "address-twice", "layout-unknown"] as const;
  const findings = codes.map((code) => makeFinding(code, at));
  const waived = { ...makeFinding("subnet-overlaps", at), waived: { reason: "known", expires: "2027-01-31" } };
  const told = [...describeFindings([waived, ...findings]).matchAll(/\[([a-z-]+)\]/g)].map(([, code]) => code);
  expect(told).toEqual([
    "layout-unknown",
    "address-twice",
    "value-missing",
    "gateway-missing",
    "rack-unit-twice",
    "subnet-overlaps",
  ]);
});

test("of thousands of one code the first hundred are told, and how many more there are", () => {
  const findings = Array.from({ length: 5000 }, (_, i) =>
    makeFinding("key-unknown", { line: i + 1, column: 1 }, { params: { name: `k${i}` } }),
  );
  const text = describeFindings(findings);
  expect(text).toContain("error [key-unknown] × 5000\n  line 1, column 1: The key k0 is not known here.\n");
  expect(text).toContain("\n  and 4900 more, which --format json names\n");
  expect(text.split("\n").length).toBeLessThan(110);
});

test("findings of a site.yaml are described by line and column", async () => {
  const { findings } = await readPlan(fileOf("kind: site\ncluster:\n  nam: x\n", "site.yaml"));
  expect(describeFindings(findings)).toContain(
    "error line 3, column 3 [key-unknown]\n  The key nam is not known here.",
  );
});

test("no findings are no text", () => {
  expect(describeFindings([])).toBe("");
});

test("lines and columns of a site.yaml are told in the reader's language", () => {
  const finding = makeFinding("address-invalid", { line: 12, column: 22 }, { params: { field: "hosts.management" } });
  expect(describeFindings([finding], "zh")).toMatch(/^错误 第 12 行第 22 列 \[address-invalid\]/);
  expect(describeFindings([finding], "en")).toMatch(/^error line 12, column 22 \[address-invalid\]/);
});
