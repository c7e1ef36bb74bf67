import * as pulumi from "@pulumi/pulumi";
import { type Credentials, credentialsFor } from "../providers/kernel/credentials";

/**
 * A connection's user name and password as they are known where the program runs: from the environment, the secret
 * file, the stack's secret `credentials`, and last as the plan carries them. Throws BadFile on a source that cannot be
 * used.
 */
export function knownCredentials(connection: string, carried?: Credentials): Credentials {
  const project = pulumi.getProject();
  // The raw value: config.get() warns that it is a secret, and getSecret() gives it too late to decide by it.
  const config = (key: string) => pulumi.runtime.getConfig(`${project}:${key}`);
  return credentialsFor(connection, { environment: process.env, config, carried });
}
