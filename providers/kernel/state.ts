type Fields = Record<string, unknown>;

/**
 * How far an object is that is not whole: `partial`, half made, or taken over as it stands; `failed`, what a creation that
 * failed has left; `absent`, what a run that only takes over has not found, until the refresh after it.
 */
export type Phase = "partial" | "failed" | "absent";

/** What the engine's state has of an object: `fields` are its inputs and outputs. */
export interface State {
  id: string;
  fields: Fields;
  phase?: Phase | undefined;
  /** Which resource this is in the journal; missing in states of the first releases. */
  claim?: string | undefined;
}

/** Thrown when an object is at the site but could not be brought to what the plan wants. */
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
