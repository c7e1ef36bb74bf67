import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";

const repository = dirname(__dirname);
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Files of a made-up house, each with the modules that it imports. */
type House = Record<string, string[]>;

/** The house as the rules want it: every arrow that design asks for is here. */
const GOOD: House = {
  "index.ts": ["./components/site", "./plan/read"],
  "cli/main.ts": ["./lab", "./demo", "./check", "./docs"],
  "cli/lab.ts": ["../lab/start"],
  "cli/demo.ts": ["../lab/start"],
  "cli/check.ts": ["../plan/read", "../report/drift", "../providers/red/client", "../providers/kernel/errors"],
  "cli/probe/host.ts": ["../../providers/red/client", "../../providers/kernel/errors", "../../plan/read"],
  "cli/docs.ts": ["../providers/red/switch"],
  "base/write.ts": [],
  "components/site.ts": ["../providers/red/switch", "../plan/read"],
  "plan/read.ts": ["exceljs", "./zip", "./xlsx/patch", "../base/write"],
  "plan/zip.ts": [],
  "plan/xlsx/patch.ts": ["../zip"],
  "report/drift.ts": ["../plan/read"],
  "lab/start.ts": ["../plan/read", "../base/write", "./systems", "./shell/machine"],
  "lab/systems.ts": ["./red/system"],
  "lab/red/system.ts": ["../system"],
  "lab/system.ts": [],
  "lab/shell/machine.ts": [],
  "providers/handler.ts": ["./red/switch", "./blue/vlan", "./kernel/errors"],
  "providers/red/switch.ts": ["./client", "../kernel/errors", "../../plan/xlsx/patch"],
  "providers/red/client.ts": ["../kernel/errors"],
  "providers/red/switch.test.ts": ["./switch", "../../lab/start", "vitest"],
  "providers/blue/vlan.ts": ["../kernel/errors"],
  "providers/kernel/errors.ts": ["../../base/write"],
  "test/whole.test.ts": ["../index", "../lab/start", "../cli/main"],
};

/** @returns each broken rule as "rule: importing file -> end of what it imports" */
function violations(house: House): string[] {
  const folder = mkdtempSync(join(tmpdir(), "sitewright-layers-"));
  folders.push(folder);
  const manifest = { dependencies: { exceljs: "*" }, devDependencies: { vitest: "*" } };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  symlinkSync(join(repository, "node_modules"), join(folder, "node_modules"));
  for (const [file, imports] of Object.entries(house)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    const lines = imports.map(
      (name, index) => `import * as m${index} from "${name}";\nexport const e${index} = m${index};\n`,
    );
    writeFileSync(join(folder, file), lines.join("") || "export const e = 1;\n");
  }
  const command = join(repository, "node_modules", "dependency-cruiser", "bin", "dependency-cruise.mjs");
  const rules = join(repository, ".dependency-cruiser.cjs");
  const tops = [...new Set(Object.keys(house).map((file) => file.split("/")[0] ?? file))];
  const args = [command, "--config", rules, "--output-type", "json", ...tops];
  const output = execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8", maxBuffer: 1e8 });
  const { summary } = JSON.parse(output) as {
    summary: { violations: { rule: { name: string }; from: string; to: string }[] };
  };
  return summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${endOf(to)}`);
}

/** A package, or the last part of a path. */
function endOf(path: string): string {
  return /.*node_modules\/([^/]+)/.exec(path)?.[1] ?? basename(path);
}

test("the house as the design draws it breaks no rule", () => {
  expect(violations(GOOD)).toEqual([]);
});

/** Arrows that are not to be, each with the rule that forbids it. */
const FORBIDDEN: [rule: string, file: string, imports: string][] = [
  ["only-the-lab-commands-know-the-lab", "cli/check.ts", "../lab/start"],
  ["only-the-lab-commands-know-the-lab", "components/site.ts", "../lab/start"],
  ["only-the-lab-commands-know-the-lab", "providers/red/switch.ts", "../../lab/start"],
  ["only-the-lab-commands-know-the-lab", "providers/kernel/errors.ts", "../../lab/start"],
  ["cli-to-the-vendors-clients-only", "cli/check.ts", "../providers/red/switch"],
  ["cli-to-the-vendors-clients-only", "cli/probe/host.ts", "../../providers/red/switch"],
  ["cli-is-the-top", "plan/read.ts", "../cli/text"],
  ["components-know-neither-reports-nor-index", "components/site.ts", "../report/drift"],
  ["plan-and-report-import-no-provider", "plan/read.ts", "../providers/red/client"],
  ["plan-and-report-import-no-provider", "report/drift.ts", "../providers/kernel/errors"],
  ["lab-imports-no-provider", "lab/start.ts", "../providers/red/client"],
  ["lab-imports-no-provider", "lab/start.ts", "../providers/kernel/errors"],
  ["the-lab-knows-its-systems-by-its-list", "lab/start.ts", "./red/system"],
  ["vendors-do-not-know-each-other", "providers/blue/vlan.ts", "../red/client"],
  ["providers-stand-alone", "providers/red/switch.ts", "../../plan/read"],
  ["providers-stand-alone", "providers/red/client.ts", "exceljs"],
  ["patching-knows-no-plan", "plan/xlsx/patch.ts", "../site-plan"],
  ["patching-knows-no-plan", "plan/zip.ts", "exceljs"],
  ["the-base-stands-alone", "base/write.ts", "../plan/zip"],
  ["kernel-stands-alone", "providers/kernel/other.ts", "../blue/vlan"],
  ["no-cycle", "providers/red/client.ts", "./switch"],
  ["product-imports-no-test", "lab/start.ts", "../providers/red/switch.test"],
  ["product-needs-no-development-package", "cli/check.ts", "vitest"],
  ["no-missing-module", "plan/read.ts", "./nowhere"],
];

describe("an arrow that is not to be", () => {
  let found: string[] | undefined;

  /** Of all of them in one house: what each breaks is told apart by both its ends. */
  function broken(): string[] {
    const house: House = { "cli/text.ts": [], "plan/site-plan.ts": [], ...GOOD };
    for (const [, file, imports] of FORBIDDEN) house[file] = [...(house[file] ?? []), imports];
    found ??= violations(house);
    return found;
  }

  test.each(FORBIDDEN)("%s: %s must not import %s", (rule, file, imports) => {
    const end = basename(imports);
    const ends = [end, `${end}.ts`];
    expect(broken().filter((each) => ends.some((to) => each === `${rule}: ${file} -> ${to}`))).not.toEqual([]);
  });
});
