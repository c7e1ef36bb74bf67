import { X509Certificate } from "node:crypto";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { openAuthority } from "./certificates";

const folders: string[] = [];

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "authority-"));
  folders.push(made);
  return made;
}

afterEach(() => {
  for (const each of folders.splice(0)) rmSync(each, { recursive: true, force: true });
});

test("a certificate is for its addresses, signed by the authority, and the same one each time", () => {
  const dir = folder();
  const { ca, caFile, issue } = openAuthority(dir);
  const authority = new X509Certificate(ca);
  expect(readFileSync(caFile, "utf8")).toBe(ca);
  expect(authority.verify(authority.publicKey)).toBe(true);
  const { cert } = issue("10.0.20.101", "127.0.0.1");
  const certificate = new X509Certificate(cert);
  expect(certificate.verify(authority.publicKey)).toBe(true);
  expect(certificate.checkIssued(authority)).toBe(true);
  expect(certificate.checkIP("10.0.20.101")).toBe("10.0.20.101");
  expect(certificate.checkIP("10.0.20.102")).toBeUndefined();
  expect(openAuthority(dir).issue("10.0.20.101", "127.0.0.1").cert).toBe(cert);
});

test("a lab has an authority of its own, or the one that lies ready in its folder", () => {
  const [ready, own, late] = [folder(), folder(), folder()];
  const [{ ca }, { ca: another }] = [openAuthority(ready), openAuthority(own)];
  expect(another).not.toBe(ca);
  copyFileSync(join(ready, "authority.json"), join(late, "authority.json"));
  expect(openAuthority(late).ca).toBe(ca);
});

test("an authority that cannot be read is named, with what helps", () => {
  const dir = folder();
  writeFileSync(join(dir, "authority.json"), "{");
  expect(() => openAuthority(dir)).toThrow(/authority\.json cannot be read .*remove its folder to begin anew/);
});
