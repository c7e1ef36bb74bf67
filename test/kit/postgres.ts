import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { root } from "./project";

export interface Postgres {
  /** Address of the database for a user; the password goes with it as PGPASSWORD. */
  url(user: string): string;
  stop(): Promise<void>;
}

/**
 * A PostgreSQL of its own in a temporary folder, on a socket there, with the database `pulumi`. Each user has a log-in and a
 * password (the name twice), and acts as the role that owns the database, so that the table is nobody's alone.
 */
export async function startPostgres(users: string[]): Promise<Postgres> {
  const { ensurePostgresql } = (await import(
    pathToFileURL(join(root, "toolchain", "postgresql.mjs")).href
  )) as typeof import("../../toolchain/postgresql.mjs");
  const programs = await ensurePostgresql(root);
  const folder = mkdtempSync(join(tmpdir(), "postgres-"));
  const data = join(folder, "data");
  const account = notRoot();
  if (account) chownSync(folder, account.uid, account.gid);
  const options = { cwd: folder, ...account };

  const made = ["--no-sync", "--encoding=UTF8", "--locale=C", "--no-instructions", "--auth=trust", "--username=admin"];
  execFileSync(join(programs, "initdb"), ["--pgdata", data, ...made], { ...options, stdio: "pipe" });
  writeFileSync(join(data, "pg_hba.conf"), "local all all scram-sha-256\n");
  const statements = [
    "CREATE ROLE pulumi",
    "CREATE DATABASE pulumi OWNER pulumi",
    ...users.flatMap((user) => [
      `CREATE ROLE ${user} LOGIN PASSWORD '${user}${user}' IN ROLE pulumi`,
      `ALTER ROLE ${user} SET role = pulumi`,
    ]),
  ];
  // One statement a line.
  execFileSync(join(programs, "postgres"), ["--single", "-D", data, "postgres"], {
    ...options,
    input: `${statements.join("\n")}\n`,
    stdio: "pipe",
  });

  const settings = ["listen_addresses=", `unix_socket_directories=${folder}`, "fsync=off", "shared_buffers=16MB"];
  const server = spawn(join(programs, "postgres"), ["-D", data, ...settings.flatMap((each) => ["-c", each])], {
    ...options,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(server, "exit");
  await new Promise<void>((resolve, reject) => {
    let said = "";
    createInterface({ input: server.stderr }).on("line", (line) => {
      said += `${line}\n`;
      if (line.includes("ready to accept connections")) resolve();
    });
    server.once("error", reject);
    server.once("exit", () => reject(new Error(`postgres did not start:\n${said}`)));
  });
  return {
    url: (user) => `postgres://${user}@/pulumi?host=${encodeURIComponent(folder)}&sslmode=disable`,
    async stop() {
      server.kill("SIGQUIT");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL refuses to run as root: whose it is then. */
function notRoot(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync("/etc/passwd", "utf8");
  const [, uid, gid] = /^(?:postgres|nobody):[^:]*:(\d+):(\d+):/m.exec(accounts) ?? [];
  if (!uid) throw new Error("root cannot run PostgreSQL, and there is neither an account postgres nor nobody");
  return { uid: Number(uid), gid: Number(gid) };
}
