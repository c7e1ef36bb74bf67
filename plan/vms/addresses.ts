import { addressNumber } from "../ipv4";

/** Addresses from `first` to `last`, the same where there is one. */
export interface AddressRange {
  first: number;
  last: number;
}

/** The range that a text means; undefined where it means none. */
export function rangeOf(text: unknown): AddressRange | undefined {
  if (typeof text !== "string") return undefined;
  const [from = "", to = from] = text.split("-").map((part) => part.trim());
  const [first, last] = [addressNumber(from), addressNumber(to)];
  return first === undefined || last === undefined ? undefined : { first, last };
}

/** Whether it is one address, and not a range of one. */
export function isOneAddress(text: string): boolean {
  return !text.includes("-");
}

/**
 * The address that a machine has by its number: that of the range which stands as far from its first as the number from
 * `firstNumber`. It does not depend on the other machines, so that none moves when one of them goes.
 */
export function addressesOf({
  ipAddress,
  firstNumber = 1,
}: {
  ipAddress?: string | undefined;
  firstNumber?: number | undefined;
}): (number: number | undefined) => number | undefined {
  const range = rangeOf(ipAddress);
  if (ipAddress === undefined || !range) return () => undefined;
  if (isOneAddress(ipAddress)) return () => range.first;
  return (number) => {
    const address = number === undefined ? -1 : range.first + number - firstNumber;
    return address >= range.first && address <= range.last ? address : undefined;
  };
}
