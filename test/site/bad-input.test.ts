import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sitewrightHere } from "../../cli/sitewright.fixture";
import { fillTemplate } from "../../plan/template";
import { sitePlan } from "./plans";
import type { Ended } from "./site-project";
import { createTestEngineSite, type TestEngineSite } from "./test-engine-site";

const PLAN = sitePlan(3);
const HOST = { management: "10.0.20.101:80", third: "10.0.20.103:80" };

/** File names and contents of a folder of the user's, and what must be said of it. */
const FOLDERS: [what: string, files: () => Promise<Record<string, string | Uint8Array>>, says: RegExp][] = [
  ["no plan", async () => ({ "notes.txt": "later" }), /the folder holds no plan/],
  [
    "two plans",
    async () => ({ "plan.xlsx": await fillTemplate(PLAN), "site.yaml": "kind: site\n" }),
    /holds 2 plans: plan\.xlsx, site\.yaml/,
  ],
  ["a file of 0 bytes", async () => ({ "plan.xlsx": "" }), /plan\.xlsx: the file is empty \(0 bytes\)/],
  ["what is no workbook", async () => ({ "plan.xlsx": "PK is how it begins" }), /plan\.xlsx: it is no workbook/],
  [
    "a workbook cut in the middle",
    async () => ({ "plan.xlsx": (await fillTemplate(PLAN)).slice(0, 9_000) }),
    /plan\.xlsx: .* — /,
  ],
  ["a zip bomb", async () => ({ "plan.xlsx": bomb() }), /plan\.xlsx: .*unpacks to more than 32 MiB/],
  [
    "wrong sheet names",
    async () => ({ "plan.xlsx": withSheetRenamed(await fillTemplate(PLAN)) }),
    /plan\.xlsx: .*lacks the sheet.* 主机规划/,
  ],
  ["YAML aliases without end", async () => ({ "site.yaml": laughs() }), /site\.yaml: .*more than 50 aliases/],
  [
    "tabs in YAML",
    async () => ({ "site.yaml": "kind: site\ncluster:\n\tname: x\n" }),
    /site\.yaml: line 3, column \d+: .*tab/i,
  ],
];

describe("a plan that cannot be read", () => {
  let site: TestEngineSite;
  const folders: string[] = [];
  beforeAll(async () => {
    site = await createTestEngineSite(PLAN, { speed: "instant" });
  });
  afterAll(async () => {
    for (const folder of folders) rmSync(folder, { recursive: true });
    await site?.close();
  });

  function folderOf(files: Record<string, string | Uint8Array>): string {
    const folder = mkdtempSync(join(tmpdir(), "bad-plan-"));
    folders.push(folder);
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    return folder;
  }

  test.each(FOLDERS)("check of a folder with %s ends with 2 and one line", async (_what, files, says) => {
    const { code, output } = await check(folderOf(await files()));
    expect(output).toMatch(says);
    expect(output.trim().split("\n")).toHaveLength(1);
    expect(code).toBe(2);
  });

  test("check of a folder named like a plan, and of nothing at all, ends with 2", async () => {
    const folder = folderOf({});
    mkdirSync(join(folder, "plan.xlsx"));
    for (const path of [join(folder, "plan.xlsx"), join(folder, "none.xlsx")]) {
      const { code, output } = await check(path);
      expect(output).toContain(path);
      expect(output.trim().split("\n")).toHaveLength(1);
      expect(code).toBe(2);
    }
  });

  const throughTheEngine = FOLDERS.filter(([what]) => ["a zip bomb", "tabs in YAML"].includes(what));

  test.each(throughTheEngine)("preview of a stack with %s registers nothing", async (_what, files, says) => {
    rmSync(join(site.stack, "plan.xlsx"), { force: true });
    rmSync(join(site.stack, "site.yaml"), { force: true });
    for (const [name, content] of Object.entries(await files())) writeFileSync(join(site.stack, name), content);
    const ended = await site.pulumi("preview");
    expectOneError(ended, says);
    expect(ended.output).not.toMatch(/smtxos:|sitewright:Site/);
    expect(site.lab.requests()).toEqual([]);
  });

  test("preview of a plan with wrong values names sheet and cell and registers nothing", async () => {
    rmSync(join(site.stack, "site.yaml"), { force: true });
    const wrong = sitePlan(3);
    (wrong.hosts[1] as { management: string }).management = "10.0.20.300";
    await site.writePlan(wrong);
    const ended = await site.pulumi("preview");
    expectOneError(ended, /nothing was registered[\s\S]*主机规划!I\d/);
    expect(ended.output).not.toMatch(/smtxos:|sitewright:Site/);
  });
});

describe("a site that cannot be spoken to", () => {
  let site: TestEngineSite;
  beforeAll(async () => {
    site = await createTestEngineSite(PLAN, { speed: "instant" });
  });
  afterAll(() => site?.close());

  async function upSays(says: RegExp): Promise<void> {
    const ended = await site.pulumi("up", "--yes", "--skip-preview");
    expectOneError(ended, says);
    expect(site.lab.requests().filter((request) => request.operation === "deployCluster")).toEqual([]);
    const { deployment } = await site.state();
    expect((deployment.resources ?? []).filter((each) => each.urn.includes("smtxos:"))).toEqual([]);
  }

  test("a reach.json that leads nowhere for an address is named", async () => {
    const { [HOST.third]: _, ...endpoints } = site.lab.reach.endpoints;
    writeFileSync(join(site.stack, "reach.json"), JSON.stringify({ ...site.lab.reach, endpoints }));
    await upSays(/host node-03 \(10\.0\.20\.103\): .*reach\.json knows no endpoint 10\.0\.20\.103:80/);
  });

  test("a reach.json that is none is named", async () => {
    writeFileSync(join(site.stack, "reach.json"), "{ speed: }");
    await upSays(/reach\.json/);
    await site.lab.writeReach(join(site.stack, "reach.json"));
  });

  test("a host that does not take the fixed token is named", async () => {
    const answer = { status: 401, body: { ec: "EUNAUTHORIZED", data: {}, error: { msg: "invalid token" } } };
    site.lab.setFaults([{ operation: "scanHost", endpoint: HOST.management, answer }]);
    await upSays(/host node-01 \(10\.0\.20\.101\): Unable to scan host 10\.0\.20\.101: GET http:.*401/);
    site.lab.setFaults([]);
  });

  test("settings that mean nothing are named", async () => {
    site.writeSettings({ requestTimout: "30s" });
    await upSays(/"requestTimout" is unknown: did you mean "requestTimeout"\?/);
    site.writeSettings({ deployHostIp: "ipv6" });
    await upSays(/deployHostIp/);
    site.writeSettings({ requestTimeout: "soon" });
    await upSays(/"soon" is not a duration/);
    site.writeSettings({ timeouts: JSON.stringify({ Cluster: { create: "long" } }) });
    await upSays(/"long" is not a duration/);
    site.writeSettings({});
  });

  test("a certificate that nothing vouches for is told with its fingerprint and the line to paste", async () => {
    const { ca: _, ...reach } = site.lab.reach;
    writeFileSync(join(site.stack, "reach.json"), JSON.stringify(reach));
    const ended = await site.pulumi("up", "--yes", "--skip-preview");
    expectOneError(ended, /is not trusted.*[0-9a-fA-F:]{32,}.*trust\.yaml/);
    expect(site.lab.requests().filter((request) => request.operation === "createSession")).toEqual([]);
  });
});

async function check(path: string): Promise<Ended> {
  const { status, stdout, stderr } = await sitewrightHere(["check", path]);
  return { code: status ?? 1, output: stdout + stderr };
}

function expectOneError({ code, output }: Ended, says: RegExp): void {
  expect(output).toMatch(says);
  expect(output).not.toMatch(/\n\s+at /);
  expect(code).not.toBe(0);
}

/** 64 MiB of blanks where a sheet belongs. */
function bomb(): Uint8Array {
  return zipSync({ "xl/workbook.xml": new Uint8Array(64 * 1024 * 1024).fill(0x20) });
}

function withSheetRenamed(workbook: Uint8Array): Uint8Array {
  const parts = unzipSync(workbook);
  const sheets = strFromU8(parts["xl/workbook.xml"] as Uint8Array);
  return zipSync({ ...parts, "xl/workbook.xml": strToU8(sheets.replace('name="主机规划"', 'name="Hosts"')) });
}

function laughs(): string {
  const names = "abcdefghi".split("");
  return names
    .map(
      (name, i) =>
        `${name}: &${name} [${Array(9)
          .fill(i === 0 ? "x" : `*${names[i - 1]}`)
          .join(",")}]`,
    )
    .join("\n");
}
