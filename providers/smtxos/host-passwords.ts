import { z } from "zod";
import { connectionSchema } from "../kernel/connection";
import { defineResource } from "../kernel/define";
import { NotAuthorised, Refused, type SitewrightError, TaskFailed } from "../kernel/errors";
import type { Context } from "../kernel/resource";
import { secret } from "../kernel/schema";
import { type SshSession, withSsh } from "../kernel/ssh";

/** What a deployed host's accounts have at first; the deployment request sends it encoded (runbook, stage 03). */
const FIRST_PASSWORD = "P@ssw0rd!123";
const password = secret(
  z
    .string()
    .min(1)
    .regex(/^[^\r\n]*$/, "a password is one line"),
);

const inputs = z.strictObject({
  connection: connectionSchema,
  hosts: z
    .array(
      z.strictObject({
        hostname: z.string().min(1).describe("host name, for messages"),
        address: z.string().min(1).describe("management address"),
        rootPassword: password.optional().describe("password of root, 主机规划 column M; left as it is unless set"),
        smartxPassword: password.describe("password of smartx, 主机规划 column K"),
      }),
    )
    .min(1)
    .describe("the hosts whose passwords are set"),
});
type Host = z.output<typeof inputs>["hosts"][number];

/** The passwords of the hosts' accounts root and smartx. */
export const HostPasswords = defineResource({
  type: "smtxos:HostPasswords",
  sort: "setting",
  doc: "The passwords of root and smartx on every host, over SSH (runbook, stage 03 批量配置主机密码). Both are set by one chpasswd that reads them from its standard input, root first, so that a log-in of smartx with the new password proves both. A host that fails is named; every other host is still tried.",
  inputs,
  outputs: z.strictObject({
    proven: z.array(z.string()).describe("the hosts that took a log-in with theirs, by name"),
  }),
  key: ({ connection }) => connection.name,

  async sync(context, { hosts }, prior) {
    let ready = 0;
    const results = await Promise.allSettled(
      hosts.map(async (host) => {
        await bring(
          context,
          host,
          prior?.hosts.find(({ address }) => address === host.address),
        );
        ready += 1;
        context.progress(`${ready} of ${hosts.length} hosts have their passwords`);
      }),
    );
    context.signal.throwIfAborted();
    throwFailures(hosts, results);
    return { proven: hosts.map(({ hostname }) => hostname) };
  },

  async read(context, _id, { hosts }) {
    const results = await Promise.allSettled(hosts.map((host) => logsIn(context, host, host.smartxPassword)));
    throwFailures(hosts, results);
    const proven = hosts.filter((_, i) => (results[i] as PromiseFulfilledResult<boolean>).value);
    for (const { hostname, address } of hosts.filter((host) => !proven.includes(host)))
      context.info(`${hostname} (${address}) refuses the log-in of smartx with the password that was set`);
    return {
      inputs: {
        hosts: hosts.map((host) => (proven.includes(host) ? host : { ...host, smartxPassword: ANOTHER })),
      },
      outputs: { proven: proven.map(({ hostname }) => hostname) },
    };
  },
});

/** Stands in the state for a password that somebody else has set, and that nobody can read. */
const ANOTHER = "(another password)";

/** Sets both passwords unless the new one of smartx works already, with the log-in that works still. */
async function bring(context: Context, host: Host, prior: Host | undefined): Promise<void> {
  if (await logsIn(context, host, host.smartxPassword)) return;
  const known = [prior?.smartxPassword, FIRST_PASSWORD].filter(
    (each, i, all) => each !== undefined && each !== ANOTHER && each !== host.smartxPassword && all.indexOf(each) === i,
  );
  for (const old of known as string[]) {
    if (await asSmartx(context, host, old, (session) => change(context, host, session))) {
      if (await logsIn(context, host, host.smartxPassword)) return;
      throw new Refused(`${host.hostname} (${host.address}) took new passwords, and refuses the new one of smartx`, {
        hint: "look at the host's account rules (/var/log/secure), then up again",
      });
    }
  }
  throw new NotAuthorised(
    `${host.hostname} (${host.address}) refuses the log-in of smartx with the planned password, ${prior ? "the one that was set before" : "none was set before"} and the one of a new host`,
    "put the password that stands there into the plan or the secrets, up, and then change it",
  );
}

async function change(context: Context, host: Host, session: SshSession): Promise<void> {
  const what = `set the passwords of root and smartx on ${host.hostname}`;
  const { aroundWrite, timeoutMs } = context.workspace.transport;
  const settled = aroundWrite?.(what, timeoutMs ?? 10_000);
  const { code, stderr } = await session.run({
    command: "sudo -n /usr/sbin/chpasswd",
    stdin: `${host.rootPassword === undefined ? "" : `root:${host.rootPassword}\n`}smartx:${host.smartxPassword}\n`,
  });
  settled?.();
  if (code === 0) return;
  throw new Refused(
    `Unable to ${what} (${host.address}): chpasswd ended with ${code}${stderr.trim() ? `: ${stderr.trim()}` : ""}`,
    { hint: "if the password is against the host's rules, choose another; smartx needs sudo without a password" },
  );
}

function logsIn(context: Context, host: Host, password: string): Promise<boolean> {
  return asSmartx(context, host, password, async () => {});
}

/** Works as smartx on a host. False when the log-in is refused; throws what stands in the way otherwise. */
async function asSmartx(
  context: Context,
  host: Host,
  password: string,
  work: (session: SshSession) => Promise<void>,
): Promise<boolean> {
  const { reach, trust, timeoutMs } = context.workspace.transport;
  let loggedIn = false;
  try {
    await withSsh(
      {
        host: host.address,
        username: "smartx",
        password,
        tryKeyboard: true,
        timeoutMs,
        signal: context.signal,
        reach,
        trust,
        secrets: [host.rootPassword, host.smartxPassword].filter((each) => each !== undefined),
      },
      async (session) => {
        loggedIn = true;
        await work(session);
      },
    );
    return true;
  } catch (error) {
    if (!loggedIn && error instanceof NotAuthorised) return false;
    throw error;
  }
}

/** One error for all hosts that failed, each with its own reason. */
function throwFailures(hosts: Host[], results: PromiseSettledResult<unknown>[]): void {
  const failures = results.flatMap((result, i) =>
    result.status === "rejected" ? [{ host: hosts[i] as Host, error: result.reason as SitewrightError }] : [],
  );
  const [first] = failures;
  if (!first) return;
  if (hosts.length === 1 || failures.some(({ error }) => !("hint" in error))) throw first.error;
  const reasons = failures.map(({ host, error }) => `${host.hostname}: ${error.message}`).join("; ");
  throw new TaskFailed(
    `${failures.length} of ${hosts.length} hosts failed: ${reasons}`,
    "put right what is named, then up again: hosts that are done stay as they are",
  );
}
