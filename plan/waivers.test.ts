import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { describeFindings } from "./describe-findings";
import { PlanUnreadable } from "./plan-unreadable";
import { readPlan } from "./read";
import { editedWorkbook, fileOf, places } from "./workbook.fixture";

const today = "2026-11-21";

/** The sample workbook with NTP on a wrong name and a bond for one port, and the given waivers beside it. */
async function readWaived(waivers: string) {
  const file = fileOf(
    await editedWorkbook({ 集群管理信息: { E22: "ntp one" }, 虚拟网络: { J4: "ens224", H4: "10.0.20.0" } }),
  );
  writeFileSync(join(dirname(file), "waivers.yaml"), waivers);
  return readPlan(file, { today });
}

const NTP = "- {code: server-invalid, cell: 集群管理信息!E22, reason: renamed on site, expires: 2026-11-21}";
const SUBNET = "- {code: subnet-invalid, cell: 虚拟网络!H4, reason: to be told, expires: 2027-01-31}";

test("a pipe in the place of the waivers is refused, and waited for by nobody", async () => {
  const file = fileOf(await editedWorkbook({}));
  execFileSync("mkfifo", [join(dirname(file), "waivers.yaml")]);
  await expect(readPlan(file, { today })).rejects.toThrow(/waivers\.yaml: it is no regular file/);
});

test("a waived finding keeps its severity, says who waives it why, and blocks no more", async () => {
  const { findings } = await readWaived(NTP);
  const finding = findings.find(({ code }) => code === "server-invalid");
  expect(finding).toMatchObject({ severity: "error", waived: { reason: "renamed on site", expires: "2026-11-21" } });
  const text = describeFindings(findings);
  expect(text).toContain(
    "waived 集群管理信息!E22 (ntp one) [server-invalid]\n  The NTP server is neither an IPv4 address nor a host name.\n  Waived until 2026-11-21: renamed on site\n",
  );
  expect(text).toMatch(/1 waived\n$/);
});

test("a plan whose only error is waived can be built from", async () => {
  const file = fileOf(await editedWorkbook({ 集群管理信息: { E22: "ntp one" } }));
  writeFileSync(join(dirname(file), "waivers.yaml"), NTP);
  const loaded = await readPlan(file, { today });
  expect(loaded.ok && loaded.plan.ntp).toContain("ntp one");
  expect((await readPlan(file, { today: "2026-11-22" })).ok).toBe(false);
});

test("a finding without whose value there is no plan cannot be waived", async () => {
  const loaded = await readWaived(`${NTP}\n${SUBNET}`);
  expect(loaded.ok).toBe(false);
  expect(places(loaded.findings)).toContain("waiver-impossible 虚拟网络!H4");
});

test("a waiver that has expired is said, and so is one that waives nothing", async () => {
  const { ok, findings } = await readWaived(
    "- {code: server-invalid, cell: 集群管理信息!E22, reason: renamed, expires: 2026-11-20}\n- {code: server-invalid, cell: 集群管理信息!E23, reason: renamed, expires: 2027-01-31}\n- {code: no-such, line: 12, reason: x, expires: 2027-01-31}",
  );
  expect(ok).toBe(false);
  expect(findings.filter(({ file }) => file === "waivers.yaml").map(({ code, line }) => [code, line])).toEqual([
    ["waiver-expired", 1],
    ["waiver-unused", 2],
    ["waiver-unused", 3],
  ]);
  expect(describeFindings(findings)).toContain(
    "warning waivers.yaml line 1, column 3 [waiver-expired]\n  The waiver of server-invalid at 集群管理信息!E22 held until 2026-11-20; the finding counts again.",
  );
});

test("a finding of a site.yaml is waived by its line", async () => {
  const file = fileOf("kind: site\nntp: [ntp one]\n", "site.yaml");
  writeFileSync(
    join(dirname(file), "waivers.yaml"),
    "- {code: server-invalid, line: 2, reason: x, expires: 2027-01-31}",
  );
  const { findings } = await readPlan(file, { today });
  expect(findings.filter(({ waived }) => waived).map(({ code, line }) => [code, line])).toEqual([
    ["server-invalid", 2],
  ]);
});

test.each([
  ["code: x", "line 1, column 1: it is no list"],
  ["- x", "an entry is no mapping"],
  ["- {code: x, cell: 虚拟网络!F8, expires: 2027-01-31}", "line 1, column 3: reason"],
  ["- {code: x, cell: 虚拟网络!F8, reason: y}", "expires"],
  ["- {code: x, cell: 虚拟网络!F8, reason: y, expires: 31.1.2027}", "expires: a day is written as 2027-03-31"],
  ["- {code: x, reason: y, expires: 2027-01-31}", "give a cell (workbook) or a line (site.yaml, vms.yaml)"],
  ["- {code: x, cell: F8, reason: y, expires: 2027-01-31}", "cell: a cell is written as 虚拟网络!F8"],
  ["- {code: x, cell: 虚拟网络!F8, reason: y, expires: 2027-01-31, all: true}", "Unrecognized key"],
  ["- &a [*a]", "an entry is no mapping"],
  ["\t- x", "line 1, column 1"],
  ["- {code: x, code: y}", "line 1, column 13: the key code stands at line 1, column 4 already"],
  [`# ${"x".repeat(1_100_000)}`, "larger than 1024 KiB"],
  ["[".repeat(100_000), "nested too deeply"],
  ["- ".repeat(100_000), "nested too deeply"],
])("%j is no list of waivers, and the plan is not read without it", async (text, reason) => {
  const read = readWaived(text);
  await expect(read).rejects.toThrow(PlanUnreadable);
  await expect(read).rejects.toThrow(reason);
});
