import type { Call } from "./call";
import { createContext, type OperationContext } from "./context";
import { journalKey } from "./identity";
import { memoOf, type Stage } from "./journal";
import { othersBegun } from "./left-behind";
import type { Owners } from "./owners";
import type { Context, Kind, OperationName } from "./resource";
import { HalfMade, type Phase, type Standing, type State } from "./state";

type Fields = Record<string, unknown>;
type Memo = Parameters<Context["checkpoint"]>[1];

/** What an operation is of. */
interface OperationOptions {
  kind: Kind;
  /** Whether the journal remembers objects of this kind. */
  journalled: boolean;
  owners: Owners;
  call: Call;
  name: OperationName;
  /** The plan's inputs; in a delete, inputs and outputs of the state. */
  inputs: Fields;
  /** What the state has; undefined in a creation. */
  prior?: State | undefined;
  /** Which resource it is, as the journal has it. */
  claim: string | undefined;
}

/**
 * One create, update or delete of one resource: what stands of its object by now, and the only one that writes to the
 * journal of it.
 */
export class Operation {
  readonly call: Call;
  readonly context: OperationContext;
  readonly inputs: Fields;
  readonly prior: State | undefined;
  readonly claim: string | undefined;
  /** The id of what stands; undefined while nothing is known to. */
  id: string | undefined;
  /** Whether the creation is over, so that what fails after it fails on an object that is there. */
  isCreated: boolean;
  /** How far what stands is, until it is as the plan wants it. */
  phase: Phase;
  readonly #options: OperationOptions;

  constructor(options: OperationOptions) {
    const { kind, call, name, inputs, prior, claim } = options;
    this.#options = options;
    this.call = call;
    this.inputs = inputs;
    this.prior = prior;
    this.claim = claim;
    this.id = prior?.id;
    this.isCreated = prior !== undefined;
    this.phase = prior?.phase ?? "partial";
    this.context = createContext(kind, call, name, inputs, {
      inState: prior !== undefined && prior.phase === undefined,
      idOf: () => this.id,
      // A delete makes nothing, whatever it shares with a creation.
      ...(name === "delete"
        ? {}
        : {
            checkpoint: (id: string, memo?: Memo) => this.made(id, memo),
            note: (memo: Memo) => this.#note(this.context.isBegun ? "made" : "standing", this.id, memo),
            accepted: () => this.#note("made"),
          }),
    });
  }

  /** The end of a deletion of that id which the process has under way as another resource's. */
  leaving(id: string): Promise<void> | undefined {
    return this.#options.owners.leaving(this.inputs, id);
  }

  /** A creating write is about to leave. `memo`: what it makes the object from. */
  intended(memo?: Memo): void {
    this.#note("intended", undefined, memo);
  }

  /** The creating write was surely not carried out. */
  retracted(): void {
    this.#note("gone");
  }

  /** Something of this id stands that a creation of ours has begun, and may not be whole. */
  made(id: string, memo?: Memo): void {
    this.phase = "partial";
    this.#take("made", id, memo);
  }

  /** Something of this id stands, whole, and is this resource's from now on: ours as it is known, or somebody else's. */
  taken(id: string, whose: Standing): void {
    this.phase = whose;
    this.#take("standing", id);
  }

  /** It stands as the plan wants it. */
  standing(id: string): void {
    this.#note("standing", id);
  }

  /** The vendor says that the work has failed. */
  failed(): void {
    this.#note("failed", this.id);
  }

  /** What stood is there no more, or is let go. */
  gone(): void {
    this.#note("gone", this.id);
  }

  /** What stood half made was of no use and has been removed: a creation begins anew. */
  discarded(): void {
    const { id } = this;
    this.begunAnew();
    this.#note("gone", id);
  }

  /** What the state has is there no more: a creation is what follows. */
  begunAnew(): void {
    this.id = undefined;
    this.isCreated = false;
  }

  /**
   * The error that ends the operation: a HalfMade where something stands that the state does not have whole. An update
   * that failed leaves the state as it was, so that its difference is still there at the next up.
   */
  ended(error: unknown, phase = this.phase): unknown {
    if (this.id === undefined || (this.prior && !this.prior.phase)) return error;
    return new HalfMade(this.id, this.inputs, error as Error, phase, this.claim);
  }

  #take(stage: Stage, id: string, memo?: Memo): void {
    const { kind, owners, journalled } = this.#options;
    // Set before the journal is written: where that fails, the engine's state is what knows of the object.
    this.id = id;
    // An object that a killed run began under another name: the journal is to know it by the new one alone.
    // Of the name alone: the object itself goes on, also where a kill comes before its next line.
    for (const { kind: type, connection, key, urn, ...entry } of othersBegun(kind, this.call, this.inputs))
      if (entry.id === id) this.call.workspace.journal.append({ kind: type, connection, key, urn, stage: "gone" });
    if (journalled) owners.hold(this.call, this.inputs, id);
    this.#note(stage, id, memo);
  }

  #note(stage: Stage, id?: string, memo?: Memo): void {
    const { kind, journalled } = this.#options;
    if (!journalled) return;
    const { journal } = this.call.workspace;
    const key = journalKey(kind, this.inputs);
    const last = journal.last(key);
    // What was announced is what has come of it.
    const isAnnounced = last?.stage === "intended" && stage === "made";
    const remembered = memo ?? (isAnnounced ? last.memo : memoOf(journal, key, id));
    journal.append({
      ...key,
      stage,
      urn: this.call.urn,
      ...(this.claim === undefined ? {} : { claim: this.claim }),
      ...(id === undefined ? {} : { id }),
      ...(remembered && { memo: remembered }),
    });
  }
}
