import { statSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { shellWord } from "../../base/shell-word";
import { BadFile } from "./errors";
import { readIfThere } from "./files";
import { registerSecret } from "./redact";

export interface Credentials {
  username?: string;
  password?: string;
}

export interface CredentialSources {
  environment: Record<string, string | undefined>;
  /**
   * The secret file, YAML or JSON: `connections: {name: {username, password}}`. Unless told, SITEWRIGHT_SECRETS names
   * it.
   */
  secretFile?: string;
  /** The stack's settings, decrypted; its secret `credentials` is JSON of the secret file's shape. */
  config?: (key: string) => string | undefined;
  /** The credentials that the plan itself holds. */
  carried?: Credentials;
}

const secretsSchema = z.strictObject({
  connections: z.record(
    z.string(),
    z.strictObject({ username: z.string().optional(), password: z.string().optional() }),
  ),
});
export type Secrets = z.output<typeof secretsSchema>;

/**
 * The environment variables that hold a connection's user name and password: its name in capitals, all else
 * than letters and digits as `_` (so `site-1` and `site_1` share them).
 */
export function credentialVariables(connection: string): [username: string, password: string] {
  const name = connection.toUpperCase().replace(/[^A-Z0-9]/g, "_");
  return [`SITEWRIGHT_${name}_USERNAME`, `SITEWRIGHT_${name}_PASSWORD`];
}

/**
 * A connection's user name and password, each from the first source that has it: environment, secret file,
 * the stack's secrets, the plan. Every password found is registered with the redactor. Throws BadFile on a
 * source that cannot be used.
 */
export function credentialsFor(connection: string, sources: CredentialSources): Credentials {
  const { environment, config, carried } = sources;
  const [username, password] = credentialVariables(connection);
  const file = sources.secretFile ?? environment.SITEWRIGHT_SECRETS;
  const all: Credentials[] = [
    { username: environment[username] || undefined, password: environment[password] || undefined },
    (file ? readSecretFile(file) : undefined)?.connections[connection] ?? {},
    stackSecret(config?.("credentials"))?.connections[connection] ?? {},
    carried ?? {},
  ];
  for (const found of all) registerSecret(found.password);
  return {
    username: all.find((found) => found.username !== undefined)?.username,
    password: all.find((found) => found.password !== undefined)?.password,
  };
}

/**
 * What was read of each secret file, by path, and the file's time and size, which tell whether it is still the same.
 */
const cache = new Map<string, { stamp: string; secrets: Secrets }>();

function readSecretFile(file: string): Secrets {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat) throw new BadFile(`the secret file ${file} is not there`, "correct or unset SITEWRIGHT_SECRETS");
  if (process.platform !== "win32" && (stat.mode & 0o007) !== 0) {
    throw new BadFile(
      `the secret file ${file} is open to every user of this machine`,
      `run chmod 600 ${shellWord(file)}`,
    );
  }
  const stamp = `${stat.mtimeMs} ${stat.size} ${stat.ino}`;
  const known = cache.get(file);
  if (known?.stamp === stamp) return known.secrets;
  const secrets = check(`the secret file ${file}`, () => parse(readIfThere(file) ?? "", { maxAliasCount: 20 }));
  cache.set(file, { stamp, secrets });
  return secrets;
}

/** The stack's secret `credentials`, from its text. Throws BadFile where the text is wrong, and does not show it. */
export function stackSecret(text: string | undefined): Secrets | undefined {
  return text ? check("the stack's secret `credentials`", () => JSON.parse(text)) : undefined;
}

/**
 * The error of a text that cannot be parsed. No parser's message is passed on: they quote the text, which is full of
 * secrets.
 */
function check(what: string, read: () => unknown): Secrets {
  let value: unknown;
  try {
    value = read();
  } catch (error) {
    if (error instanceof BadFile) throw error;
    throw new BadFile(`${what} cannot be parsed`, SHAPE);
  }
  const result = secretsSchema.safeParse(value);
  if (!result.success) {
    const path = result.error.issues[0]?.path ?? [];
    throw new BadFile(`${what} is wrong at ${path.length > 0 ? z.core.toDotPath(path) : "its top"}`, SHAPE);
  }
  for (const found of Object.values(result.data.connections)) registerSecret(found.password);
  return result.data;
}

const SHAPE = 'expected {"connections": {"NAME": {"username": "…", "password": "…"}}}, numbers in quotes';
