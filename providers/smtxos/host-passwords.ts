import { z } from "zod";
import { connectionSchema } from "../kernel/connection";
import { defineResource } from "../kernel/define";
import { NotAuthorised, Refused, SitewrightError, TaskFailed, TimedOut, WritesNothing } from "../kernel/errors";
import { secretSetting } from "../kernel/example";
import { rememberPasswordCell, rightPassword } from "../kernel/password-places";
import type { Context } from "../kernel/resource";
import { secret } from "../kernel/schema";
import { type SshResult, type SshSession, sshWay, withSsh } from "../kernel/ssh";
import { isAnswerLost, reasonOf } from "../kernel/wire-errors";

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
  example: {
    args: {
      hosts: [
        {
          hostname: "node-01",
          address: "10.0.20.101",
          rootPassword: secretSetting("rootPassword"),
          smartxPassword: secretSetting("smartxPassword"),
        },
      ],
    },
  },
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
  // Of a new password of root the log-in of smartx tells nothing where its own stays the same.
  const rootToo = prior && host.rootPassword !== undefined && host.rootPassword !== prior.rootPassword;
  if (!rootToo && (await logsIn(context, host, host.smartxPassword))) return;
  const known = new Set([host.smartxPassword, prior?.smartxPassword ?? ANOTHER, FIRST_PASSWORD]);
  known.delete(ANOTHER);
  if (!rootToo) known.delete(host.smartxPassword);
  for (const old of known) {
    if (await changed(context, host, old)) {
      if (await logsIn(context, host, host.smartxPassword)) return;
      throw new Refused("took new passwords, and refuses the new one of smartx", {
        hint: "look at the host's account rules (/var/log/secure)",
      });
    }
  }
  const before = prior && prior.smartxPassword !== ANOTHER ? ", the one that was set before" : "";
  rememberPasswordCell(host.hostname, "主机规划, column K of its row; in a site.yaml hosts[].ssh.password");
  throw new NotAuthorised(
    `refuses the log-in of smartx with the planned password${before} and the one of a new host`,
    `${rightPassword(host.hostname)}; up; then change it`,
  );
}

/** Sets both passwords with an old one. False when the log-in is refused. */
async function changed(context: Context, host: Host, old: string): Promise<boolean> {
  try {
    return await asSmartx(context, host, old, async (session) => {
      try {
        await change(context, host, old, session);
      } finally {
        // Whatever came of it: what was refused before may be right now.
        context.workspace.logIns.forget(sshWay(host.address));
      }
    });
  } catch (error) {
    // What was sent and not answered, or not in time, may have been done: the new password tells.
    if ((error instanceof TimedOut || isAnswerLost(error)) && old !== host.smartxPassword) {
      const done = await logsIn(context, host, host.smartxPassword).catch(() => false);
      if (done) return true;
    }
    throw error;
  }
}

async function change(context: Context, host: Host, old: string, session: SshSession): Promise<void> {
  const what = "set the passwords of root and smartx";
  const lines = `${host.rootPassword === undefined ? "" : `root:${host.rootPassword}\n`}smartx:${host.smartxPassword}\n`;
  const { aroundWrite, timeoutMs } = context.workspace.transport;
  const settled = aroundWrite?.(what, timeoutMs);
  let result = await session.run({ command: "sudo -n /usr/sbin/chpasswd", stdin: lines });
  // No document says whether sudo asks smartx for its password: where it does, it reads one line and leaves the rest.
  if (refusedBySudo(result)) {
    result = await session.run({ command: "sudo -S -p '' /usr/sbin/chpasswd", stdin: `${old}\n${lines}` });
  }
  settled?.();
  const { code, stderr } = result;
  if (code === 0) return;
  throw new Refused(`Unable to ${what}: chpasswd ended with ${code}${stderr.trim() ? `: ${stderr.trim()}` : ""}`, {
    hint: refusedBySudo(result)
      ? "let smartx use sudo on the host"
      : "if the password is against the host's rules, choose another",
  });
}

/** Its own words are in the host's language; chpasswd, once it runs, names itself. */
function refusedBySudo({ code, stderr }: SshResult): boolean {
  return code !== 0 && /^sudo:/m.test(stderr) && !/chpasswd:/.test(stderr);
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
        logIns: context.workspace.logIns,
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
    result.status === "rejected" ? [{ host: hosts[i] as Host, error: result.reason as unknown }] : [],
  );
  if (failures.length === 0) return;
  const reasons = failures.map(({ host, error }) => {
    if (!(error instanceof SitewrightError) || error instanceof WritesNothing) throw error;
    return `${host.hostname} (${host.address}): ${reasonOf(error)}${error.hint ? ` (${error.hint})` : ""}`;
  });
  throw new TaskFailed(
    `${failures.length} of ${hosts.length} hosts failed: ${reasons.join("; ")}`,
    "put right what is named, then up again: hosts that are done stay as they are",
  );
}
