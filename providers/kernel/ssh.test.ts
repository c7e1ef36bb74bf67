import { createHash, generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { type AuthContext, Server, type ServerChannel, utils } from "ssh2";
import { expect, onTestFinished, test } from "vitest";
import { BadAnswer, CannotReach, NotAuthorised, NotTrusted, PasswordExpired, TimedOut, UnknownPrompt } from "./errors";
import { deadPort, failure, stackFolder, wire } from "./fixtures/wire.fixture";
import { createLogIns } from "./log-ins";
import type { Reach } from "./reach";
import { type SshOptions, sshRun, sshWay, withSsh } from "./ssh";
import { createTrust, type TrustOptions } from "./trust";

const { listen } = wire(onTestFinished);

// Keys are not made by ssh2, which cannot read back about one in a hundred of its own Ed25519 keys.
function newKey() {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const text = privateKey.export({ format: "pem", type: "sec1" }).toString();
  const parsed = utils.parseKey(text);
  if (parsed instanceof Error) throw parsed;
  return { private: text, public: `${parsed.type} ${parsed.getPublicSSH().toString("base64")}` };
}

const hostKey = newKey();
const otherKey = newKey();
const userKey = newKey();
const blobOf = (key: { public: string }) => Buffer.from(key.public.split(" ")[1] ?? "", "base64");
const fingerprintOf = (key: { public: string }) =>
  `SHA256:${createHash("sha256").update(blobOf(key)).digest("base64").replace(/=+$/, "")}`;

type Shell = (command: string, channel: ServerChannel) => void;

function acceptPassword(attempt: AuthContext): void {
  if (attempt.method === "password" && attempt.password === "Canary-Ssh-1") attempt.accept();
  else attempt.reject(["password"]);
}

/** An SSH server for the length of a test that runs commands as `shell` says. */
async function startSsh(
  shell: Shell,
  {
    key = hostKey,
    authenticate = acceptPassword,
  }: { key?: typeof hostKey; authenticate?: (attempt: AuthContext) => void } = {},
) {
  const commands: string[] = [];
  let connections = 0;
  const server = new Server({ hostKeys: [key.private] }, (client) => {
    connections++;
    client.on("error", () => {});
    client.on("authentication", authenticate);
    client.on("session", (accept) => {
      accept().on("exec", (take, _reject, info) => {
        commands.push(info.command);
        shell(info.command, take());
      });
    });
  });
  const port = await listen(createServer({ noDelay: true }, (socket) => server.injectSocket(socket)));
  return { port, commands, connections: () => connections };
}

function optionsFor(
  port: number,
  more: Partial<SshOptions> & { folder?: string; mode?: TrustOptions["mode"] } = {},
): SshOptions {
  const { folder = stackFolder(), mode = "firstUse", ...rest } = more;
  const reach: Reach = { speed: 1, only: true, endpoints: { "10.0.20.11:22": `127.0.0.1:${port}` } };
  const trust = createTrust({ folder, reach, mode, notice: () => {} });
  return { host: "10.0.20.11", username: "root", password: "Canary-Ssh-1", reach, trust, ...rest };
}

function end(channel: ServerChannel, code: number): void {
  channel.exit(code);
  channel.end();
}

const echo: Shell = (_command, channel) => {
  channel.on("data", (chunk: Buffer) => channel.write(chunk));
  channel.on("end", () => {
    channel.stderr.write("done");
    end(channel, 3);
  });
};

test("a command gets its stdin, and its exit code and outputs come back", async () => {
  const server = await startSsh(echo);
  const result = await sshRun({ ...optionsFor(server.port), command: "passwd --stdin root", stdin: "new-password\n" });
  expect(result).toEqual({ code: 3, signal: null, stdout: "new-password\n", stderr: "done" });
  expect(server.commands).toEqual(["passwd --stdin root"]);
});

test("a command that a signal ended says which", async () => {
  const server = await startSsh((_command, channel) => {
    channel.exit("SIGTERM", false, "");
    channel.end();
  });
  expect(await sshRun({ ...optionsFor(server.port), command: "sleep 100" })).toMatchObject({
    code: null,
    signal: "TERM",
  });
});

test("several commands run on one connection", async () => {
  const server = await startSsh((command, channel) => {
    channel.write(command.toUpperCase());
    end(channel, 0);
  });
  const outputs = await withSsh(optionsFor(server.port), async (session) => {
    const one = await session.run({ command: "one" });
    const [two, three] = await Promise.all([session.run({ command: "two" }), session.run({ command: "three" })]);
    return [one, two, three].map((result) => result.stdout);
  });
  expect(outputs).toEqual(["ONE", "TWO", "THREE"]);
  expect(server.connections()).toBe(1);
});

test("an unknown host key is not trusted, and no password is shown to it", async () => {
  const offered: string[] = [];
  const server = await startSsh(echo, {
    authenticate(attempt) {
      offered.push(attempt.method);
      attempt.reject();
    },
  });
  const error = await failure(sshRun({ ...optionsFor(server.port, { mode: "pinned" }), command: "true" }));
  expect(error).toBeInstanceOf(NotTrusted);
  expect(error.message).toMatch(
    /^Unable to log in by SSH as root at 10\.0\.20\.11:22: the host key of 10\.0\.20\.11:22 is not trusted/,
  );
  expect(error.message).toContain(`"10.0.20.11:22": "${fingerprintOf(hostKey)}"`);
  expect(offered).toEqual([]);
});

test("the host key of the first use is enforced from then on", async () => {
  const folder = stackFolder();
  const first = await startSsh(echo);
  expect(await sshRun({ ...optionsFor(first.port, { folder }), command: "true" })).toMatchObject({ code: 3 });
  const second = await startSsh(echo, { key: otherKey });
  const error = await failure(sshRun({ ...optionsFor(second.port, { folder }), command: "true" }));
  expect(error).toBeInstanceOf(NotTrusted);
  expect(error.message).toContain(`kept ${fingerprintOf(hostKey)}, shown ${fingerprintOf(otherKey)}`);
});

test("a known_hosts file of the stack is enough", async () => {
  const folder = stackFolder();
  writeFileSync(join(folder, "known_hosts"), `10.0.20.11 ${hostKey.public}\n`);
  const server = await startSsh(echo);
  expect(await sshRun({ ...optionsFor(server.port, { folder, mode: "pinned" }), command: "true" })).toMatchObject({
    code: 3,
  });
});

test("a refused log-in is not authorised, and shows no password", async () => {
  const server = await startSsh(echo);
  const error = await failure(sshRun({ ...optionsFor(server.port, { password: "Canary-Wrong-1" }), command: "true" }));
  expect(error).toBeInstanceOf(NotAuthorised);
  expect(error.message).toContain("Unable to log in by SSH as root at 10.0.20.11:22");
  expect(error.message).not.toContain("Canary");
});

test("a key logs in", async () => {
  const server = await startSsh(echo, {
    authenticate(attempt) {
      if (attempt.method === "publickey" && attempt.key.data.equals(blobOf(userKey))) attempt.accept();
      else attempt.reject(["publickey"]);
    },
  });
  const options = optionsFor(server.port, { password: undefined, privateKey: userKey.private });
  expect(await sshRun({ ...options, command: "true" })).toMatchObject({ code: 3 });
});

test("a key that cannot be read is said so", async () => {
  const server = await startSsh(echo);
  const options = optionsFor(server.port, { password: undefined, privateKey: "not a key" });
  const error = await failure(sshRun({ ...options, command: "true" }));
  expect(error).toBeInstanceOf(NotAuthorised);
  expect(error.message).toContain("the private key cannot be used");
});

test("keyboard-interactive questions are answered with the password, where asked for", async () => {
  const server = await startSsh(echo, {
    authenticate(attempt) {
      if (attempt.method !== "keyboard-interactive") return attempt.reject(["keyboard-interactive"]);
      attempt.prompt([{ prompt: "Password: ", echo: false }], (answers) => {
        if (answers[0] === "Canary-Ssh-1") attempt.accept();
        else attempt.reject();
      });
    },
  });
  expect(await failure(sshRun({ ...optionsFor(server.port), command: "true" }))).toBeInstanceOf(NotAuthorised);
  expect(await sshRun({ ...optionsFor(server.port, { tryKeyboard: true }), command: "true" })).toMatchObject({
    code: 3,
  });
});

test("a refused password is tried by one method alone, and in a run once", async () => {
  const attempts: string[] = [];
  const server = await startSsh(echo, {
    authenticate(attempt) {
      if (attempt.method !== "none") attempts.push(attempt.method);
      attempt.reject(["publickey", "password", "keyboard-interactive"]);
    },
  });
  const options = optionsFor(server.port, { tryKeyboard: true });
  await failure(sshRun({ ...options, command: "true" }));
  expect(attempts).toEqual(["password"]);
  const logIns = createLogIns();
  const run = (more = {}) => failure(sshRun({ ...options, logIns, ...more, command: "true" }));
  const refused = await Promise.all([run(), run(), run()]);
  refused.push(await run());
  for (const error of refused) expect(error).toBeInstanceOf(NotAuthorised);
  expect(attempts).toHaveLength(2);
  await run({ password: "Canary-Ssh-2" });
  logIns.forget(sshWay("10.0.20.11"));
  await run();
  expect(attempts).toHaveLength(4);
});

test("a port that nobody listens on cannot be reached", async () => {
  const error = await failure(sshRun({ ...optionsFor(await deadPort()), command: "true" }));
  expect(error).toBeInstanceOf(CannotReach);
  expect(error).toMatchObject({ sent: false });
  expect(error.message).toContain("the connection was refused");
});

test("a host that never greets is given up in time", async () => {
  const port = await listen(createServer(() => {}));
  const error = await failure(sshRun({ ...optionsFor(port, { connectTimeoutMs: 50 }), command: "true" }));
  expect(error).toBeInstanceOf(CannotReach);
  expect(error.message).toContain("no log-in within 50ms");
});

test("a host that hangs up before it greets cannot be reached", async () => {
  const port = await listen(createServer((socket) => socket.destroy()));
  expect(await failure(sshRun({ ...optionsFor(port), command: "true" }))).toMatchObject({
    code: "cannot-reach",
    sent: false,
  });
});

test("an endpoint that reach.json lacks is not spoken to", async () => {
  const error = await failure(sshRun({ ...optionsFor(1, { host: "10.0.20.12" }), command: "true" }));
  expect(error.message).toContain("knows no endpoint 10.0.20.12:22");
});

test("a command that does not end is given up in time", async () => {
  const server = await startSsh(() => {});
  const error = await failure(sshRun({ ...optionsFor(server.port), command: "sleep 1000", timeoutMs: 50 }));
  expect(error).toBeInstanceOf(TimedOut);
  expect(error.message).toContain("Unable to run `sleep 1000` at 10.0.20.11:22: it has not ended after 50ms");
});

test("a connection lost in the middle of a command counts as sent", async () => {
  const port: { cut?: () => void } = {};
  const server = await startSsh(() => port.cut?.());
  const gate = createServer((socket) => {
    const onward = connect(server.port, "127.0.0.1");
    socket.pipe(onward).pipe(socket);
    port.cut = () => socket.destroy();
    for (const end of [socket, onward]) end.on("error", () => {});
  });
  const error = await failure(sshRun({ ...optionsFor(await listen(gate)), command: "reboot" }));
  expect(error).toMatchObject({ code: "cannot-reach", sent: true });
});

test("a command on a connection that is gone already was not sent", async () => {
  const port: { cut?: () => void } = {};
  const server = await startSsh(() => port.cut?.());
  const gate = createServer((socket) => {
    const onward = connect(server.port, "127.0.0.1");
    socket.pipe(onward).pipe(socket);
    port.cut = () => socket.destroy();
    for (const end of [socket, onward]) end.on("error", () => {});
  });
  await withSsh(optionsFor(await listen(gate)), async (session) => {
    await failure(session.run({ command: "reboot" }));
    expect(await failure(session.run({ command: "uptime" }))).toMatchObject({ code: "cannot-reach", sent: false });
  });
  expect(server.commands).toEqual(["reboot"]);
});

test("output beyond 1 MiB is cut and marked, and the command still ends", async () => {
  const server = await startSsh((_command, channel) => {
    channel.write(Buffer.alloc(3 * 1024 * 1024, "x"), () => end(channel, 0));
  });
  const result = await sshRun({ ...optionsFor(server.port), command: "yes" });
  expect(result.code).toBe(0);
  expect(result.stdout).toMatch(/^x+\n\[cut after 1 MiB of 3145728 bytes\]$/);
  expect(result.stdout.indexOf("\n")).toBe(1024 * 1024);
});

test("a command that holds a secret, in any form, is refused and not shown", async () => {
  const server = await startSsh(echo);
  const secret = "Canary In/Command";
  for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64"), "Canary-Ssh-1"]) {
    const options = optionsFor(server.port, { secrets: [secret] });
    const error = await failure(sshRun({ ...options, command: `set-password ${form}` }));
    expect(error.message).toMatch(
      /^a secret stands in an SSH command \(set-password \*\*\*=*\): hand it over by stdin$/,
    );
  }
  expect(server.commands).toEqual([]);
});

test("an abort ends a command at once with the signal's reason", async () => {
  const controller = new AbortController();
  const reason = new Error("the engine is gone");
  const server = await startSsh(() => controller.abort(reason));
  const options = optionsFor(server.port, { signal: controller.signal });
  expect(await failure(sshRun({ ...options, command: "sleep 1000" }))).toBe(reason);
});

/** A server that asks by keyboard-interactive, round after round; each answer must be the password. */
function asking(...rounds: { instructions?: string; prompts: string[]; echo?: boolean }[]) {
  const answered: string[] = [];
  const authenticate = (attempt: AuthContext) => {
    if (attempt.method !== "keyboard-interactive") return attempt.reject(["keyboard-interactive"]);
    const next = ([round, ...others]: typeof rounds) => {
      if (!round) {
        attempt.accept();
        return;
      }
      const prompts = round.prompts.map((prompt) => ({ prompt, echo: round.echo ?? false }));
      attempt.prompt(prompts, "", round.instructions ?? "", (answers) => {
        answered.push(...answers);
        if (answers.some((answer) => answer !== "Canary-Ssh-1")) attempt.reject();
        else next(others);
      });
    };
    next(rounds);
  };
  return { authenticate, answered };
}

const BY_HAND = "log in once by hand (ssh root@10.0.20.11), change the password, and put the new one into";

test("a password that the server wants changed is said to have expired, at once", async () => {
  const server = await startSsh(echo, {
    authenticate(attempt) {
      if (attempt.method === "password") attempt.requestChange("Your password has expired", () => {});
      else attempt.reject(["password"]);
    },
  });
  const error = await failure(sshRun({ ...optionsFor(server.port), command: "true" }));
  expect(error).toBeInstanceOf(PasswordExpired);
  expect(error.message).toMatch(
    /^Unable to log in by SSH as root at 10\.0\.20\.11:22: .*wants it changed: it has expired \("Your password has/,
  );
  expect(error.message).toContain(BY_HAND);
});

test.each([
  [["New password: "]],
  [["Retype new password: "]],
  [["(current) UNIX password: "]],
  [["Current password: "]],
  [["新的密码："]],
  [["Password: "], "You are required to change your password immediately (administrator enforced)."],
])("so is one when the questions are %j %s", async (prompts, instructions?: string) => {
  const { authenticate, answered } = asking({ prompts: ["Password: "] }, { prompts, instructions });
  const server = await startSsh(echo, { authenticate });
  const options = optionsFor(server.port, { tryKeyboard: true });
  expect(await failure(sshRun({ ...options, command: "true" }))).toBeInstanceOf(PasswordExpired);
  expect(answered).toEqual(["Canary-Ssh-1"]);
});

test("the command to change it by hand takes no user name for an option of ssh", async () => {
  const { authenticate } = asking({ prompts: ["New password: "] });
  const server = await startSsh(echo, { authenticate });
  const options = optionsFor(server.port, { tryKeyboard: true, username: "-oProxyCommand=x" });
  const error = await failure(sshRun({ ...options, command: "true" }));
  expect(error.message).toContain("(ssh -- -oProxyCommand=x@10.0.20.11)");
});

test("so is one with which the server lets in and runs nothing", async () => {
  const server = await startSsh((_command, channel) => {
    channel.stderr.write("WARNING: Your password has expired.\nPassword change required but no TTY available.\n");
    end(channel, 1);
  });
  const error = await failure(sshRun({ ...optionsFor(server.port), command: "true" }));
  expect(error).toBeInstanceOf(PasswordExpired);
  expect(error.message).toMatch(/^Unable to run `true` at 10\.0\.20\.11:22: .*it has expired/);
  expect(error.message).toContain(BY_HAND);
});

test.each([
  [["Verification code: "]],
  [["One-time password (OATH) for `root': "]],
  [["Password: ", "Token: "]],
  [["Say friend and enter: "]],
  [["Password: "], true],
  [["动态口令："]],
])(
  "a question for more than the password is an error of its own, and not answered: %j",
  async (prompts, echo?: boolean) => {
    const { authenticate, answered } = asking({ prompts, ...(echo && { echo }) });
    const server = await startSsh(() => {}, { authenticate });
    const error = await failure(sshRun({ ...optionsFor(server.port, { tryKeyboard: true }), command: "true" }));
    expect(error).toBeInstanceOf(UnknownPrompt);
    expect(error.message).toContain(
      `asks for more than the password ("${prompts.join(" ").replace(/\s+/g, " ").trim()}")`,
    );
    expect(answered).toEqual([]);
  },
);

test.each(["password:", "root@10.0.20.11's password: ", "Password for root: ", "密码：", "口令:"])(
  "%s is a question for the password",
  async (prompt) => {
    const instructions = "Warning: your password will expire in 3 days.";
    const { authenticate } = asking({ prompts: [prompt], instructions });
    const server = await startSsh(echo, { authenticate });
    const options = optionsFor(server.port, { tryKeyboard: true });
    expect(await sshRun({ ...options, command: "true" })).toMatchObject({ code: 3 });
  },
);

test("a command whose output has no end is given up", async () => {
  const piece = Buffer.alloc(256 * 1024, "x");
  const server = await startSsh((_command, channel) => {
    const more = () => {
      while (!channel.destroyed && channel.write(piece));
    };
    channel.on("drain", more);
    channel.on("error", () => {});
    more();
  });
  const error = await failure(sshRun({ ...optionsFor(server.port), command: "yes" }));
  expect(error).toBeInstanceOf(BadAnswer);
  expect(error.message).toContain("Unable to run `yes` at 10.0.20.11:22: it says more than 64 MiB");
});

test("a machine that asks for the password for ever is not answered for ever", async () => {
  const { authenticate, answered } = asking(...Array.from({ length: 50 }, () => ({ prompts: ["Password: "] })));
  const server = await startSsh(echo, { authenticate });
  const options = optionsFor(server.port, { tryKeyboard: true });
  const error = await failure(sshRun({ ...options, command: "true" }));
  expect(error).toBeInstanceOf(NotAuthorised);
  expect(error.message).toContain("10.0.20.11:22 asks for the password again and again: it does not accept it");
  expect(answered).toHaveLength(2);
});
