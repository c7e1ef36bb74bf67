import type { IncomingHttpHeaders } from "node:http";
import type { z } from "zod";
import type { Clock } from "./clock";
import type { Interpret, SaysNotFound } from "./http-answer";
import type { RetryPolicy } from "./http-retry";
import type { Path } from "./path";
import type { Reach } from "./reach";
import type { Trust } from "./trust";

export interface HttpClientOptions<S = unknown> {
  /** The connection's name, for messages. */
  connection: string;
  /** `host`, `host:port` or IPv6. When no connection can be made to one, the next is tried. */
  addresses: readonly string[];
  /** `https` unless told. */
  scheme?: "http" | "https";
  /** 443 or 80 unless told. */
  port?: number;
  /** Headers of every request. */
  headers?: Record<string, string>;
  reach: Reach;
  trust: Trust;
  clock: Clock;
  /** Logs in, with requests that carry no session. One log-in serves all requests that wait. */
  login?: (request: Send) => Promise<S>;
  /** Puts a session into a request's headers. The values that it puts there stay out of every message. */
  authorise?: (headers: Record<string, string>, session: S) => void;
  /** Whether an answer says that the session has run out; status 401 unless told. */
  sessionExpired?: (status: number, body: Buffer) => boolean;
  /** The header of an answer by which the vendor finds the request again; each message about the request has it. */
  requestIdHeader?: string;
  interpret?: Interpret;
  notFound?: SaysNotFound;
  /**
   * Called before a write leaves, with its description and the real milliseconds that it may take, 0 when no later run
   * needs to wait for it. The function that comes back is called once the write was answered or surely not sent; when
   * the answer was lost it is not, since the other side may carry the write out until the time is up.
   */
  aroundWrite?: (describe: string, deadlineMs: number) => () => void;
  /** The most requests in flight; 8 unless told. */
  limit?: number;
  /** Real milliseconds for connection and answer; 10,000 unless told. */
  timeoutMs?: number;
  /** The part of these for the connection; 5,000 unless told. */
  connectTimeoutMs?: number;
  /** The most bytes of an answer; 32 MiB unless told. */
  maxAnswerBytes?: number;
  retry?: RetryPolicy;
  /** Whether HTTPS_PROXY and its like are used, for endpoints that reach.json does not map. */
  proxyFromEnvironment?: boolean;
  /** Gives a number between 0 and 1; for tests. */
  random?: () => number;
}

export interface HttpRequest<T = unknown> {
  /** The purpose of the request, as in "Unable to … ": `list the VLANs`. */
  operation: string;
  method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  path: Path;
  query?: Record<string, string | number | boolean | undefined>;
  /** The body, sent as JSON unless it is a string, bytes or URLSearchParams. */
  body?: unknown;
  /** The body as multipart/form-data. */
  form?: FormData;
  headers?: Record<string, string>;
  /** Whether the request may be sent twice; unless told, the method says. */
  idempotent?: boolean;
  /** Whether the request changes nothing; unless told, GET and HEAD do not. */
  read?: boolean;
  /**
   * Whether a write does the same however late or often it is carried out. Then no later run waits until one that a
   * kill has left in flight cannot commit any more, and it may leave on a connection that others have used.
   */
  lateIsHarmless?: boolean;
  /** The form of the answer's data; JSON unless told. */
  answer?: "json" | "text" | "bytes";
  /** The shape of the data, checked after `interpret`. */
  schema?: z.ZodType<T>;
  notFound?: SaysNotFound;
  /** Real milliseconds for connection and answer. */
  timeoutMs?: number;
  signal?: AbortSignal;
  /** Whether the request is sent without the session. */
  anonymous?: boolean;
}

export interface HttpAnswer<T> {
  status: number;
  headers: IncomingHttpHeaders;
  data: T;
}

/** Sends a request and returns its judged answer. */
export type Send = <T = unknown>(request: HttpRequest<T>) => Promise<HttpAnswer<T>>;
