import { z } from "zod";
import { connectionSchema } from "../kernel/connection";
import { defineResource } from "../kernel/define";
import { createDialer } from "../kernel/dial";
import { formatDuration } from "../kernel/duration";
import { CannotReach, Refused, TaskFailed, TimedOut } from "../kernel/errors";
import { readNameservers, writeNameservers } from "../kernel/resolv-conf";
import type { Context } from "../kernel/resource";
import type { SshSession } from "../kernel/ssh";
import { sshTo } from "../kernel/ssh-connection";

const PREINSTALL = "/usr/share/smartx/tower/preinstall.sh";
const INSTALLER = "/usr/share/smartx/tower/installer/binary/installer";
/** Of a public client; the vendor's own goes to nohup.out of wherever it was started. */
const LOG = "/home/cloudtower/installer.out";
const DONE = "Install Operation Center Successfully";

/** Vendor milliseconds: between two looks (a public client: 30 s), and how long the log may say nothing new. */
const LOOK = 30_000;
const SILENCE = 20 * 60_000;
/** Vendor milliseconds between the looks at 443, and how often it must answer (facts, part A 4.7). */
const KNOCK = 10_000;
const KNOCKS = 3;
/** Vendor milliseconds from the success line on; no document gives a figure. */
const ANSWERS_WITHIN = 15 * 60_000;
/** Real milliseconds that preinstall.sh may take; no document says how long it does. */
const PREINSTALL_TIME = 10 * 60_000;

const UPGRADE = "an installed CloudTower is upgraded by the vendor's upgrade package, in CloudTower itself";
const NO_SUDO =
  "the ISO must be one whose installation lets this account use sudo without a password (and brings the guest tools): the vendor's own CloudTower ISO does not, its kickstart has to be changed";

const inputs = z.strictObject({
  connection: connectionSchema.describe("the SSH of its virtual machine, whose address is CloudTower's"),
  dns: z.array(z.ipv4()).default([]).describe("name servers that the installer needs, 集群管理信息 E25:E26"),
  image: z.string().min(1).describe("name of the ISO image that its machine is installed from"),
  machine: z
    .strictObject({
      name: z.string().min(1).describe("name of its virtual machine"),
      sockets: z.int().describe("CPU sockets"),
      memory: z.int().describe("bytes"),
      disk: z.int().describe("bytes"),
    })
    .describe("the virtual machine that it is installed in"),
});
type Inputs = z.output<typeof inputs>;

/** CloudTower's software in its virtual machine. */
export const CloudTowerInstallation = defineResource({
  type: "smtxos:CloudTowerInstallation",
  sort: "one-way",
  doc: "CloudTower, installed in its virtual machine over SSH: the name servers go to /etc/resolv.conf, then `preinstall.sh` and the installer run (runbook, stage 04 部署cloudtower), which takes about 20 minutes. The installer is started apart from the session, so that it outlives a lost connection, and its log is followed; a run that was cut picks it up again, and no second one is started beside it. Installed is what ends its log with the success line and answers on port 443. A CloudTower that answers there already is taken as it is.",
  inputs,
  outputs: z.strictObject({ url: z.string().describe("where it is reached with a browser") }),
  key: ({ connection }) => connection.addresses[0] as string,
  timeouts: { create: 90 * 60_000, update: 90 * 60_000 },
  free: ["dns"],
  kept: {
    image: UPGRADE,
    machine: "the machine that CloudTower runs in is changed in Fisheye or CloudTower, by hand",
  },
  procedures: { "": UPGRADE },
  letGo: "its machine goes on running it",

  async find(context) {
    if (await answers(context)) return "standing";
    const seen = await sshTo(context, look);
    return seen.running || seen.log.includes(DONE) ? "under-way" : "absent";
  },

  async perform(context, { dns }) {
    await sshTo(context, async (session) => {
      const address = context.connection.addresses[0];
      await refuseWithoutSudo(session, address);
      if (dns.length > 0 && (await readNameservers(session)).join() !== dns.join()) {
        context.progress("setting its name servers");
        await writeNameservers(session, dns);
      }
      context.progress("running preinstall.sh");
      const before = await session.run({ command: `sudo -n sh ${PREINSTALL}`, timeoutMs: PREINSTALL_TIME });
      if (before.code !== 0)
        throw new Refused(
          `Unable to prepare the installation of CloudTower on ${address}: preinstall.sh ended with ${before.code ?? before.signal}: ${lastLines(before.stderr || before.stdout)}`,
          { hint: "put right what it says, then run up again" },
        );
      context.progress("starting the installer");
      // Of its own session, so that it outlives this one; and one at a time, whoever else may have started one.
      const start = `pgrep -f '${INSTALLER} deploy' > /dev/null || nohup setsid sudo -n ${INSTALLER} deploy > ${LOG} 2>&1 < /dev/null &`;
      const started = await session.run({ command: start });
      if (started.code !== 0)
        throw new Refused(`Unable to start CloudTower's installer on ${address}: ${lastLines(started.stderr)}`);
    });
  },

  async settle(context, plan) {
    await untilInstalled(context, plan);
    await untilAnswering(context);
    return { url: urlOf(context) };
  },

  async read(context) {
    // Only its own machine can say that it is gone, and one that does not answer says nothing.
    if (await answers(context)) return { inputs: {}, outputs: { url: urlOf(context) } };
    const { running, log } = await sshTo(context, look);
    if (running || log.includes(DONE)) {
      context.warn(`${context.label} is installed and does not answer on port 443 just now`);
      return { inputs: {}, outputs: { url: urlOf(context) } };
    }
    return undefined;
  },
});

interface Seen {
  running: boolean;
  log: string;
}

/** The installer's process and its log; in this order, so that an end between the two is not taken for none. */
async function look(session: SshSession): Promise<Seen> {
  const { code } = await session.run({ command: `pgrep -f '${INSTALLER} deploy'` });
  const { stdout } = await session.run({ command: `tail -n 200 ${LOG}` });
  return { running: code === 0, log: stdout };
}

async function refuseWithoutSudo(session: SshSession, address: string | undefined): Promise<void> {
  const { code, stderr } = await session.run({ command: "sudo -n true" });
  if (code === 0) return;
  throw new Refused(`CloudTower cannot be installed on ${address}: ${stderr.trim() || `sudo ended with ${code}`}`, {
    hint: NO_SUDO,
  });
}

/** Follows the log until its success line. What neither runs nor has one has failed. */
async function untilInstalled(context: Context, { machine }: Inputs): Promise<void> {
  const watch = context.workspace.clock.stopwatch();
  let last = { line: "", at: 0 };
  let gone = 0;
  await context.wait(
    `the installation of CloudTower in ${machine.name}`,
    async () => {
      const { running, log } = await sshTo(context, look);
      if (log.includes(DONE)) return { done: true };
      const line = lastLines(log, 1);
      if (line !== last.line) last = { line, at: watch.elapsed() };
      // Once may be the moment between a start and its process.
      gone = running ? 0 : gone + 1;
      if (gone > 1)
        throw new TaskFailed(
          `CloudTower's installer has ended on ${context.connection.addresses[0]} without success; its last lines: ${lastLines(log)}`,
          `put right what they say (the whole log is ${LOG}), then run up again: it is started anew`,
        );
      if (watch.elapsed() - last.at > SILENCE)
        throw new TimedOut(
          `CloudTower's installer on ${context.connection.addresses[0]} has said nothing for ${formatDuration(SILENCE)}; its last lines: ${lastLines(log)}`,
          `look there whether it hangs (${LOG}); up again goes on waiting`,
        );
      return { pending: line || "no line yet" };
    },
    { interval: LOOK / 6, cap: LOOK, throughOutage: true },
  );
}

async function untilAnswering(context: Context): Promise<void> {
  let knocks = 0;
  // The installer has made the certificate that answers there.
  context.workspace.transport.trust.renew(context.connection.addresses[0] as string, 443);
  await context.wait(
    `an answer of CloudTower at ${urlOf(context)}`,
    async () => {
      knocks = (await answers(context)) ? knocks + 1 : 0;
      return knocks >= KNOCKS ? { done: true } : { pending: `${knocks} of ${KNOCKS} in a row` };
    },
    { interval: KNOCK, cap: KNOCK, atMost: ANSWERS_WITHIN },
  );
}

/** Whether its port 443 takes a connection, with a certificate that is trusted. */
async function answers({ connection, workspace }: Context): Promise<boolean> {
  const { reach, trust } = workspace.transport;
  const dialer = createDialer({ reach, trust, connectTimeoutMs: 5_000 });
  try {
    await dialer.dial(connection.addresses[0] as string, 443, true);
    return true;
  } catch (error) {
    if (error instanceof CannotReach) return false;
    throw error;
  } finally {
    dialer.close();
  }
}

function urlOf({ connection }: Context): string {
  return `https://${connection.addresses[0]}`;
}

function lastLines(text: string, count = 5): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.slice(-count).join(" | ") || "none";
}
