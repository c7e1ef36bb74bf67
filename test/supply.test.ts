import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(__dirname, "..");
const read = (file: string) => readFileSync(join(root, file), "utf8");

test("npm holds every package to a hash, those of other platforms too", () => {
  const { packages } = JSON.parse(read("package-lock.json")) as {
    packages: Record<string, { link?: boolean; integrity?: string }>;
  };
  const loose = Object.entries(packages).filter(
    ([path, { link, integrity }]) => path.includes("node_modules/") && !link && !/^sha512-/.test(integrity ?? ""),
  );
  expect(loose).toEqual([]);
});

test("pip holds every package to a hash", () => {
  const files = [
    "toolchain/requirements.txt",
    ...["4.6.0", "4.8.0"].map((v) => `lab/cloudtower/sdk/requirements-${v}.txt`),
  ];
  for (const file of files) {
    const packages = read(file)
      .replaceAll("\\\n", " ")
      .split("\n")
      .filter((line) => line && !line.startsWith("#"));
    expect(packages.length).toBeGreaterThan(1);
    for (const line of packages) expect(line).toMatch(/^[\w-]+==\S+ +--hash=sha256:[0-9a-f]{64}( +--hash=\S+)*$/);
  }
  expect(read("toolchain/python.mjs")).toContain('"--require-hashes"');
});

test("the licence that package.json names is there", () => {
  expect(JSON.parse(read("package.json")).license).toBe("Apache-2.0");
  expect(read("LICENSE")).toMatch(/Apache License\s+Version 2\.0/);
  expect(read("NOTICE")).toMatch(/^Sitewright\nCopyright/);
});

test("the licences of what runs with the program are shown, and all may go with it", () => {
  const shown = execFileSync(process.execPath, [join(root, "toolchain", "licences.mjs")], { encoding: "utf8" });
  expect(shown).toMatch(/^MIT \(\d+\): .*axios \d/m);
});

test.each([
  [{ license: "GPL-3.0-only" }, /some 1\.0\.0 is under GPL-3\.0-only/],
  [{ license: "MIT AND AGPL-3.0" }, /is under MIT AND AGPL-3\.0/],
  [{}, /some 1\.0\.0 does not tell its licence/],
])("a package with %j is a failure", (entry, message) => {
  const folder = mkdtempSync(join(tmpdir(), "licences-"));
  try {
    mkdirSync(join(folder, "toolchain"));
    cpSync(join(root, "toolchain", "licences.mjs"), join(folder, "toolchain", "licences.mjs"));
    const packages = {
      "node_modules/some": { version: "1.0.0", ...entry },
      "node_modules/fine": { version: "2.0.0", license: "(MIT OR GPL-3.0-only)" },
      "node_modules/tool": { version: "3.0.0", dev: true },
    };
    writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ packages }));
    const { status, stderr } = spawnSync(process.execPath, ["toolchain/licences.mjs"], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(status).toBe(1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
