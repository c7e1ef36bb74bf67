import { rmSync } from "node:fs";
import { expect, test } from "vitest";
import { labPlan } from "./lab.fixture";
import { labStart, planFolder, run } from "./lab-command.fixture";
import { checkOwnAddresses } from "./own-addresses";

const loopback = { address: "127.0.0.1", netmask: "255.0.0.0", family: "IPv4" as const, mac: "00:00:00:00:00:00" };
const lo = { ...loopback, internal: true, cidr: "127.0.0.1/8" };

test("addresses that no interface has are all named, each with the command that adds it, and why the lab does not", () => {
  const eth0 = {
    ...loopback,
    address: "10.0.20.101",
    netmask: "255.255.255.0",
    internal: false,
    cidr: "10.0.20.101/24",
  };
  const wanted = ["10.0.20.101", "10.0.20.102", "10.0.20.10"];
  expect(() => checkOwnAddresses(wanted, "it is not root", { lo: [lo], eth0: [eth0] })).toThrow(
    /no interface has 10\.0\.20\.102, 10\.0\.20\.10, so .* because it is not root[\s\S]*ip address add 10\.0\.20\.102\/32 dev lo\n {2}ip address add 10\.0\.20\.10\/32 dev lo$/,
  );
});

test("a subnet on the loopback interface has all its addresses", () => {
  expect(() => checkOwnAddresses(["127.0.20.101", "127.9.9.9"], "", { lo: [lo] })).not.toThrow();
});

/** Runs a command in a network namespace of its own, after what sets that up. */
function inNamespace(setUp: string[], ...command: string[]) {
  return run(["unshare", "-n", "sh", "-c", `${["true", ...setUp].join(" && ")} && exec "$@"`, "sh", ...command]);
}

const HOSTS = ["10.0.20.101", "10.0.20.102", "10.0.20.103"];
const VIP = "10.0.20.10";
const TOWER = "10.0.20.15";

/** The namespace leads elsewhere. */
const veth = ["ip link add v0 type veth peer name v1", "ip link set v0 up"];

/** Why no namespace can be made here; undefined where it can. */
async function hindrance(): Promise<string | undefined> {
  const tried = await inNamespace(veth, "true").ended.catch((error: Error) => ({ code: 1, output: error.message }));
  return tried.code === 0 ? undefined : `no network namespace can be made: ${tried.output.trim()}`;
}

test("in a network namespace of its own any client reaches the site at its addresses, which come and go with it", async (context) => {
  const why = await hindrance();
  if (why) return context.skip(why);
  const { folder, file, dir } = planFolder();
  try {
    const client = inNamespace([], process.execPath, "-e", CLIENT, ...labStart(file, dir, "--own-addresses"));
    const { code, output } = await client.ended;
    expect(output).toContain("all well");
    expect(code).toBe(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("CloudTower's address is there while its machine runs, and a lab that was killed leaves none to the next", async (context) => {
  const why = await hindrance();
  if (why) return context.skip(why);
  const { folder, file, dir } = planFolder({ ...labPlan(), cloudtower: { address: TOWER } });
  try {
    const command = labStart(file, dir, "--own-addresses");
    const { code, output } = await inNamespace([], process.execPath, "-e", MACHINE, ...command).ended;
    expect(output).toContain("all well");
    expect(code).toBe(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a namespace that leads elsewhere is changed in nothing: its addresses are there or stop the lab", async (context) => {
  const why = await hindrance();
  if (why) return context.skip(why);
  const { folder, file, dir } = planFolder();
  const command = labStart(file, dir, "--own-addresses");
  const with_ = (addresses: string[]) => [
    ...veth,
    "ip link set lo up",
    ...addresses.map((address) => `ip address add ${address}/32 dev lo`),
  ];
  try {
    const { code, output } = await inNamespace(with_(HOSTS.slice(0, 2)), ...command).ended;
    expect(output.trim().split("\n")).toEqual([
      expect.stringMatching(
        /^sitewright: no interface has 10\.0\.20\.103, 10\.0\.20\.10, so .* this network namespace has other interfaces \(v0\)/,
      ),
      "  ip link set lo up",
      "  ip address add 10.0.20.103/32 dev lo",
      `  ip address add ${VIP}/32 dev lo`,
    ]);
    expect(code).toBe(1);
    const lab = inNamespace(with_([...HOSTS, VIP]), ...command);
    expect((await lab.started).endpoints).toEqual({});
    lab.child.kill("SIGTERM");
    expect((await lab.ended).code).toBe(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** A client that knows the vendor's addresses and ports and nothing of the lab but its CA. */
const CLIENT = `
const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const { createHash } = require("node:crypto");
const { readFileSync } = require("node:fs");
const { networkInterfaces } = require("node:os");
const { dirname, join } = require("node:path");
const { Client } = require("ssh2");
const { parse } = require("yaml");
const [http, https] = ["http", "https"].map((name) => require("node:" + name));

function ask(method, url, token, body, options = {}) {
  return new Promise((resolve, reject) => {
    const headers = { "x-smartx-token": token, "content-type": "application/json" };
    const client = url.startsWith("https") ? https : http;
    const request = client.request(url, { method, headers, agent: false, ...options }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode, body: JSON.parse(text) }));
    });
    request.on("error", reject);
    request.end(body && JSON.stringify(body));
  });
}

/** As ssh-keygen -l prints it. */
const hostKey = (host) =>
  new Promise((resolve, reject) => {
    const client = new Client().on("error", reject);
    const hostVerifier = (key) => {
      resolve("SHA256:" + createHash("sha256").update(key).digest("base64").replace(/=+$/, ""));
      client.on("error", () => {});
      return false;
    };
    client.connect({ host, username: "root", hostVerifier });
  });

async function check({ ca, endpoints }) {
  const fixed = "e79b85fc18b7402fbcc0391fe8d7d24c";
  const trusted = { ca: readFileSync(ca) };
  assert.deepEqual(endpoints, {});
  const { ssh, ca: [file] } = parse(readFileSync(join(dirname(ca), "trust.yaml"), "utf8"));
  assert.equal(join(dirname(ca), file), ca);
  const hosts = [];
  for (const host of ["10.0.20.101", "10.0.20.102", "10.0.20.103"]) {
    const scanned = await ask("GET", "http://" + host + "/api/v2/deployment/host", fixed);
    assert.equal(scanned.body.data.host_ip, host);
    assert.equal((await ask("GET", "http://" + host + "/api/v2/deployment/host", "wrong")).status, 401);
    assert.equal((await ask("GET", "https://" + host + "/api/v2/deployment/deploy_verify", fixed, undefined, trusted)).status, 200);
    await assert.rejects(ask("GET", "https://" + host + "/api/v2/deployment/deploy_verify", fixed), /certificate/);
    assert.equal(ssh[host + ":22"], await hostKey(host));
    hosts.push({ ...scanned.body.data, storage: host.replace(".20.", ".21.") });
  }
  const vds = (name, nics) => ({
    name,
    bond_mode: "active-backup",
    hosts_associated: hosts.map(({ host_uuid }) => ({ host_uuid, nics_associated: nics })),
  });
  const network = (type, attached_vds, address, route) => ({
    name: type + "-network",
    attached_vds,
    network_type: type,
    network_config: {
      service: hosts.map((host) => ({
        host_uuid: host.host_uuid,
        service_interface_name: "port-" + type,
        service_interface_ip: host[address],
        netmask: "255.255.255.0",
      })),
      ...route,
    },
    mode: { type: "vlan_access", network_identities: [0] },
  });
  const deployment = await ask("POST", "http://10.0.20.101/api/v2/deployment/cluster", fixed, {
    platform: "kvm",
    cluster_name: "HCI-01",
    dns_server: ["127.0.0.1"],
    vdses: [vds("VDS-MGT", ["ens224", "ens192"]), vds("VDS-SDS", ["ens256", "ens161"])],
    networks: [
      network("mgt", "VDS-MGT", "host_ip", { route: [{ gateway: "10.0.20.1" }] }),
      network("storage", "VDS-SDS", "storage"),
    ],
    hosts: hosts.map((host, index) => ({
      host_ip: host.host_ip,
      host_uuid: host.host_uuid,
      hostname: "node-0" + (index + 1),
      disk_data_with_cache: false,
      host_passwords: ["root", "smartx"].map((user) => ({ user, password: "c+G6KvJYsKyQyY4U" })),
      tags: [],
      ifaces: [
        { ip: host.host_ip, function: "mgt" },
        { ip: host.storage, function: "storage" },
      ],
      disks: host.disks.filter((disk) => disk.function !== "boot"),
      is_master: true,
      with_faster_ssd_as_cache: true,
    })),
    ntp: { mode: "internal", ntp_server: null, current_time: "2026-01-04T07:49:20.978Z" },
    vhost_enabled: true,
    rdma_enabled: false,
  });
  assert.equal(deployment.body.ec, "EOK", JSON.stringify(deployment.body));
  const account = { username: "root", password: "secret", repeat: "secret", encrypted: false };
  assert.equal((await ask("POST", "http://10.0.20.102/api/v3/users:setupRoot", "", account)).status, 200);
  const { token } = (await ask("POST", "http://10.0.20.103/api/v3/sessions", "", account)).body;
  const licence = "//10.0.20.10/api/v2/tools/license";
  await assert.rejects(ask("GET", "http:" + licence, token), /ENETUNREACH/);
  const vip = { management_vip: "10.0.20.10", iscsi_vip: null };
  assert.equal((await ask("PUT", "http://10.0.20.101/api/v2/settings/vip", token, vip)).body.ec, "EOK");
  assert.equal((await ask("GET", "http:" + licence, token)).body.ec, "EOK");
  assert.equal((await ask("GET", "https:" + licence, token, undefined, trusted)).body.ec, "EOK");
}

const lab = spawn(process.argv[1], process.argv.slice(2), { stdio: ["ignore", "pipe", "inherit"] });
let line = "";
lab.stdout.on("data", async (chunk) => {
  const begun = line.includes("\\n");
  line += chunk;
  if (begun || !line.includes("\\n")) return;
  try {
    await check(JSON.parse(line));
    console.log("all well");
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  }
  lab.kill("SIGTERM");
});
lab.on("exit", (code) => {
  process.exitCode ||= code;
  assert.deepEqual(Object.keys(networkInterfaces()), ["lo"]);
});
`;

/** Stops CloudTower's machine, kills the lab, starts it anew, and ends it. */
const MACHINE = `
const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const { networkInterfaces } = require("node:os");

const [program, ...words] = process.argv.slice(1);
const start = (...more) =>
  new Promise((resolve) => {
    const lab = spawn(program, [...words, ...more], { stdio: ["ignore", "pipe", "inherit"] });
    lab.ended = new Promise((ended) => lab.on("exit", ended));
    lab.stdout.once("data", (line) => resolve({ ...JSON.parse(line), lab }));
  });
const addresses = () => Object.values(networkInterfaces()).flat().flatMap(({ address }) => (address.startsWith("10.") ? address : [])).sort();
const hosts = ["10.0.20.101", "10.0.20.102", "10.0.20.103"];

(async () => {
  const { lab, smtxos } = await start("--stage", "cloudtower");
  assert.deepEqual(addresses(), ["10.0.20.10", ...hosts, "10.0.20.15"]);
  const headers = { "x-smartx-token": smtxos.token, "content-type": "application/json" };
  const ask = async (method, path, body) =>
    (await (await fetch(smtxos.url + "/api/v2" + path, { method, headers, body: JSON.stringify(body) })).json()).data;
  const [{ uuid }] = (await ask("GET", "/vms")).entities;
  const { job_id } = await ask("POST", "/vms/" + uuid + "/stop", { force: true });
  await ask("GET", "/jobs/" + job_id);
  assert.deepEqual(addresses(), ["10.0.20.10", ...hosts]);
  lab.kill("SIGKILL");
  await lab.ended;
  assert.deepEqual(addresses(), ["10.0.20.10", ...hosts]);
  const again = await start();
  assert.deepEqual(addresses(), ["10.0.20.10", ...hosts]);
  again.lab.kill("SIGTERM");
  assert.equal(await again.lab.ended, 0);
  assert.deepEqual(addresses(), []);
  console.log("all well");
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
`;
