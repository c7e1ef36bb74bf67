import type { LabHost } from "./model";
import type { SiteState } from "./site-state";
import { SSH_OPERATIONS, type SshCommand, type SshMachine, type SshSession, shownProgram } from "./ssh-machine";
import type { SshTerminal } from "./ssh-terminal";
import { becomesRoot, readSudo, type Sudo } from "./sudo";

type Account = keyof LabHost["passwords"];

/** A host as SSH has it: accounts root and smartx, and the few commands that a deployment engineer needs. */
export function hostMachine(site: SiteState, host: () => LabHost): SshMachine {
  return {
    answers: () => site.answers(host()),
    passwordOf: (user) => (isAccount(user) ? host().passwords[user] : undefined),
    read: (text) => readHostCommand(site, host, text),
  };
}

function isAccount(name: string): name is Account {
  return name === "root" || name === "smartx";
}

function readHostCommand(site: SiteState, host: () => LabHost, text: string): SshCommand {
  const line = readCommand(text);
  const write = line.words[0] === "chpasswd" || line.words[0] === "passwd";
  return {
    operation: write ? SSH_OPERATIONS.passwords : SSH_OPERATIONS.other,
    write,
    shown: [...(line.sudo ? ["sudo"] : []), shownProgram(line.words[0] ?? "")].join(" "),
    run: ({ user, terminal, fault }: SshSession) =>
      runCommand({ site, host, user: user as Account, terminal, takesEffect: !fault.lostUpdate }, line),
  };
}

/** One command on a host. */
interface HostCommand {
  site: SiteState;
  host: () => LabHost;
  user: Account;
  terminal: SshTerminal;
  /** Whether passwords are really changed. */
  takesEffect: boolean;
}

/** A command line taken apart: `sudo` with its options, and what is run. */
interface CommandLine {
  sudo?: Sudo;
  /** The program without its folder, and its arguments. */
  words: string[];
}

function readCommand(text: string): CommandLine {
  const words = [...text.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map((each) => each[1] ?? each[2] ?? each[3] ?? "");
  if (words[0] !== "sudo") return { words: withoutFolder(words) };
  const { sudo, words: rest } = readSudo(words);
  return { sudo, words: withoutFolder(rest) };
}

function withoutFolder([program = "", ...more]: string[]): string[] {
  return [program.replace(/^\/usr\/s?bin\/|^\/s?bin\//, ""), ...more];
}

/** Runs a command. Returns its exit code and whether passwords were changed. */
async function runCommand(call: HostCommand, line: CommandLine): Promise<{ code: number; changed: boolean }> {
  const as = line.sudo ? await becomeRoot(call, line.sudo) : call.user;
  if (!as) return { code: 1, changed: false };
  if (line.words[0] === "chpasswd") return chpasswd(call, as);
  if (line.words[0] === "passwd") return passwd(call, as, line.words.slice(1));
  return { code: answered(call, as, line.words.join(" ")), changed: false };
}

/** Whether smartx needs its password for sudo is not told but by a public client that sends `sudo -n`: a switch. */
async function becomeRoot({ site, host, user, terminal }: HostCommand, sudo: Sudo): Promise<Account | undefined> {
  const free = site.switches.smartxSudo === "free";
  const is = await becomesRoot({ user, password: host().passwords[user], free, terminal }, sudo);
  return is ? "root" : undefined;
}

function answered({ host, terminal }: HostCommand, as: Account, command: string): number {
  const { hostname } = host();
  const id = as === "root" ? 0 : 1000;
  const known: Record<string, string> = {
    true: "",
    hostname: `${hostname}\n`,
    whoami: `${as}\n`,
    id: `uid=${id}(${as}) gid=${id}(${as}) groups=${id}(${as})\n`,
    "id -u": `${id}\n`,
    "id -un": `${as}\n`,
    "uname -a": `Linux ${hostname} 4.19.90 #1 SMP x86_64 GNU/Linux\n`,
    "cat /etc/os-release": 'NAME="openEuler"\nVERSION="20.03 (LTS-SP3)"\n',
  };
  const out = Object.hasOwn(known, command) ? known[command] : undefined;
  if (out === undefined) terminal.err(`bash: ${command.split(/\s/)[0]}: command not found\n`);
  else if (out) terminal.out(out);
  return out === undefined ? 127 : 0;
}

/** Lines `user:password`: all of them or none. */
async function chpasswd(call: HostCommand, as: Account): Promise<{ code: number; changed: boolean }> {
  const refused = (err: string) => {
    call.terminal.err(`chpasswd: ${err}\n`);
    return { code: 1, changed: false };
  };
  const input = await call.terminal.rest();
  if (as !== "root") return refused("cannot lock /etc/passwd; try again later.");
  const wanted: Partial<LabHost["passwords"]> = {};
  for (const [index, line] of input.split("\n").filter(Boolean).entries()) {
    const colon = line.indexOf(":");
    if (colon < 0) return refused(`line ${index + 1}: missing new password`);
    const name = line.slice(0, colon);
    if (name !== "root" && name !== "smartx") return refused(`line ${index + 1}: user '${name}' does not exist`);
    wanted[name] = line.slice(colon + 1);
  }
  return { code: 0, changed: setPasswords(call, wanted) };
}

/** The runbook's way (stage 03 批量配置主机密码): the own account's old password is asked for, root's word is taken. */
async function passwd(
  call: HostCommand,
  as: Account,
  [name = as]: string[],
): Promise<{ code: number; changed: boolean }> {
  const { terminal, host } = call;
  const refused = (err: string, code: number) => {
    terminal.err(`passwd: ${err}\n`);
    return { code, changed: false };
  };
  if (name !== "root" && name !== "smartx") return refused(`Unknown user name '${name}'.`, 1);
  if (as !== "root" && name !== as) return refused("Only root can specify a user name.", 1);
  const ask = async (prompt: string) => {
    terminal.err(prompt);
    const given = await terminal.secretLine();
    if (terminal.pty) terminal.err("\n");
    return given;
  };
  terminal.out(`Changing password for user ${name}.\n`);
  const failed = "Authentication token manipulation error";
  if (as !== "root" && (await ask("Current password: ")) !== host().passwords[name]) return refused(failed, 10);
  const password = await ask("New password: ");
  const again = await ask("Retype new password: ");
  if (!password) return refused(failed, 10);
  if (password !== again) {
    terminal.err("Sorry, passwords do not match.\n");
    return refused(failed, 10);
  }
  const changed = setPasswords(call, { [name]: password });
  terminal.out("passwd: all authentication tokens updated successfully.\n");
  return { code: 0, changed };
}

function setPasswords({ site, host, takesEffect }: HostCommand, wanted: Partial<LabHost["passwords"]>): boolean {
  if (!takesEffect) return false;
  const { uuid } = host();
  site.change((model) => {
    Object.assign(model.hosts.find((each) => each.uuid === uuid)?.passwords ?? {}, wanted);
  });
  return true;
}
