import { createHmac, randomBytes } from "node:crypto";
import type { Credentials } from "./credentials";
import { NotAuthorised } from "./errors";

/** The log-ins of this process. One that was refused is not tried again, since systems lock accounts. */
export interface LogIns {
  /**
   * Logs in: `way` is what the account belongs to, such as `ssh 10.0.20.11:22`. Of several callers that come with the
   * same credentials at once, one tries first. Throws what `logIn` throws; where the same log-in was refused before,
   * the same NotAuthorised, and nothing is sent. After any other error the next caller tries again.
   */
  attempt<T>(way: string, credentials: Credentials, logIn: () => Promise<T>): Promise<T>;
  /**
   * Forgets refusals of that account, so that the next log-in is tried: its password has been set, or may have been.
   */
  forget(way: string): void;
}

export function createLogIns(): LogIns {
  const refused = new Map<string, Map<string, NotAuthorised>>();
  const underWay = new Map<string, Promise<unknown>>();
  const accepted = new Set<string>();
  // What lies in memory does not reveal the password.
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
