import type { Connection } from "./connection";
import { SitewrightError } from "./errors";
import type { Context, Kind } from "./resource";

type Fields = Record<string, unknown>;

/** What an observer is asked for: an object that its own API does not let be read back. */
export interface Question {
  /** The object's kind, as `smtxos:Vlan`. */
  kind: string;
  id: string;
  /** The object's inputs as the state has them; `connection` is the one that it belongs to. */
  prior: Fields & { connection: Connection };
}

/**
 * Another API of the same site, through which objects are seen that their own API does not show: Fisheye's settings
 * through CloudTower. Vendors know nothing of each other; the handler joins them, by the connection's `observer`.
 */
export interface Observer {
  /**
   * The object's inputs as they are seen here; undefined where nothing is told of it. The context is the operation's,
   * with the observer's own connection and the credentials found for that.
   */
  observe(context: Context, question: Question): Promise<Fields | undefined>;
}

/** Observers, by the name of their system in a connection's `observer`. */
export type Observers = Record<string, Observer>;

/**
 * What the observer tells of an object; undefined where there is no observer, where it knows nothing of the object, or
 * where it cannot be asked. Says on the object's row which of these it was; `unread` names what is not seen.
 */
export async function observeElsewhere(
  kind: Kind,
  context: Context,
  observers: Observers,
  { id, prior, unread }: { id: string; prior: Fields; unread: string },
): Promise<Fields | undefined> {
  const { observer: named } = prior.connection as Connection;
  const observer = named && observers[named.system];
  if (!observer) {
    context.info(`the site does not let ${unread} be read back; drift there cannot be seen`);
    return undefined;
  }
  const there: Context = Object.create(context, { connection: { value: context.workspace.connect(named) } });
  try {
    const question = { kind: kind.type, id, prior: prior as Question["prior"] };
    const seen = await observer.observe(there, question);
    if (seen) context.info(`the site does not let ${unread} be read back; seen through ${named.name}`);
    else
      context.info(
        `the site does not let ${unread} be read back, and ${named.name} tells nothing of it; drift there cannot be seen`,
      );
    return seen;
  } catch (error) {
    // An observer is a second way to look: where it fails, the object is no worse off than without one.
    if (!(error instanceof SitewrightError) || context.signal.aborted) throw error;
    const told = context.workspace.teller.of(context.label, named.name, error) as SitewrightError;
    context.warn(`${told.message}: without ${named.name} drift in ${unread} cannot be seen`);
    return undefined;
  }
}
