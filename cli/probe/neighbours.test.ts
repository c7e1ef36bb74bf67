import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { arpEntry, localityOf } from "./neighbours";

const folder = mkdtempSync(join(tmpdir(), "sitewright-arp-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("an entry counts once somebody has answered; one that is still asked for does not", async () => {
  const file = join(folder, "arp");
  writeFileSync(
    file,
    [
      "IP address       HW type     Flags       HW address            Mask     Device",
      "10.0.20.101      0x1         0x2         86:5d:6b:ac:18:79     *        eth0",
      "10.0.20.9        0x1         0x0         00:00:00:00:00:00     *        eth0",
      "10.0.20.7        0x1         0x6         86:5d:6b:ac:18:80     *        eth0",
      "",
    ].join("\n"),
  );
  expect(await arpEntry("10.0.20.101", file)).toBe("86:5d:6b:ac:18:79");
  expect(await arpEntry("10.0.20.7", file)).toBe("86:5d:6b:ac:18:80");
  expect(await arpEntry("10.0.20.9", file)).toBe("none");
  expect(await arpEntry("10.0.20.10", file)).toBe("none");
});

test("a system without that table has not been asked", async () => {
  expect(await arpEntry("10.0.20.9", join(folder, "missing"))).toBeUndefined();
});

test("ARP tells of addresses in the networks of this machine only", () => {
  const given = {
    family: "IPv4" as const,
    mac: "86:5d:6b:ac:18:79",
    internal: false,
    netmask: "255.255.255.0",
    address: "10.0.20.200",
    cidr: "10.0.20.200/24",
  };
  const interfaces = { eth0: [given], eth1: [{ ...given, cidr: null, address: "10.0.22.1" }], gone: undefined };
  expect(localityOf("10.0.20.200", interfaces)).toBe("own");
  expect(localityOf("10.0.20.9", interfaces)).toBe("on-link");
  expect(localityOf("10.0.21.9", interfaces)).toBe("routed");
});
