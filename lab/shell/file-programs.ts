import { setTimeout as delay } from "node:timers/promises";
import { ConnectionGone } from "../ssh-terminal";
import { type Context, changeSystem, type Program, systemOf } from "./context";
import { absolute, isFolder, readHindrance, writeHindrance } from "./files";
import { openOutput } from "./open-file";

/** Real milliseconds between two looks of `tail -f`. */
const FOLLOWS = 20;

export const FILE_PROGRAMS: Record<string, Program> = {
  echo: (context, args) => {
    const options = args.findIndex((arg) => !/^-[neE]+$/.test(arg));
    const [flags, words] = options < 0 ? [args, []] : [args.slice(0, options), args.slice(options)];
    const text = words.join(" ");
    context.out.write(
      `${flags.join("").includes("e") ? escapes(text) : text}${flags.join("").includes("n") ? "" : "\n"}`,
    );
    return 0;
  },
  printf: (context, [format = "", ...args]) => {
    const left = [...args];
    do context.out.write(formatted(format, left));
    while (left.length > 0 && /%[sd]/.test(format));
    return 0;
  },
  cat: async (context, args) => {
    const names = args.filter((arg) => arg === "-" || !arg.startsWith("-"));
    if (names.length === 0) return said(context, await context.input.rest());
    let code = 0;
    for (const name of names) {
      const text = name === "-" ? await context.input.rest() : read(context, "cat", name);
      if (text === undefined) code = 1;
      else context.out.write(text);
    }
    return code;
  },
  tee: async (context, args) => {
    const names = args.filter((arg) => !arg.startsWith("-"));
    const append = args.includes("-a") || args.includes("--append");
    const files = names.map((name) => openOutput(context, name, append));
    const text = await context.input.rest();
    for (const file of files) file?.write(text);
    context.out.write(text);
    return files.includes(undefined) ? 1 : 0;
  },
  tail,
  head: async (context, args) => {
    const { count, bytes, names } = amount(args);
    const text = await input(context, "head", names);
    if (text === undefined) return 1;
    const part = bytes ? Buffer.from(text).subarray(0, count).toString() : lines(text).slice(0, count).join("");
    return said(context, part);
  },
  wc: async (context, args) => {
    const names = args.filter((arg) => !arg.startsWith("-"));
    const text = await input(context, "wc", names);
    if (text === undefined) return 1;
    const counted = { "-c": Buffer.byteLength(text), "-l": text.split("\n").length - 1 };
    const counts = Object.entries(counted).flatMap(([option, count]) => (args.includes(option) ? [count] : []));
    return said(context, `${[...counts, ...names].join(" ")}\n`);
  },
  stat: (context, args) => {
    const at = args.findIndex((arg) => arg === "-c" || arg.startsWith("--format="));
    const format = args[at]?.startsWith("--format=") ? args[at].slice(9) : (args[at + 1] ?? "");
    const name = args.at(-1) ?? "";
    const path = absolute(name, context.folder);
    const file = systemOf(context).files[path];
    if (!file && !isFolder(context, path))
      return failed(context, `stat: cannot stat '${name}': No such file or directory`);
    const shown = format
      .replaceAll("%s", String(Buffer.byteLength(file?.text ?? "")))
      .replaceAll("%U", file?.owner ?? "root")
      .replaceAll("%n", name);
    return said(context, `${shown}\n`);
  },
  ls: (context, args) => {
    const names = args.filter((arg) => !arg.startsWith("-"));
    let code = 0;
    for (const name of names.length > 0 ? names : ["."]) {
      const listed = entries(context, name);
      if (!listed) code = failed(context, `ls: cannot access '${name}': No such file or directory`, 2);
      else context.out.write(listed.map((entry) => `${entry}\n`).join(""));
    }
    return code;
  },
  grep: async (context, args) => {
    const options = args.filter((arg) => arg.startsWith("-")).join("");
    const [pattern = "", ...names] = args.filter((arg) => !arg.startsWith("-"));
    const text = await input(context, "grep", names);
    if (text === undefined) return 2;
    const literal = options.includes("F") ? pattern.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&") : pattern;
    const wanted = new RegExp(literal, options.includes("i") ? "i" : "");
    const found = lines(text).filter((line) => wanted.test(line.replace(/\n$/, "")));
    if (options.includes("c")) context.out.write(`${found.length}\n`);
    else if (!options.includes("q")) context.out.write(found.map((line) => line.replace(/\n?$/, "\n")).join(""));
    return found.length > 0 ? 0 : 1;
  },
  touch: (context, args) => (args.every((name) => name.startsWith("-") || openOutput(context, name, true)) ? 0 : 1),
  rm: (context, args) => {
    let code = 0;
    for (const name of args.filter((arg) => !arg.startsWith("-"))) {
      const path = absolute(name, context.folder);
      if (!systemOf(context).files[path]) {
        if (!args.some((arg) => /^-\w*f/.test(arg)))
          code = failed(context, `rm: cannot remove '${name}': No such file or directory`);
      } else if (writeHindrance(context, path))
        code = failed(context, `rm: cannot remove '${name}': Permission denied`);
      else
        changeSystem(context, ({ files }) => {
          delete files[path];
        });
    }
    return code;
  },
  mv: (context, args) => copy(context, "mv", args, true),
  cp: (context, args) => copy(context, "cp", args, false),
  mkdir: (context, args) => {
    const missing = args.find((arg) => !arg.startsWith("-") && !isFolder(context, absolute(arg, context.folder)));
    if (missing) return failed(context, `mkdir: cannot create directory '${missing}': the lab makes no folders`);
    return args.includes("-p") ? 0 : failed(context, "mkdir: cannot create directory: File exists");
  },
  chmod: () => 0,
};

function said({ out }: Context, text: string): number {
  out.write(text);
  return 0;
}

function failed({ err }: Context, line: string, code = 1): number {
  err.write(`${line}\n`);
  return code;
}

/** A file's text; undefined when there is none, which is said. */
function read(context: Context, program: string, name: string): string | undefined {
  if (name === "/dev/null") return "";
  const path = absolute(name, context.folder);
  const hindrance = readHindrance(context, path);
  if (hindrance) failed(context, `${program}: ${name}: ${hindrance}`);
  return hindrance ? undefined : systemOf(context).files[path]?.text;
}

/** The one file that is named, or standard input. */
async function input(context: Context, program: string, [name]: string[]): Promise<string | undefined> {
  return name === undefined || name === "-" ? context.input.rest() : read(context, program, name);
}

/** Each with its end. */
function lines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** `-n 5`, `-n5`, `-5`, `--lines=5`, and the same of bytes; `+5` is from there on. */
function amount(args: string[]): { count: number; bytes: boolean; from: boolean; names: string[] } {
  const read = { count: 10, bytes: false, from: false, names: [] as string[] };
  for (let at = 0; at < args.length; at++) {
    const [, short, attached, digits] = /^(?:-([nc])(.*)|-(\d+))$/.exec(args[at] ?? "") ?? [];
    const long = /^--(lines|bytes)=(.*)$/.exec(args[at] ?? "");
    if (!short && !digits && !long) {
      if (!args[at]?.startsWith("-")) read.names.push(args[at] ?? "");
      continue;
    }
    const value = long?.[2] ?? digits ?? (attached || (args[++at] ?? ""));
    read.bytes = short === "c" || long?.[1] === "bytes";
    read.from = value.startsWith("+");
    read.count = Math.abs(Number(value));
  }
  return read;
}

async function tail(context: Context, args: string[]): Promise<number> {
  const { names, ...wanted } = amount(args);
  const text = await input(context, "tail", names);
  if (text === undefined) return 1;
  context.out.write(lastOf(text, wanted));
  if (!args.some((arg) => /^-\w*[fF]$|^--follow/.test(arg))) return 0;
  const path = absolute(names[0] ?? "", context.folder);
  for (let shown = Buffer.byteLength(text); ; ) {
    await delay(FOLLOWS, undefined, { signal: context.session.lost }).catch(() => {
      throw new ConnectionGone();
    });
    const bytes = Buffer.from(systemOf(context).files[path]?.text ?? "");
    context.out.write(bytes.subarray(shown).toString());
    shown = bytes.length;
  }
}

function lastOf(text: string, { count, bytes, from }: { count: number; bytes: boolean; from: boolean }): string {
  const units = bytes ? Buffer.from(text) : lines(text);
  const begin = from ? Math.max(count - 1, 0) : Math.max(units.length - count, 0);
  return Buffer.isBuffer(units) ? units.subarray(begin).toString() : units.slice(begin).join("");
}

function entries(context: Context, name: string): string[] | undefined {
  const path = absolute(name, context.folder);
  const { files } = systemOf(context);
  if (files[path]) return [name];
  if (!isFolder(context, path)) return undefined;
  const below = (each: string) => each !== path && each.slice(0, each.lastIndexOf("/")) === path.replace(/^\/$/, "");
  return [...Object.keys(files), ...Object.keys(context.session.computer.folders)]
    .filter(below)
    .map((each) => each.slice(each.lastIndexOf("/") + 1))
    .sort();
}

function copy(context: Context, program: string, args: string[], moves: boolean): number {
  const [from = "", to = ""] = args.filter((arg) => !arg.startsWith("-"));
  const text = read(context, program, from);
  if (text === undefined) return 1;
  const source = absolute(from, context.folder);
  const folder = absolute(to, context.folder);
  const path = isFolder(context, folder) ? `${folder}/${source.slice(source.lastIndexOf("/") + 1)}` : folder;
  const hindrance = writeHindrance(context, path) ?? (moves && writeHindrance(context, source));
  if (hindrance) return failed(context, `${program}: cannot create regular file '${to}': ${hindrance}`);
  changeSystem(context, ({ files }) => {
    files[path] = { text, owner: (moves ? files[source]?.owner : files[path]?.owner) ?? context.user };
    if (moves && path !== source) delete files[source];
  });
  return 0;
}

function formatted(format: string, args: string[]): string {
  return escapes(format).replaceAll(/%[sd%]/g, (found) => (found === "%%" ? "%" : (args.shift() ?? "")));
}

function escapes(text: string): string {
  const known: Record<string, string> = { n: "\n", t: "\t", "\\": "\\" };
  return text.replaceAll(/\\([nt\\])/g, (_found, letter: string) => known[letter] ?? "");
}
