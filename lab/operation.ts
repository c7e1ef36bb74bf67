import type { FaultRule } from "./faults";
import type { LabHost } from "./model";
import type { SiteState } from "./site-state";
import { oneOf, type Switch } from "./switch";

export const noError = oneOf(
  "noError",
  ["object", "null"],
  "What `error` is in an envelope without one.",
  "the documents show both {} and null where there is no error (facts, part B 5B 1)",
  "every call under /api/v2",
);

/** A call as it came over the wire. */
export interface Call {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Record<string, string | undefined>;
  /** What stands in the path for each `{name}` of the operation's. */
  params: Record<string, string>;
  /** Parsed JSON; of a form its fields, a file as a SentFile; or undefined. */
  body: unknown;
  /** The bytes of the file in a form; neither kept nor recorded. */
  file?: Uint8Array | undefined;
  /** The machine that was asked; undefined when it was asked by the VIP. */
  host: LabHost | undefined;
  /** How a deployment that the call starts goes, where a fault says so. */
  deployment?: FaultRule["deployment"];
  /** How a job that the call starts goes, where a fault says so. */
  job?: FaultRule["job"];
  /** Controllers that refuse their IPMI account, where a fault says so. */
  ipmiRefused?: FaultRule["ipmiRefused"];
  /** How a task of CloudTower that the call starts goes, where a fault says so. */
  task?: FaultRule["task"];
  /** The chunk that the call brings does not count. */
  chunkLost?: FaultRule["chunkLost"];
  /** The chunk that the call brings is kept with other bytes. */
  chunkSpoilt?: FaultRule["chunkSpoilt"];
}

export interface Answer {
  status: number;
  /** Undefined: none. */
  body: unknown;
}

/** One call that the lab knows. */
export interface Operation {
  /** Stands in COVERAGE.md, in fault rules and in the record. */
  id: string;
  system: "smtxos" | "fisheye" | "cloudtower";
  method: string;
  /** With `{name}` for what may be anything. */
  path: string;
  /** Of GraphQL: the first field that is asked for; "*": any that no other operation has. */
  graphql?: string;
  /** Whether a client that makes this call changes something. Log-ins do not. */
  write: boolean;
  /** Where the behaviour is documented. */
  source: string;
  /** What of it no document settles. */
  assumed?: string;
  /** The switches that change it. */
  switches?: readonly Switch[];
  /** Which clients check it. */
  checkedBy: string;
  handle(site: SiteState, call: Call): Answer;
}

/** /api/v2's envelope (runbook, all of stages 01 to 03). */
export function envelope(data: unknown): Answer {
  return { status: 200, body: { data, ec: "EOK", error: {} } };
}

/** A failure in the envelope: HTTP 200 and an ec that is not EOK (facts: both public clients test ec). */
export function failure(ec: string, msg: string): Answer {
  return { status: 200, body: { data: {}, ec, error: { msg } } };
}

/** Whether the call has been carried out: neither an HTTP error nor a failure in the envelope or of GraphQL. */
export function succeeded({ status, body }: Answer): boolean {
  const { ec, errors } = (body ?? {}) as { ec?: unknown; errors?: unknown };
  return status < 300 && (ec === undefined || ec === "EOK") && errors === undefined;
}
