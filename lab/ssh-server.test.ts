import { Client } from "ssh2";
import { expect, test } from "vitest";
import { type Lab, startLab } from "./lab";
import { ask, deploy, deployRequest, FIRST, labPlan, SECOND, withLab } from "./lab.fixture";

const FACTORY = "P@ssw0rd!123";

interface Ran {
  code: number;
  out: string;
  err: string;
}

/** Runs one command. `input` is sent and ended; without it standard input stays open. */
function ssh(lab: Lab, username: string, password: string, command: string, input?: string): Promise<Ran> {
  const [host, port] = (lab.reach.endpoints[`${FIRST}:22`] as string).split(":");
  const client = new Client();
  return new Promise<Ran>((resolve, reject) => {
    client.on("error", reject);
    client.on("close", () => reject(new Error("closed before the command ended")));
    client.on("ready", () =>
      client.exec(command, (error, stream) => {
        if (error) return reject(error);
        const ran: Ran = { code: -1, out: "", err: "" };
        stream.on("data", (chunk: Buffer) => {
          ran.out += chunk.toString();
        });
        stream.stderr.on("data", (chunk: Buffer) => {
          ran.err += chunk.toString();
        });
        stream.on("exit", (code: number) => {
          ran.code = code;
        });
        stream.on("close", () => resolve(ran));
        if (input !== undefined) stream.end(input);
      }),
    );
    client.connect({ host, port: Number(port), username, password });
  }).finally(() => client.end());
}

test.each([
  ["root", "nonsense"],
  ["smartx", ""],
  ["admin", FACTORY],
])("%s with a wrong password or name is not let in", async (user, password) => {
  await withLab({}, async (lab) => {
    await expect(ssh(lab, user, password, "whoami")).rejects.toThrow(/authentication methods failed/);
  });
});

test("commands end with their code though standard input stays open", async () => {
  await withLab({}, async (lab) => {
    expect(await ssh(lab, "smartx", FACTORY, "whoami")).toEqual({ code: 0, out: "smartx\n", err: "" });
    expect(await ssh(lab, "root", FACTORY, "hostname")).toEqual({ code: 0, out: "localhost.localdomain\n", err: "" });
    expect(await ssh(lab, "root", FACTORY, "rm -rf /")).toEqual({
      code: 127,
      out: "",
      err: "bash: rm: command not found\n",
    });
    await deploy(lab);
    lab.site.advance();
    expect((await ssh(lab, "root", FACTORY, "hostname")).out).toBe("node-01\n");
  });
});

test.each([
  ["root", "chpasswd"],
  ["root", "/usr/sbin/chpasswd"],
  ["smartx", "sudo -n /usr/sbin/chpasswd"],
])("%s changes both passwords by %s", async (user, command) => {
  await withLab({}, async (lab) => {
    const ran = await ssh(lab, user, FACTORY, command, "root:new:'\"$ root\nsmartx:new smartx\n");
    expect(ran).toEqual({ code: 0, out: "", err: "" });
    expect((await ssh(lab, "root", "new:'\"$ root", "whoami")).out).toBe("root\n");
    expect((await ssh(lab, "smartx", "new smartx", "whoami")).out).toBe("smartx\n");
    await expect(ssh(lab, user, FACTORY, "whoami")).rejects.toThrow(/authentication/);
    const untouched = lab.site.model.hosts.find((host) => host.managementIp === SECOND);
    expect(untouched?.passwords).toEqual({ root: FACTORY, smartx: FACTORY });
  });
});

test.each([
  ["smartx without sudo", "smartx", "chpasswd", "smartx:new\n", /cannot lock/],
  ["an unknown user in line 2", "root", "chpasswd", "root:new\nadmin:new\n", /line 2: user 'admin' does not exist/],
  ["a line without a colon", "root", "chpasswd", "root:new\nsmartx\n", /line 2: missing new password/],
])("chpasswd with %s changes nothing", async (_what, user, command, input, error) => {
  await withLab({}, async (lab) => {
    const ran = await ssh(lab, user, FACTORY, command, input);
    expect(ran.code).toBe(1);
    expect(ran.err).toMatch(error);
    expect((await ssh(lab, "root", FACTORY, "whoami")).code).toBe(0);
    expect((await ssh(lab, "smartx", FACTORY, "whoami")).code).toBe(0);
  });
});

test("chpasswd changes nothing when the connection breaks before the end of its input", async () => {
  await withLab({}, async (lab) => {
    const [host, port] = (lab.reach.endpoints[`${FIRST}:22`] as string).split(":");
    const client = new Client();
    await new Promise((resolve, reject) => {
      client.once("error", reject);
      client.once("close", () => resolve(undefined));
      client.once("ready", () =>
        client.exec("chpasswd", (error, stream) => {
          if (error) return reject(error);
          // The line is whole, so that only the missing end of input can hold it back.
          stream.write("root:new\n", "utf8", () => client.end());
        }),
      );
      client.connect({ host, port: Number(port), username: "root", password: FACTORY });
    });
    expect((await ssh(lab, "root", FACTORY, "whoami")).code).toBe(0);
  });
});

test("a deployment with another password blob leaves the accounts as they were", async () => {
  await withLab({}, async (lab) => {
    await ssh(lab, "root", FACTORY, "chpasswd", "root:Canary-1\n");
    const body = await deployRequest(lab, labPlan());
    for (const each of body.hosts) for (const account of each.host_passwords) account.password = "c+G6LrUapumAyo8=";
    expect((await ask(lab, "POST", "/api/v2/deployment/cluster", { body })).body.ec).toBe("EOK");
    lab.site.advance();
    expect((await ssh(lab, "root", "Canary-1", "hostname")).out).toBe("node-01\n");
  });
});

test("a host that is cut off takes no SSH connection", async () => {
  await withLab({ speed: 0 }, async (lab) => {
    await deploy(lab);
    lab.site.pass(3);
    await expect(ssh(lab, "root", FACTORY, "whoami")).rejects.toThrow(/ECONNRESET|ended|closed|lost/i);
    lab.site.pass(2);
    expect((await ssh(lab, "root", FACTORY, "whoami")).code).toBe(0);
  });
});

test("a deployment gives both accounts the factory password, which is what its known blob stands for", async () => {
  await withLab({}, async (lab) => {
    await ssh(lab, "root", FACTORY, "chpasswd", "root:other root\nsmartx:other smartx\n");
    await deploy(lab);
    lab.site.advance();
    for (const user of ["root", "smartx"]) expect((await ssh(lab, user, FACTORY, "whoami")).out).toBe(`${user}\n`);
  });
});

test.each([false, true])(
  "with newHostKeys %s a deployment changes the host key so, and a restart does not",
  async (changes) => {
    const switches = { newHostKeys: changes };
    await withLab({ switches }, async (lab, dir) => {
      const factory = await hostKeyOf(lab);
      expect(await hostKeyOf(lab)).toBe(factory);
      await deploy(lab);
      lab.site.advance();
      const deployed = await hostKeyOf(lab);
      expect(deployed !== factory).toBe(changes);
      await lab.stop();
      const again = await startLab({ plan: labPlan(), dir, switches });
      try {
        expect(await hostKeyOf(again)).toBe(deployed);
      } finally {
        await again.stop();
      }
    });
  },
);

/** SHA-256 of the first host's key, as a client sees it. */
function hostKeyOf(lab: Lab): Promise<string> {
  const [host, port] = (lab.reach.endpoints[`${FIRST}:22`] as string).split(":");
  const client = new Client();
  return new Promise((resolve, reject) => {
    client.on("error", reject);
    client.connect({
      host,
      port: Number(port),
      username: "root",
      hostHash: "sha256",
      hostVerifier: (hash: string) => {
        resolve(hash);
        client.removeAllListeners("error").on("error", () => {});
        return false;
      },
    });
  }).finally(() => client.end()) as Promise<string>;
}

test("a lab stops while SSH clients are connected", async () => {
  let waiting: Promise<unknown> = Promise.resolve();
  await withLab({}, async (lab) => {
    // chpasswd waits for the end of its input, which never comes.
    waiting = ssh(lab, "root", FACTORY, "chpasswd").catch((error: Error) => error.message);
    expect((await ssh(lab, "root", FACTORY, "whoami")).code).toBe(0);
  });
  expect(await waiting).toMatch(/closed|ECONNRESET/);
});
