import fc from "fast-check";
import { expect, test } from "vitest";
import { readPlan } from "./read";
import { type SitePlan, sitePlanSchema } from "./site-plan";
import { toSiteYaml, withoutSecrets } from "./site-yaml";
import { fillTemplate } from "./template";
import { fileOf } from "./workbook.fixture";

const password = fc.option(fc.stringMatching(/^[!-~]{1,16}$/), { nil: undefined });
const username = fc.option(fc.constantFrom("root", "admin", "操作员"), { nil: undefined });
const title = fc.option(fc.constantFrom("某某银行（北京）", 'A & B <"C">', "LAB-1", "０１"), { nil: undefined });
const bond = fc.constantFrom("active-backup", "balance-tcp", "balance-slb");

/** One port without a bond, or two with one. `base` keeps the ports of switches apart. */
function ports(base: number) {
  return fc.oneof(
    fc.constant({ nics: [`ens${base}`] }),
    bond.map((bondMode) => ({ nics: [`ens${base}`, `ens${base + 1}f0.1`], bondMode })),
  );
}

/** A subnet whose gateway is its first address, or a /23 whose gateway is its last (.254). */
function subnet(net: string, third: number) {
  return fc.constantFrom(
    { subnet: `${net}.${third}.0/24`, gateway: `${net}.${third}.1` },
    { subnet: `${net}.${third}.0/23`, gateway: `${net}.${third + 1}.254` },
    { subnet: `${net}.${third}.0/24` },
  );
}

const account = fc.record({ username, password });

/** A component but for its address, which the networks decide. */
const component = fc.option(
  fc.record({
    username,
    password,
    ssh: account,
    system: account,
    serial: fc.option(fc.uuid(), { nil: undefined }),
    version: fc.constantFrom("4.7.1", undefined),
  }),
  { nil: undefined },
);

const hosts = fc.integer({ min: 3, max: 16 }).chain((count) =>
  fc.tuple(
    ...Array.from({ length: count }, (_, i) =>
      fc.record({
        name: fc.constantFrom(`node-${i}`, `BJ-SMTX-Node-${i}.example.com`, String(1000 + i)),
        management: fc.constant(`10.0.20.${20 + i}`),
        storage: fc.constant(`10.0.22.${20 + i}`),
        ssh: fc.record({ username: fc.constantFrom("smartx", "admin"), password }),
        root: fc.record({ password }),
        bmc: fc.option(fc.record({ address: fc.constant(`10.0.24.${20 + i}`), username, password }), {
          nil: undefined,
        }),
        serial: fc.option(fc.constant(`SN${i}`), { nil: undefined }),
        rack: fc.option(fc.record({ name: fc.constant("A01"), unit: fc.integer({ min: 1, max: 42 }) }), {
          nil: undefined,
        }),
      }),
    ),
  ),
);

/** VLAN ids that are all different and not those of other networks: with 存储独立 they share the management switch. */
const business = fc
  .uniqueArray(fc.integer({ min: 100, max: 4094 }), { maxLength: 11 })
  .chain((vlans) =>
    fc.tuple(
      ...vlans.map((vlan, i) => subnet("10.1", 2 * i).map((net) => ({ name: `VLAN-${vlan}-${i}`, vlan, ...net }))),
    ),
  );

const deviceName = fc.constantFrom("OOD Switch01 （Back)", "Blanking Panel", "node-0", "交换机", "1001");

/** Racks that have something in them: a blank one has no cell that would tell of it. */
const racks = fc.option(
  fc.array(
    fc.record({
      name: fc.constantFrom("F1-A08-R04", "A01", "一号 机柜"),
      devices: fc.dictionary(fc.integer({ min: 1, max: 42 }).map(String), deviceName, { noNullPrototype: true }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  { nil: undefined },
);

/** Plans that both forms can hold: 3 to 16 hosts, up to 11 business networks, every architecture. */
const planArbitrary: fc.Arbitrary<SitePlan> = fc
  .record({
    titles: fc.record({ customer: title, project: title, datacenter: title, area: title }),
    cluster: fc.record({
      name: fc.constantFrom("CN-BJ-SMTX-Prod-Cls01", "集群 一"),
      vip: fc.constantFrom("10.0.20.10", undefined),
      version: fc.constantFrom("6.2.0P4", undefined),
      serial: fc.option(fc.uuid(), { nil: undefined }),
      boost: fc.boolean(),
      storage: fc.constantFrom("tiered", "all-flash"),
      networks: fc.constantFrom("separate", "storage-separate"),
      admin: fc.record({ username: fc.constantFrom("root", "admin"), password }),
    }),
    hosts,
    switches: fc.tuple(ports(100), ports(200), ports(300), ports(400)),
    nets: fc.tuple(subnet("10.0", 20), subnet("10.0", 22), subnet("10.0", 30), subnet("10.0", 32)),
    extra: fc.boolean(),
    backup: fc.boolean(),
    business,
    components: fc.record({ cloudtower: component, observability: component, backupService: component }),
    everoute: fc.constantFrom(undefined, { nodes: [] }, { nodes: [51] }, { nodes: [51, 52, 53, 54, 55], serial: "er" }),
    ipmi: fc.option(
      fc.tuple(subnet("10.0", 24), fc.integer({ min: 0, max: 4094 })).map(([net, vlan]) => ({ vlan, ...net })),
      { nil: undefined },
    ),
    racks,
    ntp: fc.subarray(["10.0.0.2", "ntp.example.com", "10.0.0.3", "10.0.0.4", "ntp5.example.com"]),
    dns: fc.subarray(["10.0.0.114", "10.0.0.1", "10.0.0.115"]),
    testRange: fc.constantFrom(undefined, { first: "10.0.20.231", last: "10.0.20.239" }),
  })
  .map(({ titles, switches, nets, extra, backup, business: networks, components, everoute, ...rest }) => {
    const net = extra ? "10.0.30" : "10.0.20";
    const placed = Object.entries(components).map(([key, each], i) => [
      key,
      each && { address: `${net}.${2 + i}`, ...each },
    ]);
    const own = rest.cluster.networks === "separate" ? { switch: { name: "vDS-Prod", ...switches[3] } } : {};
    return sitePlanSchema.parse(
      withoutBlanks({
        kind: "site",
        language: "zh",
        ...titles,
        ...rest,
        ...Object.fromEntries(placed),
        ...(everoute && {
          everoute: { ...everoute, vip: `${net}.50`, nodes: everoute.nodes.map((last) => `${net}.${last}`) },
        }),
        management: {
          switch: { name: "vDS-MgMt", ...switches[0] },
          network: { name: "default", vlan: 0, ...nets[0] },
          ...(extra && { extra: { name: "Infra", vlan: 20, ...nets[2] } }),
        },
        storage: { switch: { name: "vDS-Storage", ...switches[1] }, network: { name: "storage", vlan: 9, ...nets[1] } },
        ...(backup && {
          backup: { switch: { name: "vDS-Backup", ...switches[2] }, network: { name: "backup", vlan: 30, ...nets[3] } },
        }),
        ...(networks.length > 0 && { business: { ...own, networks } }),
      }),
    );
  });

/** A part of which nothing is known is not in a plan that was read; an empty list is what it is. */
function withoutBlanks(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutBlanks);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value)
    .map(([key, each]) => [key, withoutBlanks(each)] as const)
    .filter(([, each]) => each !== undefined);
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

test("any plan comes back from the workbook it was filled into", async () => {
  await fc.assert(
    fc.asyncProperty(planArbitrary, async (plan) => {
      const loaded = await readPlan(fileOf(await fillTemplate(plan)));
      expect(loaded.findings.filter(({ severity }) => severity === "error")).toEqual([]);
      expect(loaded.ok && loaded.plan).toEqual(plan);
    }),
    { numRuns: 25 },
  );
});

test("any plan comes back from site.yaml", async () => {
  await fc.assert(
    fc.asyncProperty(planArbitrary, async (plan) => {
      const loaded = await readPlan(fileOf(toSiteYaml(plan), "site.yaml"));
      expect(loaded.findings.filter(({ severity }) => severity === "error")).toEqual([]);
      expect(loaded.ok && loaded.plan).toEqual(withoutSecrets(plan));
    }),
    { numRuns: 25 },
  );
});
