import { execFile } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2 from "ssh2";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { labPlan } from "../../lab/lab.fixture";
import type { Finding } from "../../plan/finding";
import { explain } from "../../plan/finding-text";
import { readTrustFile } from "../../providers/kernel/trust-file";
import { factText } from "./fact-text";
import type { Probed } from "./probe-plan";

/** What `check --probe --format json` prints. */
interface Output {
  findings: Finding[];
  probes: Omit<Probed, "findings">;
}

const folder = mkdtempSync(join(tmpdir(), "sitewright-probe-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fixtures = join(__dirname, "..", "..", "providers", "kernel", "fixtures");
const tlsKey = readFileSync(join(fixtures, "site-key.pem"), "utf8");
const certificate = readFileSync(join(fixtures, "site.pem"), "utf8");
const sshKey = ssh2.utils.generateKeyPairSync("ed25519");
const hostKeyPin = `SHA256:${createHash("sha256")
  .update(Buffer.from(sshKey.public.split(" ")[1] ?? "", "base64"))
  .digest("base64")
  .replace(/=+$/, "")}`;

const base = labPlan();
const plan = {
  ...base,
  hosts: base.hosts.map((host, i) => ({ ...host, bmc: { address: `10.0.19.10${i + 1}` } })),
  cloudtower: { address: "10.0.20.2" },
  observability: { address: "10.0.20.3" },
  backupService: { address: "10.0.20.4" },
  everoute: { vip: "10.0.20.5", nodes: ["10.0.20.6"] },
  testRange: { first: "10.0.20.231", last: "10.0.20.233" },
  dns: ["10.0.20.53", "10.0.20.54", "10.0.20.55"],
  ntp: ["ntp.example.com", "10.0.20.124", "10.0.20.125", "10.0.20.126", "10.0.20.127"],
};

const uuid = (number: number) => `1f97a2d8-9ac8-11f0-978c-00000000000${number}`;
const seen = (number: number, hostname: string) => ({
  host_ip: `fe80::${number}%ens256`,
  host_uuid: uuid(number),
  hostname,
  sn: `SN-${number}`,
});
const scan = (number: number) => ({
  ...seen(number, "localhost.localdomain"),
  host_ip: `10.0.20.10${number}`,
  product: "SMTXOS",
  version: "6.2.0",
  disks: [],
  ifaces: [],
});
const factoryHost = (number: number, cluster: object[]) => ({
  kind: "http",
  address: `10.0.20.10${number}`,
  port: 80,
  paths: {
    "/api/v2/deployment/host": scan(number),
    "/api/v2/deployment/deploy_verify": { is_deployed: false },
    "/api/v2/deployment/cluster": { hosts: cluster },
  },
});

/** The site as it is: node-01 in order, node-02 without SSH, node-03 not there; who has which address besides. */
const site = {
  near: ["10.0.19.200/24", "10.0.20.200/24", "10.0.21.200/24"],
  far: [
    ...["10.0.20.101/24", "10.0.20.102/24", "10.0.19.101/24", "10.0.19.102/24"],
    ...["10.0.20.10/24", "10.0.21.101/24", "10.0.20.3/24", "10.0.20.232/24"],
    ...["53", "55", "123", "124", "125", "127"].map((last) => `10.0.20.${last}/24`),
  ],
  mute: ["10.0.20.3"],
  servers: [
    factoryHost(1, [seen(1, "localhost.localdomain"), seen(2, "localhost.localdomain"), seen(9, "stranger")]),
    { kind: "ssh", address: "10.0.20.101", port: 22, key: sshKey.private },
    { kind: "tls", address: "10.0.20.101", port: 443, key: tlsKey, cert: certificate },
    factoryHost(2, []),
    { kind: "udp", address: "10.0.19.101", port: 623, speaks: "rmcp" },
    { kind: "tcp", address: "10.0.19.102", port: 443 },
    { kind: "http", address: "10.0.20.10", port: 80 },
    { kind: "udp", address: "10.0.20.53", port: 53, speaks: "dns", names: { "ntp.example.com": "10.0.20.123" } },
    { kind: "udp", address: "10.0.20.55", port: 53, speaks: "dns", names: {} },
    { kind: "udp", address: "10.0.20.123", port: 123, speaks: "ntp", offset: 250 },
    { kind: "udp", address: "10.0.20.124", port: 123, speaks: "ntp", offset: -5_000 },
    { kind: "udp", address: "10.0.20.125", port: 123, speaks: "ntp", stratum: 16, leap: 3 },
    { kind: "udp", address: "10.0.20.127", port: 123, speaks: "ntp", stratum: 0, kiss: "RATE" },
  ],
};

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command on the near end of the cable. `bin` comes first on its PATH. */
function onSite(command: string[], bin = "") {
  const script = join(__dirname, "..", "..", "test", "kit", "probe-site.cjs");
  return unshared([process.execPath, script, JSON.stringify(site), ...command], bin);
}

/** Runs a command in a network namespace of its own. */
function unshared(command: string[], bin = "") {
  // The network tools and no ping: what is found does not depend on this machine's programs.
  const env = { ...process.env, PATH: [bin, tools].filter(Boolean).join(":") };
  return new Promise<Ended>((resolve) => {
    execFile(unshare, ["-n", ...command], { env, maxBuffer: 1e7 }, (error, stdout, stderr) => {
      resolve({
        code: typeof error?.code === "number" ? error.code : error ? 255 : 0,
        stdout,
        stderr: stderr || (error?.message ?? ""),
      });
    });
  });
}

/** A folder that leads to the programs that a test needs, and to no other. */
function only(name: string, programs: string[]): string {
  const bin = join(folder, name);
  mkdirSync(bin);
  for (const program of programs) {
    const found = (process.env.PATH ?? "").split(":").map((each) => join(each, program));
    const file = [...found, `/usr/sbin/${program}`, `/sbin/${program}`].find((each) => existsSync(each));
    if (file) symlinkSync(file, join(bin, program));
  }
  return bin;
}

const tools = only("tools", ["ip", "unshare", "sh"]);
const unshare = join(tools, "unshare");
const command = join(__dirname, "..", "sitewright.cjs");
const check = (...args: string[]) => [process.execPath, command, "check", stack, "--probe", ...args];
const stack = join(folder, "site");

/** Why there can be no second machine here; undefined where there can. */
async function hindrance(): Promise<string | undefined> {
  const { code, stderr } = await onSite(["sh", "-c", "exit 0"]);
  return code === 0 ? undefined : `no two network namespaces can be joined: ${stderr.trim()}`;
}

let hindered: string | undefined;
let output: Output;
let ended: Ended;

beforeAll(async () => {
  hindered = await hindrance();
  mkdirSync(stack);
  writeFileSync(join(stack, "site.yaml"), stringify(plan));
  if (hindered) return;
  // Stands for an installed ping, which a test machine may lack: one address echoes, exit codes are those of iputils.
  const bin = join(folder, "bin");
  mkdirSync(bin);
  const file = join(bin, "ping");
  writeFileSync(file, '#!/bin/sh\nfor last; do :; done\n[ "$last" = 10.0.20.4 ]\n');
  chmodSync(file, 0o755);
  ended = await onSite(check("--format", "json"), bin);
  expect(ended.stdout, ended.stderr).toContain("{");
  output = JSON.parse(ended.stdout) as Output;
});

/** The findings of the probes at an address, each as its severity and code; and the place of the first. */
function foundAt(address: string) {
  const found = output.findings.filter((each) => each.value === address && each.code.startsWith("probe-"));
  return found.map(({ severity, code, params }) => ({ severity, code, params }));
}

function factsAt(address: string) {
  return output.probes.facts.filter((each) => each.address === address).map(({ code, params }) => ({ code, params }));
}

/** A test that needs the site at the other end of the cable. */
function siteTest(name: string, body: () => void | Promise<void>) {
  test(name, async (context) => {
    if (hindered) return context.skip(hindered);
    await body();
  });
}

siteTest("a host in order answers on 80 and 22; one without SSH, and one that is not there, are errors", () => {
  expect(foundAt("10.0.20.101")).toEqual([]);
  expect(factsAt("10.0.20.101")).toContainEqual({
    code: "management-answers",
    params: { host: "node-01", open: "80, 22, 443", state: "factory" },
  });
  expect(foundAt("10.0.20.102")).toEqual([
    { severity: "error", code: "probe-management-silent", params: { host: "node-02", refused: "22" } },
  ]);
  expect(foundAt("10.0.20.103")).toMatchObject([{ severity: "error", code: "probe-management-silent" }]);
  expect(ended.code).toBe(1);
});

siteTest("each finding stands at the line and column of its address", () => {
  const lines = readFileSync(join(stack, "site.yaml"), "utf8").split("\n");
  for (const { value = "", line = 0, column = 0 } of output.findings.filter(({ code }) => code.startsWith("probe-"))) {
    // A stranger has no address in the plan: it stands at the list of hosts, an address of a range at its first.
    const expected = value === "stranger" ? "hosts:" : value === "10.0.20.232" ? "first: 10.0.20.231" : value;
    expect(lines[line - 1]?.slice(column - 1)).toContain(expected);
  }
});

siteTest("the cluster scan names the one host that the plan lacks, and who could not be asked", () => {
  expect(foundAt("stranger")).toEqual([
    {
      severity: "warning",
      code: "probe-host-unplanned",
      params: { hostname: "stranger", uuid: uuid(9), serial: "SN-9", seenAt: "fe80::9%ens256", unasked: "node-03" },
    },
  ]);
});

siteTest("an address that accepts is taken", () => {
  expect(foundAt("10.0.20.10")).toMatchObject([
    { severity: "error", code: "probe-address-taken", params: { role: "vip", open: "80", refused: "22, 443" } },
  ]);
});

siteTest("an address that refuses is taken: some machine has it", () => {
  expect(foundAt("10.0.21.101")).toMatchObject([
    { severity: "error", code: "probe-address-taken", params: { role: "storage", refused: "80, 22, 443" } },
  ]);
  expect(foundAt("10.0.20.232")).toMatchObject([
    { severity: "warning", code: "probe-test-address-taken", params: { refused: "80, 22, 443" } },
  ]);
});

siteTest("an address that only ARP knows is taken, and the finding names the hardware address", () => {
  const [found] = foundAt("10.0.20.3");
  expect(found).toMatchObject({ severity: "error", code: "probe-address-taken", params: { role: "observability" } });
  expect(found?.params.mac).toMatch(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
  expect(found?.params).not.toHaveProperty("open");
  expect(found?.params).not.toHaveProperty("refused");
});

siteTest("an address that only echoes is taken", () => {
  const [found] = foundAt("10.0.20.4");
  expect(found).toMatchObject({ code: "probe-address-taken", params: { role: "backupService", echo: 1 } });
  expect(found?.params).not.toHaveProperty("mac");
});

siteTest("an address that nobody has is free, and it is said how it was looked for", () => {
  for (const address of ["10.0.20.2", "10.0.20.5", "10.0.20.6", "10.0.21.102", "10.0.20.231", "10.0.20.233"]) {
    expect(foundAt(address)).toEqual([]);
    expect(factsAt(address)).toMatchObject([
      { code: "address-free", params: { ports: "80, 22, 443", within: "1 s", arp: "tried", ping: "tried" } },
    ]);
  }
});

siteTest("a BMC answers by RMCP or by its web page; a silent one is a warning", () => {
  expect(factsAt("10.0.19.101")).toEqual([{ code: "bmc-answers", params: { host: "node-01", by: "RMCP (UDP 623)" } }]);
  expect(factsAt("10.0.19.102")).toEqual([{ code: "bmc-answers", params: { host: "node-02", by: "TCP 443" } }]);
  expect(foundAt("10.0.19.103")).toEqual([
    { severity: "warning", code: "probe-bmc-silent", params: { host: "node-03" } },
  ]);
});

siteTest("each DNS server is asked for itself: one knows the name, one is silent, one does not know it", () => {
  expect(factsAt("10.0.20.53")).toEqual([
    { code: "dns-resolves", params: { name: "ntp.example.com", addresses: "10.0.20.123" } },
  ]);
  expect(foundAt("10.0.20.54")).toMatchObject([{ severity: "warning", code: "probe-dns-silent" }]);
  expect(foundAt("10.0.20.55")).toEqual([
    { severity: "error", code: "probe-dns-name-unknown", params: { name: "ntp.example.com" } },
  ]);
});

siteTest("an NTP server is found by the plan's own DNS, and its offset is within what the way allows", () => {
  const [fact] = factsAt("ntp.example.com");
  expect(fact).toMatchObject({ code: "ntp-answers", params: { stratum: 2, at: "10.0.20.123" } });
  const { offset, delay } = (fact?.params ?? {}) as { offset: number; delay: number };
  // RFC 4330: the error is at most half the way there and back; each reading is cut to a millisecond.
  expect(Math.abs(offset - 250)).toBeLessThanOrEqual(delay / 2 + 3);
  expect(foundAt("ntp.example.com")).toEqual([]);
});

siteTest("a clock that is seconds off, one that is not set, a refusal and silence are warnings", () => {
  expect(foundAt("10.0.20.124")).toMatchObject([{ severity: "warning", code: "probe-ntp-offset" }]);
  const unset = { stratum: 16, alarm: 1 };
  expect(foundAt("10.0.20.125")).toEqual([{ severity: "warning", code: "probe-ntp-unsynchronised", params: unset }]);
  expect(foundAt("10.0.20.126")).toEqual([{ severity: "warning", code: "probe-ntp-silent", params: {} }]);
  expect(foundAt("10.0.20.127")).toMatchObject([
    { code: "probe-ntp-unsynchronised", params: { stratum: 0, kiss: "RATE" } },
  ]);
});

siteTest("every finding and fact is told in Chinese too, with nothing left out", () => {
  const findings = output.findings.filter(({ code }) => code.startsWith("probe-"));
  const texts = [
    ...findings.map(({ cause, fix }) => ({ cause, fix })),
    ...findings.map(({ code, params }) => explain(code, params, "zh")),
  ].flatMap(({ cause, fix }) => [cause, fix]);
  const facts = output.probes.facts.map(({ code, params }) => factText(code, params, "zh"));
  for (const text of [...texts, ...facts, ...output.probes.facts.map((each) => each.text)]) {
    expect(text).not.toMatch(/undefined|\$/);
  }
  for (const text of [...texts.slice(findings.length * 2), ...facts]) expect(text).toMatch(/\p{Script=Han}/u);
});

siteTest("certificate and host key come as the pins that trust.yaml takes", () => {
  const { fingerprint256 } = new X509Certificate(certificate);
  const none = { kept: "no" };
  expect(output.probes.pins).toEqual([
    { section: "tls", endpoint: "10.0.20.101:443", pin: `sha256:${fingerprint256}`, ...none },
    { section: "ssh", endpoint: "10.0.20.101:22", pin: hostKeyPin, ...none },
  ]);
});

siteTest(
  "for people: the list first, then facts with what could not be tried, and a snippet that is a trust.yaml",
  async () => {
    const { stdout, stderr, code } = await onSite(check());
    expect(stderr).toMatch(
      /^probing these 26 targets:\n {2}10\.0\.20\.101 +management of node-01: tcp 80, tcp 22, tcp 443\n/,
    );
    expect(stderr).toContain("probed 26 of 26");
    expect(stdout).toContain(
      "10.0.20.2  CloudTower address: free as far as can be told (tried: TCP 80, 22, 443 within 1 s; the ARP table; ping not: none is installed)",
    );
    // Without a ping nobody is seen there.
    expect(stdout).toMatch(/10\.0\.20\.4 {2}address of the backup service: free/);
    const trust = join(folder, "trust.yaml");
    writeFileSync(trust, /^tls:\n[\s\S]*?(?=^(?:error|warning) )/m.exec(stdout)?.[0] ?? "");
    expect(readTrustFile(trust)).toMatchObject({
      tls: { "10.0.20.101:443": expect.stringMatching(/^sha256:/) },
      ssh: { "10.0.20.101:22": hostKeyPin },
    });
    expect(code).toBe(1);
  },
);

siteTest(
  "pins that trust.yaml has are not shown to paste again, and another key than the kept one is an error",
  async () => {
    const { fingerprint256 } = new X509Certificate(certificate);
    const file = join(stack, "trust.yaml");
    const other = `SHA256:${"A".repeat(43)}`;
    writeFileSync(
      file,
      stringify({ tls: { "10.0.20.101:443": `sha256:${fingerprint256}` }, ssh: { "10.0.20.101:22": other } }),
    );
    try {
      const { stdout } = await onSite(check());
      expect(stdout).toContain(`as ${file} keeps them: 10.0.20.101:443\n`);
      expect(stdout).not.toContain("then paste");
      expect(stdout).toContain("[probe-pin-differs]");
      expect(stdout).toContain(`10.0.20.101:22 shows another host key than trust.yaml keeps: ${hostKeyPin}`);
    } finally {
      rmSync(file);
    }
  },
);

siteTest("without a network nobody is said to be there or not, and it ends", async () => {
  const { stdout } = await unshared(check("--format", "json"));
  const { findings, probes } = JSON.parse(stdout) as Output;
  const silent = findings.filter(({ code }) => code === "probe-management-silent");
  expect(silent.map(({ params }) => params.noRoute)).toEqual(["80, 22", "80, 22", "80, 22"]);
  const codes = new Set(probes.facts.map(({ code }) => code));
  expect([...codes]).toEqual(["no-route"]);
  expect(findings.map(({ code }) => code)).not.toContain("probe-address-taken");
});
