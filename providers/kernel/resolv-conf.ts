import { Refused } from "./errors";
import type { SshResult, SshSession } from "./ssh";

const FILE = "/etc/resolv.conf";

/** The name servers of a Linux machine, in their order (resolv.conf(5)). */
export async function readNameservers(session: SshSession): Promise<string[]> {
  const lines = (await textOf(session)).split("\n");
  return lines.flatMap((line) => (isNameserver(line) ? [line.trim().split(/\s+/)[1] as string] : []));
}

/**
 * Makes these the name servers of a Linux machine, as an account that may use sudo; other lines of the file stay. The
 * account's password is for a sudo that asks for one. Throws Refused with sudo's own words where sudo refuses.
 */
export async function writeNameservers(
  session: SshSession,
  servers: readonly string[],
  password: string,
): Promise<void> {
  const others = (await textOf(session)).split("\n").filter((line) => line.trim() !== "" && !isNameserver(line));
  const text = [...others, ...servers.map((server) => `nameserver ${server}`)].map((line) => `${line}\n`).join("");
  let result = await session.run({ command: `sudo -n tee ${FILE}`, stdin: text });
  // A sudo that asks for a password reads one line of stdin, and leaves the rest to tee.
  if (refusedBySudo(result))
    result = await session.run({ command: `sudo -S -p '' tee ${FILE}`, stdin: `${password}\n${text}` });
  const { code, signal, stderr } = result;
  if (code === 0) return;
  throw new Refused(`Unable to write ${FILE}: ${stderr.trim() || `tee ended with ${code ?? signal}`}`, {
    hint: refusedBySudo(result) ? "let the account use sudo there" : undefined,
  });
}

async function textOf(session: SshSession): Promise<string> {
  const { code, stdout } = await session.run({ command: `cat ${FILE}` });
  // A machine that was installed a minute ago may have no resolv.conf yet.
  return code === 0 ? stdout : "";
}

function isNameserver(line: string): boolean {
  return /^\s*nameserver\s+\S/.test(line);
}

/** Whether sudo has refused: in any language its messages begin with its name, and those of tee with tee's. */
function refusedBySudo({ code, stderr }: SshResult): boolean {
  return code !== 0 && /^sudo:/m.test(stderr);
}
