import type { z } from "zod";
import type { Connection } from "./connection";
import type { SitewrightError } from "./errors";
import type { Example } from "./example";
import type { JournalEntry } from "./journal";
import type { Failure } from "./schema";
import type { Look } from "./wait";
import type { Workspace } from "./workspace";

/** What a lifecycle function is given beside its inputs. */
export interface Context {
  /** `Vlan/VLAN-1120`: how messages, the journal and the stack setting `adopt` name the object. */
  readonly label: string;
  /** `project/stack/resource`: what a mark says of whose an object is. */
  readonly owner: string;
  /** The connection that the inputs name, with the credentials found for it. */
  readonly connection: Connection;
  readonly workspace: Workspace;
  /** Aborted when the engine is gone. Every request takes it. */
  readonly signal: AbortSignal;
  /**
   * The journal's last entry on this object. A journal may outlive its stack: what it says of a new site may be old.
   */
  readonly entry: JournalEntry | undefined;
  /**
   * Whether the journal has the object's creation as begun and not as ended: it may be there, half made or whole, or
   * not.
   */
  readonly isBegun: boolean;
  /**
   * What the journal has beside the object (checkpoint, note): of one whose id is known by that, whatever its key was then.
   */
  readonly memo: Record<string, unknown> | undefined;
  /** Whether the engine's state has this object, and has it whole. */
  readonly inState: boolean;
  /** Replaces the text on the resource's own row. */
  progress(text: string): void;
  /** A line that stays, on the resource's own row. */
  info(text: string): void;
  warn(text: string): void;
  /**
   * To be called as soon as the vendor has given an id, before anything else is awaited. The journal has `memo` beside
   * the id: what is needed to go on, and the vendor tells only once.
   */
  checkpoint(id: string, memo?: Record<string, unknown>): void;
  /**
   * To be called on an object that stands, before a write that is done once and that the vendor does not show: the journal
   * has `memo` beside it, whatever is killed then. It stays until another memo comes, or another id.
   */
  note(memo: Record<string, unknown>): void;
  /**
   * To be called where the vendor has accepted the creating write and told no id yet, before its job is looked at:
   * whatever that look meets, the object may come to be, and is looked for.
   */
  accepted(): void;
  /** Waits within the operation's time-out; see wait.ts. */
  wait<T>(what: string, look: (elapsed: number) => Promise<Look<T>>, options?: WaitHints): Promise<T>;
}

export interface WaitHints {
  /** The first and the longest pause between two looks, vendor milliseconds. */
  interval?: number;
  cap?: number;
  /** Whether lost connections are normal meanwhile. */
  throughOutage?: boolean;
  /** A shorter limit than the operation's own, vendor milliseconds. */
  atMost?: number;
}

/** An object of the wanted natural key that the site has already. */
export interface Found {
  id: string;
  /**
   * Whether the mark on it is this stack's; left out where the API has no field for a mark, so that the journal tells.
   */
  ours?: boolean;
  /** The stack whose mark it bears, where that is another: `project/stack`. */
  stack?: string | undefined;
  /** Whether it is whole for certain, and not what a creation of this stack has begun. */
  whole?: boolean;
}

/**
 * Thrown by a sync that has removed a half-made object, as of no use. `cause` says why, and is the error that a user
 * sees.
 */
export class Discarded extends Error {
  constructor(override readonly cause: SitewrightError) {
    super(cause.message);
  }
}

/**
 * Thrown by work that has failed since the site has no room for it at this moment, once what it has left is removed: it is
 * tried again (room.ts). `cause` is the error that a user sees where there is no room in the end.
 */
export class NoRoom extends Error {
  constructor(override readonly cause: SitewrightError) {
    super(cause.message);
  }
}

/** What the site has of an object. A field that cannot be observed is left out, and keeps its last known value. */
export interface Observed<I, O> {
  inputs: Partial<I>;
  outputs: Partial<O>;
  /**
   * What of the object the API does not let be read back, as a message names it: `the DNS servers of HCI-01`. The
   * connection's observer is asked for it (observer.ts), and where that tells nothing the user is told so.
   */
  unread?: string;
}

/**
 * What a delete has come to. `gone`: the site has the object no more, or never had it. `kept`: the site still has it,
 * since others use it or it was not ours to delete, as the kind has told the user; it is still this stack's if the plan
 * names it again.
 */
export type Deleted = "gone" | "kept";

interface Common<I extends z.ZodObject, O extends z.ZodObject> {
  /** `smtxos:Vlan`: vendor and kind, since several vendors have kinds of one name. It never changes. */
  type: `${string}:${string}`;
  /** One paragraph for the docs: what the object is, and where the vendor documents it. */
  doc: string;
  /** How a program has one; see example.ts. Every kind of a registered system has it, which a test sees to. */
  example?: Example<z.input<I>>;
  /** Every field with a description (unit, source). `secret`, `replaces`, `asSet` of schema.ts mark fields. */
  inputs: I;
  outputs: O;
  /** The object's natural key within its parent, or on its connection, as the vendor or the plan names it. */
  key(inputs: z.output<I>): string;
  /**
   * The inputs within which the key is unique, where that is not the whole connection: the VLAN's switch, the
   * datacenter's organisation. An object of the same key within other parents is another object.
   */
  parents?: (keyof z.output<I> & string)[];
  /** Counted up when the shape of inputs or outputs changes; `migrations[n]` brings version n to n + 1. */
  schemaVersion?: number;
  migrations?: Record<number, (old: Record<string, unknown>) => Record<string, unknown>>;
  /**
   * Vendor milliseconds that an operation may take, 10 minutes unless told. A user raises them by the setting
   * `timeouts`.
   */
  timeouts?: Partial<Record<OperationName, number>>;
  /** What the site has of the object; undefined only when the vendor itself says that it does not exist. */
  read(
    context: Context,
    id: string,
    prior: z.output<I> & z.output<O>,
  ): Promise<Observed<z.output<I>, z.output<O>> | undefined>;
}

export type OperationName = "create" | "read" | "update" | "delete";

/** An object is found or made, synced and deleted: a switch, a VLAN, a VM. */
export interface ObjectKind<I extends z.ZodObject = z.ZodObject, O extends z.ZodObject = z.ZodObject>
  extends Common<I, O> {
  sort: "object";
  /**
   * For a vendor that lists an object only once its job has ended: how many vendor milliseconds `find` may see nothing
   * of it. So long an object that an earlier run has begun is looked for before it is created again.
   */
  listedLate?: number;
  /**
   * Whether all that it makes bears its resource's mark from the first moment, so that it is found again where state and
   * journal are lost.
   */
  bearsMark?: true;
  /**
   * What of a change cannot be, property by property, each with why and the way out: said at preview. `stands` is what
   * the state has; an input that is not known yet counts as unchanged.
   */
  refuses?(stands: z.output<I> & z.output<O>, wanted: z.output<I>): Failure[];
  /**
   * What of the inputs the object is made from, for the memo of the entry that announces its creation: a later run, with
   * another plan, tells by it what a half-made one is. No secret, and nothing that gives one away.
   */
  madeFrom?(inputs: z.output<I>): Record<string, unknown>;
  /** The objects of that natural key. More than one is an error, which the kernel words. */
  find(context: Context, inputs: z.output<I>): Promise<Found[]>;
  /**
   * The creating write, the only one. Returns the id, which it has given to `checkpoint` as soon as it was known. Throws
   * NoRoom where nothing is left of it, and it may be sent again once there is room.
   */
  create(context: Context, inputs: z.output<I>): Promise<string>;
  /**
   * Brings the object to the inputs, one idempotent step after another; runs after create, in update and in adoption.
   * `prior` is what the state had, in an update of an object that was whole. Throws Discarded when a half-made object
   * is of no use and has been removed: it is made anew, once.
   */
  sync(context: Context, id: string, inputs: z.output<I>, prior?: z.output<I> & z.output<O>): Promise<z.output<O>>;
  /** Deletes the object, and says on every way out what has become of it. */
  delete(context: Context, id: string, prior: z.output<I> & z.output<O>): Promise<Deleted>;
}

/** A setting is always there: NTP servers, a VIP. Deleting leaves the value and says so. */
export interface SettingKind<I extends z.ZodObject = z.ZodObject, O extends z.ZodObject = z.ZodObject>
  extends Common<I, O> {
  sort: "setting";
  /** Observes, and writes what differs. `prior` is what the state had, in an update. */
  sync(context: Context, inputs: z.output<I>, prior?: z.output<I> & z.output<O>): Promise<z.output<O>>;
  /** Replaces leaving the value, for a setting that has to act when it goes. May throw to hold on to the setting. */
  release?(context: Context, prior: z.output<I> & z.output<O>): Promise<void>;
}

/** A one-way object is brought about once and never again: a deployed cluster, an installation. */
export interface OneWayKind<I extends z.ZodObject = z.ZodObject, O extends z.ZodObject = z.ZodObject>
  extends Common<I, O> {
  sort: "one-way";
  /** Inputs that may change once the object stands, since they only say how it was brought about. */
  free?: (keyof z.output<I> & string)[];
  /**
   * Inputs that say what the object was made from or runs in, and for each how a change is brought about. Another value
   * in the plan changes nothing: the user is told so at preview, and the state has the old one.
   */
  standsOn?: { [K in keyof z.output<I> & string]?: string };
  /**
   * For the message that refuses a changed input, the vendor's procedure to change it; `""` is for all other inputs.
   */
  procedures: Record<string, string>;
  /**
   * How far the object is. Throws PlanConflict when one stands that is not the planned one, naming each difference.
   * `context.isBegun` tells whether this stack has begun it.
   */
  find(context: Context, inputs: z.output<I>): Promise<"absent" | "under-way" | "standing">;
  /** The write that sets it going, the only one. Returns once the vendor has accepted it. */
  perform(context: Context, inputs: z.output<I>): Promise<void>;
  /** Waits until the object stands, and verifies it. Throws TaskFailed when the vendor says that it failed. */
  settle(context: Context, inputs: z.output<I>): Promise<z.output<O>>;
  /** What stays when the object is let go and how that is undone, for the warning. */
  letGo: string;
  /** Runs before the object is let go. Throws to hold on to it, and to all that it depends on. */
  release?(context: Context, prior: z.output<I> & z.output<O>): Promise<void>;
}

/** A look-up only reads: a licence, a storage policy that the platform brings. */
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
