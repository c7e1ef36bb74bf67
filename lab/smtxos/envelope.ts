import type { Answer } from "../operation";
import type { SiteState } from "../site-state";
import { oneOf } from "../switch";

export const noError = oneOf(
  "noError",
  ["object", "null"],
  "What `error` is in an envelope without one.",
  "the documents show both {} and null where there is no error (facts, part B 5B 1)",
  "every call under /api/v2",
);

/** /api/v2's envelope (runbook, all of stages 01 to 03). */
export function envelope(data: unknown): Answer {
  return { status: 200, body: { data, ec: "EOK", error: {} } };
}

/** A failure in the envelope: HTTP 200 and an ec that is not EOK (facts: both public clients test ec). */
export function failure(ec: string, msg: string): Answer {
  return { status: 200, body: { data: {}, ec, error: { msg } } };
}

/** An answer as it goes out: with `error: null` in an envelope without an error, where the switch says so. */
export function withError(site: SiteState, answer: Answer): Answer {
  const { ec } = (answer.body ?? {}) as { ec?: unknown };
  if (ec !== "EOK" || site.switches.of(noError) !== "null") return answer;
  return { ...answer, body: { ...(answer.body as object), error: null } };
}

/** Whether an answer of HTTP 200 is a failure: it has an ec that is not EOK. */
export function isFailure(body: unknown): boolean {
  const { ec } = (body ?? {}) as { ec?: unknown };
  return ec !== undefined && ec !== "EOK";
}
