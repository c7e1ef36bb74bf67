import { isObject } from "./identity";

/**
 * Whether two connections lead to the same system in the same way. Other addresses alone are no change of the object,
 * unless none is left of those in the state: refresh and destroy know no others, so that the state has to learn the
 * new.
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

/**
 * Whether two observers are the same. Refresh asks the one in the state, which has to learn of one that comes, goes or
 * moves.
 */
function sameObserver(a: unknown, b: unknown): boolean {
  return isObject(a) && isObject(b) ? sameWay(a, b) : a === b;
}
