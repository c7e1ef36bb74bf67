import type {
  AuthenticationType,
  AuthHandlerMiddleware,
  Client,
  ClientChannel,
  ConnectConfig,
  ServerHostKeyAlgorithm,
} from "ssh2";
import { shellWord } from "../../base/shell-word";
import { orAbort } from "./abort";
import { createDialer } from "./dial";
import { formatDuration } from "./duration";
import {
  BadAnswer,
  CannotReach,
  NotAuthorised,
  PasswordExpired,
  SitewrightError,
  TimedOut,
  UnknownPrompt,
} from "./errors";
import type { LogIns } from "./log-ins";
import { endpointName, type Reach } from "./reach";
import { holdsSecret, redact, registerSecret } from "./redact";
import { readPrompts, saysExpired } from "./ssh-prompts";
import { startTimer } from "./timer";
import type { Trust } from "./trust";
import { about, socketReason } from "./wire-errors";
import { words } from "./words";

export interface SshOptions {
  host: string;
  /** 22 unless told. */
  port?: number;
  username: string;
  password?: string;
  /** PEM or OpenSSH text, without a passphrase. */
  privateKey?: string;
  /** The password, which also answers keyboard-interactive questions for it, and no others. */
  tryKeyboard?: boolean;
  /** Real milliseconds for each command; 60,000 unless told. */
  timeoutMs?: number;
  /** Real milliseconds for connection and log-in; 10,000 unless told. */
  connectTimeoutMs?: number;
  signal?: AbortSignal;
  trust: Trust;
  reach: Reach;
  /** Where this is given, a log-in that was refused before is not tried. */
  logIns?: LogIns;
  /** Secrets, which may be sent to stdin but never stand in a command: arguments show in every process list. */
  secrets?: readonly string[];
}

export interface SshCommand {
  command: string;
  stdin?: string;
  /** Real milliseconds. */
  timeoutMs?: number;
}

export interface SshResult {
  /** The exit code; null when a signal ended the command. */
  code: number | null;
  /** `TERM`, `KILL` …, when a signal ended it. */
  signal: string | null;
  /** Output, at most 1 MiB each; one that is cut ends with a line that says so. */
  stdout: string;
  stderr: string;
}

export interface SshSession {
  /**
   * Runs one command. Throws TimedOut, CannotReach (the connection was lost), PasswordExpired (the command was not
   * run), BadAnswer (its output has no end), or the signal's reason.
   */
  run(command: SshCommand): Promise<SshResult>;
}

/** Runs one command on a connection of its own; see withSsh. A command that fails is a result, not an error. */
export async function sshRun(options: SshOptions & SshCommand): Promise<SshResult> {
  const { command, stdin, timeoutMs, ...connection } = options;
  return withSsh({ ...connection, timeoutMs }, (session) => session.run({ command, stdin }));
}

/**
 * Opens a connection, runs commands on it and closes it. Throws CannotReach, NotTrusted (the host key),
 * NotAuthorised (no way to log in was accepted), PasswordExpired, UnknownPrompt, TimedOut, or the signal's reason.
 */
export async function withSsh<T>(options: SshOptions, work: (session: SshSession) => Promise<T>): Promise<T> {
  const { signal } = options;
  // Loaded at the first log-in: a program registers resources and makes none.
  const { createSshClient } = await import("./ssh-client.js");
  signal?.throwIfAborted();
  const secrets = [...(options.secrets ?? []), options.password, options.privateKey].filter(
    (text) => text !== undefined,
  );
  for (const secret of secrets) registerSecret(secret);
  const port = options.port ?? 22;
  const describe = `Unable to log in by SSH as ${options.username} at ${endpointName(options.host, port)}`;
  const connectTimeoutMs = options.connectTimeoutMs ?? 10_000;
  const dialer = createDialer({ reach: options.reach, trust: options.trust, connectTimeoutMs });
  const client = createSshClient();
  const attempt = () =>
    logIn(client, options, port, () => dialer.dial(options.host, port, false), connectTimeoutMs).catch((error) => {
      throw about(describe, error);
    });
  const way = sshWay(options.host, port);
  try {
    await orAbort(
      options.logIns && !options.privateKey ? options.logIns.attempt(way, options, attempt) : attempt(),
      signal,
    );
    return await work({
      run(command) {
        refuseSecrets(command.command, secrets);
        const timeoutMs = command.timeoutMs ?? options.timeoutMs ?? 60_000;
        return orAbort(runCommand(client, { ...command, timeoutMs }, options), signal);
      },
    });
  } finally {
    client.on("error", () => {}); // an error after the end changes nothing
    client.destroy();
    dialer.close();
  }
}

function refuseSecrets(command: string, secrets: readonly string[]): void {
  if (holdsSecret(command, secrets)) {
    throw new Error(`a secret stands in an SSH command (${redact(command)}): hand it over by stdin`);
  }
}

/** The name under which `LogIns` has the accounts of a machine. */
export function sshWay(host: string, port = 22): string {
  return `ssh ${endpointName(host, port)}`;
}

/**
 * How often one log-in answers with the password: each of two modules (PAM) may ask for it. A server that asks once
 * more has refused it, and each refusal counts towards the lock of the account.
 */
const PASSWORDS = 2;

async function logIn(
  client: Client,
  options: SshOptions,
  port: number,
  dial: () => Promise<ConnectConfig["sock"] & object>,
  timeoutMs: number,
): Promise<void> {
  const { host, username, password, privateKey, trust } = options;
  const place = endpointName(host, port);
  const sock = await dial();
  return new Promise((resolve, reject) => {
    let untrusted: unknown;
    const failed = (error: unknown) => reject(untrusted ?? logInError(error as LevelledError, place, timeoutMs));
    client.once("ready", () => {
      client.off("error", failed);
      client.off("close", closed);
      client.on("error", () => {}); // a lost connection closes each command's channel, whose end rejects the command
      resolve();
    });
    const closed = () => failed(Object.assign(new Error("closed"), { code: "ECONNRESET" }));
    client.once("error", failed);
    client.once("close", closed);
    client.on("change password", (prompt) => reject(expired(options, prompt)));
    let given = 0;
    client.on("keyboard-interactive", (name, text, _language, prompts, answer) => {
      const asked = readPrompts(name, text, prompts);
      if (asked.for === "password") {
        given += prompts.length;
        if (given > PASSWORDS) return reject(refusesAndAsks(place));
        answer(prompts.map(() => password ?? ""));
      } else if (asked.for === "new password") reject(expired(options, asked.words));
      else reject(askedForMore(place, asked.words));
    });
    try {
      client.connect({
        sock,
        username,
        password,
        privateKey,
        tryKeyboard: options.tryKeyboard && password !== undefined,
        authHandler: onePasswordOnce(options),
        readyTimeout: timeoutMs,
        algorithms: hostKeyAlgorithms(trust.sshKeyTypes(host, port)),
        hostVerifier(key: Buffer) {
          try {
            trust.checkSsh(host, port, key);
            return true;
          } catch (error) {
            untrusted = error;
            return false;
          }
        },
      });
    } catch (error) {
      // ssh2 parses the private key here; its message says what is wrong with the key and quotes nothing of it.
      reject(new NotAuthorised(`the private key cannot be used: ${redact((error as Error).message)}`));
    }
  });
}

/**
 * The next method of the log-in, of those that the server offers. A password that was refused by one method is not
 * tried by another: the second refusal would count towards the lock of the account, too.
 */
function onePasswordOnce({ password, privateKey, tryKeyboard }: SshOptions): AuthHandlerMiddleware {
  const own = [
    ...(privateKey === undefined ? [] : ["publickey"]),
    ...(password === undefined ? [] : ["password", ...(tryKeyboard ? ["keyboard-interactive"] : [])]),
  ];
  const tried = new Set<string>();
  return (offered: string[] | null, partial: boolean | null, next) => {
    if (tried.size === 0) {
      tried.add("none");
      return next("none");
    }
    if (tried.has("password") && !partial) tried.add("keyboard-interactive");
    const method = own.find((each) => !tried.has(each) && (offered ?? own).includes(each));
    if (method) tried.add(method);
    // ssh2's types lack the answer for "no method is left".
    next((method ?? false) as AuthenticationType);
  };
}

/**
 * The types of host key to ask for: where known_hosts has keys of the host, theirs, since another would prove nothing.
 */
function hostKeyAlgorithms(types: string[]): ConnectConfig["algorithms"] {
  if (types.length === 0) return undefined;
  const names = types.flatMap((type) => (type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"] : [type]));
  return { serverHostKey: names as ServerHostKeyAlgorithm[] };
}

interface LevelledError extends Error {
  level?: string;
}

function logInError(error: LevelledError, place: string, timeoutMs: number): SitewrightError {
  if (error instanceof SitewrightError) return error;
  if (error.level === "client-authentication") {
    return new NotAuthorised(
      `${place} accepts neither the password nor the key`,
      "check user name and password, and whether it allows them",
    );
  }
  const { reason, hint } =
    error.level === "client-timeout"
      ? { reason: `no log-in within ${formatDuration(timeoutMs)}`, hint: undefined }
      : socketReason(error);
  return new CannotReach(`${place}: ${redact(reason)}`, { sent: false, hint, cause: error });
}

/** The error of a password that has expired. `text` is what the machine said. */
function expired({ host, port = 22, username }: SshOptions, text: string): PasswordExpired {
  // A user name that begins with a dash must not be taken for an option of ssh.
  const end = username.startsWith("-") ? "-- " : "";
  const by = `ssh ${port === 22 ? "" : `-p ${port} `}${end}${shellWord(`${username}@${host}`)}`;
  return new PasswordExpired(
    `${endpointName(host, port)} knows the password of ${username}, and wants it changed: it has expired${quoted(text)}`,
    `log in once by hand (${by}), change the password, and put the new one into the environment, the secret file, the stack's secrets or the plan`,
  );
}

function refusesAndAsks(place: string): NotAuthorised {
  return new NotAuthorised(
    `${place} asks for the password again and again: it does not accept it`,
    "check user name and password",
  );
}

function askedForMore(place: string, text: string): UnknownPrompt {
  return new UnknownPrompt(
    `${place} asks for more than the password${quoted(text)}`,
    "let this account log in there with its password alone, or name another one that does",
  );
}

function quoted(text: string): string {
  const shown = words(text, 200);
  return shown ? ` ("${shown}")` : "";
}

const MiB = 1024 * 1024;
/** The most bytes of an output that are returned. */
const MOST = MiB;
/** The most bytes of an output at all: a command that writes more is taken to write without end. */
const FLOOD = 64 * MiB;

/** Gathers output up to its bound, and reads on past that so that the command does not block. */
function gather(stream: NodeJS.ReadableStream, flooded: () => void): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on("data", (chunk: Buffer) => {
    const room = MOST - size;
    size += chunk.length;
    if (room > 0) chunks.push(chunk.subarray(0, room));
    if (size > FLOOD) flooded();
  });
  return () => Buffer.concat(chunks).toString("utf8") + (size > MOST ? `\n[cut after 1 MiB of ${size} bytes]` : "");
}

function runCommand(
  client: Client,
  command: SshCommand & { timeoutMs: number },
  options: SshOptions,
): Promise<SshResult> {
  const describe = redact(`Unable to run \`${command.command}\` at ${endpointName(options.host, options.port ?? 22)}`);
  return new Promise((resolve, reject) => {
    let channel: ClientChannel | undefined;
    const disarm = startTimer(command.timeoutMs, () => {
      reject(
        new TimedOut(
          `${describe}: it has not ended after ${formatDuration(command.timeoutMs)}`,
          "look on the host whether it hangs",
        ),
      );
      channel?.close();
    });
    const flooded = () => {
      disarm();
      client.off("close", closed);
      reject(new BadAnswer(`${describe}: it says more than ${FLOOD / MiB} MiB`, "look on the host what it does"));
      channel?.close();
    };
    const lost = (sent: boolean, cause?: Error) => {
      disarm();
      client.off("close", closed);
      const { reason } = cause ? socketReason(cause) : { reason: "the connection was lost before it ended" };
      reject(new CannotReach(`${describe}: ${redact(reason)}`, { sent, cause }));
    };
    const closed = () => lost(true);
    client.once("close", closed);
    const started = (error: Error | undefined, stream: ClientChannel) => {
      if (error) return lost(true, error);
      channel = stream;
      const stdout = gather(stream, flooded);
      const stderr = gather(stream.stderr, flooded);
      let ended: Pick<SshResult, "code" | "signal"> | undefined;
      stream.on("exit", (code: number | null, signal?: string) => {
        ended = { code, signal: signal?.replace(/^SIG/, "") ?? null };
      });
      stream.on("close", () => {
        client.off("close", closed);
        if (!ended) return lost(true);
        disarm();
        const result = { ...ended, stdout: stdout(), stderr: stderr() };
        if (saysExpired(result)) reject(about(describe, expired(options, result.stderr)));
        else resolve(result);
      });
      stream.on("error", () => {}); // a command may end without reading stdin; `close` says how it ended
      stream.end(command.stdin ?? "");
    };
    try {
      client.exec(command.command, started);
    } catch (error) {
      lost(false, error as Error); // ssh2 throws here when the connection is already gone
    }
  });
}
