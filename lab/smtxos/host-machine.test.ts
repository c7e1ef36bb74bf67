import { expect, test } from "vitest";
import { startLab } from "../lab";
import { deploy, FIRST, labPlan, SECOND, withLab } from "../lab.fixture";
import { FACTORY, ssh } from "../ssh.fixture";

test("commands end with their code though standard input stays open", async () => {
  await withLab({}, async (lab) => {
    expect(await ssh(lab, "smartx", FACTORY, "whoami", null)).toEqual({ code: 0, out: "smartx\n", err: "" });
    expect(await ssh(lab, "root", FACTORY, "hostname", null)).toEqual({
      code: 0,
      out: "localhost.localdomain\n",
      err: "",
    });
    expect(await ssh(lab, "root", FACTORY, "nonsense")).toEqual({
      code: 127,
      out: "",
      err: "bash: nonsense: command not found\n",
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
  ["smartx", "cat | sudo chpasswd"],
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

test.each<[string, string]>([
  ["echo 'smartx:Canary 1' | sudo -n /usr/sbin/chpasswd", "smartx"],
  ["printf '%s:%s\\n' root 'Canary 1' | sudo chpasswd", "root"],
  ["bash -lc 'sudo sh -c \"echo smartx:Canary\\ 1 | chpasswd\"'", "smartx"],
  ["echo 'root:Canary 1' > new && sudo chpasswd < new && rm new && ! test -e new", "root"],
])("smartx gives a password by %s on a pty, as in any shell", async (command, whose) => {
  await withLab({}, async (lab) => {
    expect(await ssh(lab, "smartx", FACTORY, command, undefined, [])).toEqual({ code: 0, out: "", err: "" });
    expect(lab.site.model.hosts[0]?.passwords).toMatchObject({ [whose]: "Canary 1" });
    expect(lab.requests()).toMatchObject([{ operation: "sshSetPasswords", write: true, committed: true }]);
  });
});

test("what is written on a host stays there, and a program takes its time", async () => {
  await withLab({ speed: "instant" }, async (lab, dir) => {
    await ssh(lab, "smartx", FACTORY, "sleep 60 && hostname > name", "");
    await lab.stop();
    const again = await startLab({ plan: labPlan(), dir });
    try {
      expect((await ssh(again, "root", FACTORY, "cat /home/smartx/name", "")).out).toBe("localhost.localdomain\n");
      expect((await ssh(again, "smartx", FACTORY, "cat name", "", undefined, SECOND)).code).toBe(1);
    } finally {
      await again.stop();
    }
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

test("the record keeps no arguments of a command, nor a word that may hold a secret", async () => {
  await withLab({}, async (lab) => {
    for (const command of ["echo 'root:Canary-1' | chpasswd", "PASSWORD=Canary-1 Canary~1", "echo Canary-1 > /tmp/x"])
      await ssh(lab, "smartx", FACTORY, command);
    expect(lab.requests().map(({ path }) => path)).toEqual(["echo chpasswd", "***", "echo"]);
    expect(JSON.stringify(lab.requests())).not.toContain("Canary");
  });
});
