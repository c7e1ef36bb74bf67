import { expect, test } from "vitest";
import { componentNetwork } from "./component-network";
import { samplePlan } from "./sample-plan";
import type { SitePlan } from "./site-plan";

const extra = { name: "Infra", vlan: 30, subnet: "10.0.30.0/23", gateway: "10.0.31.254" };
const withExtra: SitePlan = { ...samplePlan, management: { ...samplePlan.management, extra } };

test("a component is connected to the network of row 4 where row 5 is unused", () => {
  expect(componentNetwork(samplePlan, "10.0.20.2")).toEqual({
    row: "management",
    vlan: 0,
    netmask: "255.255.255.0",
    gateway: "10.0.20.1",
  });
});

test("row 5 is taken where its subnet holds the address, with its own VLAN, mask and gateway", () => {
  expect(componentNetwork(withExtra, "10.0.31.2")).toEqual({
    row: "extra",
    vlan: 30,
    netmask: "255.255.254.0",
    gateway: "10.0.31.254",
  });
  expect(componentNetwork(withExtra, "10.0.20.2")?.row).toBe("management");
});

test("of two rows that hold the address row 5 is taken", () => {
  const both = { ...withExtra, management: { ...withExtra.management, extra: { ...extra, subnet: "10.0.0.0/16" } } };
  expect(componentNetwork(both, "10.0.20.2")?.row).toBe("extra");
});

test("an address in neither subnet has no network", () => {
  expect(componentNetwork(withExtra, "10.9.9.9")).toBeUndefined();
});
