import { execFileSync } from "node:child_process";
import { mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readIfThere } from "./files";

const file = join(mkdtempSync(join(tmpdir(), "files-")), "trust.yaml");

test("a file is read, by a link too, and one that is not there is none", () => {
  writeFileSync(file, "tls: {}\n");
  symlinkSync(file, `${file}.link`);
  expect([readIfThere(file), readIfThere(`${file}.link`), readIfThere(`${file}.none`)]).toEqual([
    "tls: {}\n",
    "tls: {}\n",
    undefined,
  ]);
});

test("a pipe or a device is refused, and waited for by nobody", () => {
  execFileSync("mkfifo", [`${file}.pipe`]);
  symlinkSync("/dev/zero", `${file}.zero`);
  for (const path of [`${file}.pipe`, `${file}.zero`])
    expect(() => readIfThere(path)).toThrow(`${path} cannot be read: it is no file, but a pipe or a device`);
});
