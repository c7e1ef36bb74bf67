import { stringify } from "yaml";

/**
 * trust.yaml for a stack that reaches the lab at the plan's own addresses, as it would a real site: the lab's
 * authority, whose PEM file lies beside it, and the SSH host keys. An endpoint has one key there: of several the first.
 */
export function trustFile(ca: string, hostKeys: Record<string, string[]>): string {
  const ssh = Object.fromEntries(Object.entries(hostKeys).map(([endpoint, keys]) => [endpoint, keys[0]]));
  return stringify({ ca: [ca], ssh });
}
