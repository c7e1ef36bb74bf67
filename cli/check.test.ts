import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DOMParser } from "@xmldom/xmldom";
import { strFromU8, unzipSync } from "fflate";
import { expect, test } from "vitest";
import { printable } from "../base/printable";
import { samplePlan } from "../plan/sample-plan";
import { fillTemplate } from "../plan/template";
import { goodVms } from "../plan/vms/vms.fixture";
import { editedWorkbook, fileOf } from "../plan/workbook.fixture";
import { sitewrightHere, sitewrightProcess } from "./sitewright.fixture";

const check = (...args: string[]) => sitewrightHere(["check", ...args]);

/** An error, a warning, a waived error and a value that is no XML. */
async function troubledPlan(): Promise<string> {
  const file = fileOf(
    await editedWorkbook({
      虚拟网络: { J4: "ens224", F8: "vlan-1120" },
      集群管理信息: { E22: "<ntp> & 'one'", E23: "ntp two" },
    }),
  );
  const waiver = "- {code: server-invalid, cell: 集群管理信息!E23, reason: renamed on site, expires: 9999-12-31}";
  writeFileSync(join(dirname(file), "waivers.yaml"), waiver);
  return file;
}

test.each([["text"], ["junit"], ["json"]])("the name of a plan's file is text and no more, as %s", async (format) => {
  const good = fileOf(await fillTemplate(samplePlan, { secrets: true }));
  const hostile = join(dirname(good), "a\u001b[2J\u009b\u202e\nplan.xlsx: no findings\n.xlsx");
  renameSync(good, hostile);
  for (const path of [hostile, dirname(hostile), join(dirname(hostile), "\u001b[2J.xls")]) {
    const { stdout, stderr } = await check(path, "--format", format);
    const said = stdout + stderr;
    expect(said).toBe(printable(said));
    expect(said).not.toMatch(/^plan\.xlsx: no/m);
  }
});

test("the findings as JSON have code, severity, place, value, cause and fix", async () => {
  const { status, stdout } = await check(await troubledPlan(), "--format", "json");
  const { findings } = JSON.parse(stdout);
  expect(findings).toContainEqual({
    code: "vlan-invalid",
    severity: "error",
    sheet: "虚拟网络",
    cell: "F8",
    value: "vlan-1120",
    cause: "A VLAN id is a whole number from 0 to 4094.",
    fix: "Write the number alone, 0 for untagged.",
    params: expect.any(Object),
  });
  expect(status).toBe(1);
});

test("a vms.yaml is checked line by line, in both languages, and not probed", async () => {
  const file = fileOf(goodVms.replace("  vcpu: 4", "  vpcu: 4"), "vms.yaml");
  const env = { SITEWRIGHT_CLOUDTOWER_PASSWORD: "Canary-Tower-1" };
  const english = await sitewrightHere(["check", dirname(file)], { env });
  expect(english.stdout).toMatch(/line 5, column 3 \[key-unknown\]\n.*\n +Write vcpu, if that is meant/);
  expect(english.status).toBe(1);
  const chinese = await sitewrightHere(["check", file, "--lang", "zh"], { env });
  expect(chinese.stdout).toMatch(/第 5 行第 3 列 \[key-unknown\]\n.*\n +如应为 vcpu/);
  const probed = await sitewrightHere(["check", file, "--probe"], { env });
  expect(probed.stderr).toMatch(/--probe asks a site's machines, and \S+vms\.yaml is a plan of virtual-machines/);
  expect(probed.status).toBe(2);
});

test("in Chinese the findings say the same", async () => {
  const file = await troubledPlan();
  const english = JSON.parse((await check(file, "--format", "json")).stdout).findings;
  const chinese = JSON.parse((await check(file, "--format", "json", "--lang", "zh")).stdout).findings;
  const places = (findings: Record<string, unknown>[]) => findings.map(({ code, sheet, cell }) => [code, sheet, cell]);
  expect(places(chinese)).toEqual(places(english));
  for (const { cause, fix } of chinese) expect(cause + fix).toMatch(/\p{Script=Han}{4}/u);
  expect((await check(file, "--lang", "zh")).stdout).toMatch(/^错误 虚拟网络!F8 \(vlan-1120\) \[vlan-invalid\]\n/m);
});

test("as JUnit XML errors fail, what is waived is skipped, and warnings pass", async () => {
  const { status, stdout } = await check(await troubledPlan(), "--format", "junit");
  const document = new DOMParser().parseFromString(stdout, "text/xml");
  const cases = [...document.getElementsByTagName("testcase")].map((each) => {
    const inner = [...each.childNodes].map((node) => node.nodeName);
    return `${each.getAttribute("name")}: ${inner.join()}`;
  });
  expect(cases).toEqual(
    expect.arrayContaining([
      "vlan-invalid at 虚拟网络!F8: failure",
      "server-invalid at 集群管理信息!E22: failure",
      "server-invalid at 集群管理信息!E23: skipped",
      "bond-unneeded at 虚拟网络!K4: system-out",
    ]),
  );
  const failures = [...document.getElementsByTagName("failure")];
  expect(failures.map((each) => each.textContent).join()).toContain("(<ntp> & 'one')");
  const suite = document.getElementsByTagName("testsuite")[0];
  expect(Number(suite?.getAttribute("failures"))).toBe(failures.length);
  expect(Number(suite?.getAttribute("tests"))).toBe(cases.length);
  expect(status).toBe(1);
});

test("a plan without errors ends with 0, with errors with 1, unreadable with 2 in one line", async () => {
  const good = fileOf(await fillTemplate(samplePlan));
  expect(sitewrightProcess(["check", good])).toMatchObject(await check(good));
  expect((await check(good)).status).toBe(0);
  expect((await check(good, "--format", "junit")).stdout).toMatch(/<testsuite [^>]*failures="0"/);
  expect((await check(await troubledPlan())).status).toBe(1);
  const empty = await check(fileOf(""));
  expect(empty.stderr).toMatch(/^sitewright: .*plan\.xlsx: the file is empty \(0 bytes\) — .*\n$/);
  expect(empty.status).toBe(2);
});

test("an annotated copy has a note on each cell and a list, and the plan stays as it was", async () => {
  const file = await troubledPlan();
  const before = readFileSync(file);
  const copy = join(dirname(file), "annotated.xlsx");
  const { status, stderr } = await check(file, "--annotate", copy, "--redact");
  expect(stderr).toContain(`${copy}: the workbook with its findings\n`);
  expect(status).toBe(1);
  expect(readFileSync(file)).toEqual(before);
  const parts = Object.entries(unzipSync(readFileSync(copy))).map(([name, part]) => [name, strFromU8(part)] as const);
  const notes = parts.filter(([name]) => /comments/.test(name)).map(([, xml]) => xml);
  expect(notes.join()).toContain("VLAN ID 应为 0–4094 的整数。");
  const english = join(dirname(file), "english.xlsx");
  await check(file, "--annotate", english, "--lang", "en");
  const names = strFromU8(unzipSync(readFileSync(english))["xl/workbook.xml"] as Uint8Array).match(
    /(?<=<sheet [^>]*name=")[^"]+/,
  );
  expect(names?.[0]).toBe("Findings");
  expect(parts.map(([, xml]) => xml).join()).not.toMatch(/r0cks|P@ssw0rd/);

  const again = await check(file, "--annotate", copy);
  expect(again.stderr).toContain("there is a file of that name, and it is not overwritten");
  expect(again.status).toBe(2);
  expect((await check(file, "--annotate", file)).status).toBe(2);
  expect((await check(file, "--redact")).status).toBe(2);
  expect(readFileSync(file)).toEqual(before);
});
