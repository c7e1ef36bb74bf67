import type { Path } from "./draft";
import type { SitePlan } from "./site-plan";

/** An account that a plan names. */
export interface PlannedAccount {
  /**
   * The name that its credentials go by, in the environment (SITEWRIGHT_<NAME>_PASSWORD), in the secret file and in
   * the stack's secret `credentials`.
   */
  connection: string;
  /** Where its password stands, or would stand, in the plan. */
  path: Path;
  username?: string;
  password?: string;
}

const components = [
  ["cloudtower", "cloudtower"],
  ["observability", "observability"],
  ["backupService", "backup-service"],
] as const;

/**
 * Every account of a plan, with the name of its connection: the cluster's administrator by the cluster's name, a
 * host's SSH account by the host's name, its root by that and `-root`, its out-of-band account by that and `-bmc`, a
 * management component by its kind, and `-ssh` and `-system` for the accounts of its operating system and its system
 * administrator.
 */
export function accountsOf(plan: SitePlan): PlannedAccount[] {
  const { cluster, hosts } = plan;
  const accounts: PlannedAccount[] = [
    { connection: cluster.name, path: ["cluster", "admin", "password"], ...cluster.admin },
    ...hosts.flatMap(({ name, ssh, root, bmc }, i) => [
      { connection: name, path: ["hosts", i, "ssh", "password"], ...ssh },
      { connection: `${name}-root`, path: ["hosts", i, "root", "password"], username: "root", ...root },
      { ...bmc, connection: `${name}-bmc`, path: ["hosts", i, "bmc", "password"] },
    ]),
    ...components.flatMap(([key, connection]) => {
      const { username, password, ssh, system } = plan[key] ?? {};
      return [
        { connection, path: [key, "password"], username, password },
        { connection: `${connection}-ssh`, path: [key, "ssh", "password"], ...ssh },
        { connection: `${connection}-system`, path: [key, "system", "password"], ...system },
      ];
    }),
  ];
  return accounts.map(({ connection, path, username, password }) => ({ connection, path, username, password }));
}

/** The accounts whose passwords stand in the plan itself. */
export function accountsWithPassword(plan: SitePlan): (PlannedAccount & { password: string })[] {
  return accountsOf(plan).flatMap((account) =>
    account.password === undefined ? [] : [{ ...account, password: account.password }],
  );
}
