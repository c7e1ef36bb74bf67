import { accountsOf } from "../plan/accounts";
import type { SitePlan } from "../plan/site-plan";
import { knownCredentials } from "./credentials";

/** The accounts of a host that a site is given, as far as their passwords are known. */
export interface HostAccounts {
  smartx: string | undefined;
  root: string | undefined;
  bmc: { address: string; username: string; password: string } | undefined;
}

/**
 * The passwords that the hosts of a plan are to have, in plan order: from the environment, the secret file, the
 * stack's secrets, and last from the plan. They become inputs, encrypted, so that a rotated one shows as a change.
 */
export function hostAccounts(plan: SitePlan): HostAccounts[] {
  const known = new Map(
    accountsOf(plan).map(({ connection, path, username, password }) => [
      path.slice(0, -1).join("."),
      knownCredentials(connection, { username, password }),
    ]),
  );
  return plan.hosts.map(({ bmc }, i) => {
    const { username, password } = known.get(`hosts.${i}.bmc`) ?? {};
    return {
      smartx: known.get(`hosts.${i}.ssh`)?.password,
      root: known.get(`hosts.${i}.root`)?.password,
      bmc: bmc && username && password ? { address: bmc.address, username, password } : undefined,
    };
  });
}
