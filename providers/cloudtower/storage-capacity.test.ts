import fc from "fast-check";
import { expect, test } from "vitest";
import { storageCapacityNotice, storageCapacityThresholds } from "./storage-capacity";

/** floor(((n − 1) / n − 5/100) × 100) in whole numbers: (100 (n − 1) − 5 n) / n. */
function exactly(hosts: number): number {
  const [over, under] = [100n * (BigInt(hosts) - 1n) - 5n * BigInt(hosts), BigInt(hosts)];
  return Number(over / under);
}

test("the runbook's three hosts give 61, and every size what exact fractions give", () => {
  expect(storageCapacityNotice(3)).toBe(61);
  expect([2, 4, 5, 10, 20].map(storageCapacityNotice)).toEqual([45, 70, 75, 85, 90]);
  for (let hosts = 2; hosts <= 64; hosts++)
    expect([hosts, storageCapacityNotice(hosts)]).toEqual([hosts, exactly(hosts)]);
});

test("any number of hosts gives what exact fractions give", () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 1_000_000 }), (hosts) => {
      expect(storageCapacityNotice(hosts)).toBe(exactly(hosts));
    }),
    { verbose: true },
  );
});

test.each([1, 0, -3, 2.5, Number.NaN])("%d hosts have no notice", (hosts) => {
  expect(() => storageCapacityNotice(hosts)).toThrow(RangeError);
});

test("a notice comes before it is critical however large the cluster is", () => {
  expect(storageCapacityThresholds(3)).toEqual([
    { severity: "CRITICAL", value: 90 },
    { severity: "NOTICE", value: 61 },
  ]);
  expect(storageCapacityThresholds(64)[1]).toEqual({ severity: "NOTICE", value: 89 });
});
