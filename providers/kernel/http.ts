import { joined } from "./abort";
import { createDialer } from "./dial";
import { CannotReach, Orphaned, SitewrightError } from "./errors";
import { createDelivery, type Delivered } from "./http-addresses";
import { judge } from "./http-answer";
import { attempts, type Outcome } from "./http-attempts";
import { DialAgent } from "./http-exchange";
import type { HttpAnswer, HttpClientOptions, HttpRequest, Send } from "./http-options";
import { parseRetryAfter, retryPolicy } from "./http-retry";
import { LoginFailed } from "./http-session";
import { createSessionDelivery, type SessionAttempt } from "./http-session-delivery";

export interface HttpClient {
  /**
   * Sends a request and returns the judged answer. Throws CannotReach, NotTrusted, NotAuthorised, NotFound, Refused,
   * BadAnswer, what `interpret` throws, or the signal's reason. `isAnswerLost` tells of all but the last whether any
   * attempt may have been carried out.
   */
  request: Send;
  /** Ends the requests under way and every connection. */
  close(): void;
}

/** The one client of a connection and process: one session, keep-alive, a limit on requests in flight. */
export function createHttpClient<S = unknown>(options: HttpClientOptions<S>): HttpClient {
  const timeoutMs = options.timeoutMs ?? 10_000;
  const policy = options.retry ?? retryPolicy;
  const dialer = createDialer({
    reach: options.reach,
    trust: options.trust,
    connectTimeoutMs: options.connectTimeoutMs ?? Math.min(timeoutMs, 5_000),
    proxyEnvironment: options.proxyFromEnvironment ? process.env : undefined,
  });
  const agent = new DialAgent(dialer, options.scheme !== "http");
  const closing = new AbortController();
  const { login } = options;
  const logIn = login && (() => login((request) => send({ ...request, anonymous: true }, true)));
  const deliver = createSessionDelivery(options, createDelivery(options, agent), logIn);

  async function send<T>(request: HttpRequest<T>, isLogin: boolean): Promise<HttpAnswer<T>> {
    const { signal, release } = joined(request.signal, closing.signal);
    const following = { ...request, signal };
    const patience = { policy, clock: options.clock, timeoutMs, random: options.random ?? Math.random };
    try {
      return await attempts(following, patience, (attempt) => once(following, { ...attempt, isLogin }));
    } finally {
      release();
    }
  }

  /** One attempt: its answer, or its error and whether it may pass. Throws what ends all work: a signal's reason. */
  async function once<T>(request: HttpRequest<T>, attempt: SessionAttempt): Promise<Outcome<T>> {
    let delivered: Delivered;
    try {
      delivered = await deliver(request, attempt);
    } catch (error) {
      request.signal?.throwIfAborted();
      if (error instanceof LoginFailed) return { error: error.reason, passing: false };
      if (!(error instanceof SitewrightError) || error instanceof Orphaned) throw error;
      return { error, passing: error instanceof CannotReach };
    }
    const { raw } = delivered;
    try {
      return { answer: { status: raw.status, headers: raw.headers, data: understand(request, delivered) } };
    } catch (error) {
      const retryAfter = parseRetryAfter(raw.headers["retry-after"], raw.headers.date);
      return { error, passing: policy.statuses.includes(raw.status), retryAfter };
    }
  }

  /** The data of an answer. Throws what is wrong with it. */
  function understand<T>(request: HttpRequest<T>, { raw, describe }: Delivered): T {
    const requestId = options.requestIdHeader && raw.headers[options.requestIdHeader];
    return judge(raw, {
      describe: requestId ? `${describe} (${options.requestIdHeader} ${requestId})` : describe,
      connection: options.connection,
      answer: request.answer ?? "json",
      schema: request.schema,
      notFound: request.notFound ?? options.notFound,
      interpret: options.interpret,
    });
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
