import type { SshTerminal } from "../ssh-terminal";

/** What a program reads. */
export interface Input {
  /** The next line without its end; undefined after the last one. */
  line(): Promise<string | undefined>;
  /** All that is left. */
  rest(): Promise<string>;
  /** It is typed at a terminal. */
  typed?: boolean;
}

/** What a program writes to. */
export interface Output {
  write(text: string): void;
  /** The file behind it. */
  file?: string;
  /** It is the client's channel: who holds it keeps the channel open. */
  channel?: boolean;
}

export function textInput(text: string): Input {
  let left = text;
  return {
    async line() {
      if (left === "") return undefined;
      const [line = ""] = left.split("\n", 1);
      left = left.slice(line.length + 1);
      return line;
    },
    async rest() {
      const all = left;
      left = "";
      return all;
    },
  };
}

export const nowhere: Output = { write: () => {} };

/** Collects what is written. */
export function collected(): Output & { text(): string } {
  let text = "";
  return {
    write(more) {
      text += more;
    },
    text: () => text,
  };
}

export function terminalStreams(terminal: SshTerminal): { input: Input; out: Output; err: Output } {
  return {
    input: { line: () => terminal.secretLine(), rest: () => terminal.rest(), typed: terminal.pty },
    out: { write: (text) => text && terminal.out(text), channel: true },
    err: { write: (text) => text && terminal.err(text), channel: true },
  };
}
