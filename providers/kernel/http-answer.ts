import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";
import { BadAnswer, NotAuthorised, NotFound, Refused } from "./errors";
import type { RawAnswer } from "./http-exchange";
import { parseJson, TooMuch } from "./json";
import { rightPassword } from "./password-places";
import { redactWire } from "./redact";
import { words } from "./words";

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
  const said = `${describe} answered ${status}${raw.statusText ? ` ${words(raw.statusText, 100)}` : ""}`;
  const json: Read = options.answer === "json" || status >= 300 ? read(raw) : { ok: false };

  if (options.notFound && json.ok && options.notFound(status, json.data))
    throw new NotFound(`${said}: ${excerpt(raw)}`);
  if (status === 401 || status === 403) throw notAuthorised(said, raw, options.connection);
  let data = json.ok ? json.data : undefined;
  if (json.ok && options.interpret) data = options.interpret(raw.status, data, raw.headers, describe);
  if (status >= 300) throw refused(said, raw);
  if (options.answer === "bytes") return raw.body as T;
  if (options.answer === "text") return raw.body.toString("utf8") as T;
  if (!json.ok && json.tooMuch) throw new BadAnswer(`${said} with JSON that is not read: ${json.tooMuch}`, NOT_THE_API);
  if (!json.ok) throw new BadAnswer(`${said} with something that is not JSON: ${excerpt(raw)}`, NOT_THE_API);
  if (!options.schema) return data as T;
  const result = options.schema.safeParse(data);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const at = issue && issue.path.length > 0 ? words(z.core.toDotPath(issue.path), 200) : "the answer";
  throw new BadAnswer(`${said}, but ${at} is not as the vendor documents it: ${words(issue?.message ?? "")}`);
}

const NOT_THE_API = "a proxy or another service may stand at that address";

type Read = { ok: true; data: unknown } | { ok: false; tooMuch?: string };

function read({ body }: RawAnswer): Read {
  if (body.length === 0) return { ok: true, data: undefined };
  try {
    return { ok: true, data: parseJson(body.toString("utf8")) };
  } catch (error) {
    return { ok: false, ...(error instanceof TooMuch && { tooMuch: error.message }) };
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
    return new Refused(`${said}: it points to ${words(location)}`, {
      status: raw.status,
      hint: "check scheme and port",
    });
  }
  return new Refused(`${said}: ${excerpt(raw)}`, { status: raw.status });
}

/** Bytes of an answer that are looked at: more than are shown, so that a secret at the cut is recognised. */
const LOOKED_AT = 16 * 1024;

/** An answer, fit for a message and cut: HTML by its title, JSON without the values under secret keys. */
function excerpt({ body, headers }: RawAnswer): string {
  const text = body.subarray(0, LOOKED_AT).toString("utf8").trim();
  if (!text) return "(empty)";
  const isHtml = /^<(!doctype|html|head|body|\?xml)/i.test(text) || headers["content-type"]?.includes("html");
  return isHtml ? `HTML "${words(titleOf(text) ?? withoutTags(text), 200)}"` : words(redactWire(text));
}

function titleOf(html: string): string | undefined {
  const start = html.search(/<title[\s>]/i);
  const begin = start < 0 ? -1 : html.indexOf(">", start);
  if (begin < 0) return undefined;
  const rest = html.slice(begin + 1);
  const end = rest.search(/<\/title/i);
  return end < 0 ? undefined : rest.slice(0, end);
}

/** The text of HTML. It takes one pass, so that a page of `<` alone is as quick as any other. */
function withoutTags(html: string): string {
  const [before = "", ...parts] = html.split("<");
  return [before, ...parts.map((part) => part.slice(part.indexOf(">") + 1))].join(" ").replace(/\s+/g, " ");
}
