import { z } from "zod";
import { NotAuthorised } from "./errors";
import { rightPassword, somePassword } from "./password-places";
import type { Context } from "./resource";
import { secret } from "./schema";
import { type SshSession, withSsh } from "./ssh";

/** The account that a machine comes with; an input of kinds that work over SSH on machines that were just installed. */
export const factorySchema = z
  .strictObject({
    username: z.string().min(1).describe("log-in name"),
    password: secret(z.string().min(1)).describe("its password"),
  })
  .describe("the account that a new machine has: tried where it refuses the connection's own log-in");

export interface Account {
  username: string;
  password: string;
}

/**
 * Works over SSH on the machine that the connection names, by its first address: with the connection's own account, and
 * where that is refused with the factory's. The account that was accepted is tried first from then on, since a machine
 * may lock one that was refused too often. Throws what `withSsh` and `work` throw.
 */
export async function sshTo<T>(
  { connection, workspace, signal }: Pick<Context, "connection" | "workspace" | "signal">,
  work: (session: SshSession, account: Account) => Promise<T>,
  factory?: Account,
): Promise<T> {
  const { name, addresses, username, password } = connection;
  const host = addresses[0] as string;
  const accounts = [...(username && password ? [{ username, password }] : []), ...(factory ? [factory] : [])];
  if (accounts.length === 0)
    throw new NotAuthorised(`no user name and password are known for ${name} (SSH at ${host})`, somePassword(name));
  const { reach, trust, timeoutMs } = workspace.transport;
  const secrets = accounts.map((account) => account.password);
  const taken = workspace.shared(`ssh account ${name} ${host}`, () => ({ last: undefined as Account | undefined }));
  const sorted = accounts.sort((a, b) => Number(same(b, taken.last)) - Number(same(a, taken.last)));
  for (const account of sorted) {
    let loggedIn = false;
    try {
      return await withSsh(
        { host, ...account, tryKeyboard: true, timeoutMs, signal, reach, trust, secrets, logIns: workspace.logIns },
        (session) => {
          loggedIn = true;
          taken.last = account;
          return work(session, account);
        },
      );
    } catch (error) {
      if (loggedIn || !(error instanceof NotAuthorised)) throw error;
    }
  }
  const names = [...new Set(accounts.map((account) => account.username))].join(" and of ");
  throw new NotAuthorised(`${host} refuses the log-in of ${names} by SSH (connection ${name})`, rightPassword(name));
}

function same(a: Account, b: Account | undefined): boolean {
  return a.username === b?.username && a.password === b.password;
}
