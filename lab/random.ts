import { createHash } from "node:crypto";

/** Ids made from a seed and a name: the same site has the same ids each time it is made. */
export function seeded(seed: string) {
  const bytes = (name: string) => createHash("sha256").update(`${seed}/${name}`).digest();
  return {
    /** An RFC 4122 UUID of version 4's form. */
    uuid: remembered((name) => {
      const hex = bytes(name).toString("hex");
      const variant = "89ab"[(bytes(name)[8] as number) & 3];
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
    }),
    /** An id in the form of CloudTower's: c and 24 letters and digits (samples). */
    cuid: remembered((name) => {
      const number = BigInt(`0x${bytes(name).toString("hex")}`);
      return `c${number.toString(36).padStart(50, "0").slice(-24)}`;
    }),
    hex(name: string, length: number): string {
      return bytes(name).toString("hex").slice(0, length);
    },
    /** A MAC address with the prefix of the vendor's captures. */
    mac(name: string): string {
      const [a, b, c] = bytes(name);
      return ["00", "50", "56", ...[a, b, c].map((byte) => (byte as number).toString(16).padStart(2, "0"))].join(":");
    },
    /** Between 0 and 1. */
    fraction(name: string): number {
      return bytes(name).readUInt32BE() / 2 ** 32;
    },
  };
}

/** Names that are remembered: all that some thousand virtual machines have. */
const REMEMBERED = 100_000;

/** A function of names that works each one out once: lists ask for the same ids again and again. */
function remembered(make: (name: string) => string): (name: string) => string {
  const known = new Map<string, string>();
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    if (known.size >= REMEMBERED) known.clear();
    const made = make(name);
    known.set(name, made);
    return made;
  };
}

export type Seeded = ReturnType<typeof seeded>;
