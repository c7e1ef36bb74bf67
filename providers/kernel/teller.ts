import { CannotReach, NotAuthorised, NotTrusted, PasswordExpired, SitewrightError, UnknownPrompt } from "./errors";

/** Has one resource tell in full what failed for a connection: all others on it fail for the same reason. */
export interface Teller {
  /**
   * An error as that of the resource with this label. Where another resource has failed with the very same words
   * already, since both wait for one log-in, the error is short and points to that one.
   */
  of(label: string, connection: string, error: unknown): unknown;
}

/** Failures of a whole connection, in short. */
const SHORT: [kind: abstract new (...args: never[]) => SitewrightError, words: string][] = [
  [NotAuthorised, "refuses the log-in"],
  [PasswordExpired, "takes no log-in"],
  [UnknownPrompt, "takes no log-in"],
  [NotTrusted, "is not trusted"],
  [CannotReach, "cannot be reached"],
];

export function createTeller(): Teller {
  const told = new Map<string, string>();
  return {
    of(label, connection, error) {
      const words = SHORT.find(([kind]) => error instanceof kind)?.[1];
      if (!words || !(error instanceof SitewrightError)) return error;
      const teller = told.get(error.message) ?? label;
      told.set(error.message, teller);
      if (teller === label) return error;
      const short: SitewrightError = Object.create(
        Object.getPrototypeOf(error),
        Object.getOwnPropertyDescriptors(error),
      );
      return Object.assign(short, { message: `${connection} ${words}: see ${teller}`, hint: undefined, cause: error });
    },
  };
}
