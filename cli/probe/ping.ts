import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** The `ping` program on PATH, if one is installed. */
export async function findPing(path = process.env.PATH ?? ""): Promise<string | undefined> {
  for (const folder of path.split(delimiter).filter(Boolean)) {
    const file = join(folder, "ping");
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return file;
  }
  return undefined;
}

/**
 * Sends one echo request with a program, since only privileged ones may send it. Undefined where the program itself
 * failed (exit codes other than 0 and 1, as iputils and busybox have them): then nothing was tried.
 */
export function ping(program: string, address: string, timeoutMs: number, signal: AbortSignal) {
  // macOS counts -W in milliseconds, the others in seconds.
  const wait = process.platform === "darwin" ? timeoutMs : Math.ceil(timeoutMs / 1_000);
  const options = { timeout: timeoutMs + 2_000, killSignal: "SIGKILL" as const, signal };
  return new Promise<boolean | undefined>((resolve) => {
    execFile(program, ["-n", "-c", "1", "-W", String(wait), address], options, (error) => {
      if (!error) resolve(true);
      else resolve(error.code === 1 ? false : undefined);
    });
  });
}
