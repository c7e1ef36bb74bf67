import { statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { shellWord } from "../base/shell-word";
import type { PasswordKnown } from "../plan/rules/passwords";
import { credentialsFor } from "../providers/kernel/credentials";
import { stackSettings, storedPasswords } from "./stack-settings";

/**
 * Which passwords have another source than the plan, as far as it is seen from here: the environment, the secret file, and
 * the settings of the stack, which show whose passwords are among its secrets. `unseen` says, once a password was looked
 * for that may be among them, that they do not show it. Throws BadFile on a secret file that cannot be used.
 */
export function passwordsElsewhere(
  path: string,
  stack: string | undefined,
): { known: PasswordKnown; unseen(): string | undefined } {
  const folder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ? resolve(path) : dirname(resolve(path));
  const settings = stackSettings(folder, stack ?? basename(folder));
  const stored = settings && storedPasswords(settings);
  let sealed = false;
  return {
    known(connection) {
      if (credentialsFor(connection, { environment: process.env }).password !== undefined) return true;
      if (stored?.connections.has(connection)) return true;
      sealed ||= stored?.sealed ?? false;
      return stored?.sealed || undefined;
    },
    unseen: () =>
      sealed
        ? `the passwords of stack ${settings?.stack} are one secret, which does not show whose they are: blank ones are taken to be there (npx sitewright plan secrets ${shellWord(path)} stores them one by one)`
        : undefined,
  };
}
