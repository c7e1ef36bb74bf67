import { request } from "node:http";
import { connect, isIP, type Socket } from "node:net";
import { checkServerIdentity, connect as connectTls } from "node:tls";
import { formatDuration } from "./duration";
import { CannotReach, SitewrightError } from "./errors";
import { type ProxyServer, proxyFor } from "./proxy";
import { endpointName, isMapped, type Reach, whereToDial } from "./reach";
import { startTimer } from "./timer";
import type { Trust } from "./trust";
import { socketReason } from "./wire-errors";

export interface Dialer {
  /**
   * Opens a connection to an endpoint under its logical name, dialled where reach.json says; with TLS its
   * certificate is checked before anything is sent. Throws CannotReach (nothing sent) and NotTrusted.
   */
  dial(host: string, port: number, secure: boolean): Promise<Socket>;
  /** Ends every connection that this dialer has opened. */
  close(): void;
}

export interface DialerOptions {
  reach: Reach;
  trust: Trust;
  /** Real milliseconds until a connection stands, TLS included. */
  connectTimeoutMs: number;
  /** Uses the proxy variables of this environment for endpoints that reach.json does not map. */
  proxyEnvironment?: Record<string, string | undefined>;
}

export function createDialer(options: DialerOptions): Dialer {
  const open = new Set<Socket>();

  function track(socket: Socket): Socket {
    open.add(socket);
    socket.on("error", () => {}); // an error that nobody listens for would end the process; `close` follows it
    socket.once("close", () => open.delete(socket));
    return socket;
  }

  async function dial(host: string, port: number, secure: boolean): Promise<Socket> {
    const where = whereToDial(options.reach, host, port);
    const name = endpointName(host, port);
    const elsewhere = isMapped(options.reach, host, port);
    const proxy =
      options.proxyEnvironment && !elsewhere ? proxyFor(secure, host, port, options.proxyEnvironment) : undefined;
    const place = elsewhere ? `${name} (by reach.json at ${endpointName(where.host, where.port)})` : name;
    const step: { socket?: Socket } = {};
    let late = false;
    const disarm = startTimer(options.connectTimeoutMs, () => {
      late = true;
      step.socket?.destroy(new Error("too late"));
    });
    try {
      step.socket = track(connect({ ...(proxy ?? where), noDelay: true }));
      await once(step.socket, "connect");
      if (proxy) await tunnel(step.socket, name, proxy);
      if (secure) {
        step.socket = track(startTls(step.socket, host, port));
        await once(step.socket, "secureConnect");
        checkCertificate(step.socket as ReturnType<typeof startTls>, host, port);
      }
      return step.socket;
    } catch (error) {
      step.socket?.destroy();
      if (error instanceof SitewrightError) throw error;
      const { reason, hint } = late
        ? { reason: `no connection within ${formatDuration(options.connectTimeoutMs)}`, hint: FIREWALL }
        : socketReason(error);
      const by = proxy ? `${place} through the proxy ${endpointName(proxy.host, proxy.port)}` : place;
      throw new CannotReach(`${by}: ${reason}`, { sent: false, hint, cause: error });
    } finally {
      disarm();
    }
  }

  function startTls(socket: Socket, host: string, port: number) {
    return connectTls({
      socket,
      servername: isIP(host) ? "" : host, // SNI is for names only (RFC 6066, section 3)
      secureContext: options.trust.tlsContext(host, port),
      ALPNProtocols: ["http/1.1"],
      // checkCertificate judges, before anything is sent: a pin counts without an authority, which Node would refuse.
      rejectUnauthorized: false,
      checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate),
    });
  }

  function checkCertificate(socket: ReturnType<typeof startTls>, host: string, port: number): void {
    const certificate = socket.getPeerCertificate();
    const problem = socket.authorized ? undefined : certificateProblem(String(socket.authorizationError), host);
    options.trust.checkTls(host, port, { fingerprint: certificate.fingerprint256, problem });
  }

  return {
    dial,
    close() {
      // Each TLS connection before the one under it: the other way round Node.js 20 ends with a segmentation fault.
      for (const socket of [...open].reverse()) socket.destroy();
    },
  };
}

const FIREWALL = "check the address and the firewalls on the way";

function once(socket: Socket, event: "connect" | "secureConnect"): Promise<void> {
  return new Promise((resolve, reject) => {
    const closed = () => reject(Object.assign(new Error("the connection was closed"), { code: "ECONNRESET" }));
    socket.once("error", reject);
    socket.once("close", closed);
    socket.once(event, () => {
      socket.off("error", reject);
      socket.off("close", closed);
      resolve();
    });
  });
}

/** Asks a proxy for a tunnel (RFC 9110, section 9.3.6). */
function tunnel(socket: Socket, name: string, proxy: ProxyServer): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { host: name, ...(proxy.authorization ? { "proxy-authorization": proxy.authorization } : {}) };
    const ask = request({ method: "CONNECT", path: name, headers, createConnection: () => socket });
    ask.once("error", reject);
    ask.once("connect", (answer) => {
      if (answer.statusCode === 200) resolve();
      else reject(new Error(`the proxy answered ${answer.statusCode} ${answer.statusMessage}`));
    });
    ask.end();
  });
}

const PROBLEMS: Record<string, string> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "it is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "its authority is not trusted here",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its authority is not trusted here",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its authority is not trusted here",
  CERT_HAS_EXPIRED: "it has expired",
  CERT_NOT_YET_VALID: "it is not valid yet",
};

function certificateProblem(code: string, host: string): string {
  if (code.includes("ERR_TLS_CERT_ALTNAME")) return `it is for other names than ${host}`;
  const words = PROBLEMS[code];
  return words ? `${words} (${code})` : code;
}
