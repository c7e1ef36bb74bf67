// Child processes and log lines of the set-up. Everything in toolchain/ runs before anything is installed or built,
// so it uses Node's built-ins only.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { createInterface } from "node:readline";

/** Something the user can put right. Its message is all that is shown: no stack trace. */
export class SetupError extends Error {
  /** @param {string} message what is missing and what to do, in one line */
  constructor(message) {
    super(message);
    this.name = "SetupError";
  }
}

/** Whole lines only: the output must read the same in a log as on a terminal. @param {string} line */
export function say(line) {
  process.stdout.write(`set-up: ${line}\n`);
}

/** @param {number} since start in milliseconds (Date.now) @returns {string} such as "8 s" or "2 min 5 s" */
export function elapsed(since) {
  return spanOf(Date.now() - since);
}

/** @param {number} milliseconds @returns {string} such as "8 s" or "2 min 5 s" */
export function spanOf(milliseconds) {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** @type {Set<import("node:child_process").ChildProcess>} */
const children = new Set();

/** A set-up that is told to stop takes its compiler or installer with it. */
export function stopChildrenOnSignals() {
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    process.once(signal, () => {
      for (const child of children) child.kill(signal);
      process.exit(128 + constants.signals[signal]);
    });
  }
}

/**
 * Runs a command to its end.
 * @param {string} command
 * @param {string[]} args
 * @param {object} [options]
 * @param {string} [options.cwd]
 * @param {NodeJS.ProcessEnv} [options.env]
 * @param {number} [options.timeoutMs] after which the command is killed
 * @param {(line: string) => void} [options.onLine] each line of its stderr, as it comes
 * @param {() => string} [options.progress] a status that is printed every few seconds while the command runs
 * @returns {Promise<{code: number, stdout: string, stderr: string}>} code -1 when it could not be started
 */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    let stdout = "";
    let stderr = "";
    const child = spawn(command, args, { cwd: options.cwd, env: options.env, stdio: ["ignore", "pipe", "pipe"] });
    children.add(child);
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
    });
    createInterface({ input: child.stderr }).on("line", (line) => {
      stderr += `${line}\n`;
      options.onLine?.(line);
    });
    const { progress } = options;
    const ticker = progress ? setInterval(() => say(progress()), 5000) : undefined;
    const killer = options.timeoutMs ? setTimeout(() => child.kill("SIGKILL"), options.timeoutMs) : undefined;
    const end = (/** @type {number} */ code) => {
      clearInterval(ticker);
      clearTimeout(killer);
      children.delete(child);
      resolve({ code, stdout, stderr });
    };
    child.on("error", (error) => {
      stderr += `${error.message}\n`;
      end(-1);
    });
    child.on("close", (code, signal) => {
      if (signal) stderr += `ended by ${signal}\n`;
      end(code ?? 128);
    });
  });
}

/**
 * A command's output for an error message: its first lines, where compilers and npm say what is wrong, and its last.
 * @param {{stdout: string, stderr: string}} result @returns {string} indented, at most 21 lines
 */
export function excerpt(result) {
  const lines = `${result.stdout}\n${result.stderr}`.split("\n").filter((line) => line.trim() !== "");
  const shown = lines.length <= 21 ? lines : [...lines.slice(0, 12), "…", ...lines.slice(-8)];
  return shown.map((line) => `  ${line}`).join("\n");
}
