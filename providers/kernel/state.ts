type Fields = Record<string, unknown>;

/** How far an object that is not whole got: it stands half made, or is what a creation that failed has left. */
export type Phase = "partial" | "failed";

/** What a lifecycle keeps of an object: its inputs and outputs in one, and its phase where it is not whole. */
export interface State {
  id: string;
  fields: Fields;
  phase?: Phase | undefined;
  /** Which resource this is, in the journal's words; missing in states of the first releases. */
  claim?: string | undefined;
}

/** Thrown when an object exists at the site but could not be brought to what the plan wants. */
export class HalfMade extends Error {
  constructor(
    readonly id: string,
    readonly fields: Fields,
    override readonly cause: Error,
    readonly phase: Phase,
    readonly claim: string | undefined,
  ) {
    super(cause.message);
  }
}
