import type { Draft } from "../draft";
import { checkAddresses } from "./addresses";
import { checkHosts } from "./hosts";
import { checkNetworks } from "./networks";
import type { PartialPlan } from "./partial-plan";
import { checkPasswords, type PasswordKnown } from "./passwords";
import { checkRacks } from "./racks";
import { checkServers } from "./servers";
import { checkSwitches } from "./switches";

/** What the rules may know beside the plan. */
export interface RuleOptions {
  /** Where the caller knows the other sources of passwords, a blank one that none of them has is an error. */
  passwordKnown?: PasswordKnown;
}

/**
 * What holds across cells, whatever the plan was written in. Goes over drafts too: a value that is missing is passed
 * over, so that one mistake does not hide another. Adds its findings to the draft.
 */
export function checkRules(draft: Draft, { passwordKnown }: RuleOptions = {}): void {
  const plan = draft.tree as PartialPlan;
  checkHosts(draft, plan);
  checkNetworks(draft, plan);
  checkAddresses(draft, plan);
  checkServers(draft, plan);
  checkSwitches(draft, plan);
  checkRacks(draft, plan);
  checkPasswords(draft, plan, passwordKnown);
}
