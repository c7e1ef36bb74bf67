import { registerSecret } from "./redact";

/** A request's body as it goes over the wire, and its content type. */
export function encode({ body, form }: { body?: unknown; form?: FormData }): {
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

/** A session's header value, and the token within it (`Bearer x`, `connect.sid=x; Path=/`), are secrets. */
export function hide(value: string): void {
  registerSecret(value);
  for (const part of value.split(/[\s;=]+/)) if (part.length >= 16) registerSecret(part);
}
