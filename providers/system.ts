import type { Observer } from "./kernel/observer";
import type { Kind } from "./kernel/resource";

/** A system of a site, as it registers itself in its folder's `kinds.ts`; the list of all of them is in handler.ts. */
export interface System {
  /** The name of its folder, and the one by which a connection's `observer` names it: `cloudtower`. */
  name: string;
  /** As the vendor writes it, for the docs. */
  title: string;
  /** What it is, a sentence for the docs. */
  doc: string;
  /** The way to it in the examples of its kinds, where they need one; its password is looked for by its name. */
  connection?: { name: string; addresses: string[]; username: string };
  /** Every kind of it that a state may hold. A type is never renamed or taken out: states of years ago ask for it. */
  resources: readonly { readonly kind: Kind }[];
  /** By which objects of other systems are seen that do not let themselves be read back. */
  observer?: Observer;
}
