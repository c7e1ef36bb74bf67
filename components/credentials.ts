import { type Credentials, credentialsFor } from "../providers/kernel/credentials";
import { writtenSettings } from "./settings";

/**
 * A connection's user name and password as they are known where the program runs: from the environment, the secret
 * file, the stack's secret `credentials`, and last as the plan carries them. Throws BadFile on a source that cannot be
 * used.
 */
export function knownCredentials(connection: string, carried?: Credentials): Credentials {
  const written = writtenSettings();
  return credentialsFor(connection, { environment: process.env, config: (name) => written[name], carried });
}
