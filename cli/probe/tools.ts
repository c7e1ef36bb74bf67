import { type Finding, makeFinding } from "../../plan/finding";
import type { FindingCode } from "../../plan/finding-text";
import type { PlaceOf } from "../../plan/read";
import type { FindingParams } from "../../plan/text/text";
import type { Reach } from "../../providers/kernel/reach";
import type { TrustFile } from "../../providers/kernel/trust-file";
import type { Caller } from "../../providers/smtxos/client";
import { type FactCode, makeFact, type ProbeFact } from "./fact-text";
import type { ProbeTarget } from "./target";

/** What every probe works with. */
export interface ProbeTools {
  reach: Reach;
  /** trust.yaml beside the plan. */
  trusted: TrustFile;
  /** The `ping` program, where one is installed. */
  pingProgram: string | undefined;
  /** Aborted when the probe's budget is spent. */
  signal: AbortSignal;
  /** For the vendors' clients; their requests end with the budget. */
  caller: Caller;
}

/** What probes have to tell. */
export interface ProbeReport {
  findings: Finding[];
  facts: ProbeFact[];
  finding(code: FindingCode, target: ProbeTarget, params?: FindingParams): void;
  fact(code: FactCode, target: ProbeTarget, params?: FindingParams): void;
}

/** Says what a probe has found. Probes end in any order; they are told in that of the plan. */
export type Telling = (report: ProbeReport) => void;

export function createReport(placeOf: PlaceOf): ProbeReport {
  const findings: Finding[] = [];
  const facts: ProbeFact[] = [];
  return {
    findings,
    facts,
    finding(code, target, params) {
      const place = placeOf(target.path) ?? { line: 1, column: 1 };
      findings.push(makeFinding(code, place, { value: target.address, params }));
    },
    fact(code, target, params) {
      facts.push(makeFact(code, target, params));
    },
  };
}
