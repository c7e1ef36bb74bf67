import { NotAuthorised } from "./errors";
import type { Context } from "./resource";
import { type SshSession, withSsh } from "./ssh";

/** Works over SSH on the machine that the connection names, by its first address. Throws as `withSsh`. */
export async function sshTo<T>(
  { connection, workspace, signal }: Pick<Context, "connection" | "workspace" | "signal">,
  work: (session: SshSession) => Promise<T>,
): Promise<T> {
  const { name, addresses, username, password } = connection;
  const host = addresses[0] as string;
  if (!username || !password)
    throw new NotAuthorised(
      `no user name and password are known for ${name} (SSH at ${host})`,
      "put them into the plan, the secret file or the environment",
    );
  const { reach, trust, timeoutMs } = workspace.transport;
  return withSsh({ host, username, password, tryKeyboard: true, timeoutMs, signal, reach, trust }, work);
}
