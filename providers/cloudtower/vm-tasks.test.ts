import { expect, test } from "vitest";
import type { VmChange } from "./vm-change";
import { says } from "./vm-tasks";

test("what a task does is told by its words, and not by the name of its machine", () => {
  const change = { seen: { row: { name: "rollback-01" } }, wanted: { name: "rollback-02" } } as VmChange;
  const rollsBack = says(/roll.?back|回滚/i, change);
  expect(rollsBack({ description: "Edit VM rollback-01", resource_mutation: "updateVm" })).toBe(false);
  expect(rollsBack({ description: "Edit VM rollback-02", resource_mutation: null })).toBe(false);
  expect(rollsBack({ description: "回滚虚拟机 rollback-01" })).toBe(true);
  expect(rollsBack({ description: "", resource_mutation: "rollbackVm" })).toBe(true);
});
