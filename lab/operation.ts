import type { LabHost } from "./model";
import type { SiteState } from "./site-state";

/** A call as it came over the wire. */
export interface Call {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Record<string, string | undefined>;
  /** Parsed JSON, or undefined. */
  body: unknown;
  /** The machine that was asked; undefined when it was asked by the VIP. */
  host: LabHost | undefined;
}

export interface Answer {
  status: number;
  body: unknown;
}

/** One call that the lab knows. */
export interface Operation {
  /** Stands in COVERAGE.md, in fault rules and in the record. */
  id: string;
  system: "smtxos" | "fisheye";
  method: string;
  path: string;
  /** Whether a client that makes this call changes something. Log-ins do not. */
  write: boolean;
  /** Where the behaviour is documented, or that it is assumed and by which switch. */
  source: string;
  /** Which client checks it. */
  checkedBy: string;
  handle(site: SiteState, call: Call): Answer;
}

/** What the facts do not settle, each a switch with what the lab does unless told otherwise. */
export interface LabSwitches {
  /** GET /api/v2/settings/vip answers what was set; the documents show the PUT only. */
  vipReadable: boolean;
  /** A second users:setupRoot is refused with this status; the documents say nothing. */
  secondSetupRoot: number;
  /** The L2 cluster scan sees the other hosts; not so over LACP or VLAN sub-interfaces (runbook, stage 01). */
  clusterScanSees: boolean;
  /** What a wrong or missing token is answered with. */
  unauthorised: number;
}

export const defaultSwitches: LabSwitches = {
  vipReadable: true,
  secondSetupRoot: 400,
  clusterScanSees: true,
  unauthorised: 401,
};

/** /api/v2's envelope (runbook, all of stages 01 to 03). */
export function envelope(data: unknown): Answer {
  return { status: 200, body: { data, ec: "EOK", error: {} } };
}

/** A failure in the envelope: HTTP 200 and an ec that is not EOK (facts: both public clients test ec). */
export function failure(ec: string, msg: string): Answer {
  return { status: 200, body: { data: {}, ec, error: { msg } } };
}
