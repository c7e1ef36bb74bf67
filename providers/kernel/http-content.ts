import type { Address } from "./addresses";
import type { HttpRequest } from "./http-options";
import { endpointName } from "./reach";
import { registerSecret } from "./redact";

/** The URL of a request at one of the connection's addresses. */
export function urlOf(scheme: string, { path, query }: HttpRequest, { host, port }: Address): URL {
  const url = new URL(String(path), `${scheme}://${endpointName(host, port)}`);
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== undefined) url.searchParams.append(key, String(value));
  }
  return url;
}

/** A request's headers, of which the last named count, and its body. */
export function contentOf(request: HttpRequest, ...more: (Record<string, string> | undefined)[]) {
  const headers: Record<string, string> = { accept: "application/json", "user-agent": "sitewright" };
  const { type, body } = encode(request);
  if (type) headers["content-type"] = type;
  for (const each of more) for (const [name, value] of Object.entries(each ?? {})) headers[name.toLowerCase()] = value;
  return { headers, body };
}

/** A request's body as it goes over the wire, and its content type. */
function encode({ body, form }: { body?: unknown; form?: FormData }): {
  type?: string;
  body: string | Uint8Array | FormData | undefined;
} {
  if (form) return { body: form }; // axios adds the type with its boundary
  if (body === undefined) return { body };
  if (typeof body === "string") return { type: "text/plain; charset=utf-8", body };
  if (body instanceof Uint8Array) return { type: "application/octet-stream", body };
  if (body instanceof URLSearchParams) return { type: "application/x-www-form-urlencoded", body: body.toString() };
  return { type: "application/json", body: JSON.stringify(body) };
}

/** Registers a session's header value, and the token within it (`Bearer x`, `connect.sid=x; Path=/`), as secrets. */
export function hide(value: string): void {
  registerSecret(value);
  for (const part of value.split(/[\s;=]+/)) if (part.length >= 16) registerSecret(part);
}
