import { execFileSync } from "node:child_process";
import { existsSync, linkSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { strFromU8, unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readPlan } from "../../plan/read";
import { toSiteYaml } from "../../plan/site-yaml";
import { patchWorkbook, readCells } from "../../plan/xlsx/patch-workbook";
import { ONLY_ADOPTS } from "../../providers/kernel/adopt";
import { sitePlan } from "./plans";
import { createTestEngineSite, type TestEngineSite } from "./test-engine-site";

const CANARY = { environment: "Canary-Environment-51c9", stack: "Canary-StackSecret-80aa" };
const UP = ["up", "--yes", "--skip-preview"];

/** One site; each test goes on where the one before left it. */
describe("the delivered workbook", { timeout: 240_000 }, () => {
  let site: TestEngineSite;
  let source: string;
  let copy: string;
  beforeAll(async () => {
    site = await createTestEngineSite(sitePlan(3), { speed: "instant" });
    source = join(site.stack, "plan.xlsx");
    copy = join(site.stack, "delivered", "plan.xlsx");
    site.env.SITEWRIGHT_HCI_01_PASSWORD = CANARY.environment;
    set();
  });
  afterAll(() => site?.close());

  const set = (settings: Record<string, string> = {}) => {
    const credentials = JSON.stringify({ connections: { other: { password: CANARY.stack } } });
    site.writeSettings({ credentials, ...settings });
  };
  const serial = () => site.lab.site.model.cluster?.serial as string;
  const shown = (...cells: string[]) => cells.map((cell) => readCells(readFileSync(copy), [cell]).get(cell));
  const written = () => ({ bytes: readFileSync(copy), at: statSync(copy).mtimeMs, file: statSync(copy).ino });
  const textOf = (file: string) =>
    Object.values(unzipSync(readFileSync(file)))
      .map((part) => strFromU8(part))
      .join("");

  async function up(...more: string[]): Promise<string> {
    const { code, output } = await site.pulumi(...UP, ...more);
    expect(code, output).toBe(0);
    return output;
  }

  test("preview writes nothing", async () => {
    const { code, output } = await site.pulumi("preview");
    expect(output).toMatch(/site:DeliveredWorkbook +delivered-workbook +create/);
    expect(code).toBe(0);
    expect(existsSync(copy)).toBe(false);
  });

  test("up writes what the site reports into a copy, readable by its owner alone", async () => {
    const before = readFileSync(source);
    expect(await up()).toMatch(/delivered: "stacks\/test\/delivered\/plan\.xlsx"/);
    expect(readFileSync(source)).toEqual(before);
    const { hosts } = site.lab.site.model;
    expect(shown("主机规划!E19", "主机规划!D3", "主机规划!D4", "主机规划!D5", "主机规划!D6")).toEqual([
      serial(),
      ...hosts.map((host) => host.serial),
      undefined,
    ]);
    expect(shown("主机规划!C19")[0]).toMatch(/^版本:\d[\w.]+$/);
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(copy, ".."))).toEqual(["plan.xlsx"]);
    const [planned, delivered] = [unzipSync(before), unzipSync(readFileSync(copy))];
    expect(Object.keys(delivered)).toEqual(Object.keys(planned));
    expect(Object.keys(planned).filter((part) => !isDeepStrictEqual(planned[part], delivered[part]))).toEqual([
      "xl/worksheets/sheet9.xml",
    ]);
    const reread = await readPlan(copy);
    expect(reread.ok && reread.plan.cluster.serial).toBe(serial());
  });

  test("passwords stay as they were typed; none of the stack's secrets or the environment is written", () => {
    expect(shown("主机规划!M19", "主机规划!K3")).toEqual(["Canary-Fisheye-1", "Canary-Host-1"]);
    for (const canary of Object.values(CANARY)) expect(textOf(copy)).not.toContain(canary);
  });

  test("it is no second plan, and a second up writes nothing", async () => {
    const before = written();
    expect(await up("--refresh")).toMatch(/unchanged/);
    expect(written()).toEqual(before);
  });

  test("what somebody types into one of its cells is drift, named by the cell, and repaired", async () => {
    writeFileSync(copy, patchWorkbook(readFileSync(copy), { cells: { "主机规划!E19": "typed by hand" } }));
    const preview = await site.pulumi("preview", "--refresh", "--diff");
    expect(preview.output).toMatch(/主机规划!E19"?\s*: "typed by hand" => "[0-9a-f-]{36}"/);
    expect(preview.output).toMatch(/was changed by hand: when it is next made/);
    await up("--refresh");
    expect(shown("主机规划!E19")).toEqual([serial()]);
    expect((await site.pulumi("preview", "--refresh", "--expect-no-changes")).code).toBe(0);
  });

  test("what is typed into another cell is no drift", async () => {
    writeFileSync(copy, patchWorkbook(readFileSync(copy), { cells: { "文档描述!F22": "a note" } }));
    expect((await site.pulumi("preview", "--refresh", "--expect-no-changes")).code).toBe(0);
    expect(shown("文档描述!F22")).toEqual(["a note"]);
  });

  test("gone, it is made anew; and it follows its source", async () => {
    rmSync(copy);
    await up("--refresh");
    expect(shown("主机规划!E19")).toEqual([serial()]);
    const next = sitePlan(3, { customer: "another customer" });
    await site.writePlan(next);
    await up();
    expect(shown("文档描述!C15", "主机规划!E19")).toEqual(["another customer", serial()]);
  });

  test("with redactDelivered no password is left in it, and one typed again is drift", async () => {
    set({ redactDelivered: "true" });
    await up();
    expect(textOf(copy)).not.toMatch(/Canary/);
    expect(textOf(source)).toMatch(/Canary-Fisheye-1/);
    expect(shown("主机规划!E19", "主机规划!M19")).toEqual([serial(), undefined]);
    writeFileSync(copy, patchWorkbook(readFileSync(copy), { cells: { "主机规划!M19": "typed again" } }));
    const { output } = await site.pulumi("preview", "--refresh", "--diff");
    expect(output).toMatch(/redact/);
    expect(output).toMatch(/1 to update/);
    await up("--refresh");
    expect(shown("主机规划!M19")).toEqual([undefined]);
  });

  test("what is no workbook any more is an error that names it, and never taken for gone", async () => {
    const before = readFileSync(copy);
    writeFileSync(copy, "no workbook");
    const { code, output } = await site.pulumi("refresh", "--yes");
    expect(output).toMatch(/stacks\/test\/delivered\/plan\.xlsx: it is cut off or damaged/);
    expect(code).not.toBe(0);
    writeFileSync(copy, before);
  });

  test("a link to the plan in its place is refused, and the plan not written", async () => {
    const before = readFileSync(source);
    for (const link of [linkSync, symlinkSync]) {
      rmSync(copy);
      link(source, copy);
      const { code, output } = await site.pulumi(...UP, "--refresh");
      expect(output).toMatch(/delivered\/plan\.xlsx is stacks\/test\/plan\.xlsx itself, the plan: it is never written/);
      expect(code).not.toBe(0);
      expect(readFileSync(source)).toEqual(before);
    }
    rmSync(copy);
    await up("--refresh");
  });

  test("state and journal lost, it is taken when it is what would be written, and refused when it is not", async () => {
    forget();
    set({ redactDelivered: "true", adopt: "Cluster/HCI-01" });
    const before = written();
    await up();
    expect(written()).toEqual(before);

    forget();
    writeFileSync(copy, patchWorkbook(readFileSync(copy), { cells: { "文档描述!F22": "a note" } }));
    const { code, output } = await site.pulumi(...UP);
    expect(output).toMatch(
      /DeliveredWorkbook\/stacks\/test\/delivered\/plan\.xlsx stands already \(id .*adopt DeliveredWorkbook\/stacks/,
    );
    expect(code).not.toBe(0);
    expect(shown("文档描述!F22")).toEqual(["a note"]);
    const noted = written();
    site.env[ONLY_ADOPTS] = "true";
    await up("--continue-on-error");
    delete site.env[ONLY_ADOPTS];
    expect(written()).toEqual(noted);
    set({ redactDelivered: "true", adopt: "all" });
    await up();
    expect(shown("文档描述!F22")).toEqual([undefined]);
  });

  /** As on another machine, but for the files. */
  function forget(): void {
    site.engine.state = [];
    rmSync(join(site.folder, ".sitewright"), { recursive: true });
  }

  test("what this stack has written itself is not said to be changed by hand, whatever the state has of it", async () => {
    const older = structuredClone(site.engine.state);
    await site.writePlan(sitePlan(3, { customer: "a third customer" }));
    await up();
    site.engine.state = older;
    const { code, output } = await site.pulumi("refresh", "--yes");
    expect(output).not.toMatch(/changed by hand/);
    expect(code).toBe(0);
    await up();
  });

  test("destroy leaves the file and says so", async () => {
    set({ teardown: "true" });
    await up();
    const before = written();
    const { code, output } = await site.pulumi("destroy", "--yes", "--skip-preview");
    expect(output).toMatch(/stacks\/test\/delivered\/plan\.xlsx is left where it is/);
    expect(code).toBe(0);
    expect(written()).toEqual(before);
    // What is left is this stack's still.
    writeFileSync(copy, patchWorkbook(readFileSync(copy), { cells: { "文档描述!F22": "a note" } }));
    await up();
    expect(shown("文档描述!F22")).toEqual([undefined]);
    const { output: refreshed } = await site.pulumi("refresh", "--yes");
    expect(refreshed).not.toMatch(/changed by hand/);
  });
});

test("of a site.yaml no copy is made, and up says so", async () => {
  const plan = sitePlan(3);
  const site = await createTestEngineSite(plan, { speed: "instant" });
  try {
    rmSync(join(site.stack, "plan.xlsx"));
    writeFileSync(join(site.stack, "site.yaml"), toSiteYaml(plan, { secrets: true }));
    const { code, output } = await site.pulumi(...UP);
    expect(output).toMatch(/delivered: "none: a copy is made of a planning workbook, and this plan is a site\.yaml"/);
    expect(code).toBe(0);
    expect(existsSync(join(site.stack, "delivered"))).toBe(false);
  } finally {
    await site.close();
  }
});

test("the provider's process never loads the workbook reader", () => {
  const script = `require(${JSON.stringify(join(__dirname, "..", "..", "dist", "providers", "handler.js"))});
    console.log(Object.keys(require.cache).join("\\n"));`;
  const loaded = execFileSync(process.execPath, ["-e", script], { encoding: "utf8", maxBuffer: 1e8 });
  expect(loaded).toMatch(/delivered-workbook\.js/);
  expect(loaded).not.toMatch(/node_modules\/(exceljs|@xmldom)\/|dist\/plan\/(?!xlsx\/|zip\.js|workbook-problem\.js)/);
});
