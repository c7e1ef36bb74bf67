import { rememberPasswordCell } from "../kernel/password-places";
import type { Context } from "../kernel/resource";
import type { SshSession } from "../kernel/ssh";
import { type Account, sshTo } from "../kernel/ssh-connection";

/** The connection of an example: the address is CloudTower's, the account its machine's. */
export const sshExample = { name: "CLOUDTOWER-SSH", addresses: ["10.0.20.15"], username: "cloudtower" };

/** SSH to the machine that CloudTower runs in; see sshTo. */
export function towerSsh<T>(
  context: Context,
  work: (session: SshSession, account: Account) => Promise<T>,
  factory?: Account,
): Promise<T> {
  rememberPasswordCell(context.connection.name, "集群管理信息!I3, in a site.yaml cloudtower.ssh.password");
  return sshTo(context, work, factory);
}
