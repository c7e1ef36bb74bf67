import { createHash } from "node:crypto";
import { join } from "node:path";
import { createSecureContext, type SecureContext } from "node:tls";
import { NotTrusted } from "./errors";
import { readIfThere } from "./files";
import { type KnownKey, knownKeys } from "./known-hosts";
import { endpointName, isMapped, type Reach } from "./reach";
import { keepFingerprint, readTrustFile } from "./trust-file";

type TrustMode = "pinned" | "firstUse" | "insecure";

/** A certificate that a server showed. */
interface ShownCertificate {
  /** `AB:CD:…`, SHA-256 of the certificate. */
  fingerprint: string;
  /** Why no authority vouches for the certificate under the endpoint's name; undefined when one does. */
  problem: string | undefined;
}

/** Whom a stack trusts: TLS certificates and SSH host keys, by the endpoint's logical name (before reach.json). */
export interface Trust {
  readonly mode: TrustMode;
  /** The authorities that count for an endpoint. */
  tlsContext(host: string, port: number): SecureContext;
  /** Throws NotTrusted, or keeps the fingerprint on first use. */
  checkTls(host: string, port: number, shown: ShownCertificate): void;
  /** `key` is the host key's blob. Throws NotTrusted, or keeps the fingerprint on first use. */
  checkSsh(host: string, port: number, key: Buffer): void;
  /** The types of key that known_hosts has for an endpoint; a server is to show one of them. Empty when it has none. */
  sshKeyTypes(host: string, port: number): string[];
  /**
   * For the resource that makes a new certificate or host key (a deployment, an installer): the next
   * fingerprint that differs replaces the one in trust.yaml. Counts under firstUse only; elsewhere the user pins.
   */
  renew(host: string, port: number): void;
  /** Writes to trust.yaml what this process has trusted at first use, and from now on what it will. */
  keep(): void;
}

export interface TrustOptions {
  /** The stack's folder, with trust.yaml and known_hosts. */
  folder: string;
  reach: Reach;
  /** The stack setting `trust`; `pinned` unless set. */
  mode?: TrustMode;
  /**
   * Whether a fingerprint of first use counts for this process alone until `keep` is called: a preview writes nothing.
   */
  keepLater?: boolean;
  /** Prints a notice of what is trusted without proof. */
  notice: (text: string) => void;
}

/** Reads trust.yaml and known_hosts of a stack. Throws BadFile where one cannot be used. */
export function createTrust(options: TrustOptions): Trust {
  const { mode = "pinned" } = options;
  const file = join(options.folder, "trust.yaml");
  const hostsFile = join(options.folder, "known_hosts");
  const knownHosts = readIfThere(hostsFile) ?? "";
  let saved = readTrustFile(file);
  let keeping = !options.keepLater;
  const forNow = { tls: new Map<string, string>(), ssh: new Map<string, string>() };
  const renewing = new Set<string>();
  const said = new Set<string>();
  const contexts = new Map<string, SecureContext>();

  /** The fingerprint of an endpoint in trust.yaml, where another process may have written one since it was read. */
  function savedFor(section: "tls" | "ssh", endpoint: string): string | undefined {
    if (!saved[section][endpoint]) saved = readTrustFile(file);
    return forNow[section].get(endpoint) ?? saved[section][endpoint];
  }

  function keep(section: "tls" | "ssh", endpoint: string, fingerprint: string): void {
    if (!keeping) {
      forNow[section].set(endpoint, fingerprint);
      return;
    }
    keepFingerprint(file, section, endpoint, fingerprint);
    saved = readTrustFile(file);
  }

  // What follows is synchronous, so that of two first uses of one endpoint none comes between the other's look and
  // write.
  function decide(section: "tls" | "ssh", endpoint: string, shown: string, problem: string): void {
    const what = section === "tls" ? "certificate" : "host key";
    const line = `"${endpoint}": "${shown}"`;
    const pinned = savedFor(section, endpoint);
    if (pinned && sameFingerprint(section, pinned, shown)) return;
    if (mode === "insecure") {
      if (!said.has(endpoint)) options.notice(`insecure: the ${what} of ${endpoint} is not checked (${shown})`);
      said.add(endpoint);
      return;
    }
    if (pinned && !(mode === "firstUse" && renewing.delete(`${section} ${endpoint}`))) {
      throw new NotTrusted(
        `${endpoint} shows another ${what} than the one kept in ${file}: kept ${pinned}, shown ${shown}`,
        `if it was renewed on purpose, put this line in its place under "${section}:": ${line}; if not, somebody stands in between`,
      );
    }
    if (mode === "firstUse") {
      keep(section, endpoint, shown);
      const where = keeping ? `is kept in ${file}` : "is trusted in this run";
      options.notice(`${pinned ? "renewed" : "first use of"} ${endpoint}: its ${what} ${shown} ${where}`);
      return;
    }
    throw new NotTrusted(
      `the ${what} of ${endpoint} is not trusted: ${problem}; its fingerprint is ${shown}`,
      `compare it on the server itself, then paste this line under "${section}:" in ${file}: ${line}`,
    );
  }

  return {
    mode,
    tlsContext(host, port) {
      const extra = [
        ...saved.ca,
        ...(options.reach.ca && isMapped(options.reach, host, port) ? [options.reach.ca] : []),
      ];
      const key = extra.join("\n");
      const known = contexts.get(key);
      if (known) return known;
      // Node's own roots and NODE_EXTRA_CA_CERTS; the latter are gone with the first authority that is added. By `ca` all of
      // Node's roots would have to be given, too, and be read anew at every start of a provider.
      const context = createSecureContext();
      if (extra.length > 0) for (const authority of [...moreRoots(), ...extra]) context.context.addCACert(authority);
      contexts.set(key, context);
      return context;
    },
    checkTls(host, port, shown) {
      const endpoint = endpointName(host, port);
      // A pin counts for more than an authority: the user has asked for this very certificate.
      if (shown.problem === undefined && !savedFor("tls", endpoint)) return;
      decide("tls", endpoint, certificatePin(shown.fingerprint), shown.problem ?? "");
    },
    checkSsh(host, port, key) {
      const known = knownKeys(knownHosts, host, port);
      const shown = hostKeyPin(key);
      // As its authority does, the host keys of reach.json count for the endpoints that it maps, unless the user has
      // pinned another.
      const endpoint = endpointName(host, port);
      const offered = isMapped(options.reach, host, port) ? (options.reach.hostKeys?.[endpoint] ?? []) : [];
      if (offered.includes(shown) && known.length === 0 && !savedFor("ssh", endpoint)) return;
      if (known.length > 0 && mode !== "insecure") checkKnown(known, key, endpoint, shown, hostsFile);
      else decide("ssh", endpoint, shown, "neither trust.yaml nor known_hosts has it");
    },
    sshKeyTypes: (host, port) => [
      ...new Set(
        knownKeys(knownHosts, host, port)
          .filter((key) => !key.revoked)
          .map((key) => key.type),
      ),
    ],
    keep() {
      if (keeping) return;
      keeping = true;
      for (const section of ["tls", "ssh"] as const) {
        for (const [endpoint, fingerprint] of forNow[section]) {
          keep(section, endpoint, fingerprint);
          options.notice(`first use of ${endpoint}: ${fingerprint} is kept in ${file}`);
        }
        forNow[section].clear();
      }
    },
    renew(host, port) {
      for (const section of ["tls", "ssh"]) renewing.add(`${section} ${endpointName(host, port)}`);
    },
  };
}

/** The line of trust.yaml for a certificate, from its SHA-256 fingerprint `AB:CD:…`. */
export function certificatePin(fingerprint: string): string {
  return `sha256:${fingerprint.toUpperCase()}`;
}

/** The line of trust.yaml for a host key, from its blob; the form of `ssh-keygen -l`. */
export function hostKeyPin(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

function checkKnown(known: KnownKey[], key: Buffer, endpoint: string, shown: string, file: string): void {
  const same = known.filter((entry) => entry.key === key.toString("base64"));
  if (same.length > 0 && same.every((entry) => !entry.revoked)) return;
  const what = same.length > 0 ? "is revoked" : "is not the one";
  throw new NotTrusted(
    `the host key of ${endpoint}, ${shown}, ${what} in ${file}`,
    "if the host was installed anew, replace its line there; if not, somebody stands in between",
  );
}

/** Whether two pins of a section of trust.yaml mean the same certificate or key, however they are written. */
export function sameFingerprint(section: "tls" | "ssh", a: string, b: string): boolean {
  if (section === "ssh") return a.replace(/=+$/, "") === b;
  const bare = (text: string) => text.toLowerCase().replaceAll(":", "");
  return bare(a) === bare(b);
}

function moreRoots(): string[] {
  const pem = process.env.NODE_EXTRA_CA_CERTS && readIfThere(process.env.NODE_EXTRA_CA_CERTS);
  return pem ? [pem] : [];
}
