import { expect, test } from "vitest";
import { TOWER } from "../cloudtower/tower.fixture";
import { ssh } from "../ssh.fixture";
import { type Guest, withGuest } from "./guest.fixture";
import { CLOUDTOWER_PASSWORD } from "./guest-model";

const RESOLV = "nameserver 10.0.0.1\nnameserver 10.0.0.2\n";
const read = ({ out }: Guest) => out("cat /etc/resolv.conf");

test.each<[string, string | undefined]>([
  [`sudo -n sh -c "printf '%s\\n' 'nameserver 10.0.0.1' 'nameserver 10.0.0.2' > /etc/resolv.conf"`, undefined],
  [
    `bash -lc 'sudo -S sh -c "printf '"'"'%s\\n'"'"' '"'"'nameserver 10.0.0.1'"'"' '"'"'nameserver 10.0.0.2'"'"' > /etc/resolv.conf"'`,
    undefined,
  ],
  ["sudo -n tee /etc/resolv.conf > /dev/null", RESOLV],
  ["bash -lc 'sudo -n /usr/bin/tee /etc/resolv.conf'", RESOLV],
  ["sudo sh -c 'cat > /tmp/new && mv /tmp/new /etc/resolv.conf'", RESOLV],
  [`printf 'nameserver %s\\n' 10.0.0.1 10.0.0.2 | sudo tee /etc/resolv.conf`, undefined],
  [`sudo tee /etc/resolv.conf << 'END'\n${RESOLV}END`, undefined],
])("resolv.conf is written by %s", async (command, input) => {
  await withGuest({}, async (guest) => {
    expect(await guest.run("cat /etc/resolv.conf")).toMatchObject({ code: 1, err: expect.stringContaining("No such") });
    expect(await guest.out("sudo -S touch /etc/resolv.conf; cat /etc/resolv.conf")).toBe("");
    expect(await guest.run(command, input)).toMatchObject({ code: 0, err: "" });
    expect(await read(guest)).toBe(RESOLV);
    expect(guest.lab.requests().filter(({ operation }) => operation === "guestResolv")).toMatchObject([
      { method: "SSH", endpoint: "10.0.20.15:22", write: true, committed: true },
      { write: true, status: 0 },
    ]);
  });
});

test("only root writes in /etc, and the shell that redirects is not root's for sudo", async () => {
  await withGuest({}, async (guest) => {
    for (const command of [
      "touch /etc/resolv.conf",
      "sudo echo x > /etc/resolv.conf",
      "tee /etc/resolv.conf < /dev/null",
    ])
      expect(await guest.run(command)).toMatchObject({ code: 1, err: expect.stringContaining("Permission denied") });
    expect((await guest.run("test -e /etc/resolv.conf")).code).toBe(1);
  });
});

test.each<[string, string | undefined, number, string]>([
  ["sudo -n true", undefined, 1, "sudo: a password is required\n"],
  ["sudo true", "", 1, "sudo: a terminal is required"],
  ["sudo -S -p '' sh -c 'whoami > /tmp/who'", `${CLOUDTOWER_PASSWORD}\n`, 0, ""],
  ["bash -lc 'sudo -S tee /tmp/who'", `${CLOUDTOWER_PASSWORD}\nroot\n`, 0, "[sudo] password for cloudtower: "],
  ["sudo -S true", "wrong\n", 1, "Sorry, try again"],
])("where sudo asks for the password, %s with %j ends with %i", async (command, input, code, err) => {
  await withGuest({ switches: { towerSudo: "password" } }, async (guest) => {
    expect(await guest.run(command, input)).toMatchObject({ code, err: expect.stringContaining(err) });
    if (command.includes("/tmp/who")) expect(await guest.out("cat /tmp/who")).toBe("root\n");
  });
});

test("where sudo asks for no password, what is sent as one is what the program reads", async () => {
  await withGuest({}, async (guest) => {
    await guest.out("sudo -S tee /etc/resolv.conf", `${CLOUDTOWER_PASSWORD}\n${RESOLV}`);
    expect(await read(guest)).toBe(`${CLOUDTOWER_PASSWORD}\n${RESOLV}`);
  });
});

test("on a pty sudo asks there, and both outputs are one", async () => {
  await withGuest({ switches: { towerSudo: "password" } }, async (guest) => {
    const typed: [string, string][] = [["[sudo] password for cloudtower: ", `${CLOUDTOWER_PASSWORD}\n`]];
    const ran = await guest.run("bash -lc 'sudo whoami; cat none'", undefined, typed);
    expect(ran).toEqual({
      code: 1,
      out: "[sudo] password for cloudtower: \r\nroot\r\ncat: none: No such file or directory\r\n",
      err: "",
    });
  });
});

test.each<[string, string]>([
  ["tail -n 2 f", "two\nthree\n"],
  ["tail -1 f", "three\n"],
  ["tail -n +2 f", "two\nthree\n"],
  ["tail -c +5 f", "two\nthree\n"],
  ["tail -c 6 /home/cloudtower/f", "three\n"],
  ["head -n1 f", "one\n"],
  ["stat -c %s f", "14\n"],
  ["stat --format='%n %U' ~/f", "/home/cloudtower/f cloudtower\n"],
  ["wc -c f", "14 f\n"],
  ["wc -c < f", "14\n"],
  ["grep -c t f", "2\n"],
  ["ls", "f\n"],
  ["ls /usr/share/smartx/tower", "installer\npreinstall.sh\n"],
  ["test -e f && echo yes || echo no", "yes\n"],
  ["[ -s none ] && echo yes || echo no", "no\n"],
  ["! test -d /etc || echo folder", "folder\n"],
  ["if [ -f f ]; then echo file; else echo none; fi", "file\n"],
  ["(cd /tmp; echo x > g); cat /tmp/g; echo $?", "x\n0\n"],
  ['FILE=~/f; NAME="$FILE"; tail -n 1 "$NAME"', "three\n"],
  ["set -e; test -e none || echo none; (exit 3) || echo $?; cat none; echo never", "none\n3\n"],
  ["sudo -nH -u root --prompt= id -un", "root\n"],
  ['echo "[$(head -n 1 f)]"', "[one]\n"],
  ["echo a > g; echo b >> g; cat g f none 2> /dev/null", "a\nb\none\ntwo\nthree\n"],
  ["cat none > g 2>&1; cat g; rm -f g none", "cat: none: No such file or directory\n"],
  ["cp f /tmp; rm f; ls; cat /tmp/f | tail -n 1", "three\n"],
])("%s says %j", async (command, out) => {
  await withGuest({}, async (guest) => {
    await guest.out("printf '%s\\n' one two three > f");
    expect((await guest.run(command)).out).toBe(out);
  });
});

test.each([
  ["nonsense", 127, "bash: nonsense: command not found\n"],
  ["while true; do echo x; done", 127, "bash: While is nothing that the lab has\n"],
  ["echo $PATH", 127, "bash: $PATH is nothing that the lab expands\n"],
  ["while true; do echo x; done & true; exit 4", 4, "bash: While is nothing that the lab has\n"],
  ["echo 'half", 2, "bash: -c: unterminated single quote\n"],
  ["ls none", 2, "ls: cannot access 'none': No such file or directory\n"],
  ["/usr/share/smartx/tower/installer/binary/installer deploy", 126, "Permission denied"],
])("%s ends with %i", async (command, code, err) => {
  await withGuest({}, async (guest) => {
    expect(await guest.run(command)).toMatchObject({ code, err: expect.stringContaining(err) });
  });
});

test("another account or password is not let in", async () => {
  await withGuest({}, async ({ lab, run }) => {
    for (const [user, password] of [
      ["root", CLOUDTOWER_PASSWORD],
      ["cloudtower", "wrong"],
      ["constructor", ""],
    ] as const)
      await expect(ssh(lab, user, password, "true", undefined, undefined, TOWER)).rejects.toThrow(/authentication/);
    expect(await run("id -un")).toEqual({ code: 0, out: "cloudtower\n", err: "" });
  });
});

test("an account that somebody has added has a home of its own, and reads another's by sudo alone", async () => {
  await withGuest({}, async ({ lab, out }) => {
    lab.guest.change((guest) => {
      guest.opsPassword = "Canary-Ops-1";
    });
    await out("echo mine > f");
    const asOps = (command: string) => ssh(lab, "ops", "Canary-Ops-1", command, "", undefined, TOWER);
    expect((await asOps("id -un; echo $HOME; echo x > g; ls")).out).toBe("ops\n/home/ops\ng\n");
    expect(await asOps("cat ~cloudtower/f")).toMatchObject({
      code: 1,
      err: "cat: /home/cloudtower/f: Permission denied\n",
    });
    expect((await asOps("sudo -n cat ~cloudtower/f")).out).toBe("mine\n");
    expect(await out("cat /etc/machine-id")).toMatch(/^[0-9a-f]{32}\n$/);
  });
});

test("its account's password is changed as a host's is", async () => {
  await withGuest({}, async ({ lab, out }) => {
    await out("echo cloudtower:Canary-1 | sudo -n chpasswd");
    expect((await ssh(lab, "cloudtower", "Canary-1", "id -un", "", undefined, TOWER)).out).toBe("cloudtower\n");
    expect(lab.requests().filter(({ write, method }) => write && method === "SSH")).toMatchObject([
      { operation: "sshSetPasswords" },
    ]);
  });
});

test("the record keeps the programs of a line, and none of their arguments", async () => {
  await withGuest({}, async ({ lab, run }) => {
    lab.clearRequests();
    await run(`bash -lc 'sudo -S sh -c "printf Canary-1 > /tmp/x"' && PASSWORD=Canary-1 Canary~1`);
    expect(lab.requests().map(({ path }) => path)).toEqual(["bash sudo sh printf ***"]);
    expect(JSON.stringify(lab.requests())).not.toContain("Canary");
  });
});
