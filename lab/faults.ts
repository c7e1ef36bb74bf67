import { z } from "zod";
import type { Seeded } from "./random";

/** Where in a call something happens. */
const moment = z.enum(["before-commit", "after-commit"]);
/** How what a call starts ends, with the reason that is told. */
const fails = z.strictObject({ fails: z.string() });

/** What goes wrong, as data. The first rule that applies to a call decides; `refuse` is about connections, not calls. */
export const faultRuleSchema = z.strictObject({
  operation: z.string().optional().describe("Operation id as in lab/COVERAGE.md; every operation unless told."),
  endpoint: z
    .string()
    .regex(/^[^:]+:\d+$/, "an address and a port, such as 10.0.20.101:80")
    .optional()
    .describe("Endpoint as the plan has it, `10.0.20.101:80`; every one unless told."),
  skip: z.int().min(0).optional().describe("Calls that are let pass before the rule begins."),
  count: z.int().min(1).optional().describe("Calls that the rule applies to; without end unless told."),
  probability: z.number().min(0).max(1).optional().describe("Drawn from the lab's seed; 1 unless told."),
  delay: z.number().min(0).optional().describe("Real milliseconds before anything else."),
  answer: z
    .strictObject({
      status: z.int().describe("Of HTTP, or the exit code of a command."),
      body: z.unknown().optional().describe("What it says; of a command its words."),
      html: z.boolean().optional().describe("As a web server's own page, not as JSON."),
    })
    .optional()
    .describe("Answer this instead; a log-in over SSH is refused."),
  drop: moment.optional().describe("The connection is reset before or after the call has taken effect."),
  halfBody: z.boolean().optional().describe("The answer ends in the middle."),
  hang: moment.optional().describe("No answer ever comes; with `after-commit` the call has taken effect."),
  expireSession: z.boolean().optional().describe("The session that the call came with is forgotten first."),
  staleRead: z
    .boolean()
    .optional()
    .describe("The answer is that of the site as it was before the last write that took effect."),
  lostUpdate: z.boolean().optional().describe("The answer is the right one, and nothing takes effect."),
  deployment: z
    .union([z.strictObject({ failAtStage: z.int().min(1) }), z.strictObject({ stuckAtStage: z.int().min(1) })])
    .optional()
    .describe("How a deployment that this call starts ends: at a stage, counted from 1, it fails or stays for ever."),
  job: z
    .union([z.enum(["fails", "stuck"]), fails])
    .optional()
    .describe("How a job that this call starts ends: it fails, with these words or the lab's own, or stays for ever."),
  task: z
    .union([z.enum(["fails", "stuck", "paused"]), fails])
    .optional()
    .describe(
      "How a task of CloudTower that this call starts ends: as a job, or it pauses until somebody lets it go on.",
    ),
  ipmiRefused: z
    .union([z.literal("all"), z.array(z.string())])
    .optional()
    .describe("IPMI accounts that the controllers at these addresses refuse; `all`: every one."),
  chunkLost: z
    .boolean()
    .optional()
    .describe("The chunk that this call brings is answered as taken, and is missing all the same."),
  chunkSpoilt: z
    .boolean()
    .optional()
    .describe("The chunk that this call brings is kept with other bytes than it came with."),
  installer: z
    .union([z.enum(["fails", "silent"]), fails])
    .optional()
    .describe(
      "An installer that this command line starts in CloudTower's guest fails after a while, or never goes on.",
    ),
  preinstall: z.literal("fails").optional().describe("preinstall.sh that this command line starts fails."),
  pgrep: z.int().optional().describe("Each pgrep in this command line cannot look, and ends with this exit code."),
  refuse: z
    .boolean()
    .optional()
    .describe(
      "Nothing listens at `endpoint`, HTTP or SSH, while the rule stands. Needs `endpoint` and is not counted.",
    ),
});

export type FaultRule = z.infer<typeof faultRuleSchema>;

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
