import type { Seeded } from "./random";

/** What goes wrong, as data. The first rule that applies to a call decides. */
export interface FaultRule {
  /** Operation id as in COVERAGE.md; every operation unless told. */
  operation?: string;
  /** Endpoint as the plan has it, `10.0.20.101:80`; every one unless told. */
  endpoint?: string;
  /** Calls that are let pass before the rule begins. */
  skip?: number;
  /** Calls that the rule applies to; without end unless told. */
  count?: number;
  /** Between 0 and 1, drawn from the lab's seed; 1 unless told. */
  probability?: number;
  /** Real milliseconds before anything else. */
  delay?: number;
  /** Answer this instead: `code` stands for ec in an envelope. */
  answer?: { status: number; body?: unknown; html?: boolean };
  /** The connection is reset before or after the call has taken effect. */
  drop?: "before-commit" | "after-commit";
  /** The answer ends in the middle. */
  halfBody?: boolean;
  /** No answer ever comes; with `after-commit` the call has taken effect. */
  hang?: "before-commit" | "after-commit";
  /** The session that the call came with is forgotten first. */
  expireSession?: boolean;
}

export interface Faults {
  set(rules: FaultRule[]): void;
  /** The rule that applies to this call, counted. */
  match(operation: string, endpoint: string): FaultRule | undefined;
  /** How often each rule has applied, in the order of the rules. */
  applied(): number[];
}

export function createFaults(ids: Seeded): Faults {
  let rules: { rule: FaultRule; seen: number; applied: number }[] = [];
  let draws = 0;
  return {
    set(next) {
      rules = next.map((rule) => ({ rule, seen: 0, applied: 0 }));
    },
    match(operation, endpoint) {
      for (const entry of rules) {
        const { rule } = entry;
        if (rule.operation && rule.operation !== operation) continue;
        if (rule.endpoint && rule.endpoint !== endpoint) continue;
        entry.seen += 1;
        if (entry.seen <= (rule.skip ?? 0)) continue;
        if (rule.count !== undefined && entry.applied >= rule.count) continue;
        if (rule.probability !== undefined && ids.fraction(`fault ${draws++}`) >= rule.probability) continue;
        entry.applied += 1;
        return rule;
      }
      return undefined;
    },
    applied: () => rules.map((entry) => entry.applied),
  };
}
