import { expect, test } from "vitest";
import { sitewrightHere, sitewrightProcess } from "./sitewright.fixture";

test.each([
  [["nonsense"], "unknown command 'nonsense'"],
  [["check"], "missing required argument 'plan'"],
  [["check", "--nonsense", "."], "unknown option '--nonsense'"],
  [["lab", "start", "--nonsense", "."], "unknown option '--nonsense'"],
  [["lab", "start", "--speed", "-1", "."], "-1"],
])("%j is a wrong usage: it is named in one line, and the exit code is 2", async (args, named) => {
  const { status, stderr } = await sitewrightHere(args);
  expect(stderr).toContain(named);
  expect(stderr).toMatch(/^error: .*\n--help tells how it is used\n$/);
  expect(status).toBe(2);
});

test.each([[["--help"]], [["check", "--help"]], [["lab", "--help"]], [["lab", "start", "--help"]]])(
  "%j is answered on the standard output",
  async (args) => {
    const { status, stdout } = await sitewrightHere(args);
    expect(stdout).toContain("Usage: sitewright");
    expect(status).toBe(0);
  },
);

test("what is printed is plain text, whoever wrote it", () => {
  const { status, stderr } = sitewrightProcess(["check", "no\x1b]0;owned\x07\u009b31m\u202esuch.xlsx"]);
  expect(stderr).toContain("no\\x1b]0;owned\\x07\\x9b31m\\u202esuch.xlsx");
  expect(stderr).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
  expect(status).toBe(2);
});

test("a process of its own says the same, and exits with the same code, as the command in another's", async () => {
  for (const args of [["nonsense"], ["--help"], ["check", "/nowhere.xlsx"]])
    expect(sitewrightProcess(args)).toEqual(await sitewrightHere(args));
});
