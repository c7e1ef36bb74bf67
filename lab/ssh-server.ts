import type { AddressInfo } from "node:net";
import { type Connection, Server, type ServerChannel, utils } from "ssh2";
import type { LabHost } from "./model";
import type { SiteServer } from "./site-server";
import type { SiteState } from "./site-state";

export interface SshServerOptions {
  site: SiteState;
  host: () => LabHost;
  hostKey: string;
  listen: { address: string; port: number };
}

/** A new host key, PEM. */
export function makeHostKey(): string {
  return utils.generateKeyPairSync("ed25519").private;
}

/** The SSH server of a host: accounts root and smartx, and the few commands that a deployment engineer needs. */
export async function startSshServer({ site, host, hostKey, listen }: SshServerOptions): Promise<SiteServer> {
  const clients = new Set<Connection>();
  const server = new Server({ hostKeys: [hostKey] }, (client) => {
    clients.add(client);
    client.on("close", () => clients.delete(client));
    client.on("error", () => client.end());
    if (!site.answers(host())) return client.end();
    let user = "";
    client.on("authentication", (attempt) => {
      const { passwords } = host();
      const known = attempt.username === "root" || attempt.username === "smartx";
      if (
        attempt.method === "password" &&
        known &&
        attempt.password === passwords[attempt.username as "root" | "smartx"]
      ) {
        user = attempt.username;
        attempt.accept();
      } else attempt.reject(["password"]);
    });
    client.on("session", (accept) => {
      const session = accept();
      session.on("pty", (yes) => yes?.());
      session.on("exec", (yes, _no, { command }) => run(site, host, user, command, yes()));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(listen.port, listen.address, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const client of clients) client.end();
      }),
  };
}

function run(site: SiteState, host: () => LabHost, user: string, command: string, channel: ServerChannel): void {
  let input = "";
  channel.on("data", (chunk: Buffer) => {
    input += chunk.toString();
  });
  const end = (code: number, out = "", err = "") => {
    channel.write(out);
    channel.stderr.write(err);
    channel.exit(code);
    channel.end();
  };
  const words = command.trim();
  // Facts, part A 8b: smartx may run chpasswd by sudo without a password.
  if (/^(sudo -n )?(\/usr\/sbin\/)?chpasswd$/.test(words)) {
    if (user !== "root" && !words.startsWith("sudo"))
      return end(1, "", "chpasswd: cannot lock /etc/passwd; try again later.\n");
    channel.on("end", () => end(...changePasswords(site, host(), input)));
    return;
  }
  if (words === "hostname") return end(0, `${host().hostname}\n`);
  if (words === "whoami") return end(0, `${user}\n`);
  if (words === "uname -a") return end(0, `Linux ${host().hostname} 4.19.90 #1 SMP x86_64 GNU/Linux\n`);
  if (words === "cat /etc/os-release") return end(0, 'NAME="openEuler"\nVERSION="20.03 (LTS-SP3)"\n');
  end(127, "", `bash: ${words.split(/\s/)[0]}: command not found\n`);
}

/** Lines `user:password`, as chpasswd reads them: all of them or none. */
function changePasswords(site: SiteState, host: LabHost, input: string): [code: number, out: string, err: string] {
  const lines = input.split("\n").filter(Boolean);
  const wanted = lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)] as const);
  const stranger = wanted.find(([user]) => user !== "root" && user !== "smartx");
  if (stranger) return [1, "", `chpasswd: line 1: user '${stranger[0]}' does not exist\n`];
  site.change((model) => {
    const at = model.hosts.find((each) => each.uuid === host.uuid) as LabHost;
    for (const [user, password] of wanted) at.passwords[user as "root" | "smartx"] = password;
  });
  return [0, "", ""];
}
