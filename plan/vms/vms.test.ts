import { expect, test } from "vitest";
import { readAnyPlan, readPlan } from "../read";
import { fileOf } from "../workbook.fixture";
import { machinesOf } from "./machines";
import { namesOf } from "./numbers";
import { brokenVms, goodVms } from "./vms.fixture";

const read = (text: string, name = "vms.yaml") => readAnyPlan(fileOf(text, name), { passwordKnown: () => true });

async function machines(text: string) {
  const loaded = await read(text);
  if (!loaded.ok || loaded.kind !== "virtual-machines") throw new Error(JSON.stringify(loaded.findings));
  expect(loaded.findings).toEqual([]);
  return machinesOf(loaded.plan);
}

/** Each machine's first address. */
async function addresses(text: string): Promise<Record<string, string | undefined>> {
  return Object.fromEntries((await machines(text)).map(({ name, nics }) => [name, nics?.[0]?.ipAddress]));
}

test("a plan is its machines, each with what the defaults say and it does not", async () => {
  const all = await machines(goodVms);
  expect(all.map(({ name }) => name)).toEqual([
    ...Array.from({ length: 18 }, (_, i) => `web-${String(i + 1).padStart(2, "0")}`),
    "db-01",
    "db-02",
  ]);
  expect(all[6]).toEqual({
    key: "web-07",
    name: "web-07",
    vcpu: 4,
    memory: "8 GiB",
    disks: [{ name: "web-07-1", size: "100 GiB" }],
    nics: [{ vlan: "VLAN-1120", ipAddress: "10.1.20.17", subnetMask: "255.255.255.0", gateway: "10.1.20.1" }],
  });
  // A list is the entry's own, whole.
  expect(all[19]).toEqual({
    key: "db-02",
    name: "db-02",
    vcpu: 4,
    memory: "64 GiB",
    disks: [
      { name: "db-02-1", size: "100 GiB" },
      { name: "data", size: "500 GiB" },
    ],
    nics: [{ vlan: "VLAN-1121", ipAddress: "10.1.21.12", subnetMask: "255.255.255.0" }],
  });
});

test("the address goes with the number in the name: nobody moves when a machine goes, or gets an entry of its own", async () => {
  const all = await addresses(goodVms);
  const { "web-07": seventh, ...others } = all;
  expect(seventh).toBe("10.1.20.17");
  expect(await addresses(goodVms.replace("{01..18}", "{01..06}\n  - name: web-{08..18}"))).toEqual(others);
  const apart = "{01..06}\n  - name: web-{08..18}\n  - { name: web-07, memory: 16 GiB }";
  expect(await addresses(goodVms.replace("{01..18}", apart))).toEqual(all);
});

test("names that do not count from 1 say which of them has the first address", async () => {
  const text = goodVms.replace("{01..18}", "{101..103}").replace("-10.1.20.40", "-10.1.20.40, firstNumber: 101");
  expect(await addresses(text)).toMatchObject({ "web-101": "10.1.20.11", "web-103": "10.1.20.13" });
});

test("a renamed machine with a key is the same, with the disks of the same names", async () => {
  const renamed = await machines(goodVms.replace("web-{01..18}", "shop-{01..18}\n    key: web-{01..18}"));
  const before = await machines(goodVms);
  expect(renamed.map(({ name: _name, ...rest }) => rest)).toEqual(before.map(({ name: _name, ...rest }) => rest));
  expect(renamed[0]?.name).toBe("shop-01");
});

test("host names are as many as machines, each with the number of its own", async () => {
  const own =
    "{01..02}\n    hostname: db{1..2}.example.com\n    cloudInit: { hostname: 'db{1..2}', nameservers: [10.0.0.1] }";
  const all = await machines(goodVms.replace("  vcpu: 4", "  template: rocky-9\n  vcpu: 4").replace("{01..02}", own));
  expect(all[0]).not.toHaveProperty("hostname");
  expect(all.slice(18)).toMatchObject([
    { hostname: "db1.example.com", cloudInit: { hostname: "db1", nameservers: ["10.0.0.1"] } },
    { hostname: "db2.example.com", cloudInit: { hostname: "db2", nameservers: ["10.0.0.1"] } },
  ]);
});

test("an entry with a source of its own has nothing of the defaults that goes with theirs", async () => {
  const init = "  template: rocky-9\n  fullCopy: true\n  cloudInit: { nameservers: [10.0.0.1] }\n  vcpu: 4";
  const of = async (source: string) =>
    (await machines(goodVms.replace("  vcpu: 4", init).replace("memory: 64 GiB", `memory: 64 GiB\n    ${source}`))).at(
      -1,
    );
  expect(await of("contentLibraryTemplate: ubuntu")).toMatchObject({ fullCopy: true, cloudInit: {} });
  for (const [source, isCopied] of [
    ["clone: db", true],
    ["iso: db.iso", false],
  ] as const) {
    const machine = await of(source);
    expect(machine).not.toHaveProperty("template");
    expect(machine).not.toHaveProperty("cloudInit");
    expect(machine?.fullCopy).toBe(isCopied || undefined);
  }
});

test("iso is the image of the first drive", async () => {
  const [first] = await machines(goodVms.replace("  vcpu: 4", "  vcpu: 4\n  iso: rocky.iso"));
  expect(first).toMatchObject({ cdRoms: [{ image: "rocky.iso" }] });
  expect(first).not.toHaveProperty("iso");
  const two = goodVms.replace("  vcpu: 4", "  vcpu: 4\n  iso: rocky.iso\n  cdRoms: [{}, { image: tools.iso }]");
  expect((await machines(two))[0]?.cdRoms).toEqual([{ image: "rocky.iso" }, { image: "tools.iso" }]);
});

test.each([
  ["web-{08..11}", ["web-08", "web-09", "web-10", "web-11"], [8, 9, 10, 11]],
  ["{9..10}-x", ["9-x", "10-x"], [9, 10]],
  ["a{0..1}", ["a0", "a1"], [0, 1]],
  ["web-07", ["web-07"], [7]],
  ["web", ["web"], [undefined]],
])("%s stands for %j", (text, names, numbers) => {
  expect(namesOf(text)).toEqual({ names, numbers });
});

test.each(["{2..1}", "{1..1001}", "{1..2}{1..2}", "{a..b}", "{", "}", "{1}", "{-1..2}", `{1..${"9".repeat(10)}}`])(
  "%s stands for nothing",
  (text) => {
    expect(namesOf(text)).toBeUndefined();
  },
);

test.each(brokenVms)("what is wrong is said at its line (%#)", async (change, found) => {
  const text = change(goodVms);
  expect(text).not.toBe(goodVms);
  const { ok, findings } = await read(text);
  const at = ({ code, line, other }: (typeof findings)[number]) =>
    [code, line, /line (\d+)/.exec(other ?? "")?.[1]].filter((each) => each !== undefined).join(" ");
  expect(findings.map(at)).toEqual(found);
  expect(ok).toBe(findings.every(({ severity }) => severity === "warning"));
});

test("a key that is not known comes with the one that it is near to", async () => {
  const { findings } = await read(goodVms.replace("  vcpu: 4", "  vpcu: 4"));
  expect(findings[0]).toMatchObject({ fix: expect.stringMatching(/^Write vcpu, .*docs\/vms-yaml\.md/) });
});

test("what a value is not is said in the words of the plan, in Chinese too", async () => {
  const wrong = ["8 GB", "0.3 B", "10.1.20.11-", "52:54:00:12:34:5G"];
  const { findings } = await read(
    goodVms
      .replace("8 GiB", "8 GB")
      .replace("64 GiB", "0.3 B")
      .replace("10.1.20.11-10.1.20.40", "10.1.20.11-")
      .replace("10.1.21.12,", '10.1.21.12, macAddress: "52:54:00:12:34:5G",'),
  );
  expect(findings.map(({ value }) => value).sort()).toEqual(wrong.sort());
  for (const { params } of findings) {
    expect(params.problem).toMatch(/^(neither|no) /);
    expect(params.problemZh).toMatch(/^(应为|不是)/);
  }
});

test("CloudTower's password has to be known from elsewhere", async () => {
  const { ok, findings } = await readAnyPlan(fileOf(goodVms, "vms.yaml"), { passwordKnown: () => false });
  expect(findings.map(({ code, line }) => `${code} ${line}`)).toEqual(["vm-password-missing 2"]);
  expect(ok).toBe(false);
});

test("a name whose braces YAML takes for its own is to be quoted", async () => {
  const text = `${goodVms}  - { name: app-{01..05}, nics: [] }\n`;
  await expect(read(text)).rejects.toThrow(
    /line 15.*— .*within \{ \} a name with braces is quoted: "app-\{01\.\.05\}"/,
  );
});

test("who needs a site's plan is told that this is none", async () => {
  await expect(readPlan(fileOf(goodVms, "vms.yaml"))).rejects.toThrow(
    "it is a plan of virtual-machines, and a site's is needed",
  );
});

test("what cloud-init is given is shown by no finding, and may have many lines", async () => {
  const withInit = (init: string) =>
    goodVms.replace("  vcpu: 4", `  template: rocky-9\n  cloudInit: ${init}\n  vcpu: 4`);
  const good = await read(withInit('{ userData: "#cloud-config\\npassword: Canary-1\\n" }'));
  expect(good.findings).toEqual([]);
  for (const init of ['"password: Canary-1"', '{ userData: "\\u202eCanary-1" }', "{ userData: [Canary-1] }"]) {
    const { ok, findings } = await read(withInit(init));
    expect(ok).toBe(false);
    expect(JSON.stringify(findings)).not.toContain("Canary-1");
  }
  // Nor where its key is misspelt, or it stands somewhere else.
  for (const key of ["cloud-init", "cloudinit", "x"]) {
    const text = withInit('{ userData: "\\u202eCanary-1" }').replace("cloudInit:", `${key}:`);
    expect(JSON.stringify((await read(text)).findings)).not.toContain("Canary-1");
  }
});

test("a plan of what stands has each machine on its own, and may have thousands", async () => {
  const head = "kind: virtual-machines\ncloudtower: 10.0.20.15\ncluster: HCI-01\nvms:\n";
  const each = (at: number) =>
    `  - { name: "vm-${at}", vcpu: 2, memory: 4 GiB, disks: [{ name: "vm-${at}-1", size: 40 GiB }], nics: [{ vlan: default, macAddress: "52:54:00:00:${hex(at >> 8)}:${hex(at & 255)}" }] }\n`;
  const hex = (byte: number) => byte.toString(16).padStart(2, "0");
  expect(await machines(head + Array.from({ length: 2_000 }, (_, at) => each(at)).join(""))).toHaveLength(2_000);
});
