import type { Prompt } from "ssh2";

/** What a round of keyboard-interactive (RFC 4256, section 3.2) wants. */
export type Asked =
  | { for: "password" }
  /** A new password, since the old one has expired. */
  | { for: "new password"; words: string }
  /** Something else, as a code or a token. */
  | { for: "something else"; words: string };

const PASSWORD = /pass ?word|密码|口令/i;
/** A question for another secret, even if it calls that a password. */
const OTHER = /one[- ]?time|otp|pass ?code|\bcode\b|token|verif|dynamic|challenge|一次性|动态|验证|令牌/i;
/** A question of pam_unix(8) once a password has expired: it asks for the old one, a new one, and that again. */
const CHANGE = /\bnew\b|re-?type|re-?enter|repeat|again|confirm|\bcurrent\b|\bold\b|新|重新|再次|确认|当前|旧/i;
/** The notice above these questions; a notice that a password will expire some day does not match. */
const CHANGE_TOLD = /has expired|required to change|must (be )?changed?\b|change required|已过期|必须(更改|修改)/i;

/**
 * Reads the questions of a round. Only a question that asks for the password alone, and is not echoed, is answered with
 * it.
 */
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
 * Whether sshd has accepted a password that has expired, and, since there is no terminal to change it on, has not run
 * the command (OpenSSH, session.c: do_pwchange).
 */
export function saysExpired(result: { code: number | null; stdout: string; stderr: string }): boolean {
  const { code, stdout, stderr } = result;
  return code === 1 && stdout === "" && stderr.includes("Password change required but no TTY available.");
}
