import { isObject } from "./identity";

/**
 * Other addresses are no change of the object; another system or another carried password is. Only when no address
 * is left of those in the state must the state learn the new ones: refresh and destroy know no others.
 */
export function sameWay(a: unknown, b: unknown): boolean {
  if (!isObject(a) || !isObject(b)) return false;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  const others = [...names].filter((name) => name !== "addresses" && name !== "observer");
  if (others.some((name) => a[name] !== b[name]) || !sameObserver(a.observer, b.observer)) return false;
  const [known, planned] = [a.addresses, b.addresses];
  if (!Array.isArray(known) || !Array.isArray(planned)) return true;
  return known.some((address) => planned.includes(address));
}

/** Refresh asks the observer that the state names: one that comes, goes or moves has to be learnt. */
function sameObserver(a: unknown, b: unknown): boolean {
  return isObject(a) && isObject(b) ? sameWay(a, b) : a === b;
}
