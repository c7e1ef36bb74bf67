import type { Seeded } from "./random";

/** What goes wrong, as data. The first rule that applies to a call decides; `refuse` is about connections, not calls. */
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
  /** The answer is that of the site as it was before the last write that took effect. */
  staleRead?: boolean;
  /** The answer is the right one, and nothing takes effect. */
  lostUpdate?: boolean;
  /** How a deployment that this call starts ends: at a stage, counted from 1, it fails or stays for ever. */
  deployment?: { failAtStage: number } | { stuckAtStage: number };
  /** How a job that this call starts ends: it fails, with these words or the lab's own, or stays for ever. */
  job?: "fails" | "stuck" | { fails: string };
  /** How a task of CloudTower that this call starts ends: as a job, or it pauses until somebody lets it go on. */
  task?: "fails" | "stuck" | "paused" | { fails: string };
  /** IPMI accounts that the controllers at these addresses refuse; "all": every one. */
  ipmiRefused?: "all" | string[];
  /** The chunk that this call brings is answered as taken, and is missing all the same. */
  chunkLost?: boolean;
  /** The chunk that this call brings is kept with other bytes than it came with. */
  chunkSpoilt?: boolean;
  /** An installer that this command line starts in CloudTower's guest fails after a while, or never goes on. */
  installer?: "fails" | "silent" | { fails: string };
  /** preinstall.sh that this command line starts fails. */
  preinstall?: "fails";
  /** Each pgrep in this command line of CloudTower's guest cannot look, and ends with this exit code. */
  pgrep?: number;
  /** Nothing listens at `endpoint`, HTTP or SSH, while the rule stands. Needs `endpoint` and is not counted. */
  refuse?: boolean;
}

export interface Faults {
  set(rules: FaultRule[]): void;
  /** Whether connections to an endpoint are refused. */
  refuses(endpoint: string): boolean;
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
      const astray = next.find((rule) => rule.refuse && !rule.endpoint);
      if (astray) throw new Error("a fault rule with refuse needs an endpoint, such as 10.0.20.101:80");
      rules = next.map((rule) => ({ rule, seen: 0, applied: 0 }));
    },
    refuses: (endpoint) => rules.some(({ rule }) => rule.refuse && rule.endpoint === endpoint),
    match(operation, endpoint) {
      for (const entry of rules) {
        const { rule } = entry;
        if (rule.refuse) continue;
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
