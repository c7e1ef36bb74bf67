import { generateKeyPairSync } from "node:crypto";
import { createServer, type Socket } from "node:net";
import { type Connection, Server, type ServerChannel } from "ssh2";
import { type ListenPlace, listenAt } from "./listen";
import type { LabHost } from "./model";
import type { SiteServer } from "./site-server";
import type { SiteState } from "./site-state";

export interface SshServerOptions {
  site: SiteState;
  /** `10.0.20.101:22`, as the plan has it. */
  endpoint: string;
  host: () => LabHost;
  /** PEM; another one from some time on is what clients meet from then on. */
  hostKey: () => string;
  listen: ListenPlace;
}

/** A new host key, PEM. Of ssh2's own ed25519 keys one in a few hundred cannot be read back by ssh2 (1.17.0). */
export function makeHostKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "sec1", format: "pem" }).toString();
}

/** The SSH server of a host: accounts root and smartx, and the few commands that a deployment engineer needs. */
export async function startSshServer({ site, endpoint, host, hostKey, listen }: SshServerOptions): Promise<SiteServer> {
  const sockets = new Set<Socket>();
  const withKey = (key: string) => new Server({ hostKeys: [key] }, serveClient);
  let key = hostKey();
  let ssh = withKey(key);
  function serveClient(client: Connection): void {
    client.on("error", () => client.end());
    let connected = true;
    const gone = () => {
      connected = false;
    };
    client.on("end", gone);
    client.on("close", gone);
    let user = "";
    client.on("authentication", (attempt) => {
      if (attempt.method === "password" && attempt.password === passwordOf(host(), attempt.username)) {
        user = attempt.username;
        attempt.accept();
      } else attempt.reject(["password"]);
    });
    client.on("session", (accept) => {
      const session = accept();
      session.on("pty", (yes) => yes?.());
      session.on("exec", (yes, _no, { command }) => {
        if (site.answers(host())) run({ site, host, user, command: command.trim(), connected: () => connected }, yes());
        else for (const socket of sockets) socket.destroy();
      });
    });
  }
  // The sockets are ours, so that a host without a network and a lab that stops can cut them.
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    if (!site.answers(host())) {
      socket.destroy();
      return;
    }
    if (key !== hostKey()) {
      key = hostKey();
      ssh = withKey(key);
    }
    ssh.injectSocket(socket);
  });
  return {
    port: await listenAt(server, endpoint, listen),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

interface Command {
  site: SiteState;
  host: () => LabHost;
  user: string;
  command: string;
  connected: () => boolean;
}

function run(call: Command, channel: ServerChannel): void {
  const end = ({ code, out = "", err = "" }: Ended) => {
    channel.write(out);
    channel.stderr.write(err);
    channel.exit(code);
    channel.end();
  };
  let input = "";
  channel.on("data", (chunk: Buffer) => {
    input += chunk.toString();
  });
  // chpasswd reads its input to the end; the others do not wait for it.
  if (/^(sudo -n )?(\/usr\/sbin\/)?chpasswd$/.test(call.command)) {
    channel.on("end", () => {
      // A channel also ends with its connection: then the input may be half of what was meant.
      if (call.connected()) end(chpasswd(call, input));
    });
  } else end(answered(call));
}

interface Ended {
  code: number;
  out?: string;
  err?: string;
}

function answered({ host, user, command }: Command): Ended {
  const { hostname } = host();
  if (command === "hostname") return { code: 0, out: `${hostname}\n` };
  if (command === "whoami") return { code: 0, out: `${user}\n` };
  if (command === "uname -a") return { code: 0, out: `Linux ${hostname} 4.19.90 #1 SMP x86_64 GNU/Linux\n` };
  if (command === "cat /etc/os-release") return { code: 0, out: 'NAME="openEuler"\nVERSION="20.03 (LTS-SP3)"\n' };
  return { code: 127, err: `bash: ${command.split(/\s/)[0]}: command not found\n` };
}

/** Lines `user:password`: all of them or none. smartx needs sudo, which asks for no password (facts, part A 8b). */
function chpasswd({ site, host, user, command }: Command, input: string): Ended {
  if (user !== "root" && !command.startsWith("sudo"))
    return { code: 1, err: "chpasswd: cannot lock /etc/passwd; try again later.\n" };
  const wanted: { name: "root" | "smartx"; password: string }[] = [];
  for (const [index, line] of input.split("\n").filter(Boolean).entries()) {
    const colon = line.indexOf(":");
    if (colon < 0) return { code: 1, err: `chpasswd: line ${index + 1}: missing new password\n` };
    const name = line.slice(0, colon);
    if (name !== "root" && name !== "smartx")
      return { code: 1, err: `chpasswd: line ${index + 1}: user '${name}' does not exist\n` };
    wanted.push({ name, password: line.slice(colon + 1) });
  }
  const { uuid } = host();
  site.change((model) => {
    const passwords = model.hosts.find((each) => each.uuid === uuid)?.passwords;
    for (const { name, password } of wanted) if (passwords) passwords[name] = password;
  });
  return { code: 0 };
}

function passwordOf({ passwords }: LabHost, user: string): string | undefined {
  return user === "root" || user === "smartx" ? passwords[user] : undefined;
}
