import { createSecureContext } from "node:tls";
import { createDialer } from "../../providers/kernel/dial";
import { NotTrusted } from "../../providers/kernel/errors";
import { endpointName, type Reach } from "../../providers/kernel/reach";
import { withSsh } from "../../providers/kernel/ssh";
import { certificatePin, hostKeyPin, sameFingerprint, type Trust } from "../../providers/kernel/trust";
import type { TrustFile } from "../../providers/kernel/trust-file";
import type { ProbeTarget } from "./target";
import type { ProbeReport } from "./tools";

/** A certificate or host key that an endpoint shows, as trust.yaml keeps it. */
export interface Pin {
  section: "tls" | "ssh";
  /** `10.0.20.11:443`, as the plan has it. */
  endpoint: string;
  pin: string;
  /** What trust.yaml beside the plan has for the endpoint: nothing, the same, or another one. */
  kept: "no" | "same" | "other";
}

/**
 * Looks at the certificate (443) or the host key (22) of an endpoint, by the same handshake as a run of the stack and
 * without a log-in. Undefined where none is shown in time.
 */
export async function lookAtPin(
  reach: Reach,
  address: string,
  port: 22 | 443,
  options: { timeoutMs: number; trusted: TrustFile; signal: AbortSignal },
): Promise<Pin | undefined> {
  const { timeoutMs, signal } = options;
  let pin: string | undefined;
  const trust = lookOnly((shown) => {
    pin = shown;
  });
  if (port === 443) {
    const dialer = createDialer({ reach, trust, connectTimeoutMs: timeoutMs });
    await dialer.dial(address, port, true).catch(() => {});
    dialer.close();
  } else {
    const connection = { host: address, port, username: "sitewright", connectTimeoutMs: timeoutMs, signal };
    await withSsh({ ...connection, reach, trust }, async () => {}).catch(() => {});
  }
  if (pin === undefined) return undefined;
  const section = port === 443 ? "tls" : "ssh";
  const endpoint = endpointName(address, port);
  const kept = options.trusted[section][endpoint];
  const state = kept === undefined ? "no" : sameFingerprint(section, kept, pin) ? "same" : "other";
  return { section, endpoint, pin, kept: state };
}

/** Trusts nobody and so ends each handshake at what it came for: SSH before the log-in, TLS before a byte of HTTP. */
function lookOnly(seen: (pin: string) => void): Trust {
  const enough = () => new NotTrusted("this was a look only");
  return {
    mode: "pinned",
    tlsContext: () => createSecureContext(),
    checkTls(_host, _port, { fingerprint }) {
      seen(certificatePin(fingerprint));
      throw enough();
    },
    checkSsh(_host, _port, key) {
      seen(hostKeyPin(key));
      throw enough();
    },
    sshKeyTypes: () => [],
    keep() {},
    renew() {},
  };
}

/** A pin that trust.yaml has otherwise: a run of the stack would stop there. */
export function reportPins(pins: Pin[], target: ProbeTarget, report: ProbeReport): void {
  for (const { section, endpoint, pin, kept } of pins) {
    if (kept === "other") report.finding("probe-pin-differs", target, { section, endpoint, pin });
  }
}

/** What goes into trust.yaml, of the pins that it lacks; empty where it lacks none. */
export function trustSnippet(pins: Pin[]): string {
  const lines = (["tls", "ssh"] as const).flatMap((section) => {
    const missing = pins.filter((each) => each.section === section && each.kept === "no");
    return missing.length === 0
      ? []
      : [`${section}:`, ...missing.map(({ endpoint, pin }) => `  "${endpoint}": "${pin}"`)];
  });
  return lines.map((line) => `${line}\n`).join("");
}
