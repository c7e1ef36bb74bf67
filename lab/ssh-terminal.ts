import type { ServerChannel } from "ssh2";

/** Real milliseconds that a process lives at least: what a client writes as soon as it has started one must find it. */
const LIVES = 250;

/** The connection broke before the command had all of its input. */
export class ConnectionGone extends Error {}

/** What a command reads and writes; on a pty as on one: typed text echoed, both outputs one, CRLF. */
export interface SshTerminal {
  readonly pty: boolean;
  out(text: string): void;
  err(text: string): void;
  /** The next line of input without its end, never echoed; undefined after the last one. */
  secretLine(): Promise<string | undefined>;
  /** All input to its end, on a pty to ^D, and echoed there. */
  rest(): Promise<string>;
  end(code: number): void;
}

export function sshTerminal(channel: ServerChannel, pty: boolean, connected: () => boolean): SshTerminal {
  let input = "";
  let state: "open" | "ended" | "gone" = "open";
  let arrived = () => {};
  let ends = () => {};
  // A real one ends when it has done its work, which takes it longer than a client that writes at once.
  const mayEnd = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, LIVES).unref();
    ends = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  channel.on("data", (chunk: Buffer) => {
    const text = chunk.toString();
    const stop = pty ? text.indexOf("\x04") : -1;
    input += (stop < 0 ? text : text.slice(0, stop)).replaceAll("\r\n", "\n").replaceAll("\r", "\n");
    if (stop >= 0) state = "ended";
    if (state !== "open") ends();
    arrived();
  });
  channel.on("end", () => {
    // A channel also ends with its connection: then the input may be half of what was meant.
    if (state === "open") state = connected() ? "ended" : "gone";
    ends();
    arrived();
  });

  function more(): Promise<void> {
    return new Promise((resolve) => {
      arrived = resolve;
    });
  }

  const shown = (text: string) => (pty ? text.replaceAll("\n", "\r\n") : text);
  const out = (text: string) => void channel.write(shown(text));
  return {
    pty,
    out,
    err: (text) => (pty ? out(text) : void channel.stderr.write(text)),
    async secretLine() {
      while (!input.includes("\n") && state === "open") await more();
      if (state === "gone") throw new ConnectionGone();
      if (input === "") return undefined;
      const [line = ""] = input.split("\n", 1);
      input = input.slice(line.length + 1);
      return line;
    },
    async rest() {
      while (state === "open") await more();
      if (state === "gone") throw new ConnectionGone();
      if (pty) out(input);
      return input;
    },
    end(code) {
      void mayEnd.then(() => {
        channel.exit(code);
        channel.end();
      });
    },
  };
}
