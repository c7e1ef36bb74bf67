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
  /** `host`, `host:port` or IPv6, tried in this order when no connection can be made. */
  addresses: readonly string[];
  /** `https` unless told. */
  scheme?: "http" | "https";
  /** 443 or 80 unless told. */
  port?: number;
  /** Sent with every request. */
  headers?: Record<string, string>;
  reach: Reach;
  trust: Trust;
  clock: Clock;
  /** Logs in, with requests that carry no session; one log-in serves all who wait. */
  login?: (request: Send) => Promise<S>;
  /** Puts a session into a request's headers. What it puts there is kept out of every message. */
  authorise?: (headers: Record<string, string>, session: S) => void;
  /** Whether an answer says that the session has run out; status 401 unless told. */
  sessionExpired?: (status: number, body: Buffer) => boolean;
  /** Header of an answer by which the vendor finds a request again; part of each message about it. */
  requestIdHeader?: string;
  interpret?: Interpret;
  notFound?: SaysNotFound;
  /**
   * Called before a request that is not a read leaves, with what it is and the real milliseconds that it may take; 0
   * when nobody need wait for it. What it returns is called once the outcome is settled: answered, or never sent. It is
   * not called when the answer was lost, for then the other side may carry it out until the time is up.
   */
  aroundWrite?: (describe: string, deadlineMs: number) => () => void;
  /** Requests in flight; 8 unless told. */
  limit?: number;
  /** Real milliseconds for connection and answer; 10,000 unless told. */
  timeoutMs?: number;
  /** Real milliseconds of these for the connection; 5,000 unless told. */
  connectTimeoutMs?: number;
  /** Bytes of an answer; 32 MiB unless told. */
  maxAnswerBytes?: number;
  retry?: RetryPolicy;
  /** Uses HTTPS_PROXY and its like, for endpoints that reach.json does not map. */
  proxyFromEnvironment?: boolean;
  /** Between 0 and 1; for tests. */
  random?: () => number;
}

export interface HttpRequest<T = unknown> {
  /** What it is for, as in "Unable to … ": `list the VLANs`. */
  operation: string;
  method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  path: Path;
  query?: Record<string, string | number | boolean | undefined>;
  /** Sent as JSON, unless it is a string, bytes or URLSearchParams. */
  body?: unknown;
  /** Sent as multipart/form-data. */
  form?: FormData;
  headers?: Record<string, string>;
  /** Whether it may be sent twice; by the method unless told. */
  idempotent?: boolean;
  /** Whether it changes nothing; GET and HEAD unless told. */
  read?: boolean;
  /**
   * Set on a write that does the same however late or often it is carried out: no later run waits until one that a
   * kill has left on its way cannot commit any more, and it may leave on a connection that others have used.
   */
  lateIsHarmless?: boolean;
  /** What the answer is; JSON unless told. */
  answer?: "json" | "text" | "bytes";
  /** Checks the data, after `interpret`. */
  schema?: z.ZodType<T>;
  notFound?: SaysNotFound;
  /** Real milliseconds for connection and answer. */
  timeoutMs?: number;
  signal?: AbortSignal;
  /** Sends it without the session. */
  anonymous?: boolean;
}

export interface HttpAnswer<T> {
  status: number;
  headers: IncomingHttpHeaders;
  data: T;
}

/** Sends a request and returns its judged answer. */
export type Send = <T = unknown>(request: HttpRequest<T>) => Promise<HttpAnswer<T>>;
