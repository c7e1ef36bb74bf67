import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "ssh2";
import { expect, test } from "vitest";
import { type Lab, startLab } from "./lab";
import { ask, deploy, deployRequest, FIRST, labPlan, withLab } from "./lab.fixture";
import { FACTORY, ssh } from "./ssh.fixture";

test.each([
  ["root", "nonsense"],
  ["smartx", ""],
  ["admin", FACTORY],
])("%s with a wrong password or name is not let in", async (user, password) => {
  await withLab({}, async (lab) => {
    await expect(ssh(lab, user, password, "whoami")).rejects.toThrow(/authentication methods failed/);
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

test("a command does not end before its client could write to it, and at once when the client ends its input", async (context) => {
  await withLab({}, async (lab) => {
    const [host, port] = (lab.reach.endpoints[`${FIRST}:22`] as string).split(":");
    const client = new Client();
    const order: string[] = [];
    let took = 0;
    await new Promise<void>((resolve, reject) => {
      client.once("error", reject);
      client.once("ready", () =>
        client.exec("sudo -S true", { pty: true }, (error, first) => {
          if (error) return reject(error);
          const start = performance.now();
          first.on("exit", () => order.push("first")).once("close", resolve);
          // A whole other command passes before the client writes.
          client.exec("true", (wrong, second) => {
            if (wrong) return reject(wrong);
            second.on("exit", () => order.push("second"));
            second.once("close", () => {
              took = performance.now() - start;
              first.end(`${FACTORY}\n`);
            });
            second.resume().end();
          });
          first.resume();
        }),
      );
      client.connect({ host, port: Number(port), username: "smartx", password: FACTORY });
    }).finally(() => client.end());
    // A client that is kept from writing for longer than a command lives finds that it has ended.
    if (took > 200) return context.skip("the machine is too busy to tell");
    expect(order).toEqual(["second", "first"]);
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

test("a change that cannot be kept is no success, over SSH or HTTP, and what changes nothing is answered all the same", async () => {
  await withLab({}, async (lab, dir) => {
    const inTheWay = join(dir, `state.json.${process.pid}.new`);
    mkdirSync(inTheWay);
    const { code, err } = await ssh(lab, "root", FACTORY, "chpasswd", "root:Canary-Root-9\n");
    expect(code).not.toBe(0);
    expect(err).toContain("state.json");
    expect((await ask(lab, "GET", `/api/v2/deployment/host/deploy_status?host_ip=${FIRST}`)).status).toBe(200);
    rmSync(inTheWay, { recursive: true });
    expect((await ssh(lab, "root", "Canary-Root-9", "chpasswd", "root:Canary-Root-10\n")).code).toBe(0);
    expect(readFileSync(join(dir, "state.json"), "utf8")).toContain("Canary-Root-10");
  });
});

test("a lab that cannot be kept when it stops says so, and leaves its folder to the next one", async () => {
  const dir = mkdtempSync(join(tmpdir(), "lab-"));
  const options = { plan: labPlan(), dir, speed: "instant" } as const;
  const lab = await startLab(options);
  const inTheWay = join(dir, `state.json.${process.pid}.new`);
  mkdirSync(inTheWay);
  await expect(lab.stop()).rejects.toThrow("state.json");
  rmSync(inTheWay, { recursive: true });
  await (await startLab(options)).stop();
  rmSync(dir, { recursive: true });
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
    waiting = ssh(lab, "root", FACTORY, "chpasswd", null).catch((error: Error) => error.message);
    expect((await ssh(lab, "root", FACTORY, "whoami")).code).toBe(0);
  });
  expect(await waiting).toMatch(/closed|ECONNRESET/);
});

test("passwords outlive a restart, also those that somebody changed by hand", async () => {
  await withLab({}, async (lab, dir) => {
    await ssh(lab, "root", FACTORY, "chpasswd", "root:by chpasswd\n");
    lab.smtxos.setHostPassword(FIRST, "smartx", "by hand");
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
