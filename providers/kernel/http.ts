import type { IncomingHttpHeaders } from "node:http";
import type { z } from "zod";
import { joined } from "./abort";
import { type Address, createAddresses } from "./addresses";
import type { Clock } from "./clock";
import { createDialer } from "./dial";
import { CannotReach, Orphaned, SitewrightError } from "./errors";
import { type Interpret, judge, type SaysNotFound } from "./http-answer";
import { encode, hide } from "./http-content";
import { DialAgent, exchange, type Progress, type RawAnswer } from "./http-exchange";
import { parseRetryAfter, type RetryPolicy, retryDelay, retryPolicy } from "./http-retry";
import { createSessionKeeper, type Held, LoginFailed, usable } from "./http-session";
import type { Path } from "./path";
import { endpointName, type Reach } from "./reach";
import { redact } from "./redact";
import { createSlots } from "./slots";
import type { Trust } from "./trust";
import { about, isAnswerLost, reasonOf } from "./wire-errors";

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

interface HttpRequest<T = unknown> {
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

interface HttpAnswer<T> {
  status: number;
  headers: IncomingHttpHeaders;
  data: T;
}

type Send = <T = unknown>(request: HttpRequest<T>) => Promise<HttpAnswer<T>>;

export interface HttpClient {
  /**
   * Sends a request and returns the judged answer. Throws CannotReach, NotTrusted, NotAuthorised, NotFound,
   * Refused, BadAnswer, what `interpret` throws, or the signal's reason. `isAnswerLost` tells of all but the last whether
   * any attempt may have been carried out.
   */
  request: Send;
  /** Ends the requests under way and every connection. */
  close(): void;
}

const MiB = 1024 * 1024;

/** The one client of a connection and process: one session, keep-alive, a limit on requests in flight. */
export function createHttpClient<S = unknown>(options: HttpClientOptions<S>): HttpClient {
  const scheme = options.scheme ?? "https";
  const timeoutMs = options.timeoutMs ?? 10_000;
  const policy = options.retry ?? retryPolicy;
  const addresses = createAddresses(
    options.addresses,
    options.port ?? (scheme === "https" ? 443 : 80),
    options.clock.stopwatch(),
  );
  const dialer = createDialer({
    reach: options.reach,
    trust: options.trust,
    connectTimeoutMs: options.connectTimeoutMs ?? Math.min(timeoutMs, 5_000),
    proxyEnvironment: options.proxyFromEnvironment ? process.env : undefined,
  });
  const agent = new DialAgent(dialer, scheme === "https");
  const slots = createSlots(options.limit ?? 8);
  const closing = new AbortController();
  const { login } = options;
  const sessions = login && createSessionKeeper(() => login((request) => send({ ...request, anonymous: true }, true)));

  async function send<T>(request: HttpRequest<T>, isLogin: boolean): Promise<HttpAnswer<T>> {
    const { signal, release } = joined(request.signal, closing.signal);
    try {
      return await attempts({ ...request, signal }, isLogin);
    } finally {
      release();
    }
  }

  async function attempts<T>(request: HttpRequest<T>, isLogin: boolean): Promise<HttpAnswer<T>> {
    const watch = options.clock.stopwatch();
    const mayRepeat = request.idempotent ?? policy.methods.includes(request.method);
    const allowed = request.timeoutMs ?? timeoutMs;
    let arrived = false;
    for (let attempt = 1; ; attempt++) {
      // Later attempts stay within the budget; the first has its whole time-out.
      const left = attempt === 1 ? allowed : Math.min(allowed, Math.max(1_000, policy.budget - watch.elapsed()));
      // Servers and balancers drop idle connections silently: what goes out on one may be lost.
      const fresh = attempt > 1 || !(mayRepeat || request.lateIsHarmless);
      const outcome = await once(request, { ms: left, isLogin, fresh });
      if ("answer" in outcome) return outcome.answer;
      arrived ||= isAnswerLost(outcome.error);
      const pause = retryDelay(policy, attempt, outcome.retryAfter, options.random ?? Math.random);
      const goesOn = mayRepeat && outcome.passing && attempt < policy.attempts;
      if (!goesOn || watch.elapsed() + pause > policy.budget) throw ended(outcome.error, attempt, arrived);
      await options.clock.sleep(pause, request.signal);
    }
  }

  /** One attempt: its answer, or its error and whether it may pass. Throws what ends all work: a signal's reason. */
  async function once<T>(request: HttpRequest<T>, how: Attempt): Promise<Outcome<T>> {
    let got: Exchanged<S>;
    try {
      got = await withSession(request, how);
    } catch (error) {
      request.signal?.throwIfAborted();
      if (error instanceof LoginFailed) return { error: error.reason, passing: false };
      if (!(error instanceof SitewrightError) || error instanceof Orphaned) throw error;
      return { error, passing: error instanceof CannotReach };
    }
    const { raw } = got;
    const requestId = options.requestIdHeader && raw.headers[options.requestIdHeader];
    const describe = requestId ? `${got.describe} (${options.requestIdHeader} ${requestId})` : got.describe;
    try {
      const data = judge(raw, {
        describe,
        connection: options.connection,
        answer: request.answer ?? "json",
        schema: request.schema,
        notFound: request.notFound ?? options.notFound,
        interpret: options.interpret,
      });
      return { answer: { status: raw.status, headers: raw.headers, data } };
    } catch (error) {
      const retryAfter = parseRetryAfter(raw.headers["retry-after"], raw.headers.date);
      return { error, passing: policy.statuses.includes(raw.status), retryAfter };
    }
  }

  async function withSession<T>(request: HttpRequest<T>, how: Attempt): Promise<Exchanged<S>> {
    if (!sessions || request.anonymous) return overAddresses(request, how, undefined);
    const held = await usable(sessions.current(), request.signal);
    const first = await overAddresses(request, how, held);
    const expired = options.sessionExpired ?? ((status: number) => status === 401);
    if (!first.held || !expired(first.raw.status, first.raw.body)) return first;
    return overAddresses(request, how, await usable(sessions.newerThan(first.held), request.signal));
  }

  /** Sends it to the first address that a connection can be made to: until then nothing was sent. */
  async function overAddresses<T>(
    request: HttpRequest<T>,
    { ms, isLogin, fresh }: Attempt,
    mine: Held<S> | undefined,
  ): Promise<Exchanged<S>> {
    // A log-in goes past the limit: whoever holds a slot may be waiting for it.
    const release = isLogin ? () => {} : await slots.take(request.signal);
    // Whoever waited long for a slot takes the session of now.
    const held = mine && (sessions?.latest() ?? mine);
    const isRead = isLogin || (request.read ?? ["GET", "HEAD"].includes(request.method));
    const start = performance.now();
    const failures: CannotReach[] = [];
    try {
      for (const address of addresses.candidates()) {
        // The rest are tried by the next attempt: these are set aside by then.
        if (failures.length > 0 && performance.now() - start > ms) break;
        const url = urlOf(request, address);
        const describe = redact(`Unable to ${request.operation}: ${request.method} ${url.href}`);
        const progress: Progress = { sent: false, answered: false };
        const settled = isRead ? undefined : options.aroundWrite?.(describe, request.lateIsHarmless ? 0 : ms);
        try {
          const raw = await exchange({
            ...contentOf(request, held),
            agent,
            fresh,
            method: request.method,
            url,
            timeoutMs: ms,
            maxAnswerBytes: options.maxAnswerBytes ?? 32 * MiB,
            signal: request.signal,
            progress,
          });
          addresses.worked(address);
          return { raw, describe, held };
        } catch (error) {
          const told = about(describe, error);
          if (!(told instanceof CannotReach) || told.sent) throw told;
          addresses.failed(address);
          failures.push(told);
        } finally {
          if (!progress.sent || progress.answered) settled?.();
        }
      }
      throw allFailed(failures);
    } finally {
      release();
    }
  }

  function urlOf<T>(request: HttpRequest<T>, { host, port }: Address): URL {
    const url = new URL(String(request.path), `${scheme}://${endpointName(host, port)}`);
    for (const [key, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.append(key, String(value));
    }
    return url;
  }

  function contentOf<T>(request: HttpRequest<T>, held: Held<S> | undefined) {
    const headers: Record<string, string> = { accept: "application/json", "user-agent": "sitewright" };
    const put = (more: Record<string, string> | undefined) => {
      for (const [name, value] of Object.entries(more ?? {})) headers[name.toLowerCase()] = value;
    };
    const { type, body } = encode(request);
    if (type) headers["content-type"] = type;
    put(options.headers);
    put(request.headers);
    if (held && options.authorise) {
      const granted: Record<string, string> = {};
      options.authorise(granted, held.session);
      for (const value of Object.values(granted)) hide(value);
      put(granted);
    }
    return { headers, body };
  }

  return {
    request: (request) => send(request, false),
    close() {
      closing.abort(new Error(`the client of the connection "${options.connection}" is closed`));
      agent.destroy();
      dialer.close();
    },
  };
}

interface Exchanged<S> {
  raw: RawAnswer;
  describe: string;
  held: Held<S> | undefined;
}

/** How one attempt of a request goes out. */
interface Attempt {
  /** Real milliseconds for connection and answer. */
  ms: number;
  isLogin: boolean;
  /** On a connection that nothing has used before. */
  fresh: boolean;
}

type Outcome<T> =
  | { answer: HttpAnswer<T> }
  | {
      error: unknown;
      /** Whether it may go better a moment later. */
      passing: boolean;
      /** Milliseconds that the server asked to wait. */
      retryAfter?: number;
    };

function allFailed(failures: CannotReach[]): CannotReach {
  const [first, ...others] = failures;
  if (first && others.length === 0) return first;
  const reasons = others.map((error) => reasonOf(error).replace(/^Unable to .*?: /, ""));
  return new CannotReach([first ? reasonOf(first) : "the connection has no address", ...reasons].join("; "), {
    sent: false,
    hint: first?.hint,
    cause: first,
  });
}

/** The last attempt's error, with what is to be said of all attempts. */
function ended(error: unknown, attempts: number, arrived: boolean): unknown {
  if (!(error instanceof SitewrightError)) return error;
  if (attempts > 1) {
    const tail = error.hint ? ` — ${error.hint}` : "";
    error.message = `${reasonOf(error)} (after ${attempts} attempts)${tail}`;
  }
  if (!arrived || isAnswerLost(error)) return error;
  if (error instanceof CannotReach)
    return new CannotReach(reasonOf(error), { sent: true, hint: error.hint, cause: error.cause });
  error.arrived = true;
  return error;
}
