import {
  Agent,
  type ClientRequest,
  request as httpRequest,
  type IncomingHttpHeaders,
  type RequestOptions,
} from "node:http";
import type { Socket } from "node:net";
import { type Duplex, Readable } from "node:stream";
import type { Dialer } from "./dial";
import { formatDuration } from "./duration";
import { BadAnswer, CannotReach, SitewrightError } from "./errors";
import { startTimer } from "./timer";
import { socketReason } from "./wire-errors";

/** One request on the wire and its answer, unjudged. */
export interface Exchange {
  agent: DialAgent;
  /** Whether the request leaves on a new connection, which others may use after it. */
  fresh: boolean;
  method: string;
  url: URL;
  headers: Record<string, string>;
  body: string | Uint8Array | FormData | undefined;
  /** Real milliseconds for connection and whole answer. */
  timeoutMs: number;
  /** The most bytes of the answer, decompressed. */
  maxAnswerBytes: number;
  signal: AbortSignal | undefined;
  /** How far the request came: filled in on the way. */
  progress: Progress;
}

export interface Progress {
  /** Whether the request may have reached the other side. */
  sent: boolean;
  /** Whether the status line came back: what the other side does is settled then. */
  answered: boolean;
}

export interface RawAnswer {
  status: number;
  statusText: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/**
 * How long an unused connection stays open: shorter than servers are set to keep one. A balancer between may still have
 * dropped it silently; only a request that can be repeated may find that out.
 */
const IDLE = 4_000;

/** Keep-alive connections that the dialer opens: URL, Host header and SNI have the endpoint's logical name. */
export class DialAgent extends Agent {
  readonly #dialer: Dialer;
  readonly #secure: boolean;

  constructor(dialer: Dialer, secure: boolean) {
    super({ keepAlive: true });
    this.#dialer = dialer;
    this.#secure = secure;
    // http.request asks the agent for protocol and port; so one class serves http and https.
    Object.assign(this, { protocol: secure ? "https:" : "http:", defaultPort: secure ? 443 : 80 });
  }

  override createConnection(
    options: RequestOptions,
    done?: (error: Error | null, socket: Duplex) => void,
  ): Duplex | undefined {
    const socketless = undefined as unknown as Duplex; // Node's callback wants a socket beside an error, where there is none
    this.#dialer.dial(String(options.host), Number(options.port), this.#secure).then(
      (socket) => done?.(null, socket),
      (error: Error) => done?.(error, socketless),
    );
    return undefined;
  }

  /**
   * Gives the request that `make` makes a new connection, whichever are idle: the agent looks for one before `make`
   * returns.
   */
  onFreshConnection<T>(make: () => T): T {
    const free = this.freeSockets as NodeJS.Dict<Socket[]>;
    const idle = { ...free };
    for (const name of Object.keys(idle)) delete free[name];
    try {
      return make();
    } finally {
      Object.assign(free, idle);
    }
  }

  override keepSocketAlive(socket: Duplex): boolean {
    const keep = super.keepSocketAlive(socket) as unknown as boolean; // the types lack the answer
    const { timeout } = socket as Socket;
    (socket as Socket).setTimeout(Math.min(timeout || IDLE, IDLE));
    return keep;
  }
}

/** Sends one request. Throws CannotReach, NotTrusted, BadAnswer (too large), or the signal's reason. */
export async function exchange(options: Exchange): Promise<RawAnswer> {
  const { signal, progress } = options;
  signal?.throwIfAborted();
  const ending = new AbortController();
  const stop = () => ending.abort();
  signal?.addEventListener("abort", stop, { once: true });
  let late = false;
  const disarm = startTimer(options.timeoutMs, () => {
    late = true;
    stop();
  });

  /** Node's event `socket` says that a request has its connection and is about to be written. */
  const transport = {
    request(settings: RequestOptions, done: (answer: never) => void): ClientRequest {
      const make = () => httpRequest(settings, done as never);
      const request = options.fresh ? options.agent.onFreshConnection(make) : make();
      request.once("socket", () => {
        progress.sent = true;
      });
      request.once("response", () => {
        progress.answered = true;
      });
      return request;
    },
  };

  try {
    // Loaded at the first request: a program registers resources and sends none.
    const { wire } = await import("./wire.js");
    const response = await wire.request<Readable>({
      method: options.method,
      url: options.url.href,
      ...contentOf(options),
      httpAgent: options.agent,
      httpsAgent: options.agent,
      signal: ending.signal,
      transport,
    });
    const body = await readBody(response.data, options.maxAnswerBytes);
    const headers = { ...(response.headers as unknown as IncomingHttpHeaders) };
    return { status: response.status, statusText: response.statusText, headers, body };
  } catch (error) {
    signal?.throwIfAborted();
    throw late ? overdue(options) : explain(error, progress, options.url);
  } finally {
    disarm();
    signal?.removeEventListener("abort", stop);
  }
}

/** Bytes of a body that go out at a time; smaller pieces cost more than they gain (bench/upload.ts). */
const PIECE = 2 * 1024 * 1024;

/**
 * Headers and data of a request. A large body goes out piece by piece: otherwise all of it would be encrypted before
 * its first byte leaves, and lie in memory a second time.
 */
function contentOf({ headers, body }: Exchange) {
  if (typeof body === "string") return { headers, data: Buffer.from(body) };
  if (!(body instanceof Uint8Array) || body.length <= PIECE) return { headers, data: body };
  const data = Readable.from(pieces(body), { objectMode: false, highWaterMark: PIECE });
  return { headers: { ...headers, "content-length": String(body.length) }, data };
}

function* pieces(body: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < body.length; at += PIECE) yield body.subarray(at, at + PIECE);
}

async function readBody(stream: Readable, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw new BadAnswer(`the answer is larger than ${limit} bytes`); // leaving the loop ends the stream
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function overdue({ timeoutMs, progress, url }: Exchange): CannotReach {
  const what = progress.answered ? "the answer did not end" : progress.sent ? "no answer" : "no connection";
  return new CannotReach(`${url.host}: ${what} within ${formatDuration(timeoutMs)}`, {
    sent: progress.sent,
    hint: "check that the system is up; if it is only slow, raise the stack setting requestTimeout",
  });
}

/** The error of a request that broke: what the dialer threw, which axios wraps, or else a break after sending. */
function explain(error: unknown, progress: Progress, url: URL): unknown {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof SitewrightError) return at;
  }
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const { reason, hint } = socketReason(cause);
  const when = progress.answered ? " in the middle of the answer" : progress.sent ? " before an answer came" : "";
  return new CannotReach(`${url.host}: ${reason}${when}`, { sent: progress.sent, hint, cause });
}
