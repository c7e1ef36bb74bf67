import { expect, test } from "vitest";
import { reportAddress } from "./address";
import type { ProbeTarget } from "./target";
import { createReport } from "./tools";

function found(role: ProbeTarget["role"], port: number): string[] {
  const target = { role, address: "10.0.20.2", path: ["cloudtower", "address"], ways: [], neighbour: false };
  const report = createReport(() => undefined);
  const occupancy = {
    verdict: "taken" as const,
    ports: [{ port, outcome: "open" as const, mapped: false }],
    params: {},
  };
  reportAddress({ target, occupancy, smtxos: false, pins: [] }, [], report);
  return report.findings.map(({ code, severity }) => `${severity} ${code}`);
}

test("what answers on 443 at CloudTower's address may be one that the cluster is to be connected to; no other may", () => {
  expect(found("cloudtower", 443)).toEqual(["warning probe-cloudtower-perhaps"]);
  expect(found("cloudtower", 22)).toEqual(["error probe-address-taken"]);
  expect(found("observability", 443)).toEqual(["error probe-address-taken"]);
});
