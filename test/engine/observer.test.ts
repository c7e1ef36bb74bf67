import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { TOWER } from "../../lab/cloudtower/tower.fixture";
import type { FaultRule } from "../../lab/faults";
import { FIRST, VIP } from "../../lab/lab.fixture";
import type { ResourceSpec } from "../kit/program";
import type { LabSite } from "./lab-site";
import { CLUSTER_PASSWORD, connectedTower, towerConnection, towerSites } from "./tower-site";

const beginSite = towerSites("4.6.0");
let site: LabSite;

const DNS = ["10.0.0.1", "10.0.0.2"];
const NICS = ["ens162", "ens194"];
const NTP = ["ntp-1.test", "ntp-2.test"];
const observer = { system: "cloudtower", ...towerConnection };

/** What a cluster's connection is, by its hosts, as the VIP moves. */
function clusterConnection(more: Record<string, unknown> = {}) {
  const addresses = site.lab.site.model.hosts.map(({ managementIp }) => managementIp);
  return { name: "HCI-01", addresses, username: "root", password: CLUSTER_PASSWORD, ...more };
}

/** Fisheye's settings and a VLAN. */
function settings(more: Record<string, unknown> = { observer }): ResourceSpec[] {
  const connection = clusterConnection(more);
  const hosts = site.lab.site.model.hosts.map(({ uuid, storageIp }) => ({ uuid, storageIp, nics: NICS }));
  const vds = site.lab.site.model.cluster?.vdses.find(({ name }) => name === "VDS-MGT")?.uuid;
  return [
    { type: "smtxos:ManagementVip", name: "vip", args: { connection, managementVip: VIP } },
    { type: "smtxos:DnsServers", name: "dns", args: { connection, servers: DNS } },
    { type: "smtxos:NtpServers", name: "ntp", args: { connection, mode: "external", servers: NTP } },
    { type: "smtxos:CpuCompatibility", name: "cpu", args: { connection, model: "EPYC" } },
    { type: "smtxos:Vlan", name: "vlan", args: { connection, vds, name: "VLAN-1120", vlanId: 1120 } },
    {
      type: "smtxos:VirtualDistributedSwitch",
      name: "vds",
      args: { connection, name: "VDS-BIZ", bondMode: "active-backup", hosts },
    },
  ];
}

/** Fisheye's front end knows no call to read them: its answer is in no envelope. */
const unreadable: FaultRule[] = [
  "readVip",
  "readDns",
  "readNtp",
  "readCpuCompatibility",
  "readVlan",
  "listVlans",
  "searchVlans",
  "listVdses",
  "readVds",
].map((operation) => ({ operation, answer: { status: 404, body: { message: "Not Found" } } }));

let program: ResourceSpec[];

/** Connected by a host: by the VIP it would lose the cluster when somebody moves that. */
const tower = () => connectedTower({ address: FIRST });

/** CloudTower with the cluster connected, and what the cluster is to be. */
async function standing(wanted: (observed: Record<string, unknown>) => ResourceSpec[]): Promise<void> {
  site = await beginSite();
  program = [...tower(), ...wanted({ observer })];
  await site.up(program);
}

/** What of CloudTower's own stands in the state would fail without it. */
async function onlyFisheye(name = ""): Promise<void> {
  await site.engine.kill();
  site.engine.state = site.engine.state.filter(({ urn }) => urn.includes(`smtxos:`) && urn.endsWith(name));
}

function changeAll(): void {
  const { smtxos: changed } = site.lab;
  changed.setManagementVip("10.0.20.11");
  changed.changeSettings({ dns: ["192.0.2.1"], ntp: { mode: "internal", servers: [] }, cpuModel: "Dhyana" });
  changed.changeVlan("VLAN-1120", (vlan) => {
    vlan.vlanId = 1121;
  });
  changed.changeVds("VDS-BIZ", (vds) => {
    vds.bondMode = "balance-slb";
  });
}

/** Another resource's output. */
const isUnset = (value: unknown) => typeof value === "object" && value !== null && "$ref" in value;

/** What a refresh has brought into the state, of each resource the inputs that differ from the program's. */
async function seen(
  names = program.map(({ name }) => name),
): Promise<{ drift: Record<string, unknown>; logs: string; warned: string }> {
  await site.engine.kill();
  const { errors, logs } = await site.engine.refresh();
  expect(errors).toEqual([]);
  const drift = Object.fromEntries(
    program
      .filter(({ name }) => names.includes(name))
      .flatMap(({ name, args = {} }) => {
        const inputs = site.engine.state.find((kept) => kept.name === name)?.inputs;
        if (!inputs) return [];
        const same = (key: string) =>
          /connection|cluster/.test(key) || isUnset(args[key]) || isDeepStrictEqual(inputs[key], args[key]);
        const changed = Object.keys(args).filter((key) => !same(key));
        return changed.map((key) => [`${name}.${key}`, inputs[key]]);
      }),
  );
  const text = (lines: typeof logs) => lines.map((line) => line.text).join("\n");
  return { drift, logs: text(logs), warned: text(logs.filter(({ warning }) => warning)) };
}

/** Drift as it is, and no change for the rest. */
const DRIFT = {
  "vip.managementVip": "10.0.20.11",
  "dns.servers": ["192.0.2.1"],
  "ntp.mode": "internal",
  "ntp.servers": [],
  "cpu.model": "Dhyana",
  "vlan.vlanId": 1121,
  "vds.bondMode": "balance-slb",
};

test("what is changed at a site that cannot be read is seen through CloudTower, and is put back", async () => {
  await standing((observed) => settings(observed));
  await site.lab.setFaults(unreadable);
  expect((await seen()).drift).toEqual({});
  changeAll();
  const { drift, logs, warned } = await seen();
  expect(drift).toEqual(DRIFT);
  expect(logs).toMatch(/the site does not let the VIPs of HCI-01 be read back; seen through TOWER/);
  expect(logs).toMatch(/the site does not let VLAN VLAN-1120 be read back; seen through TOWER/);
  expect(warned).toBe("");
  site.writes();
  await site.up(program, true);
  expect(site.writes()).toEqual(["setVip", "setDns", "setNtp", "setCpuCompatibility", "updateVlan", "updateVds"]);
  expect((await seen()).drift).toEqual({});
  expect(site.lab.site.model.cluster).toMatchObject({ managementVip: VIP, dns: DNS, cpuModel: "EPYC" });
  site.writes();
  await site.up(program, true);
  expect(site.writes()).toEqual([]);
});

test("a site that can be read is not asked about in CloudTower", async () => {
  await standing((observed) => settings(observed));
  changeAll();
  site.lab.clearRequests();
  await onlyFisheye();
  expect((await seen()).drift).toEqual(DRIFT);
  expect(site.lab.requests().filter(({ endpoint }) => endpoint.startsWith("10.0.20.15"))).toEqual([]);
});

test("without an observer it is said what cannot be seen, and nothing is claimed", async () => {
  await standing(() => settings({}));
  await site.lab.setFaults(unreadable);
  changeAll();
  const { drift, logs } = await seen();
  expect(drift).toEqual({});
  expect(logs).toMatch(/the site does not let the DNS servers of HCI-01 be read back; drift there cannot be seen/);
});

test("of a cluster that CloudTower has lost, as its VIP has moved, only that is claimed", async () => {
  await standing((observed) => settings(observed));
  await site.up([...connectedTower(), ...settings({ observer })]);
  await site.lab.setFaults(unreadable);
  changeAll();
  const { drift, logs } = await seen(["vip", "dns", "ntp", "cpu", "vlan", "vds"]);
  expect(drift).toEqual({});
  expect(logs).toMatch(/TOWER has 10.0.20.10 as DISCONNECTED/);
  expect(logs).toMatch(
    /the CPU model of HCI-01 be read back, and TOWER tells nothing of it; drift there cannot be seen/,
  );
});

describe("a CloudTower that cannot be asked is no failure, but a warning that says what is not seen", () => {
  const words = /drift in the time servers of HCI-01 cannot be seen/;

  test("as nothing answers there", async () => {
    await standing((observed) => settings(observed));
    changeAll();
    await site.lab.setFaults([{ endpoint: `${TOWER}:443`, refuse: true }, ...unreadable]);
    await onlyFisheye();
    const { drift, warned } = await seen();
    expect(drift).toEqual({});
    expect(warned).toMatch(words);
    expect(warned).toMatch(/10\.0\.20\.15:443.*refused/);
  });

  test("as it refuses the log-in", async () => {
    await standing(() => settings({ observer: { ...observer, password: "Canary-Other-1" } }));
    changeAll();
    await site.lab.setFaults(unreadable);
    await onlyFisheye();
    const { drift, warned } = await seen();
    expect(drift).toEqual({});
    expect(warned).toMatch(words);
    expect(warned).not.toMatch(/Canary/);
  });

  test.each<[string, FaultRule]>([
    ["as a proxy answers for it", { operation: "getClusters", answer: { status: 502, html: true } }],
    ["as it fails", { operation: "getClusters", answer: { status: 500, body: { message: "boom", status: 500 } } }],
    ["as it has no such call", { operation: "getClusters", answer: { status: 404, body: { message: "no" } } }],
    ["as it never answers", { operation: "getClusters", hang: "before-commit" }],
    ["as it answers with nonsense", { operation: "getClusters", answer: { status: 200, body: [{ name: 7 }] } }],
  ])("%s", async (_what, rule) => {
    await standing((observed) => settings(observed));
    changeAll();
    await site.lab.setFaults([rule, ...unreadable]);
    await onlyFisheye("ntp");
    const { drift, warned } = await seen();
    expect(drift).toEqual({});
    expect(warned).toMatch(words);
  });
});

test("an observer that comes later is learnt, and nothing that can be read is written for it", async () => {
  await standing(() => settings({}));
  site.writes();
  program = [...tower(), ...settings({ observer })];
  await site.up(program);
  expect(site.writes()).toEqual([]);
  await site.lab.setFaults(unreadable);
  changeAll();
  expect((await seen()).drift).toEqual(DRIFT);
});

test("one observer says which cluster is meant, however many are connected", async () => {
  await standing((observed) => settings(observed));
  await site.lab.setFaults(unreadable);
  site.lab.cloudtower.change(({ clusters }) => {
    const [ours] = clusters;
    if (ours) clusters.unshift({ ...structuredClone(ours), id: "another", ip: "192.0.2.10", serial: null });
  });
  changeAll();
  expect((await seen()).drift).toEqual(DRIFT);
});
