import { Client } from "ssh2";
import type { Lab } from "./lab";
import { FIRST } from "./lab.fixture";

/** Of both accounts, fresh from the factory and after a deployment. */
export const FACTORY = "P@ssw0rd!123";

export interface Ran {
  code: number;
  out: string;
  err: string;
}

/**
 * Runs one command. `input` is sent and ended; with null standard input stays open. On a `pty` each pair of a
 * prompt and a line is typed as it comes. `at` is the first host's address unless told.
 */
export function ssh(
  lab: Lab,
  username: string,
  password: string,
  command: string,
  input: string | null = "",
  pty?: [prompt: string, line: string][],
  at: string = FIRST,
): Promise<Ran> {
  const [host, port] = (lab.reach.endpoints[`${at}:22`] as string).split(":");
  const client = new Client();
  return new Promise<Ran>((resolve, reject) => {
    client.on("error", reject);
    client.on("close", () => reject(new Error("closed before the command ended")));
    client.on("ready", () =>
      client.exec(command, pty ? { pty: true } : {}, (error, stream) => {
        if (error) return reject(error);
        const ran: Ran = { code: -1, out: "", err: "" };
        const typed = [...(pty ?? [])];
        stream.on("data", (chunk: Buffer) => {
          ran.out += chunk.toString();
          const [next] = typed;
          if (next && ran.out.endsWith(next[0])) {
            typed.shift();
            stream.write(next[1]);
          }
        });
        stream.stderr.on("data", (chunk: Buffer) => {
          ran.err += chunk.toString();
        });
        stream.on("exit", (code: number) => {
          ran.code = code;
        });
        stream.on("close", () => resolve(ran));
        if (input !== null && !pty) stream.end(input);
      }),
    );
    client.connect({ host, port: Number(port), username, password });
  }).finally(() => client.end());
}
