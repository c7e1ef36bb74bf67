import { Client } from "ssh2";

/** A connection that is not open yet. */
export function createSshClient(): Client {
  return new Client();
}
