import { spawn } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { basename, delimiter, dirname, join, resolve } from "node:path";
import { Command } from "commander";
import { z } from "zod";
import { accountsWithPassword, type PlannedAccount } from "../plan/accounts";
import { describeFindings } from "../plan/describe-findings";
import { placeText } from "../plan/finding";
import { readPlan } from "../plan/read";
import { UsageError } from "./exit";
import { projectRoot } from "./project";

const storedSchema = z.strictObject({
  connections: z.record(
    z.string(),
    z.strictObject({ username: z.string().optional(), password: z.string().optional() }),
  ),
});

/** `sitewright plan secrets PLAN`: the plan's passwords become the stack's, encrypted; what to blank is said. */
export function secretsCommand(): Command {
  return new Command("secrets")
    .description("put the plan's passwords into the stack's secrets, and say which cells to blank")
    .argument("<plan>", "plan file or its folder")
    .option("--stack <name>", "the stack; the name of the plan's folder unless given")
    .addHelpText(
      "after",
      "\nThe stack must be there (pulumi stack init). Runs pulumi from PATH, or the project's own engine where the\nstack is kept under .pulumi/. Passwords go through a pipe, never through arguments.",
    )
    .action(async (path: string, options: { stack?: string }) => {
      const loaded = await readPlan(path);
      if (!loaded.ok) throw new UsageError(`the plan has errors\n${describeFindings(loaded.findings)}`);
      const folder = dirname(resolve(loaded.file));
      const accounts = accountsWithPassword(loaded.plan);
      if (accounts.length === 0) {
        console.log(`${loaded.file}: no passwords in it`);
        return;
      }
      const stack = options.stack ?? basename(folder);
      const pulumi = engineFor(projectOf(folder), stack);
      const stored = await storedSecrets(pulumi);
      for (const { connection, username, password } of accounts)
        stored.connections[connection] = { username, password };
      await pulumi(["config", "set", "--secret", "credentials"], JSON.stringify(stored));
      console.log(moved(stack, accounts));
      const places = accounts.map(({ path: at }) => placeText(loaded.placeOf(at) ?? { line: 1, column: 1 }));
      console.log(`Now blank them in ${loaded.file}: ${places.join(", ")}`);
      if (loaded.file.toLowerCase().endsWith(".xlsx")) {
        console.log("Excel makes links of passwords with @: remove the links of these cells too (Clear Hyperlinks).");
      }
    });
}

function moved(stack: string, accounts: PlannedAccount[]): string {
  const lines = accounts.map(({ connection, username }) => `  ${connection}${username ? ` (${username})` : ""}`);
  return `${accounts.length} passwords are secrets of stack ${stack} now (setting credentials):\n${lines.join("\n")}`;
}

async function storedSecrets(pulumi: Pulumi): Promise<z.output<typeof storedSchema>> {
  const settings = z.record(z.string(), z.looseObject({ value: z.string().optional() }));
  const all = settings.parse(JSON.parse(await pulumi(["config", "--json", "--show-secrets"])));
  const found = Object.entries(all).find(([key]) => key.endsWith(":credentials"))?.[1].value;
  if (!found) return { connections: {} };
  try {
    return storedSchema.parse(JSON.parse(found));
  } catch {
    // The parsers' messages quote the text, and the text is full of secrets.
    throw new UsageError(
      'the stack\'s secret credentials is not of the shape {"connections": {"NAME": {"username": "…", "password": "…"}}}: mend or remove it first (pulumi config rm credentials)',
    );
  }
}

/** The nearest folder above that has a Pulumi.yaml. */
function projectOf(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, "Pulumi.yaml"))) return at;
    if (dirname(at) === at)
      throw new UsageError(`${folder} is in no Pulumi project: no folder above has a Pulumi.yaml`);
  }
}

/** Runs a pulumi command on a stack with `input` at its standard input; resolves with its standard output. */
type Pulumi = (args: string[], input?: string) => Promise<string>;

function engineFor(project: string, stack: string): Pulumi {
  // The demo's stacks, and what was made with `npm run pulumi`, are kept under the project.
  const kept = join(projectRoot, ".pulumi", "state", ".pulumi", "stacks");
  const ours = project === projectRoot && (isKept(kept, stack) || !onPath("pulumi"));
  const [command, first] = ours ? [process.execPath, [join(projectRoot, "toolchain", "pulumi.mjs")]] : ["pulumi", []];
  return (args, input = "") =>
    new Promise((done, failed) => {
      const child = spawn(command, [...first, ...args, "--stack", stack, "--non-interactive"], { cwd: project });
      let stdout = "";
      let stderr = "";
      child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
      child.once("error", (error: NodeJS.ErrnoException) => {
        const why =
          error.code === "ENOENT" ? "there is no pulumi on PATH: install it, or npm run setup" : error.message;
        failed(new UsageError(why));
      });
      child.once("close", (code) => {
        if (code === 0) done(stdout);
        else failed(new Error(`pulumi ${args.slice(0, 2).join(" ")} --stack ${stack}: ${stderr.trim()}`));
      });
      child.stdin.on("error", () => {});
      child.stdin.end(input);
    });
}

function isKept(folder: string, stack: string): boolean {
  return ["json", "json.gz"].some((kind) => existsSync(join(folder, "sitewright", `${stack}.${kind}`)));
}

function onPath(program: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
