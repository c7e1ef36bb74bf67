import { generateKeyPairSync } from "node:crypto";
import { createServer, type Socket } from "node:net";
import { type ClientInfo, type Connection, Server } from "ssh2";
import type { Faults } from "./faults";
import { type ListenPlace, listenAt } from "./listen";
import type { Recorder } from "./record";
import type { SiteServer } from "./site-server";
import { SSH_OPERATIONS } from "./ssh-machine";
import { runSsh } from "./ssh-run";
import { sshTerminal } from "./ssh-terminal";
import { endpointOf, type SshEndpoint } from "./system";

export interface SshServerOptions {
  faults: Faults;
  recorder: Recorder;
  /** As the plan has it, with its machine. */
  endpoint: SshEndpoint;
  /** PEM; another one from some time on is what clients meet from then on. */
  hostKey: () => string;
  listen: ListenPlace;
}

/** A new host key, PEM. Of ssh2's own ed25519 keys one in a few hundred cannot be read back by ssh2 (1.17.0). */
export function makeHostKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "sec1", format: "pem" }).toString();
}

/** The SSH server of a machine. */
export async function startSshServer(options: SshServerOptions): Promise<SiteServer> {
  const { faults, recorder, hostKey, listen } = options;
  const { machine } = options.endpoint;
  const endpoint = endpointOf(options.endpoint);
  const sockets = new Set<Socket>();
  const withKey = (key: string) => new Server({ hostKeys: [key] }, serveClient);
  let key = hostKey();
  let ssh = withKey(key);
  function serveClient(client: Connection, { port }: ClientInfo): void {
    client.on("error", () => client.end());
    const lost = new AbortController();
    const gone = () => lost.abort();
    client.on("end", gone);
    client.on("close", gone);
    let user = "";
    const cut = () => void [...sockets].find((socket) => socket.remotePort === port)?.resetAndDestroy();
    client.on("authentication", (attempt) => {
      if (attempt.method !== "password") return attempt.reject(["password"]);
      const fault = faults.match(SSH_OPERATIONS.logIn, endpoint);
      if (fault?.drop) return cut();
      if (fault?.hang) return;
      const { username, password } = attempt;
      if (fault?.answer || password !== machine.passwordOf(username)) return attempt.reject(["password"]);
      user = username;
      attempt.accept();
    });
    client.on("session", (accept) => {
      const session = accept();
      let pty = false;
      session.on("pty", (yes) => {
        pty = true;
        yes?.();
      });
      session.on("exec", (yes, _no, { command }) => {
        if (!machine.answers()) {
          for (const socket of sockets) socket.destroy();
          return;
        }
        const terminal = sshTerminal(yes(), pty, () => !lost.signal.aborted);
        runSsh({ faults, recorder, endpoint, machine, user, cut, lost: lost.signal }, command.trim(), terminal).catch(
          (error: Error) => {
            terminal.err(`lab: ${error.message}\n`);
            terminal.end(255);
          },
        );
      });
    });
  }

  // The sockets are ours, so that a host without a network and a lab that stops can cut them.
  // SSH sends many small packets, each of which would wait for the one before to be acknowledged.
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    if (!machine.answers()) {
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
