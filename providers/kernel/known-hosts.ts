import { createHmac } from "node:crypto";

/** A key that a known_hosts file has for a host. */
export interface KnownKey {
  /** `ssh-ed25519`, `ssh-rsa`, `ecdsa-sha2-nistp256` … */
  type: string;
  /** The key blob, base64. */
  key: string;
  revoked: boolean;
}

/**
 * The keys that an OpenSSH known_hosts file has for an endpoint: plain, wildcard and hashed host names
 * (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). Lines of certificate authorities and broken lines are passed over.
 */
export function knownKeys(text: string, host: string, port: number): KnownKey[] {
  const name = (port === 22 ? host : `[${host}]:${port}`).toLowerCase();
  const found: KnownKey[] = [];
  for (const line of text.split("\n")) {
    const fields = line.trim().split(/\s+/);
    const marker = fields[0]?.startsWith("@") ? fields.shift() : undefined;
    const [hosts, type, key] = fields;
    if (!hosts || hosts.startsWith("#") || !type || !key || marker === "@cert-authority") continue;
    if (matches(hosts, name)) found.push({ type, key, revoked: marker === "@revoked" });
  }
  return found;
}

function matches(hosts: string, name: string): boolean {
  if (hosts.startsWith("|1|")) return matchesHash(hosts, name);
  const patterns = hosts.toLowerCase().split(",");
  const refused = patterns.some((pattern) => pattern.startsWith("!") && matchesPattern(pattern.slice(1), name));
  return !refused && patterns.some((pattern) => matchesPattern(pattern, name));
}

function matchesHash(hashed: string, name: string): boolean {
  const [, , salt = "", hash] = hashed.split("|");
  return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
}

function matchesPattern(pattern: string, name: string): boolean {
  const literal = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${literal.replaceAll("*", ".*").replaceAll("?", ".")}$`).test(name);
}
