import { createHmac, randomBytes } from "node:crypto";
import type { Credentials } from "./credentials";
import { NotAuthorised } from "./errors";

/** What this process knows of log-ins: one that was refused is not tried again, since systems lock accounts. */
export interface LogIns {
  /**
   * Logs in: `way` is what the account belongs to, such as `ssh 10.0.20.11:22`. Of several who come with the same
   * credentials at once one tries first. Throws what `logIn` throws; where it was refused before, NotAuthorised as then,
   * and nothing is sent. A log-in is not remembered, whatever came of it, where `logIn` throws anything else.
   */
  attempt<T>(way: string, credentials: Credentials, logIn: () => Promise<T>): Promise<T>;
  /** Has the next one tried again: a password there has been set, or may have been. */
  forget(way: string): void;
}

export function createLogIns(): LogIns {
  const refused = new Map<string, Map<string, NotAuthorised>>();
  const underWay = new Map<string, Promise<unknown>>();
  const accepted = new Set<string>();
  // Nothing in memory that a password could be told by.
  const salt = randomBytes(32);
  const named = (way: string, { username, password }: Credentials) =>
    createHmac("sha256", salt)
      .update(JSON.stringify([way, username, password]))
      .digest("base64");

  return {
    async attempt(way, credentials, logIn) {
      const key = named(way, credentials);
      for (;;) {
        const known = refused.get(way)?.get(key);
        if (known) throw known;
        const first = accepted.has(key) ? undefined : underWay.get(key);
        if (!first) break;
        await first.catch(() => {});
      }
      const mine = logIn();
      underWay.set(key, mine);
      try {
        const session = await mine;
        accepted.add(key);
        return session;
      } catch (error) {
        accepted.delete(key);
        if (error instanceof NotAuthorised) {
          if (!refused.has(way)) refused.set(way, new Map());
          refused.get(way)?.set(key, error);
        }
        throw error;
      } finally {
        if (underWay.get(key) === mine) underWay.delete(key);
      }
    },
    forget: (way) => void refused.delete(way),
  };
}
