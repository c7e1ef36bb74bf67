import type { Call } from "../call";
import type { WritesNothing } from "../errors";
import type { Operation } from "../operation";
import type { Belonging, Owners } from "../owners";
import type { Deleted } from "../resource";
import type { Failure } from "../schema";
import type { Adopted } from "../state";

type Fields = Record<string, unknown>;

/** A resource of the program, as `check` has it before anything is sent. */
export interface Planned {
  call: Call;
  owners: Owners;
  /** The state's inputs and outputs; undefined of a resource that is to be created or replaced. */
  olds: Fields | undefined;
  /** Whether only a run that takes over has brought it into the state, and what `olds` are then. */
  adopted: Adopted | undefined;
  inputs: Fields;
}

/** The inputs to go on with, and why they cannot be carried out. */
export interface Checked {
  inputs: Fields;
  failures: Failure[];
}

/** What one sort of kinds does in its own way, for one kind; what all sorts share is lifecycle.ts's. */
export interface Sort extends Belonging {
  /**
   * Whether the journal remembers its objects, since a write of ours makes them. What is always there it does not know.
   */
  readonly journalled: boolean;
  /**
   * Whether `check` has to know if the state has the resource: the engine does not tell it, so that the program does
   * (`__known`).
   */
  readonly needsKnown: boolean;
  /** Checks inputs that the schema takes. Nothing is sent yet. */
  check(planned: Planned): Checked;
  /** Observes, makes what is not there, and brings it to the inputs. */
  ensure(operation: Operation): Promise<{ id: string; outputs: Fields }>;
  /**
   * The id of what a run that only takes over is to read after its write was refused; undefined: nothing stands. Throws
   * where what stands on it cannot go without it.
   */
  standsAt(operation: Operation, refused: WritesNothing): string | undefined;
  /** What to throw after `ensure` has failed: HalfMade where something stands that the state is to have. */
  failed(operation: Operation, error: unknown): Promise<unknown>;
  /** Deletes the object, or lets it go: `kept` where it stays this stack's; see Deleted. */
  forget(operation: Operation, owners: Owners): Promise<Deleted>;
}
