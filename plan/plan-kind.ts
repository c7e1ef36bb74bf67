import type { z } from "zod";
import type { Draft } from "./draft";
import type { RuleOptions } from "./rules/rules";

/** What sets one kind of plan apart: its form, where that is written down, and what holds across its values. */
export interface PlanKind<P> {
  schema: z.ZodType<P>;
  /** The page of docs/ with its keys. */
  page: string;
  check(draft: Draft, options: RuleOptions): void;
}
