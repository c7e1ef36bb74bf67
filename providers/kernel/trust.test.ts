import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BadFile, NotTrusted } from "./errors";
import { readReach } from "./reach";
import { createTrust, type TrustOptions } from "./trust";

const one = Array(32).fill("A1").join(":");
const two = Array(32).fill("B2").join(":");
const problem = "self-signed certificate";
const key = Buffer.from("a host key blob");
const keyPrint = `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;

function stackFolder(files: Record<string, string> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "trust-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

function open(folder: string, mode?: TrustOptions["mode"]) {
  const notices: string[] = [];
  const options: TrustOptions = { folder, mode, reach: readReach(undefined), notice: (text) => notices.push(text) };
  return { trust: createTrust(options), notices, file: () => readFileSync(join(folder, "trust.yaml"), "utf8") };
}

test("an unknown endpoint is refused with its fingerprint and the line to paste, and the pasted line mends it", () => {
  const folder = stackFolder();
  const { trust } = open(folder);
  const line = `"10.0.20.11:443": "sha256:${one}"`;
  const check = () => trust.checkTls("10.0.20.11", 443, { fingerprint: one, problem });
  expect(check).toThrow(NotTrusted);
  expect(check).toThrow(line);
  expect(check).toThrow(problem);
  expect(readdirSync(folder)).toEqual([]);
  writeFileSync(join(folder, "trust.yaml"), `tls:\n  ${line}\n`);
  expect(check).not.toThrow();
});

test("an authority's word is enough where nothing is pinned, and a pin goes before it", () => {
  const { trust } = open(stackFolder({ "trust.yaml": `tls: {"10.0.20.11:443": "sha256:${one}"}` }));
  expect(() => trust.checkTls("10.0.20.12", 443, { fingerprint: two, problem: undefined })).not.toThrow();
  expect(() => trust.checkTls("10.0.20.11", 443, { fingerprint: two, problem: undefined })).toThrow(
    /another certificate than the one kept/,
  );
});

test("a pin is read in any spelling of its fingerprint and its address", () => {
  const bare = one.toLowerCase().replaceAll(":", "");
  const { trust } = open(stackFolder({ "trust.yaml": `tls: {"[fd00:0::1]:443": "sha256:${bare}"}` }));
  expect(() => trust.checkTls("fd00::1", 443, { fingerprint: one, problem })).not.toThrow();
});

test("the first use is kept, printed and enforced from then on, by other processes too", () => {
  const folder = stackFolder();
  const { trust, notices, file } = open(folder, "firstUse");
  const other = open(folder, "firstUse").trust;
  trust.checkTls("10.0.20.12", 443, { fingerprint: two, problem });
  trust.checkTls("10.0.20.11", 443, { fingerprint: one, problem });
  trust.checkTls("10.0.20.11", 443, { fingerprint: one, problem });
  trust.checkSsh("10.0.20.11", 22, key);
  expect(notices).toHaveLength(3);
  expect(notices[1]).toContain(`10.0.20.11:443: its certificate sha256:${one}`);
  expect(file()).toMatch(/^# Whom this stack trusts/);
  expect(file().indexOf('10.0.20.11:443": "sha256:A1')).toBeLessThan(file().indexOf('10.0.20.12:443": "sha256:B2'));
  expect(file()).toContain(`"10.0.20.11:22": "${keyPrint}"`);
  for (const later of [trust, other, open(folder).trust]) {
    expect(() => later.checkTls("10.0.20.11", 443, { fingerprint: two, problem })).toThrow(NotTrusted);
    expect(() => later.checkTls("10.0.20.11", 443, { fingerprint: one, problem })).not.toThrow();
    expect(() => later.checkSsh("10.0.20.11", 22, Buffer.from("another"))).toThrow(/another host key/);
  }
});

test("what others wrote into the file meanwhile, and its comments, stay", () => {
  const folder = stackFolder();
  const { trust, file } = open(folder, "firstUse");
  writeFileSync(join(folder, "trust.yaml"), `# mine\ntls:\n  "10.0.20.99:443": "sha256:${two}" # the tower\nssh:\n`);
  trust.checkTls("10.0.20.11", 443, { fingerprint: one, problem });
  trust.checkSsh("10.0.20.11", 22, key);
  expect(file()).toMatch(/^# mine\n/);
  expect(file()).toContain(`"10.0.20.99:443": "sha256:${two}" # the tower`);
  expect(file()).toContain("10.0.20.11:443");
  expect(readdirSync(folder)).toEqual(["trust.yaml"]);
});

test("a renewal is accepted once, under firstUse alone", () => {
  const folder = stackFolder();
  const { trust, notices } = open(folder, "firstUse");
  trust.checkTls("10.0.20.11", 443, { fingerprint: one, problem });
  trust.renew("10.0.20.11", 443);
  trust.checkTls("10.0.20.11", 443, { fingerprint: one, problem });
  trust.checkTls("10.0.20.11", 443, { fingerprint: two, problem });
  expect(notices.at(-1)).toContain("renewed 10.0.20.11:443");
  expect(() => trust.checkTls("10.0.20.11", 443, { fingerprint: one, problem })).toThrow(NotTrusted);

  const pinned = open(folder).trust;
  pinned.renew("10.0.20.11", 443);
  expect(() => pinned.checkTls("10.0.20.11", 443, { fingerprint: one, problem })).toThrow(NotTrusted);
});

test("insecure lets everything pass and says so for each endpoint", () => {
  const folder = stackFolder({ "trust.yaml": `tls: {"10.0.20.11:443": "sha256:${one}"}` });
  const { trust, notices } = open(folder, "insecure");
  trust.checkTls("10.0.20.11", 443, { fingerprint: two, problem });
  trust.checkTls("10.0.20.11", 443, { fingerprint: two, problem });
  trust.checkSsh("10.0.20.11", 22, key);
  expect(notices).toHaveLength(2);
  expect(notices[0]).toContain("insecure: the certificate of 10.0.20.11:443 is not checked");
});

test("reach.json vouches for the host keys of what it maps, unless somebody asked for another key", () => {
  const endpoint = "10.0.20.11:22";
  const reach = {
    speed: 1,
    only: true,
    endpoints: { [endpoint]: "127.0.0.1:9" },
    hostKeys: { [endpoint]: [keyPrint] },
  };
  const trustIn = (folder: string, changes = {}) =>
    createTrust({ folder, reach: { ...reach, ...changes }, notice: () => {} });
  expect(() => trustIn(stackFolder()).checkSsh("10.0.20.11", 22, key)).not.toThrow();
  expect(() => trustIn(stackFolder()).checkSsh("10.0.20.11", 22, Buffer.from("another"))).toThrow(NotTrusted);
  expect(() => trustIn(stackFolder(), { endpoints: {} }).checkSsh("10.0.20.11", 22, key)).toThrow(NotTrusted);
  const pinned = stackFolder({ "trust.yaml": `ssh: {"${endpoint}": "SHA256:${"A".repeat(43)}"}` });
  expect(() => trustIn(pinned).checkSsh("10.0.20.11", 22, key)).toThrow(/another host key than the one kept/);
});

test("a known_hosts file beside trust.yaml vouches for its hosts, and against other keys", () => {
  const folder = stackFolder({
    known_hosts: `10.0.20.11 ssh-ed25519 ${key.toString("base64")}\n@revoked 10.0.20.12 ssh-ed25519 ${key.toString("base64")}\n`,
  });
  const { trust } = open(folder);
  expect(() => trust.checkSsh("10.0.20.11", 22, key)).not.toThrow();
  expect(() => trust.checkSsh("10.0.20.11", 22, Buffer.from("another"))).toThrow(/is not the one in .*known_hosts/);
  expect(() => trust.checkSsh("10.0.20.12", 22, key)).toThrow(/is revoked in/);
  expect(() => trust.checkSsh("10.0.20.13", 22, key)).toThrow(`"10.0.20.13:22": "${keyPrint}"`);
  expect(trust.sshKeyTypes("10.0.20.11", 22)).toEqual(["ssh-ed25519"]);
  expect(trust.sshKeyTypes("10.0.20.12", 22)).toEqual([]);
});

test.each([
  ["tabs", "tls:\n\t- a", "is not YAML"],
  ["a list", "- a", "expected object"],
  ["an unknown section", "tsl: {}", "tsl"],
  ["half a fingerprint", 'tls: {"10.0.0.1:443": "sha256:AB:CD"}', 'tls["10.0.0.1:443"]: must be sha256:'],
  ["an endpoint without a port", `tls: {"10.0.0.1": "sha256:${one}"}`, 'tls["10.0.0.1"]'],
  ["an authority that is not there", "ca: [missing.pem]", "missing.pem as an authority, but it is not there"],
  [
    "aliases without end",
    "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nca: [*b,*b,*b,*b,*b,*b,*b]",
    "not a trust file",
  ],
])("%s in trust.yaml is one clear error", (_what, text, part) => {
  const folder = stackFolder({ "trust.yaml": text });
  expect(() => open(folder)).toThrow(BadFile);
  expect(() => open(folder)).toThrow(part);
  expect(() => open(folder)).toThrow(join(folder, "trust.yaml"));
});

test("an empty trust.yaml says nothing", () => {
  const { trust } = open(stackFolder({ "trust.yaml": "" }), "firstUse");
  expect(() => trust.checkTls("10.0.20.11", 443, { fingerprint: one, problem })).not.toThrow();
});
