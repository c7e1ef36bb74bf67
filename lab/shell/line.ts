import { type Command, parse, type Redirect, type Script, type SyntaxNode, type Word } from "unbash";
import { INSTALLER, PREINSTALL, RESOLV } from "../guest/guest-model";
import { SSH_OPERATIONS } from "../ssh-machine";
import { readSudo } from "./sudo";

/** What a command line is, before it is run: fault rules and the record need it first. */
export interface LineRead {
  operation: string;
  write: boolean;
  shown: string;
}

const PASSWORDS = /^(\/usr\/s?bin\/)?(ch)?passwd$/;
const CHANGES = ["tee", "touch", "rm", "mv", "cp", "chmod", "chown", "kill"];

/** Of several things that a line does the one that counts: the installer, preinstall.sh, resolv.conf, then passwords. */
export function readLine(text: string): LineRead {
  const commands = commandsIn(parse(text));
  const programs = commands.map(({ words }) => words[0] ?? "");
  const writes = commands.flatMap((command) => command.writes);
  const { installer, preinstall, resolv, passwords, other } = SSH_OPERATIONS;
  const shown = [...new Set(programs.map(shownProgram))].join(" ");
  if (commands.some(({ words }) => runsInstaller(words))) return { operation: installer, write: true, shown };
  if (commands.some(({ words }) => runsPreinstall(words))) return { operation: preinstall, write: true, shown };
  if (writes.includes(RESOLV)) return { operation: resolv, write: true, shown };
  if (programs.some((program) => PASSWORDS.test(program))) return { operation: passwords, write: true, shown };
  return { operation: other, write: writes.length > 0, shown };
}

export function runsInstaller([program, first]: string[]): boolean {
  return program === INSTALLER && first === "deploy";
}

export function runsPreinstall(words: string[]): boolean {
  return words.find((word) => !["sh", "bash", "/bin/sh", "/bin/bash", "-x", "-e"].includes(word)) === PREINSTALL;
}

interface Found {
  words: string[];
  /** Files that it may change. */
  writes: string[];
}

/** Every command in a script, those in `sh -c` and behind sudo and the like too. */
function commandsIn(node: SyntaxNode | Script): Found[] {
  const found: Found[] = [];
  visit(node, (command) => {
    const words = [command.name, ...command.args].flatMap((each) => (each?.type === "Word" ? each.value : []));
    const redirected = command.redirects.flatMap((each) => (each.type === "Redirect" ? targetOf(each) : []));
    found.push(...unwrapped(words, redirected));
  });
  return found;
}

function targetOf({ operator, target }: Redirect): string[] {
  const path = (target as Word | undefined)?.value ?? "";
  const opensFile = !operator.startsWith("<") && !/^\d*-?$/.test(path) && path !== "/dev/null";
  return opensFile ? [path] : [];
}

function unwrapped(words: string[], redirected: string[]): Found[] {
  const [program = "", ...more] = words;
  const name = program.replace(/^.*\//, "");
  const own = { words: [program], writes: redirected };
  if (name === "sudo") return [own, ...unwrapped(readSudo(words).words, [])];
  if (["nohup", "exec", "env", "setsid", "systemd-run"].includes(name)) {
    const at = more.findIndex((word) => word.startsWith("/") || /^(sh|bash|sudo)$/.test(word));
    return at < 0 ? [own] : [own, ...unwrapped(more.slice(at), [])];
  }
  const text = name === "sh" || name === "bash" ? scriptOf(more) : undefined;
  if (text !== undefined) return [own, ...commandsIn(parse(text))];
  const changed = CHANGES.includes(name) ? more.filter((word) => !word.startsWith("-")) : [];
  return [{ words, writes: [...redirected, ...changed] }];
}

/** The text behind `-c`, also as `-lc`. */
export function scriptOf(args: string[]): string | undefined {
  const at = args.findIndex((arg) => /^-[a-z]*c$/.test(arg));
  return at < 0 ? undefined : args[at + 1];
}

function visit(node: unknown, each: (command: Command) => void): void {
  if (Array.isArray(node)) {
    for (const item of node) visit(item, each);
    return;
  }
  if (!node || typeof node !== "object") return;
  if ((node as { type?: unknown }).type === "Command") each(node as Command);
  for (const value of Object.values(node)) visit(value, each);
}

/** A program's name as the record keeps it: what is no plain name may hold a secret. */
function shownProgram(program: string): string {
  return /^[\w./-]*$/.test(program) ? program : "***";
}
