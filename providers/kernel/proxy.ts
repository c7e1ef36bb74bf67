import { registerSecret } from "./redact";

/** A proxy of the environment that tunnels with CONNECT. */
export interface ProxyServer {
  host: string;
  port: number;
  /** The value of Proxy-Authorization. */
  authorization: string | undefined;
}

/**
 * The proxy that HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY ask for, as curl reads them (lower case
 * first); undefined for a direct connection. NO_PROXY: `*`, or names with their subdomains, or `name:port`.
 */
export function proxyFor(
  secure: boolean,
  host: string,
  port: number,
  environment: Record<string, string | undefined>,
): ProxyServer | undefined {
  const variable = (name: string) => environment[name.toLowerCase()] || environment[name] || undefined;
  const exempt = (variable("NO_PROXY") ?? "").split(/[\s,]+/).filter(Boolean);
  if (exempt.some((entry) => isExempt(entry.toLowerCase(), host.toLowerCase(), port))) return undefined;
  const text = variable(secure ? "HTTPS_PROXY" : "HTTP_PROXY") ?? variable("ALL_PROXY");
  if (!text) return undefined;
  const url = new URL(text.includes("://") ? text : `http://${text}`);
  const user = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  registerSecret(password);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: Number(url.port || 80),
    authorization: user ? `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` : undefined,
  };
}

function isExempt(entry: string, host: string, port: number): boolean {
  const [, name = "", only] = /^\.?(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  if (only !== undefined && Number(only) !== port) return false;
  return name === "*" || host === name || host.endsWith(`.${name}`);
}
