import { renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { Command } from "commander";
import { didYouMean } from "../base/nearest";
import { writeWhole } from "../base/write-whole";
import { accountsOf, accountsWithPassword, type PlannedAccount } from "../plan/accounts";
import { describeFindings } from "../plan/describe-findings";
import { placeText } from "../plan/finding";
import { readAnyPlan } from "../plan/read";
import { TOWER_CONNECTION } from "../plan/rules/vms";
import { readIfThere } from "../providers/kernel/files";
import { type Engine, engineFor } from "./engine";
import { UsageError } from "./exit";
import { isKnownPassphrase } from "./known-passphrase";
import { nameOf } from "./plain-output";
import {
  readSettings,
  SHOW_SETTINGS,
  type StackSettings,
  stackSettings,
  storedPasswords,
  storedSecrets,
} from "./stack-settings";

interface SecretsOptions {
  stack?: string;
  set?: string;
  lab?: boolean;
}

/** `sitewright plan secrets PLAN`: the plan's passwords become the stack's, encrypted; what to blank is said. */
export function secretsCommand(): Command {
  return new Command("secrets")
    .description("put the plan's passwords into the stack's secrets, and say which cells to blank")
    .argument("<plan>", "plan file or its folder")
    .option("--stack <name>", "the stack; the name of the plan's folder unless given")
    .option("--set <connection>", "store the password of this connection alone, asked for or from standard input")
    .option("--lab", "also where everybody can read the stack's secrets, as those of npm run pulumi")
    .addHelpText(
      "after",
      "\nThe stack must be there (pulumi stack init). Runs pulumi from PATH, or the project's own engine where the\nstack is kept under .pulumi/. Passwords go through a pipe, never through arguments. They are stored one by one:\nPulumi.<stack>.yaml shows whose they are, and keeps each encrypted.",
    )
    .action(async (path: string, options: SecretsOptions) => {
      const loaded = await readAnyPlan(path);
      if (!loaded.ok) throw new UsageError(`the plan has errors\n${describeFindings(loaded.findings)}`);
      const folder = dirname(resolve(loaded.file));
      const stack = options.stack ?? basename(folder);
      const settings = stackSettings(folder, stack);
      if (!settings) throw new UsageError(`${folder} is in no Pulumi project: no folder above has a Pulumi.yaml`);
      // A plan of virtual machines holds no password: CloudTower's is stored by --set.
      const [all, carried] =
        loaded.kind === "site"
          ? [accountsOf(loaded.plan), accountsWithPassword(loaded.plan)]
          : [[{ connection: TOWER_CONNECTION }], []];
      const planned = all.map(({ connection }) => connection);
      if (options.set !== undefined && !planned.includes(options.set))
        throw new UsageError(
          `the plan has no connection "${options.set}"${didYouMean(options.set, planned)}; it has ${planned.join(", ")}`,
        );
      const accounts = carried.filter(({ password }) => password !== "");
      if (options.set === undefined && accounts.length === 0 && !storedPasswords(settings).sealed) {
        console.log(`${nameOf(loaded.file)}: no passwords in it`);
        return;
      }
      if (!options.lab) await refuseKnownPassphrase(settings);
      const engine = engineFor(settings);
      const { set } = options;
      if (set !== undefined) {
        await change(settings, engine, (into) => engine.ask([...SET_SECRET, ...passwordOf(set, into)]));
        console.log(`the password of ${set} is a secret of stack ${stack} now`);
        return;
      }
      await change(settings, engine, async (into) => {
        for (const { connection, password } of accounts)
          await engine.run([...SET_SECRET, ...passwordOf(connection, into)], password);
      });
      console.log(moved(stack, accounts));
      if (accounts.length === 0) return;
      const places = accounts.map(({ path: at }) => placeText(loaded.placeOf(at) ?? { line: 1, column: 1 }));
      console.log(`Now blank them in ${nameOf(loaded.file)}: ${places.join(", ")}`);
      if (loaded.file.toLowerCase().endsWith(".xlsx")) {
        console.log("Excel makes links of passwords with @: remove the links of these cells too (Clear Hyperlinks).");
      }
    });
}

function moved(stack: string, accounts: PlannedAccount[]): string {
  const lines = accounts.map(({ connection, username }) => `\n  ${connection}${username ? ` (${username})` : ""}`);
  return `${accounts.length} passwords are secrets of stack ${stack} now (setting credentials)${lines.length > 0 ? ":" : ""}${lines.join("")}`;
}

async function refuseKnownPassphrase({ stack, file, key }: StackSettings): Promise<void> {
  const { salt } = readSettings(file, key);
  if (!salt || !(await isKnownPassphrase(salt))) return;
  throw new UsageError(
    `the secrets of stack ${stack} are open to everybody: their passphrase is empty or this project's own, with which npm run pulumi makes stacks of the lab. A real site's stack is made with plain pulumi and a passphrase of your own (README, "A real site", step 4); change this one's with pulumi stack change-secrets-provider passphrase. For a lab, whose passwords are nobody's: --lab`,
  );
}

const SET_SECRET = ["config", "set", "--secret"];

/** Arguments that name a connection's password in a settings file. */
function passwordOf(connection: string, file: string): string[] {
  return at(connection, "password", file);
}

function at(connection: string, field: string, file: string): string[] {
  const name = connection.replaceAll('"', '\\"');
  return ["--config-file", file, "--path", `credentials.connections["${name}"].${field}`];
}

/**
 * Changes the settings file whole or not at all: pulumi, which writes one setting a call, writes into a copy. Log-ins that
 * an earlier release, or somebody by hand, has stored as one secret are stored one by one first: pulumi would replace all
 * of them by the first that is set.
 */
async function change(settings: StackSettings, engine: Engine, work: (into: string) => Promise<unknown>) {
  const { file } = settings;
  const copy = join(dirname(file), `.new-${basename(file)}`); // pulumi knows the format by the name's end
  try {
    const mode = (statSync(file, { throwIfNoEntry: false })?.mode ?? 0o600) & 0o777;
    writeWhole(copy, readIfThere(file) ?? "", { mode });
    if (storedPasswords(settings).sealed) {
      const stored = storedSecrets(settings, await engine.run(SHOW_SETTINGS));
      await engine.run(["config", "rm", "credentials", "--config-file", copy]);
      for (const [connection, { username, password }] of Object.entries(stored.connections)) {
        if (username !== undefined)
          await engine.run(["config", "set", "--type", "string", ...at(connection, "username", copy)], username);
        if (password !== undefined) await engine.run([...SET_SECRET, ...passwordOf(connection, copy)], password);
      }
    }
    await work(copy);
    renameSync(copy, file);
  } finally {
    rmSync(copy, { force: true });
  }
}
