import {
  type Assignment,
  type Command,
  type CommandNode,
  type CompoundList,
  type DoubleQuotedChild,
  type HereDoc,
  type PipelineNode,
  parse,
  type Redirection,
  type Statement,
  type Word,
  type WordPart,
} from "unbash";
import { ConnectionGone } from "../ssh-terminal";
import { type Context, changeSystem, Killed } from "./context";
import { homeOf, withHome } from "./files";
import { openInput, openOutput } from "./open-file";
import { collected, textInput } from "./streams";

/** A form of the shell's that the lab does not have. */
class NotHere extends Error {}

/** `exit`. */
export class Exit extends Error {
  constructor(readonly code: number) {
    super();
  }
}

/** Runs the text of a command line or of `sh -c`. Returns its exit code. */
export async function runText(context: Context, text: string, command: string): Promise<number> {
  const script = parse(text);
  if (script.errors?.[0]) {
    context.err.write(`bash: -c: ${script.errors[0].message}\n`);
    return 2;
  }
  // A shell gives its place to a single command; otherwise it stays, and `pgrep -f` sees its whole text.
  const single = script.commands.length === 1 && script.commands[0]?.command.type === "Command";
  const parents = single ? context.parents : [...context.parents, command];
  // A new shell knows nothing of this one's.
  const inner = { ...context, parents, variables: { status: 0, job: undefined, exits: false, named: {} } };
  try {
    return await runList(inner, script.commands);
  } catch (error) {
    if (error instanceof Exit) return error.code;
    if (!(error instanceof NotHere)) throw error;
    context.err.write(`bash: ${error.message}\n`);
    return 127;
  }
}

/** A shell of its own has its own. */
function copied({ variables }: Context): Context["variables"] {
  return { ...variables, named: { ...variables.named } };
}

async function runList(context: Context, statements: readonly Statement[]): Promise<number> {
  for (const statement of statements) {
    if (statement.background) {
      await startJob(context, (job) => runInBackground(job, statement.command));
      context.variables.status = 0;
      continue;
    }
    const { command } = statement;
    context.variables.status = await runNode(context, command);
    // What stands in a list of && and || is asked, and not relied on.
    if (context.variables.exits && context.variables.status !== 0 && command.type !== "AndOr")
      throw new Exit(context.variables.status);
  }
  return context.variables.status;
}

/** Runs something in the background. Resolves once it has begun what takes its time, or has ended. */
export async function startJob(context: Context, run: (context: Context) => Promise<number>): Promise<void> {
  let pid = 0;
  changeSystem(context, (system) => {
    pid = ++system.lastPid;
  });
  context.variables.job = pid;
  let begun = () => {};
  const begins = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const job = { pid, taken: false, holds: (context.out.channel || context.err.channel) ?? false, begun };
  const own = { ...context, job, input: textInput(""), variables: copied(context) };
  // Nobody waits for its end but who holds the channel, so that it says itself what went wrong.
  const runs = run(own).catch((error: unknown) => {
    if (error instanceof NotHere) context.err.write(`bash: ${error.message}\n`);
    else if (!(error instanceof Killed || error instanceof ConnectionGone || error instanceof Exit))
      process.stderr.write(`lab: ${error instanceof Error ? error.message : String(error)}\n`);
  });
  await Promise.race([begins, runs]);
  if (job.holds) context.session.held.push(runs);
}

/** A command alone holds only what it has not redirected; anything else is a shell that holds what it was given. */
async function runInBackground(context: Context, node: Statement["command"]): Promise<number> {
  if (node.type !== "Command") return runNode(context, node);
  const redirected = await redirect(context, node.redirects);
  if (!redirected) return 1;
  if (context.job) context.job.holds = (redirected.out.channel || redirected.err.channel) ?? false;
  return runRedirected(context, redirected, node);
}

async function runNode(context: Context, node: PipelineNode | Statement["command"]): Promise<number> {
  if (node.type === "AndOr") {
    let code = await runNode(context, node.commands[0] as PipelineNode);
    for (const [index, operator] of node.operators.entries()) {
      context.variables.status = code;
      if ((operator === "&&") === (code === 0)) code = await runNode(context, node.commands[index + 1] as PipelineNode);
    }
    return code;
  }
  if (node.type !== "Pipeline") return runOne(context, node);
  let { input } = context;
  let code = 0;
  for (const [index, command] of node.commands.entries()) {
    const last = index === node.commands.length - 1;
    const piped = collected();
    code = await runOne({ ...context, input, ...(!last && { out: piped }) }, command);
    input = textInput(piped.text());
  }
  return node.prefixes.some(({ type }) => type === "Negation") ? Number(code === 0) : code;
}

async function runOne(context: Context, node: CommandNode): Promise<number> {
  switch (node.type) {
    case "Command":
      return runCommand(context, node);
    case "Redirected": {
      const redirected = await redirect(context, node.redirects);
      return redirected ? runOne(redirected, node.command) : 1;
    }
    case "BraceGroup":
      return runList(context, node.body.commands);
    case "Subshell":
      return runSubshell({ ...context, variables: copied(context) }, node.body.commands);
    case "If": {
      const branches = [node, ...node.elif];
      for (const { clause, then } of branches)
        if ((await runBody(context, clause)) === 0) return runBody(context, then);
      return node.else ? runBody(context, node.else) : 0;
    }
    default:
      throw new NotHere(`${node.type} is nothing that the lab has`);
  }
}

async function runSubshell(context: Context, statements: readonly Statement[]): Promise<number> {
  try {
    return await runList(context, statements);
  } catch (error) {
    if (error instanceof Exit) return error.code;
    throw error;
  }
}

function runBody(context: Context, { commands }: CompoundList): Promise<number> {
  return runList(context, commands);
}

async function runCommand(context: Context, node: Command): Promise<number> {
  const redirected = await redirect(context, node.redirects);
  return redirected ? runRedirected(context, redirected, node) : 1;
}

async function runRedirected(context: Context, redirected: Context, node: Command): Promise<number> {
  if (!node.name) await assign(context, node);
  const words: string[] = [];
  for (const word of [...(node.name ? [node.name] : []), ...node.args]) words.push(await expanded(context, word));
  if (words.length === 0) return 0;
  const code = await context.session.runWords(redirected, words);
  // `cd` and `exit` are the shell's own.
  context.folder = redirected.folder;
  return code;
}

async function assign(context: Context, { prefix }: Command): Promise<void> {
  for (const each of prefix) {
    if (each.type !== "Assignment") continue;
    if (each.value.type !== "Word" || each.append || each.index)
      throw new NotHere(`${each.text} is nothing that the lab has`);
    context.variables.named[each.name] = await expanded(context, each.value);
  }
}

/** The context with a command's redirections, in their order; undefined when one fails, which is said. */
async function redirect(context: Context, redirections: readonly Redirection[]): Promise<Context | undefined> {
  const to = { ...context };
  for (const each of redirections) {
    if (each.type !== "Redirect") {
      to.input = textInput(
        each.type === "HereDoc" ? await hereDocument(context, each) : `${await target(context, each)}\n`,
      );
      continue;
    }
    const { operator } = each;
    const path = await target(context, each);
    const descriptor = each.descriptor?.type === "FileDescriptor" ? each.descriptor.value : undefined;
    if (operator === "<") {
      const text = openInput(context, path);
      if (text === undefined) return undefined;
      to.input = textInput(text);
    } else if (operator === ">&" && /^[12]$/.test(path)) {
      const copiedOutput = path === "1" ? to.out : to.err;
      if (descriptor === 2) to.err = copiedOutput;
      else to.out = copiedOutput;
    } else if ([">", ">>", ">|", "&>", "&>>", ">&"].includes(operator)) {
      const opened = openOutput(context, path, operator.endsWith(">>"));
      if (!opened) return undefined;
      const both = operator.startsWith("&") || operator === ">&";
      if (both || descriptor !== 2) to.out = opened;
      if (both || descriptor === 2) to.err = opened;
    } else throw new NotHere(`the redirection ${operator} is nothing that the lab has`);
  }
  return to;
}

async function target(context: Context, { target: word }: { target: Word | undefined }): Promise<string> {
  return word ? expanded(context, word) : "";
}

async function hereDocument(context: Context, { body, delimiter }: HereDoc): Promise<string> {
  return body.parts && !delimiter?.quoted ? expandParts(context, body.parts) : body.text;
}

async function expanded(context: Context, word: Word | Assignment): Promise<string> {
  if (word.type === "Assignment") return word.text;
  if (!word.parts) return withHome(word.value, context.user);
  return expandParts(context, word.parts);
}

async function expandParts(context: Context, parts: readonly (WordPart | DoubleQuotedChild)[]): Promise<string> {
  const texts: string[] = [];
  for (const part of parts) texts.push(await expandPart(context, part));
  return texts.join("");
}

async function expandPart(context: Context, part: WordPart | DoubleQuotedChild): Promise<string> {
  switch (part.type) {
    case "Literal":
    case "SingleQuoted":
    case "AnsiCQuoted":
    case "Glob":
      return part.value;
    case "DoubleQuoted":
      return expandParts(context, part.parts);
    case "SimpleExpansion":
      return variable(context, part.text);
    case "ParameterExpansion":
      if (!part.operation && !part.index && !part.prefix) return variable(context, `$${part.parameter}`);
      break;
    case "CommandExpansion": {
      if (!part.script) break;
      const out = collected();
      await runList({ ...context, out, variables: copied(context) }, part.script.commands);
      return out.text().replace(/\n+$/, "");
    }
  }
  throw new NotHere(`${part.text} is nothing that the lab expands`);
}

function variable({ variables, user }: Context, name: string): string {
  const known: Record<string, string> = {
    "$?": String(variables.status),
    "$!": String(variables.job ?? ""),
    $HOME: homeOf(user),
    $USER: user,
  };
  const value = Object.hasOwn(variables.named, name.slice(1)) ? variables.named[name.slice(1)] : known[name];
  if (value === undefined) throw new NotHere(`${name} is nothing that the lab expands`);
  return value;
}
