import type { Path } from "./draft";
import type { PartialPlan } from "./rules/partial-plan";

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
 * administrator. Goes over plans of which parts are missing too; what has no name goes by its place.
 */
export function accountsOf(plan: PartialPlan): PlannedAccount[] {
  const { cluster, hosts = [] } = plan;
  const accounts: PlannedAccount[] = [
    { ...cluster?.admin, connection: cluster?.name ?? "cluster", path: ["cluster", "admin", "password"] },
    ...hosts.flatMap((host, i) => {
      const name = host?.name ?? `host-${i + 1}`;
      return [
        { ...host?.ssh, connection: name, path: ["hosts", i, "ssh", "password"] },
        { ...host?.root, connection: `${name}-root`, username: "root", path: ["hosts", i, "root", "password"] },
        { ...host?.bmc, connection: `${name}-bmc`, path: ["hosts", i, "bmc", "password"] },
      ];
    }),
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
export function accountsWithPassword(plan: PartialPlan): (PlannedAccount & { password: string })[] {
  return accountsOf(plan).flatMap((account) =>
    account.password === undefined ? [] : [{ ...account, password: account.password }],
  );
}
