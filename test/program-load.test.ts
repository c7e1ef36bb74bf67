import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { assertBuilt } from "./kit/built";

const root = join(__dirname, "..");

test("a program, which sends nothing, loads neither axios nor ssh2", () => {
  assertBuilt(root);
  const script = `for (const each of ["components/site", "providers/handler"]) require("./dist/" + each);
    console.log(JSON.stringify(Object.keys(require.cache)));`;
  const loaded = JSON.parse(
    execFileSync(process.execPath, ["-e", script], { cwd: root, encoding: "utf8" }),
  ) as string[];
  expect(loaded.some((path) => path.includes("/node_modules/zod/"))).toBe(true);
  expect(loaded.filter((path) => /\/node_modules\/(axios|ssh2)\//.test(path))).toEqual([]);
});
