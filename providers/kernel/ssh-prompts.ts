import type { Prompt } from "ssh2";

/** What a round of keyboard-interactive (RFC 4256, section 3.2) wants. */
export type Asked =
  | { for: "password" }
  /** The password has expired, and a new one is wanted. */
  | { for: "new password"; words: string }
  /** A code, a token: nothing that a password answers. */
  | { for: "something else"; words: string };

const PASSWORD = /pass ?word|密码|口令/i;
/** What asks for another secret, though it may be called a password. */
const OTHER = /one[- ]?time|otp|pass ?code|\bcode\b|token|verif|dynamic|challenge|一次性|动态|验证|令牌/i;
/** As pam_unix(8) asks once a password has expired: the old one, a new one, and that again. */
const CHANGE = /\bnew\b|re-?type|re-?enter|repeat|again|confirm|\bcurrent\b|\bold\b|新|重新|再次|确认|当前|旧/i;
/** What stands above the questions then; not that a password will expire some day. */
const CHANGE_TOLD = /has expired|required to change|must (be )?changed?\b|change required|已过期|必须(更改|修改)/i;

/** Reads the questions of a round. A password is given to a question that asks for it and no more, and is not echoed. */
export function readPrompts(name: string, instructions: string, prompts: readonly Prompt[]): Asked {
  const told = `${name} ${instructions}`;
  const words = [told, ...prompts.map(({ prompt }) => prompt)].join(" ").replace(/\s+/g, " ").trim();
  const isOther = ({ prompt, echo }: Prompt) => echo || !PASSWORD.test(prompt) || OTHER.test(prompt);
  if (prompts.some(isOther)) return { for: "something else", words };
  if (CHANGE_TOLD.test(told) || prompts.some(({ prompt }) => CHANGE.test(prompt)))
    return { for: "new password", words };
  return { for: "password" };
}

/**
 * Whether sshd has let in with a password that has expired, and, since there is no terminal on which to change it, run
 * nothing (OpenSSH, session.c: do_pwchange).
 */
export function saysExpired(result: { code: number | null; stdout: string; stderr: string }): boolean {
  const { code, stdout, stderr } = result;
  return code === 1 && stdout === "" && stderr.includes("Password change required but no TTY available.");
}
