import { type Address, createAddresses } from "./addresses";
import { CannotReach } from "./errors";
import type { Attempt } from "./http-attempts";
import { contentOf, urlOf } from "./http-content";
import { type DialAgent, exchange, type Progress, type RawAnswer } from "./http-exchange";
import type { HttpClientOptions, HttpRequest } from "./http-options";
import { redact } from "./redact";
import { about, reasonOf } from "./wire-errors";

const MiB = 1024 * 1024;

/** What goes out with a request beside what it says itself. */
export interface Going extends Attempt {
  /** Whether it changes nothing. */
  isRead: boolean;
  /** The session's headers. */
  granted: Record<string, string>;
}

/** An answer, unjudged. */
export interface Delivered {
  raw: RawAnswer;
  /** What was tried and where, without secrets: `Unable to list the VLANs: GET http://…`. */
  describe: string;
}

/** Sends a request once, to the first address of the connection that takes one. */
export type Deliver = <T>(request: HttpRequest<T>, going: Going) => Promise<Delivered>;

/**
 * The addresses of a connection, tried in order until a connection can be made: until then nothing was sent. Throws
 * what `exchange` throws, with the request named.
 */
export function createDelivery<S>(options: HttpClientOptions<S>, agent: DialAgent): Deliver {
  const scheme = options.scheme ?? "https";
  const port = options.port ?? (scheme === "https" ? 443 : 80);
  const addresses = createAddresses(options.addresses, port, options.clock.stopwatch());

  /** Throws CannotReach with `sent` false where the next address may be tried. */
  async function deliverTo<T>(address: Address, request: HttpRequest<T>, going: Going): Promise<Delivered> {
    const url = urlOf(scheme, request, address);
    const describe = redact(`Unable to ${request.operation}: ${request.method} ${url.href}`);
    const progress: Progress = { sent: false, answered: false };
    const mayTake = request.lateIsHarmless ? 0 : going.ms;
    const settled = going.isRead ? undefined : options.aroundWrite?.(describe, mayTake);
    try {
      const raw = await exchange({
        ...contentOf(request, options.headers, request.headers, going.granted),
        agent,
        fresh: going.fresh,
        method: request.method,
        url,
        timeoutMs: going.ms,
        maxAnswerBytes: options.maxAnswerBytes ?? 32 * MiB,
        signal: request.signal,
        progress,
      });
      return { raw, describe };
    } catch (error) {
      throw about(describe, error);
    } finally {
      if (!progress.sent || progress.answered) settled?.();
    }
  }

  return async (request, going) => {
    const start = performance.now();
    const failures: CannotReach[] = [];
    for (const address of addresses.candidates()) {
      // The addresses that are left are tried by the next attempt: those that failed are set aside by then.
      if (failures.length > 0 && performance.now() - start > going.ms) break;
      try {
        const delivered = await deliverTo(address, request, going);
        addresses.worked(address);
        return delivered;
      } catch (error) {
        if (!(error instanceof CannotReach) || error.sent) throw error;
        addresses.failed(address);
        failures.push(error);
      }
    }
    throw allFailed(failures);
  };
}

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
