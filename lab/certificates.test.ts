import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { openAuthority } from "./certificates";

const folders: string[] = [];

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "authority-"));
  folders.push(made);
  return made;
}

afterEach(() => {
  vi.unstubAllEnvs();
  for (const each of folders.splice(0)) rmSync(each, { recursive: true, force: true });
});

test("a certificate is for its addresses, signed by the authority, and the same one each time", () => {
  vi.stubEnv("SITEWRIGHT_LAB_AUTHORITY", "");
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

test("a lab without an authority takes over the one that is found ready; one that has its own keeps it", () => {
  vi.stubEnv("SITEWRIGHT_LAB_AUTHORITY", "");
  const [ready, own, late] = [folder(), folder(), folder()];
  const [{ ca }, { ca: another }] = [openAuthority(ready), openAuthority(own)];
  expect(another).not.toBe(ca);
  vi.stubEnv("SITEWRIGHT_LAB_AUTHORITY", join(ready, "authority.json"));
  expect(openAuthority(own).ca).toBe(another);
  expect(openAuthority(late).ca).toBe(ca);
  vi.stubEnv("SITEWRIGHT_LAB_AUTHORITY", "");
  expect(openAuthority(late).ca).toBe(ca);
});
