import { expect, test } from "vitest";
import { rackPlaces } from "./rack-places";
import { samplePlan } from "./sample-plan";
import type { SitePlan } from "./site-plan";

/** The sample's hosts, with these columns P and Q, and these racks of sheet 机架位置. */
function planOf(columns: (SitePlan["hosts"][number]["rack"] | undefined)[], racks?: SitePlan["racks"]): SitePlan {
  return { ...samplePlan, hosts: samplePlan.hosts.map((host, i) => ({ ...host, rack: columns[i] })), racks };
}

const [one, two, three] = samplePlan.hosts.map(({ name }) => name) as [string, string, string];

test("the sheet's row is a host's uppermost unit, and a host is of 2U", () => {
  const racks = [{ name: "A01", devices: { "40": one, "36": "Switch", "20": two } }];
  expect(rackPlaces(planOf([], racks))).toEqual([
    { host: one, rack: "A01", unit: 39, height: 2 },
    { host: two, rack: "A01", unit: 19, height: 2 },
  ]);
});

test("a device right below, or the same unit in column Q, says that a host is of 1U", () => {
  const racks = [{ name: "A01", devices: { "40": one, "39": two, "38": "Panel", "20": three, "1": "PDU" } }];
  expect(rackPlaces(planOf([undefined, undefined, { name: "A01", unit: 20 }], racks))).toEqual([
    { host: one, rack: "A01", unit: 40, height: 1 },
    { host: two, rack: "A01", unit: 39, height: 1 },
    { host: three, rack: "A01", unit: 20, height: 1 },
  ]);
});

test("the sheet comes before the columns, and the columns where the sheet says nothing", () => {
  const racks = [{ name: "A01", devices: { "40": one.toUpperCase() } }];
  expect(rackPlaces(planOf([{ name: "B02", unit: 3 }, { name: "B02", unit: 7 }, { name: "B02" }], racks))).toEqual([
    { host: one, rack: "A01", unit: 39, height: 2 },
    { host: two, rack: "B02", unit: 7, height: 2 },
  ]);
});

test("a rack without a name is the one of the host's column, and without that unknown", () => {
  const racks = [{ devices: { "40": one, "38": two } }];
  expect(rackPlaces(planOf([{ name: "C03", unit: 39 }], racks))).toEqual([
    { host: one, rack: "C03", unit: 39, height: 2 },
  ]);
});

test("by the columns alone a host right above says that one is of 1U", () => {
  expect(rackPlaces(planOf([1, 2, 4].map((unit) => ({ name: "A01", unit }))))).toEqual([
    { host: one, rack: "A01", unit: 1, height: 1 },
    { host: two, rack: "A01", unit: 2, height: 2 },
    { host: three, rack: "A01", unit: 4, height: 2 },
  ]);
});

test("of two hosts at one place the first is taken, and none beyond the rack", () => {
  expect(rackPlaces(planOf([5, 5, 43].map((unit) => ({ name: "A01", unit }))))).toEqual([
    { host: one, rack: "A01", unit: 5, height: 2 },
  ]);
  expect(rackPlaces(planOf([{ name: "A01", unit: 42 }]))).toEqual([{ host: one, rack: "A01", unit: 42, height: 1 }]);
});

test("of a plan that says nothing no place is known", () => {
  expect(rackPlaces(planOf([]))).toEqual([]);
});
