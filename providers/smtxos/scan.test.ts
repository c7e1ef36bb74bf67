import { expect, test } from "vitest";
import { clusterScanSchema, hostScanSchema } from "./scan";

const uuid = "0c1f6c0e-0000-0000-0000-000000000001";
const host = { host_uuid: uuid, hostname: "node-01", product: "SMTXOS", disks: [], ifaces: [] };
const stranger = { host_uuid: uuid, hostname: "node-09", sn: "S9", host_ip: "fe80::9%eth0" };

test.each(["host_uuid", "hostname", "sn", "product", "version", "patch_version"])(
  "a host's %s is one line, and cut",
  (field) => {
    const long = { ...host, [field]: "x".repeat(5_000) };
    expect(hostScanSchema.parse(long)).toMatchObject({ [field]: "x".repeat(255) });
    const lines = `${uuid}\nAll hosts verified\n`;
    expect(hostScanSchema.parse({ ...host, [field]: lines })).toMatchObject({ [field]: `${uuid} All hosts verified` });
  },
);

test("what a host sees of others is short, and not without end", () => {
  const seen = (hosts: object[]) => clusterScanSchema.safeParse({ hosts }).success;
  const cut = (hosts: object[]) => clusterScanSchema.parse({ hosts });
  expect(seen([stranger])).toBe(true);
  for (const field of Object.keys(stranger))
    expect(cut([{ ...stranger, [field]: "x".repeat(256) }])).toEqual(cut([{ ...stranger, [field]: "x".repeat(255) }]));
  expect(seen(Array.from({ length: 1_001 }, () => stranger))).toBe(false);
});
