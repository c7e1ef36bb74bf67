import { expect, test } from "vitest";
import { readAnyPlan } from "../plan/read";
import { machinesOf } from "../plan/vms/machines";
import { fileOf } from "../plan/workbook.fixture";
import { VMS_PAGE } from "./vms-page";

test("the plan that the page shows is one that nothing is wrong with", async () => {
  const [, text = ""] = /```yaml\n([^`]*)```/.exec(VMS_PAGE) ?? [];
  const loaded = await readAnyPlan(fileOf(text, "vms.yaml"), { passwordKnown: () => true });
  expect(loaded.findings).toEqual([]);
  if (!loaded.ok || loaded.kind !== "virtual-machines") throw new Error("no plan of machines");
  const all = machinesOf(loaded.plan);
  expect(all.map(({ name }) => name)).toHaveLength(20);
  expect(all.at(-1)).toMatchObject({
    name: "db-02",
    template: "rocky-9",
    placementGroup: "db",
    nics: [{ ipAddress: "10.1.21.12" }],
  });
});
