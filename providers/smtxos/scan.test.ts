import { expect, test } from "vitest";
import { clusterScanSchema, hostScanSchema } from "./scan";

const uuid = "0c1f6c0e-0000-0000-0000-000000000001";
const host = { host_uuid: uuid, hostname: "node-01", product: "SMTXOS", disks: [], ifaces: [] };
const stranger = { host_uuid: uuid, hostname: "node-09", sn: "S9", host_ip: "fe80::9%eth0" };

test.each(["host_uuid", "hostname", "sn", "product", "version", "patch_version"])(
  "a host's %s is one line and short, or the answer is none",
  (field) => {
    expect(hostScanSchema.safeParse(host).success).toBe(true);
    expect(hostScanSchema.safeParse({ ...host, [field]: "x".repeat(256) }).success).toBe(false);
    const lines = `${uuid}\nAll hosts verified\n`;
    expect(hostScanSchema.parse({ ...host, [field]: lines })).toMatchObject({ [field]: `${uuid} All hosts verified` });
  },
);

test("what a host sees of others is short, and not without end", () => {
  const seen = (hosts: object[]) => clusterScanSchema.safeParse({ hosts }).success;
  expect(seen([stranger])).toBe(true);
  for (const field of Object.keys(stranger)) expect(seen([{ ...stranger, [field]: "x".repeat(256) }])).toBe(false);
  expect(seen(Array.from({ length: 1_001 }, () => stranger))).toBe(false);
});
