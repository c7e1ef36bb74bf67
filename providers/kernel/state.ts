type Fields = Record<string, unknown>;

/**
 * How far an object is that the state does not have whole: `partial`, half made; `found`, ours by mark or journal, `taken`,
 * somebody else's, both standing before this resource had them and never brought to the plan so far; `failed`, what a
 * creation that failed has left; `absent`, what a run that only takes over has not found, until the refresh after it.
 */
export type Phase = "partial" | Standing | "failed" | "absent";
export type Standing = "found" | "taken";

/**
 * What only a run that takes over has brought into the state, until an up has it in its program: whether the inputs are
 * the plan's, of what cannot stand (`absent`) or may (`planned`), or the site's, by a refresh (`seen`).
 */
export type Adopted = "absent" | "planned" | "seen";

/** What the engine's state has of an object: `fields` are its inputs and outputs. */
export interface State {
  id: string;
  fields: Fields;
  phase?: Phase | undefined;
  adopted?: Adopted | undefined;
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
