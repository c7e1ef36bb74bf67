import type { Lab } from "../../lab/lab";
import type { LabSwitches } from "../../lab/switches";
import type { LabTemplate } from "../engine/lab-site";
import type { ResourceSpec } from "../kit/program";

/** A way from what stands to what is planned: the provider is killed at each of its steps. */
export interface Way {
  /** What happens and what comes of it: the name of its test. */
  name: string;
  /** The lab that it begins in; ways that name the same function share it. */
  template(): Promise<LabTemplate>;
  /** What stands before; nothing unless told. Of the lab a program may read the planned hosts alone. */
  before?(lab: Lab): ResourceSpec[];
  /** What the killed run, and the one after it, shall bring about. */
  after(lab: Lab): ResourceSpec[];
  /** What happens behind the provider's back before the run that is killed. */
  between?(lab: Lab): void;
  /** Throws unless the site is what `after` says: nothing doubled, orphaned or lost. */
  verify(lab: Lab, project: string): void;
  /** Kills at the steps of such names alone. */
  only?: { steps: RegExp /** Types of which these are all steps, or all that no other way has. */; of?: string[] };
  /** It has more steps than this; fewer would be another way. */
  moreStepsThan?: number;
  /** It is killed more often than this. */
  moreKillsThan?: number;
  /** Whether one of its kills is that of a real process; true unless told, as where another way of the kind has one. */
  sigkill?: boolean;
  speed?: number | "instant";
  /** How the lab answers where no document settles it. */
  switches?: Partial<LabSwitches>;
  /** Settings of the stack. */
  settings?: Record<string, string>;
  /** Variables of the provider's environment. */
  environment?: Record<string, string>;
  /** Files of the project by their path in it. */
  files?(): Record<string, Uint8Array>;
}
