import type { z } from "zod";
import type { Connection } from "./connection";
import type { SitewrightError } from "./errors";
import type { Example } from "./example";
import type { JournalEntry } from "./journal";
import type { Look } from "./wait";
import type { Workspace } from "./workspace";

/** What a lifecycle function is given beside its inputs. */
export interface Context {
  /** `Vlan/VLAN-1120`: how messages, the journal and the stack setting `adopt` name the object. */
  readonly label: string;
  /** The connection that the inputs name, with the credentials found for it. */
  readonly connection: Connection;
  readonly workspace: Workspace;
  /** Aborted when the engine is gone. Every request takes it. */
  readonly signal: AbortSignal;
  /** The journal's last entry on this object. A journal may outlive its stack: what it says of a new site may be old. */
  readonly entry: JournalEntry | undefined;
  /** Whether the journal has the object's creation as begun and not as ended: it may be there, half made or whole, or not. */
  readonly isBegun: boolean;
  /** Whether the engine's state has this object, and has it whole. */
  readonly inState: boolean;
  /** Replaces the text on the resource's own row. */
  progress(text: string): void;
  /** A line that stays, on the resource's own row. */
  info(text: string): void;
  warn(text: string): void;
  /**
   * To be called as soon as the vendor has given an id, before anything else is awaited. `memo` stands in the journal
   * beside it: what is needed to go on and the vendor does not tell again.
   */
  checkpoint(id: string, memo?: Record<string, unknown>): void;
  /**
   * To be called as soon as the vendor has taken the creating write on and has told no id with it, before its job is
   * looked at: whatever that look then meets, something may come to stand, and is looked for.
   */
  accepted(): void;
  /** Waits within the operation's time-out; see wait.ts. */
  wait<T>(what: string, look: (elapsed: number) => Promise<Look<T>>, options?: WaitHints): Promise<T>;
}

export interface WaitHints {
  /** First and longest pause between two looks, vendor milliseconds. */
  interval?: number;
  cap?: number;
  /** Lost connections are normal meanwhile. */
  throughOutage?: boolean;
  /** A shorter limit than the operation's own, vendor milliseconds. */
  atMost?: number;
}

/** Something of the wanted natural key that stands already. */
export interface Found {
  id: string;
  /** Our mark is on it (true), another's (false), or the API has no field for one (left out: the journal tells). */
  ours?: boolean;
  /** It is whole as it stands, and nothing that a creation of ours has begun. */
  whole?: boolean;
}

/** Thrown by a sync that has removed what it found half made, as of no use. `cause` says why, and is what a user sees. */
export class Discarded extends Error {
  constructor(override readonly cause: SitewrightError) {
    super(cause.message);
  }
}

/** What the site has. A field that cannot be observed is left out, and then keeps its last known value. */
export interface Observed<I, O> {
  inputs: Partial<I>;
  outputs: Partial<O>;
  /**
   * What the API does not let be read back, as in "… cannot be seen": `the DNS servers of HCI-01`. Then the connection's
   * observer is asked (observer.ts), and where it tells nothing the user is told so.
   */
  unread?: string;
}

/**
 * What a delete has come to. `gone`: the site has it no more, also where it was not there. `kept`: it stays, as others
 * use it or as it was never ours to delete, which the kind has said; should the plan name it again, it is still this
 * stack's.
 */
export type Deleted = "gone" | "kept";

interface Common<I extends z.ZodObject, O extends z.ZodObject> {
  /** `smtxos:Vlan`; kind names exist for several vendors, so the vendor belongs into it. For ever the same. */
  type: `${string}:${string}`;
  /** One paragraph for the docs: what it is, where the vendor documents it. */
  doc: string;
  /** How a program has one; see example.ts. Every kind of a registered system has it, which a test sees to. */
  example?: Example<z.input<I>>;
  /** Every field with a description (unit, source). `secret`, `replaces`, `asSet` of schema.ts mark fields. */
  inputs: I;
  outputs: O;
  /** The object's natural key within its parent, or on its connection, as the vendor or the plan names it. */
  key(inputs: z.output<I>): string;
  /**
   * The inputs that say within what the key is unique, where that is not the whole connection: the VLAN's switch, the
   * datacenter's organisation, the cluster and its zone. What goes by the same key elsewhere is another object.
   */
  parents?: (keyof z.output<I> & string)[];
  /** Counted up when the shape of inputs or outputs changes; `migrations[n]` brings version n to n + 1. */
  schemaVersion?: number;
  migrations?: Record<number, (old: Record<string, unknown>) => Record<string, unknown>>;
  /** Vendor milliseconds an operation may take; 10 minutes unless told. A user raises them by `timeouts`. */
  timeouts?: Partial<Record<Operation, number>>;
  /** What the site has; undefined only when the vendor itself says that the object does not exist. */
  read(
    context: Context,
    id: string,
    prior: z.output<I> & z.output<O>,
  ): Promise<Observed<z.output<I>, z.output<O>> | undefined>;
}

export type Operation = "create" | "read" | "update" | "delete";

/** Found or made, kept in sync, deleted: a switch, a VLAN, a VM. */
export interface ObjectKind<I extends z.ZodObject = z.ZodObject, O extends z.ZodObject = z.ZodObject>
  extends Common<I, O> {
  sort: "object";
  /**
   * Vendor milliseconds that `find` may see nothing of an object that was asked for, where the vendor lists one only
   * once its job has ended. So long what an earlier run has begun is looked for before it is asked for again.
   */
  listedLate?: number;
  /** By natural key. More than one is an error that the kernel words. */
  find(context: Context, inputs: z.output<I>): Promise<Found[]>;
  /** The one creating write. Returns the id, which it has given to `checkpoint` as soon as it was known. */
  create(context: Context, inputs: z.output<I>): Promise<string>;
  /**
   * Brings what stands to the inputs, one idempotent step after another; runs after create, in update and in adoption.
   * `prior` is what the state had, in an update of what was whole. Throws Discarded when what was half made is of no use
   * and has been removed: it is made anew, once.
   */
  sync(context: Context, id: string, inputs: z.output<I>, prior?: z.output<I> & z.output<O>): Promise<z.output<O>>;
  /** What has become of it, said on every way out: see Deleted. */
  delete(context: Context, id: string, prior: z.output<I> & z.output<O>): Promise<Deleted>;
}

/** Always there: NTP servers, a VIP. Deleting leaves the value and says so. */
export interface SettingKind<I extends z.ZodObject = z.ZodObject, O extends z.ZodObject = z.ZodObject>
  extends Common<I, O> {
  sort: "setting";
  /** Observes, and writes what differs. `prior` is what the state had, in an update. */
  sync(context: Context, inputs: z.output<I>, prior?: z.output<I> & z.output<O>): Promise<z.output<O>>;
  /** Instead of leaving the value: for a setting that means something when it goes. May throw to keep it. */
  release?(context: Context, prior: z.output<I> & z.output<O>): Promise<void>;
}

/** Done once and never again: a deployed cluster, an installation. */
export interface OneWayKind<I extends z.ZodObject = z.ZodObject, O extends z.ZodObject = z.ZodObject>
  extends Common<I, O> {
  sort: "one-way";
  /** Inputs that may change on a standing object, since they only say how it was brought up. */
  free?: (keyof z.output<I> & string)[];
  /**
   * Inputs that say what it stands on, and for each what brings a change about. A plan that has another value changes
   * nothing: the user is told so at preview, and the state keeps what stands.
   */
  standsOn?: { [K in keyof z.output<I> & string]?: string };
  /** The vendor's procedure for a changed input, for the message; `""` is the one for all others. */
  procedures: Record<string, string>;
  /**
   * How far it is. Throws PlanConflict when what stands is not what the plan wants, naming each difference.
   * `context.isBegun` tells whether this stack has begun it.
   */
  find(context: Context, inputs: z.output<I>): Promise<"absent" | "under-way" | "standing">;
  /** The one write that sets it going. Returns once the vendor has accepted it. */
  perform(context: Context, inputs: z.output<I>): Promise<void>;
  /** Waits until it stands and verifies it. Throws TaskFailed when the vendor says that it failed. */
  settle(context: Context, inputs: z.output<I>): Promise<z.output<O>>;
  /** How to let go, for the warning when it is dropped. */
  letGo: string;
  /** Before it is let go. Throws to keep it, and with it all that it stands on. */
  release?(context: Context, prior: z.output<I> & z.output<O>): Promise<void>;
}

/** Read only: a licence, a storage policy that the platform brings. */
export interface LookupKind<I extends z.ZodObject = z.ZodObject, O extends z.ZodObject = z.ZodObject>
  extends Common<I, O> {
  sort: "look-up";
}

export type Kind<I extends z.ZodObject = z.ZodObject, O extends z.ZodObject = z.ZodObject> =
  | ObjectKind<I, O>
  | SettingKind<I, O>
  | OneWayKind<I, O>
  | LookupKind<I, O>;

/** The kind's own name: `Vlan` of `smtxos:Vlan`. */
export function kindName(kind: Kind): string {
  return kind.type.slice(kind.type.indexOf(":") + 1);
}
