import { expect, test } from "vitest";
import { alertSettings } from "./alert-setting";

test("each rule has the thresholds that are named, and is in force unless disabled", () => {
  expect(alertSettings(undefined)).toEqual([]);
  expect(alertSettings({ host_cpu: { NOTICE: 70, CRITICAL: 90 }, zbs_space: { disabled: true } })).toEqual([
    {
      rule: "host_cpu",
      thresholds: [
        { severity: "CRITICAL", value: 90 },
        { severity: "NOTICE", value: 70 },
      ],
      disabled: false,
    },
    { rule: "zbs_space", thresholds: [], disabled: true },
  ]);
});

test.each([
  [{ host_cpu: { NOTICE: "high" } }, /alertRules cannot be used: host_cpu: NOTICE: /],
  [{ host_cpu: { WARNING: 70 } }, /host_cpu: .*WARNING/],
  [{ host_cpu: {} }, /host_cpu: it has no threshold and is not disabled — pulumi config set --path/],
])("%j is refused with what is wrong and how to set it", (setting, words) => {
  expect(() => alertSettings(setting)).toThrow(words);
});
