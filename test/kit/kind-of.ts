import { kinds as productKinds } from "../../providers/handler";
import type { Kind } from "../../providers/kernel/resource";
import { storeKinds } from "./store-kinds";

/** A kind of the product or the store. Throws when there is none of that type. */
export function kindOf(type: string): Kind {
  const kinds = [...productKinds, ...storeKinds().map((resource) => resource.kind)];
  const found = kinds.find((kind) => kind.type === type);
  if (!found) throw new Error(`no kind ${type}`);
  return found;
}
