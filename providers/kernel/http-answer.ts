import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";
import { BadAnswer, NotAuthorised, NotFound, Refused, SitewrightError } from "./errors";
import type { RawAnswer } from "./http-exchange";
import { rightPassword } from "./password-places";
import { redact, redactWire } from "./redact";

/**
 * A vendor's own reading of an answer: takes the data out of its envelope, or throws what an error code in
 * it means. Also called for statuses of 300 and above when their body is JSON; what it lets pass there
 * becomes Refused. `describe` begins the message: `Unable to list VLANs: GET http://…`.
 */
export type Interpret = (status: number, data: unknown, headers: IncomingHttpHeaders, describe: string) => unknown;

/** Whether an answer is the vendor's own "there is no such object". */
export type SaysNotFound = (status: number, data: unknown) => boolean;

export interface Judge<T> {
  describe: string;
  connection: string;
  answer: "json" | "text" | "bytes";
  schema: z.ZodType<T> | undefined;
  notFound: SaysNotFound | undefined;
  interpret: Interpret | undefined;
}

/** The data of an answer. Throws what is wrong with it. */
export function judge<T>(raw: RawAnswer, options: Judge<T>): T {
  const { describe } = options;
  const { status } = raw;
  const said = `${describe} answered ${status}${raw.statusText ? ` ${raw.statusText}` : ""}`;
  const json = options.answer === "json" || status >= 300 ? parseJson(raw) : { ok: false as const };

  if (options.notFound && json.ok && options.notFound(status, json.data))
    throw new NotFound(`${said}: ${excerpt(raw)}`);
  if (status === 401 || status === 403) throw notAuthorised(said, raw, options.connection);
  let data = json.ok ? json.data : undefined;
  if (json.ok && options.interpret) data = interpreted(options.interpret, raw, data, describe);
  if (status >= 300) throw refused(said, raw);
  if (options.answer === "bytes") return raw.body as T;
  if (options.answer === "text") return raw.body.toString("utf8") as T;
  if (!json.ok) throw new BadAnswer(`${said} with something that is not JSON: ${excerpt(raw)}`, NOT_THE_API);
  if (!options.schema) return data as T;
  const result = options.schema.safeParse(data);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const at = issue && issue.path.length > 0 ? z.core.toDotPath(issue.path) : "the answer";
  throw new BadAnswer(`${said}, but ${at} is not as the vendor documents it: ${redact(issue?.message ?? "")}`);
}

const NOT_THE_API = "a proxy or another service may stand at that address";

function parseJson(raw: RawAnswer): { ok: true; data: unknown } | { ok: false } {
  if (raw.body.length === 0) return { ok: true, data: undefined };
  try {
    return { ok: true, data: JSON.parse(raw.body.toString("utf8").replace(/^\uFEFF/, "")) };
  } catch {
    return { ok: false };
  }
}

/** A vendor's error texts come over the wire too, so they pass the redactor like ours. */
function interpreted(interpret: Interpret, raw: RawAnswer, data: unknown, describe: string): unknown {
  try {
    return interpret(raw.status, data, raw.headers, describe);
  } catch (error) {
    if (error instanceof SitewrightError) error.message = redact(error.message);
    throw error;
  }
}

function notAuthorised(said: string, raw: RawAnswer, connection: string): NotAuthorised {
  const hint =
    raw.status === 401
      ? rightPassword(connection)
      : `the user of the connection "${connection}" may not do this: give it the right, or use another one`;
  return new NotAuthorised(`${said}: ${excerpt(raw)}`, hint);
}

function refused(said: string, raw: RawAnswer): Refused {
  const { location } = raw.headers;
  if (raw.status < 400 && location) {
    return new Refused(`${said}: it points to ${redact(location)}`, {
      status: raw.status,
      hint: "check scheme and port",
    });
  }
  return new Refused(`${said}: ${excerpt(raw)}`, { status: raw.status });
}

const LONGEST = 500;

/** What an answer says, fit for a message: HTML by its title, the rest by its first 500 characters, redacted. */
function excerpt(raw: RawAnswer): string {
  // More than is shown, so that a secret at the cut is known whole; not all, so that a large body costs nothing.
  const text = raw.body
    .subarray(0, 64 * 1024)
    .toString("utf8")
    .trim();
  if (!text) return "(empty)";
  if (/^<(!doctype|html|head|body|\?xml)/i.test(text) || raw.headers["content-type"]?.includes("html")) {
    const title = /<title[^>]*>([\s\S]*?)<\/title>/i.exec(text)?.[1] ?? text.replace(/<[^>]*>/g, " ");
    return `HTML "${redact(title.replace(/\s+/g, " ").trim()).slice(0, 200)}"`;
  }
  const shown = redactWire(text).replace(/\s+/g, " ");
  return shown.length > LONGEST ? `${shown.slice(0, LONGEST)}…` : shown;
}
