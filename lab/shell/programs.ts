import { type Context, changeSystem, type Program, systemOf } from "./context";
import { FILE_PROGRAMS } from "./file-programs";
import { absolute, homeOf, isFolder } from "./files";
import { scriptOf } from "./line";
import { openOutput } from "./open-file";
import { PASSWORD_PROGRAMS } from "./passwords";
import { runProcess } from "./processes";
import { Exit, runText, startJob } from "./shell";
import { nowhere, textInput } from "./streams";
import { becomesRoot, readSudo } from "./sudo";
import { expressionHolds } from "./test-expression";

/** Runs one command by its words. */
export async function runWords(context: Context, words: string[]): Promise<number> {
  const [word = "", ...args] = words;
  const own = context.session.computer.programOf?.(words);
  if (own) return own(context, args, words);
  const name = word.replace(/^\/usr\/s?bin\/|^\/s?bin\//, "");
  const program = Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name] : undefined;
  if (program) return program(context, args, words);
  context.err.write(`bash: ${word}: command not found\n`);
  return 127;
}

const PROGRAMS: Record<string, Program> = {
  ...FILE_PROGRAMS,
  ...PASSWORD_PROGRAMS,
  true: () => 0,
  ":": () => 0,
  sync: () => 0,
  false: () => 1,
  id: (context, args) => {
    const { user } = context;
    const number = user === "root" ? 0 : user === "ops" ? 1001 : 1000;
    const shown: Record<string, string> = { "-u": `${number}`, "-un": user, "-g": `${number}` };
    const all = `uid=${number}(${user}) gid=${number}(${user}) groups=${number}(${user})`;
    return said(context, shown[args[0] ?? ""] ?? all);
  },
  whoami: (context) => said(context, context.user),
  hostname: (context) => said(context, hostname(context)),
  uname: (context) =>
    said(context, `Linux ${hostname(context)} 4.19.90-2307.3.0.oe1.smartx.37.x86_64 #1 SMP GNU/Linux`),
  // Every variable is the lab's shells' own: no program of its heeds one.
  export: () => 0,
  set: (context, args) => {
    if (args.some((arg) => !/^(-[eux]+|-o|-eo|-euo|pipefail)$/.test(arg)))
      return refused(context, `bash: set: ${args.join(" ")}: nothing that the lab sets`, 2);
    context.variables.exits ||= args.some((arg) => /^-\w*e/.test(arg));
    return 0;
  },
  exit: (context, [code]) => {
    throw new Exit(Number(code ?? context.variables.status));
  },
  cd: (context, [folder = homeOf(context.user)]) => {
    const path = absolute(folder, context.folder);
    if (!isFolder(context, path)) return refused(context, `bash: cd: ${folder}: No such file or directory`);
    context.folder = path;
    return 0;
  },
  test: (context, args) => expressionHolds(context, args),
  "[": (context, args) =>
    args.at(-1) === "]" ? expressionHolds(context, args.slice(0, -1)) : refused(context, "bash: [: missing `]'", 2),
  sleep: (context, args) =>
    runProcess(context, {
      ...{ program: "sleep", command: `sleep ${args.join(" ")}` },
      lasts: Number(args[0]) * 1_000 || 0,
    }),
  pgrep,
  kill,
  exec: (context, args) => runWords(context, args),
  env: (context, args) => runWords(context, args.slice(args.findIndex((arg) => !/^\w+=/.test(arg)))),
  sh: shell,
  bash: shell,
  sudo,
  nohup,
  setsid: async (context, args) => {
    const options = args.findIndex((arg) => !arg.startsWith("-"));
    const run = (inner: Context) => runWords({ ...inner, freed: true }, args.slice(options));
    if (!args.slice(0, options).some((option) => /^(-\w*f\w*|--fork)$/.test(option))) return run(context);
    await startJob(context, run);
    return 0;
  },
  "systemd-run": systemdRun,
};

function hostname({ session: { computer, site } }: Context): string {
  return computer.hostname(site.model);
}

function said({ out }: Context, line: string): number {
  out.write(`${line}\n`);
  return 0;
}

function refused({ err }: Context, line: string, code = 1): number {
  err.write(`${line}\n`);
  return code;
}

function shell(context: Context, args: string[], words: string[]): number | Promise<number> {
  const text = scriptOf(args);
  if (text !== undefined) return runText(context, text, words.join(" "));
  const file = args.find((arg) => !arg.startsWith("-"));
  return refused(context, `${words[0]}: ${file ?? "this"}: No such file or directory`, 127);
}

/** Whether an account needs its password for sudo no document tells: a switch of each machine. */
async function sudo(context: Context, _args: string[], words: string[]): Promise<number> {
  const { sudo: options, words: inner } = readSudo(words);
  const { session, user } = context;
  const { terminal, computer, site } = session;
  const free = computer.sudoIsFree(site);
  const password = computer.passwordIn(site.model, user) ?? "";
  const asked = {
    pty: terminal.pty,
    err: (text: string) => context.err.write(text),
    secretLine: () => (options.reads || !terminal.pty ? context.input.line() : terminal.secretLine()),
  };
  if (!(await becomesRoot({ user, password, free, terminal: asked }, options))) return 1;
  const [first = ""] = inner;
  if (first === "" || first === "cd") return refused(context, `sudo: ${first || "nothing"}: command not found`);
  return runWords({ ...context, user: "root", parents: [...context.parents, words.join(" ")] }, inner);
}

/** It writes to nohup.out only where its output is a terminal. */
async function nohup(context: Context, args: string[]): Promise<number> {
  const { out, err, session } = context;
  const freed = { ...context, freed: true };
  if (!session.terminal.pty || !out.channel) return runWords(freed, args);
  err.write("nohup: ignoring input and appending output to 'nohup.out'\n");
  const file = openOutput(context, "nohup.out", true);
  if (!file) return 127;
  return runWords({ ...freed, out: file, ...(err.channel && { err: file }) }, args);
}

async function systemdRun(context: Context, args: string[]): Promise<number> {
  if (context.user !== "root")
    return refused(context, "Failed to start transient service unit: Interactive authentication required.");
  let at = 0;
  let output = nowhere;
  let unit = "run-1000.service";
  for (; args[at]?.startsWith("-"); at++) {
    const [option = "", given] = (args[at] ?? "").split(/=(.*)/s);
    if (!["-p", "--property", "-u", "--unit", "--description"].includes(option)) continue;
    const value = given ?? args[++at] ?? "";
    if (option === "-u" || option === "--unit") unit = `${value.replace(/\.service$/, "")}.service`;
    const file = /^Standard(?:Output)=(append|file|truncate):(.*)$/.exec(value);
    if (file) output = openOutput(context, file[2] ?? "", file[1] === "append") ?? nowhere;
  }
  const job = { ...context, freed: true, parents: [], input: textInput(""), out: output, err: output };
  await startJob(job, (inner) => runWords(inner, args.slice(at)));
  return refused(context, `Running as unit: ${unit}`, 0);
}

/** With -f by whole command lines; itself it does not count, but sudo and shells around it. */
function pgrep(context: Context, args: string[]): number {
  const { fault } = context.session;
  if (fault.pgrep !== undefined) return refused(context, "pgrep: the lab was told to let it fail", fault.pgrep);
  const options = args.filter((arg) => arg.startsWith("-")).join("");
  const pattern = new RegExp(args.find((arg) => !arg.startsWith("-")) ?? "");
  const { processes, lastPid } = systemOf(context);
  const running = processes.filter(({ ended }) => ended === undefined);
  const seen = [
    ...running.map(({ pid, command }) => ({ pid, command })),
    ...context.parents.map((command, index) => ({ pid: lastPid + index + 1, command })),
  ];
  const found = seen.filter(({ command }) => {
    const name = command.split(" ")[0]?.replace(/^.*\//, "") ?? "";
    return pattern.test(options.includes("f") ? command : name);
  });
  for (const { pid, command } of found) context.out.write(`${pid}${options.includes("a") ? ` ${command}` : ""}\n`);
  return found.length > 0 ? 0 : 1;
}

function kill(context: Context, args: string[]): number {
  const [pid = ""] = args.filter((arg) => !arg.startsWith("-"));
  const runs = systemOf(context).processes.some((each) => String(each.pid) === pid && each.ended === undefined);
  if (!runs) return refused(context, `bash: kill: (${pid}) - No such process`);
  if (args.includes("-0")) return 0;
  changeSystem(context, (system) => {
    system.processes = system.processes.filter((each) => String(each.pid) !== pid);
  });
  return 0;
}
