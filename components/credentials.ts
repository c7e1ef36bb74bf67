import * as pulumi from "@pulumi/pulumi";
import { accountsOf, type PlannedAccount } from "../plan/accounts";
import type { SitePlan } from "../plan/site-plan";
import { credentialsFor } from "../providers/kernel/credentials";

/** The plan's accounts as they are known where the program runs, by the path of their password (`hosts.0.ssh`). */
export type KnownAccounts = (path: string) => Pick<PlannedAccount, "username" | "password">;

/**
 * Passwords that a site is to be given (those of hosts and their controllers, not those that it is logged in with):
 * from the environment, the secret file, the stack's secret `credentials`, and last from the plan. They become inputs,
 * encrypted, so that a rotated one shows as a change. Throws BadFile on a source that cannot be used.
 */
export function knownAccounts(plan: SitePlan): KnownAccounts {
  const project = pulumi.getProject();
  // The raw value: config.get() warns that it is a secret, and getSecret() tells too late what to register.
  const config = (key: string) => pulumi.runtime.getConfig(`${project}:${key}`);
  const known = new Map(
    accountsOf(plan).map(({ connection, path, username, password }) => [
      path.slice(0, -1).join("."),
      credentialsFor(connection, { environment: process.env, config, carried: { username, password } }),
    ]),
  );
  return (path) => known.get(path) ?? {};
}
