import { z } from "zod";
import { answersAt } from "../kernel/answers";
import { connectionSchema } from "../kernel/connection";
import { defineResource } from "../kernel/define";
import { formatDuration } from "../kernel/duration";
import { CannotReach, Refused, TaskFailed, TimedOut } from "../kernel/errors";
import { readNameservers, writeNameservers } from "../kernel/resolv-conf";
import type { Context } from "../kernel/resource";
import type { SshSession } from "../kernel/ssh";
import { type Account, factorySchema } from "../kernel/ssh-connection";
import { tellsOfItself } from "./at-address";
import { sshExample, towerSsh } from "./guest-ssh";
import {
  DONE,
  type Installer,
  isElsewhere,
  lastLines,
  logOf,
  lookAtInstaller,
  machineOf,
  orLost,
  PREINSTALL,
  type Start,
  startInstaller,
  startSchema,
} from "./installer";

/** Vendor milliseconds: between two looks (a public client: 30 s), and how long the log may say nothing new. */
const LOOK = 30_000;
const SILENCE = 20 * 60_000;
/** Vendor milliseconds between the looks at 443, and how often it must tell of itself in a row (facts, part A 4.7). */
const KNOCK = 10_000;
const KNOCKS = 3;
/** Vendor milliseconds from the success line on; no document gives a figure. */
const ANSWERS_WITHIN = 15 * 60_000;
/** Vendor milliseconds until a machine whose guest tools run takes a log-in; no document gives a figure. */
const SSH_WITHIN = 5 * 60_000;
/** Vendor milliseconds of lost connections while it is begun; no document gives a figure. */
const BEGUN_WITHIN = 15 * 60_000;
/** Real milliseconds that preinstall.sh may take; no document says how long it does. */
const PREINSTALL_TIME = 10 * 60_000;

const UPGRADE = "an installed CloudTower is upgraded by the vendor's upgrade package, in CloudTower itself";
const kickstart = (machine: string) =>
  `the ISO must be one whose kickstart installs the guest tools (SVT) and lets this account use sudo without a password: where the vendor's own does neither, its kickstart has to be changed. Put such a one in its place in the media folder, delete machine ${machine} in Fisheye, then pulumi refresh and up`;

const inputs = z.strictObject({
  connection: connectionSchema.describe("the SSH of its virtual machine, whose address is CloudTower's"),
  factory: factorySchema.optional(),
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

/** CloudTower's software in its virtual machine. Of this vendor, though its type, which states hold for ever, says smtxos. */
export const CloudTowerInstallation = defineResource({
  type: "smtxos:CloudTowerInstallation",
  sort: "one-way",
  doc: "CloudTower, installed in its virtual machine over SSH: the name servers go to /etc/resolv.conf, then `preinstall.sh` and the installer run (runbook, stage 04 部署cloudtower), which takes about 20 minutes. The installer is started apart from the session, so that it outlives a lost connection, and its log is followed; a run that was cut picks it up again, and no second one is started beside it. Installed is what ends its log with the success line and then tells on port 443 whether it is set up (`checkTowerIsSetup`); one that tells so already is taken as it is. What answers there otherwise, as a front end does with 502, is no CloudTower.",
  inputs,
  outputs: z.strictObject({ url: z.string().describe("where it is reached with a browser") }),
  example: {
    args: {
      connection: sshExample,
      dns: ["10.0.0.114", "10.0.0.1"],
      image: "cloudtower-v4.6.0.iso",
      machine: { name: "cloudtower", sockets: 8, memory: 20_401_094_656, disk: 429_496_729_600 },
    },
    changed: { dns: ["10.0.0.1"] },
  },
  key: ({ connection }) => connection.addresses[0] as string,
  timeouts: { create: 90 * 60_000, update: 90 * 60_000 },
  free: ["dns", "factory"],
  standsOn: {
    image: UPGRADE,
    machine: "the machine that CloudTower runs in is changed in Fisheye or CloudTower, by hand",
  },
  procedures: { "": UPGRADE },
  letGo: "its machine goes on running it",

  async find(context, plan) {
    expectNewCertificate(context);
    if (await tells(context)) return "standing";
    const seen = await firstLook(context, plan);
    if (seen.running || seen.succeeded || hasLostLog(context, seen)) return "under-way";
    return (await comesBack(context)) ? "standing" : "absent";
  },

  async perform(context, plan) {
    // All of it may be done again where a connection was lost on the way: each time it is looked first how far it is.
    await context.wait(
      `the start of CloudTower's installer in ${plan.machine.name}`,
      () => towerSsh(context, (session, account) => begin(context, plan, orLost(session), account), plan.factory),
      { interval: 2_000, cap: LOOK, throughOutage: true, atMost: BEGUN_WITHIN },
    );
  },

  async settle(context, plan) {
    // One that told of itself before anybody here has begun it is not ours to look into.
    if (context.isBegun || !(await tells(context))) {
      await untilInstalled(context, plan);
      await untilAnswering(context, plan);
    }
    return { url: urlOf(context) };
  },

  async read(context, _id, prior) {
    expectNewCertificate(context);
    if (!(await tells(context)) && (await isGone(context, prior))) return undefined;
    return { inputs: {}, outputs: { url: urlOf(context) } };
  },
});

/** The run that was to wait for the installer's certificate may have ended before it, and its leave to take it with it. */
function expectNewCertificate(context: Context): void {
  if (context.isBegun) context.workspace.transport.trust.renew(context.connection.addresses[0] as string, 443);
}

/** What the journal has of the start of its installer. */
function startOf({ entry }: Context): Start | undefined {
  return startSchema.safeParse(entry?.memo).data;
}

function lookIn(context: Context, factory: Inputs["factory"]): Promise<Installer> {
  return towerSsh(context, (session, account) => lookAs(context, session, account, factory), factory);
}

/** Which account logs in may change from run to run, and with it the home that the log would be looked for in. */
function lookAs(context: Context, session: SshSession, { username }: Account, factory: Inputs["factory"]) {
  const address = context.connection.addresses[0] as string;
  const others = [context.connection.username, factory?.username].filter((name) => name !== undefined);
  return lookAtInstaller(session, { address, account: username, others, start: startOf(context) });
}

/**
 * Whether its installer was started in this very machine and has left nothing to be seen: somebody has tidied up, and
 * whether it is installed only CloudTower itself can tell. One that failed has had a log, and may be started anew.
 */
function hasLostLog(context: Context, { running, succeeded, log, machine }: Installer): boolean {
  const start = startOf(context);
  if (running || succeeded || log.trim() !== "" || !start?.accepted) return false;
  return context.entry?.stage !== "failed" && !isElsewhere(start, machine);
}

/** The machine has just got its address: it may be a while until it takes a log-in. */
async function firstLook(context: Context, { factory, machine }: Inputs): Promise<Installer> {
  try {
    return await context.wait(
      `the log-in by SSH at ${context.connection.addresses[0]}`,
      async () => ({ done: await lookIn(context, factory) }),
      { interval: 1_000, cap: 10_000, throughOutage: true, atMost: SSH_WITHIN },
    );
  } catch (error) {
    if (!(error instanceof TimedOut)) throw error;
    throw new TimedOut(error.message, `if its machine runs and has no address: ${kickstart(machine.name)}`);
  }
}

async function begin(context: Context, plan: Inputs, session: SshSession, account: Account) {
  const { dns, factory } = plan;
  const address = context.connection.addresses[0] as string;
  const done = { done: undefined };
  const { running, succeeded, preparing, machine } = await lookAs(context, session, account, factory);
  if (running || succeeded) return done;
  if (preparing) return { pending: "preinstall.sh of an earlier run has not ended" };
  const sudo = await session.run({ command: "sudo -n true" });
  if (sudo.code !== 0)
    throw new Refused(`CloudTower cannot be installed on ${address}: ${lastLines(sudo.stderr, 1)}`, {
      hint: kickstart(plan.machine.name),
    });
  const { aroundWrite, timeoutMs } = context.workspace.transport;
  // No later run waits for these: they end with their session, and may be done twice.
  aroundWrite?.(`prepare the installation of CloudTower on ${address}`, 0);
  if (dns.length > 0 && (await readNameservers(session)).join() !== dns.join()) {
    context.progress("setting its name servers");
    await writeNameservers(session, dns, account.password);
  }
  context.progress("running preinstall.sh");
  const before = await session.run({ command: `sudo -n sh ${PREINSTALL}`, timeoutMs: PREINSTALL_TIME });
  if (before.code !== 0)
    throw new Refused(
      `Unable to prepare the installation of CloudTower on ${address}: preinstall.sh ended with ${before.code ?? before.signal}; its last lines: ${lastLines(`${before.stdout}\n${before.stderr}`)}`,
      { hint: "put right what they say, then run up again" },
    );
  context.progress("starting the installer");
  const start: Start = { account: account.username, machine, accepted: false };
  context.checkpoint(address, start);
  const settled = aroundWrite?.(`start CloudTower's installer on ${address}`, timeoutMs);
  const started = await startInstaller(session, account.username);
  settled?.();
  if (started.code === 0) {
    context.checkpoint(address, { ...start, accepted: true });
    return done;
  }
  throw new Refused(`Unable to start CloudTower's installer on ${address}: ${lastLines(started.stderr)}`);
}

/** Follows the log until its success line. What neither runs nor has one has failed. */
async function untilInstalled(context: Context, { machine, factory }: Inputs): Promise<void> {
  const address = context.connection.addresses[0] as string;
  let last = { line: "", at: 0 };
  let gone = 0;
  await context.wait(
    `the installation of CloudTower in ${machine.name}`,
    async (elapsed) => {
      const seen = await lookIn(context, factory);
      const { running, succeeded, log } = seen;
      const start = startOf(context);
      const started = start && !isElsewhere(start, seen.machine) ? start : undefined;
      if (started && !started.accepted && (running || succeeded))
        context.checkpoint(address, { ...started, accepted: true });
      if (succeeded) return { done: undefined };
      const whole = logOf(started?.account ?? "");
      const line = lastLines(log, 1);
      if (line !== last.line) last = { line, at: elapsed };
      // Once may be the moment between a start and its process.
      gone = running ? 0 : gone + 1;
      if (gone > 1) {
        // Somebody else's run may have left its log elsewhere.
        if (log === "" && (await tells(context))) return { done: undefined };
        if (hasLostLog(context, seen)) {
          context.warn(
            `CloudTower's installer was started on ${address}, does not run, and its log is gone (${whole}): no second one is started, whether CloudTower comes up is waited for`,
          );
          return { done: undefined };
        }
        throw new TaskFailed(
          `CloudTower's installer has ended on ${address} without its success line ("${DONE}"); its last lines: ${lastLines(log)}`,
          `put right what they say (the whole log is ${whole} there), then run up again: it is started anew`,
        );
      }
      if (elapsed - last.at > SILENCE)
        throw new TimedOut(
          `CloudTower's installer on ${address} has said nothing new for ${formatDuration(SILENCE)}; its last lines: ${lastLines(log)}`,
          `look there whether it hangs (its log is ${whole}); up again goes on waiting, and where it has ended starts it anew`,
        );
      return { pending: line };
    },
    { interval: LOOK / 6, cap: LOOK, throughOutage: true },
  );
}

async function untilAnswering(context: Context, { machine }: Inputs): Promise<void> {
  let knocks = 0;
  // The installer has made the certificate that answers there.
  context.workspace.transport.trust.renew(context.connection.addresses[0] as string, 443);
  try {
    await context.wait(
      `an answer of CloudTower at ${urlOf(context)}`,
      async () => {
        knocks = (await tells(context)) ? knocks + 1 : 0;
        return knocks >= KNOCKS ? { done: undefined } : { pending: `${knocks} of ${KNOCKS} in a row` };
      },
      { interval: KNOCK, cap: KNOCK, atMost: ANSWERS_WITHIN },
    );
  } catch (error) {
    if (!(error instanceof TimedOut)) throw error;
    throw new TimedOut(
      error.message,
      `look in its machine why: up again goes on waiting. Where CloudTower is not whole there, start the installer by hand, or delete machine ${machine.name} in Fisheye, then pulumi refresh and up`,
    );
  }
}

/** What stood and does not answer is gone only where its own machine says so: it is another one, and has no log. */
async function isGone(context: Context, { factory }: Inputs): Promise<boolean> {
  const silent = `${context.label} does not tell of itself on port 443 just now`;
  try {
    const machine = await towerSsh(context, (session) => machineOf(orLost(session)), factory);
    // Of one that was found installed nobody knows which machine it was.
    const start = startOf(context);
    if (start && isElsewhere(start, machine)) {
      const { running, succeeded } = await lookIn(context, factory);
      if (!running && !succeeded) return true;
    }
    context.warn(`${silent}, and is installed`);
  } catch (error) {
    if (!(error instanceof CannotReach)) throw error;
    context.warn(`${silent}, nor its machine by SSH; it is taken to be installed`);
  }
  return false;
}

/** Whether it tells on port 443, with a certificate that is trusted, whether it is set up. */
function tells({ connection, workspace, signal }: Context): Promise<boolean> {
  return tellsOfItself(workspace, connection.addresses[0] as string, signal);
}

/** Whether what answers on port 443 without that word has it soon, as a CloudTower that is just being restarted. */
async function comesBack(context: Context): Promise<boolean> {
  const { connection, workspace } = context;
  if (!(await answersAt(workspace.transport, connection.addresses[0] as string, 443))) return false;
  let looks = 0;
  return context.wait<boolean>(
    `a word of CloudTower at ${urlOf(context)}`,
    async () => {
      if (await tells(context)) return { done: true };
      looks += 1;
      return looks > KNOCKS ? { done: false } : { pending: `none at ${looks} looks` };
    },
    { interval: KNOCK, cap: KNOCK },
  );
}

function urlOf({ connection }: Context): string {
  return `https://${connection.addresses[0]}`;
}
