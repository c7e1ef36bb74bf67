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

/**
 * Runs one command. `input` is sent and ended; without it standard input stays open. On a `pty` each pair of a
 * prompt and a line is typed as it comes.
 */
function ssh(
  lab: Lab,
  username: string,
  password: string,
  command: string,
  input?: string,
  pty?: [prompt: string, line: string][],
): Promise<Ran> {
  const [host, port] = (lab.reach.endpoints[`${FIRST}:22`] as string).split(":");
  const client = new Client();
  return new Promise<Ran>((resolve, reject) => {
    client.on("error", reject);
    client.on("close", () => reject(new Error("closed before the command ended")));
    client.on("ready", () =>
      client.exec(command, pty ? { pty: true } : {}, (error, stream) => {
        if (error) return reject(error);
        const ran: Ran = { code: -1, out: "", err: "" };
        const typed = [...(pty ?? [])];
        stream.on("data", (chunk: Buffer) => {
          ran.out += chunk.toString();
          const [next] = typed;
          if (next && ran.out.endsWith(next[0])) {
            typed.shift();
            stream.write(next[1]);
          }
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

test.each<[string, string, string, [string, string][], string]>([
  [
    "smartx",
    "passwd",
    "smartx",
    [
      ["Current password: ", `${FACTORY}\n`],
      ["New password: ", "new one\n"],
      ["Retype new password: ", "new one\n"],
    ],
    "Changing password for user smartx.\r\nCurrent password: \r\nNew password: \r\nRetype new password: \r\npasswd: all authentication tokens updated successfully.\r\n",
  ],
  [
    "smartx",
    "sudo passwd root",
    "root",
    [
      ["New password: ", "new one\r"],
      ["Retype new password: ", "new one\r"],
    ],
    "Changing password for user root.\r\nNew password: \r\nRetype new password: \r\npasswd: all authentication tokens updated successfully.\r\n",
  ],
  [
    "root",
    "passwd smartx",
    "smartx",
    [
      ["New password: ", "new one\n"],
      ["Retype new password: ", "new one\n"],
    ],
    "Changing password for user smartx.\r\nNew password: \r\nRetype new password: \r\npasswd: all authentication tokens updated successfully.\r\n",
  ],
])(
  "%s changes a password by %s on a pty, of %s, and nothing typed is echoed",
  async (user, command, whose, typed, out) => {
    await withLab({}, async (lab) => {
      expect(await ssh(lab, user, FACTORY, command, undefined, typed)).toEqual({ code: 0, out, err: "" });
      expect((await ssh(lab, whose, "new one", "whoami")).out).toBe(`${whose}\n`);
      const other = whose === "root" ? "smartx" : "root";
      expect((await ssh(lab, other, FACTORY, "whoami")).out).toBe(`${other}\n`);
      expect(lab.requests().filter(({ write }) => write)).toMatchObject([
        { method: "SSH", operation: "sshSetPasswords", endpoint: `${FIRST}:22`, committed: true, status: 0 },
      ]);
      expect(JSON.stringify(lab.requests())).not.toContain("new one");
    });
  },
);

test.each<[string, string, string, RegExp, number]>([
  ["a wrong old password", "passwd", "wrong\nnew\nnew\n", /token manipulation error/, 10],
  ["two different new ones", "passwd", `${FACTORY}\nnew\nother\n`, /do not match/, 10],
  ["too little input", "passwd", `${FACTORY}\n`, /token manipulation error/, 10],
  ["another's name", "passwd root", "", /Only root can specify/, 1],
  ["an unknown name", "sudo passwd admin", "", /Unknown user name 'admin'/, 1],
])("passwd with %s changes nothing", async (_what, command, input, err, code) => {
  await withLab({}, async (lab) => {
    const ran = await ssh(lab, "smartx", FACTORY, command, input);
    expect(ran).toMatchObject({ code, err: expect.stringMatching(err) });
    expect(lab.site.model.hosts[0]?.passwords).toEqual({ root: FACTORY, smartx: FACTORY });
    expect(lab.requests().at(-1)).toMatchObject({ write: true, committed: false, status: code });
  });
});

const LINES = "root:new root\nsmartx:new smartx\n";

test.each<[string, string, number, string]>([
  ["sudo -n chpasswd", LINES, 1, "sudo: a password is required\n"],
  ["sudo chpasswd", LINES, 1, "sudo: a terminal is required to read the password"],
  ["sudo -S -p '' chpasswd", `${FACTORY}\n${LINES}`, 0, ""],
  ["sudo -S -p '' chpasswd", `wrong\n${FACTORY}\n${LINES}`, 0, "Sorry, try again.\n"],
  ["sudo -S chpasswd", "wrong\n", 1, "[sudo] password for smartx: Sorry, try again.\n"],
])("where sudo asks smartx for its password, %s with %j ends with %i", async (command, input, code, err) => {
  await withLab({ switches: { smartxSudo: "password" } }, async (lab) => {
    const ran = await ssh(lab, "smartx", FACTORY, command, input);
    expect(ran).toMatchObject({ code, err: expect.stringContaining(err) });
    expect(lab.site.model.hosts[0]?.passwords).toEqual(
      code === 0 ? { root: "new root", smartx: "new smartx" } : { root: FACTORY, smartx: FACTORY },
    );
  });
});

test("where sudo asks smartx for its password it does so on a pty too, and chpasswd there echoes what is typed", async () => {
  await withLab({ switches: { smartxSudo: "password" } }, async (lab) => {
    const typed: [string, string][] = [["[sudo] password for smartx: ", `${FACTORY}\nroot:new\n\x04`]];
    const ran = await ssh(lab, "smartx", FACTORY, "sudo chpasswd", undefined, typed);
    expect(ran).toEqual({ code: 0, out: "[sudo] password for smartx: \r\nroot:new\r\n", err: "" });
    expect((await ssh(lab, "root", "new", "id -u")).out).toBe("0\n");
  });
});

test.each([
  ["true", ""],
  ["id", "uid=1000(smartx) gid=1000(smartx) groups=1000(smartx)\n"],
  ["sudo -n id -u", "0\n"],
  ["sudo -n whoami", "root\n"],
  ["/usr/bin/id -un", "smartx\n"],
])("smartx may ask %s, which is no write", async (command, out) => {
  await withLab({}, async (lab) => {
    expect(await ssh(lab, "smartx", FACTORY, command)).toEqual({ code: 0, out, err: "" });
    expect(lab.requests()).toMatchObject([{ method: "SSH", operation: "sshCommand", write: false, status: 0 }]);
  });
});

test("passwords outlive a restart, also those that somebody changed by hand", async () => {
  await withLab({}, async (lab, dir) => {
    await ssh(lab, "root", FACTORY, "chpasswd", "root:by chpasswd\n");
    lab.site.setHostPassword(FIRST, "smartx", "by hand");
    await lab.stop();
    const again = await startLab({ plan: labPlan(), dir });
    try {
      expect((await ssh(again, "root", "by chpasswd", "whoami")).out).toBe("root\n");
      expect((await ssh(again, "smartx", "by hand", "whoami")).out).toBe("smartx\n");
    } finally {
      await again.stop();
    }
  });
});

test.each([
  ["drop", "before-commit", FACTORY],
  ["drop", "after-commit", "new"],
  ["lostUpdate", true, FACTORY],
  ["answer", { status: 1, body: "chpasswd: failure while writing changes" }, FACTORY],
] as const)("by a fault of %s %j the password is afterwards %s", async (what, how, expected) => {
  await withLab({ faults: [{ operation: "sshSetPasswords", count: 1, [what]: how }] }, async (lab) => {
    const ran = await ssh(lab, "root", FACTORY, "chpasswd", "root:new\n").catch((error: Error) => error.message);
    if (what === "lostUpdate") expect(ran).toEqual({ code: 0, out: "", err: "" });
    else if (what === "answer")
      expect(ran).toMatchObject({ code: 1, err: "chpasswd: failure while writing changes\n" });
    else expect(ran).toMatch(/ECONNRESET|closed/);
    expect((await ssh(lab, "root", expected, "whoami")).out).toBe("root\n");
    expect(lab.faultsApplied()).toEqual([1]);
  });
});

test("by a fault a right password is refused, or the connection breaks at log-in", async () => {
  const [refused, broken] = [{ answer: { status: 401 } }, { drop: "before-commit" }] as const;
  const faults = [refused, broken].map((fault) => ({ operation: "sshLogIn", count: 1, ...fault }));
  await withLab({ faults }, async (lab) => {
    await expect(ssh(lab, "root", FACTORY, "whoami")).rejects.toThrow(/authentication/);
    await expect(ssh(lab, "root", FACTORY, "whoami")).rejects.toThrow(/ECONNRESET|closed/);
    expect((await ssh(lab, "root", FACTORY, "whoami")).code).toBe(0);
  });
});

test("an account that the host does not know, under a name that objects have, is not let in", async () => {
  await withLab({}, async (lab) => {
    await expect(ssh(lab, "constructor", FACTORY, "whoami")).rejects.toThrow(/authentication/);
    expect((await ssh(lab, "root", FACTORY, "toString")).code).toBe(127);
  });
});

test("the record keeps no arguments of a command, nor a word that may hold a secret", async () => {
  await withLab({}, async (lab) => {
    for (const command of ["echo 'root:Canary-1' | chpasswd", "PASSWORD=Canary-1 chpasswd"])
      expect((await ssh(lab, "root", FACTORY, command)).code).toBe(127);
    expect(lab.requests().map(({ path }) => path)).toEqual(["echo", "***"]);
  });
});
