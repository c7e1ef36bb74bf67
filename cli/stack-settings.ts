import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { type Secrets, stackSecret } from "../providers/kernel/credentials";
import { BadFile } from "../providers/kernel/errors";
import { readIfThere } from "../providers/kernel/files";
import { UsageError } from "./exit";

/** The settings file of a stack, Pulumi.<stack>.yaml, and the project that it belongs to. */
export interface StackSettings {
  /** The folder with Pulumi.yaml. */
  project: string;
  stack: string;
  /** May not be there yet. */
  file: string;
  /** What the setting `credentials` is called in it. */
  key: string;
}

/** Undefined where no folder above is a Pulumi project. `stack` may be qualified: organisation/project/stack. */
export function stackSettings(folder: string, stack: string): StackSettings | undefined {
  const project = projectOf(folder);
  if (!project) return undefined;
  const { name, stackConfigDir = "." } = projectSchema.parse(parse(readIfThere(join(project, "Pulumi.yaml")) ?? ""));
  const short = stack.slice(stack.lastIndexOf("/") + 1);
  return { project, stack, file: join(project, stackConfigDir, `Pulumi.${short}.yaml`), key: `${name}:credentials` };
}

/** Name of the project that a stack is of. */
export function projectName({ key }: StackSettings): string {
  return key.slice(0, key.lastIndexOf(":"));
}

const projectSchema = z.looseObject({ name: z.string(), stackConfigDir: z.string().optional() });

/** The nearest folder above that has a Pulumi.yaml. */
function projectOf(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, "Pulumi.yaml"))) return at;
    if (dirname(at) === at) return undefined;
  }
}

/**
 * Which connections have a password in the stack's settings. Names stand there in plain and passwords encrypted, so that
 * nothing is decrypted for it; where somebody has stored all of them as one secret, the names are not to be seen either
 * (`sealed`).
 */
export function storedPasswords({ file, key }: StackSettings): { connections: Set<string>; sealed: boolean } {
  const { credentials } = readSettings(file, key);
  if (credentials === undefined) return { connections: new Set(), sealed: false };
  const named = namedSchema.safeParse(credentials);
  if (!named.success) return { connections: new Set(), sealed: true };
  const known = Object.entries(named.data.connections).filter(([, { password }]) => password !== undefined);
  return { connections: new Set(known.map(([name]) => name)), sealed: false };
}

const namedSchema = z.looseObject({
  connections: z.record(z.string(), z.looseObject({ username: z.unknown().optional(), password: z.unknown() })),
});

/** The user name of a connection in the stack's settings: `hidden` where it stands there, or may, and not in plain. */
export function storedUsername(
  { file, key }: StackSettings,
  connection: string,
): { username: string | undefined; hidden: boolean } {
  const { credentials } = readSettings(file, key);
  const named = namedSchema.safeParse(credentials);
  if (!named.success) return { username: undefined, hidden: credentials !== undefined };
  const { username } = named.data.connections[connection] ?? {};
  return typeof username === "string"
    ? { username, hidden: false }
    : { username: undefined, hidden: username !== undefined };
}

/** What has pulumi print the settings, decrypted. */
export const SHOW_SETTINGS = ["config", "--json", "--show-secrets"];

/** The stack's log-ins, from what pulumi has printed. */
export function storedSecrets({ key }: StackSettings, printed: string): Secrets {
  const settings = z.record(z.string(), z.looseObject({ value: z.string().optional() })).parse(JSON.parse(printed));
  try {
    const stored = stackSecret(settings[key]?.value);
    if (stored) return stored;
  } catch (error) {
    if (!(error instanceof BadFile)) throw error;
  }
  throw new UsageError(
    'the stack\'s secret credentials is not of the shape {"connections": {"NAME": {"username": "…", "password": "…"}}}: mend or remove it first (pulumi config rm credentials)',
  );
}

/** The text of a setting that is no secret; undefined where it is not set. */
export function plainSetting({ file, key }: StackSettings, name: string): string | undefined {
  const { credentials: value } = readSettings(file, key.replace(/[^:]*$/, name));
  return value === undefined ? undefined : typeof value === "string" ? value : JSON.stringify(value);
}

/** How the stack's secrets are encrypted: `salt` is of a passphrase, absent where another provider does it. */
export function readSettings(file: string, key: string): { credentials: unknown; salt: string | undefined } {
  const { config, encryptionsalt } = fileSchema.parse(parse(readIfThere(file) ?? "") ?? {});
  return { credentials: config?.[key], salt: encryptionsalt };
}

const fileSchema = z.looseObject({
  encryptionsalt: z.string().optional(),
  config: z.record(z.string(), z.unknown()).nullish(),
});
