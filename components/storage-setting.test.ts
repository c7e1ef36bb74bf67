import { expect, test } from "vitest";
import { storageSetting } from "./storage-setting";

test("the vendor's words are copies or erasure coding, thin or thick; the runbook's unless told", () => {
  expect(storageSetting()).toEqual({ replicas: 2, thinProvision: true });
  expect(storageSetting("REPLICA_3_THICK_PROVISION")).toEqual({ replicas: 3, thinProvision: false });
  expect(storageSetting("EC_4_2_THIN_PROVISION")).toEqual({ ecK: 4, ecM: 2, thinProvision: true });
});

test.each(["", "EC", "REPLICA_4_THIN_PROVISION", "replica-2", "REPLICA_2"])("%j is refused with examples", (text) => {
  expect(() => storageSetting(text)).toThrow(/is "[^"]*": set it to one like REPLICA_2_THIN_PROVISION/);
});
