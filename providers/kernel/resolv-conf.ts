import { Refused } from "./errors";
import type { SshSession } from "./ssh";

const FILE = "/etc/resolv.conf";

/** The name servers of a Linux machine, in their order (resolv.conf(5)). */
export async function readNameservers(session: SshSession): Promise<string[]> {
  return nameserversOf(await textOf(session));
}

/**
 * Makes these the name servers of a Linux machine, as an account that may use sudo without a password; other lines of
 * the file stay. Throws Refused with sudo's own words where it may not.
 */
export async function writeNameservers(session: SshSession, servers: readonly string[]): Promise<void> {
  const others = (await textOf(session)).split("\n").filter((line) => line.trim() !== "" && !isNameserver(line));
  const text = [...others, ...servers.map((server) => `nameserver ${server}`)].map((line) => `${line}\n`).join("");
  // In one go and by its standard input: a file that was cut short would leave the machine without names.
  const { code, stderr } = await session.run({ command: `sudo -n tee ${FILE}`, stdin: text });
  if (code !== 0)
    throw new Refused(`Unable to write ${FILE}: ${stderr.trim() || `tee ended with ${code}`}`, {
      hint: "the account needs sudo without a password",
    });
}

async function textOf(session: SshSession): Promise<string> {
  const { code, stdout } = await session.run({ command: `cat ${FILE}` });
  // A machine that was installed a minute ago may have none yet.
  return code === 0 ? stdout : "";
}

function nameserversOf(text: string): string[] {
  return text.split("\n").flatMap((line) => (isNameserver(line) ? [line.trim().split(/\s+/)[1] as string] : []));
}

function isNameserver(line: string): boolean {
  return /^\s*nameserver\s+\S/.test(line);
}
