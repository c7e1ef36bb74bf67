import { expect, test } from "vitest";
import type { SshSession } from "../kernel/ssh";
import { logOf, machineOf } from "./installer";

test.each(["$(reboot)", "a;reboot", "a b", "../root", "", "-x", "`id`"])(
  "an account that is no plain name gets into no command: %j",
  (account) => {
    expect(logOf(account)).toBe("~/installer.out");
  },
);

test("what is no id of a machine is none, however much of it there is", async () => {
  const says = (stdout: string): SshSession => ({ run: async () => ({ code: 0, signal: null, stdout, stderr: "" }) });
  expect(await machineOf(says("0af3c1d2e4b56789a0b1c2d3e4f50617\n"))).toBe("0af3c1d2e4b56789a0b1c2d3e4f50617");
  expect(await machineOf(says("\x1b]0;owned\x07"))).toBe("");
  expect(await machineOf(says("a".repeat(1_000_000)))).toBe("");
});
