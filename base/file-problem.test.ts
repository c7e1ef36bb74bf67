import { expect, test, vi } from "vitest";
import { fileProblem } from "./file-problem";

vi.mock("node:os", () => ({
  userInfo() {
    throw new Error("ENOENT: uv_os_get_passwd");
  },
}));

test("a user without a name, as in a container, is told what is wrong too", () => {
  const error = Object.assign(new Error("permission denied"), { code: "EACCES" });
  expect(fileProblem("/nowhere/journal.jsonl", error).problem).toMatch(/^user \d+ has no right to it/);
});
