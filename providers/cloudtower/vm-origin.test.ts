import { expect, test } from "vitest";
import { type VmInputs, vmInputs } from "./vm-inputs";
import { begunWith } from "./vm-origin";

const machine = (more: object): VmInputs =>
  vmInputs.parse({
    connection: { name: "TOWER", addresses: ["10.0.20.15"] },
    cluster: "c-1",
    name: "web-01",
    nics: [{ vlan: "default", ipAddress: "10.1.20.11", subnetMask: "255.255.255.0" }],
    ...more,
  });
const copy = (cloudInit: object, more: object = {}) => begunWith(machine({ template: "rocky-9", cloudInit, ...more }));

test("no secret leaves a trace in what is noted of a machine's origin, and the rest a whole fingerprint", () => {
  const noted = copy({ hostname: "web", defaultUserPassword: "Canary-1", userData: "#cloud-config" });
  expect(copy({ hostname: "web", defaultUserPassword: "Canary-2" })).toEqual(noted);
  expect(copy({ hostname: "web" })).toEqual(noted);
  expect(copy({ hostname: "new" })).not.toEqual(noted);
  expect(noted.from.cloudInit).toHaveLength(64);
});

test("a further NIC without an address is no other origin, and another address is", () => {
  const [own, more] = [{ vlan: "default", ipAddress: "10.1.20.11", subnetMask: "255.255.255.0" }, { vlan: "VLAN-20" }];
  const nics = (...all: object[]) => copy({}, { nics: all }).from.addresses;
  expect(nics(own, more)).toBe(nics(own));
  expect(nics({ ...own, ipAddress: "10.1.20.12" })).not.toBe(nics(own));
  expect(nics(more)).toBeUndefined();
});

test("a machine that is started with its creation has run from then on", () => {
  const blank = { vcpu: 1, memory: "1 GiB", nics: [], status: "RUNNING" };
  expect(begunWith(machine(blank)).started).toBe(true);
  expect(begunWith(machine({ ...blank, status: "STOPPED" })).started).toBeUndefined();
  expect(copy({}).started).toBeUndefined();
});
