import { closeSync, constants, fstatSync, readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { z } from "zod";
import { openFile, readPart } from "../../base/open-file";
import { unreadable } from "./files";
import { engineProcess, startTime } from "./orphan";
import { sleepReal } from "./timer";

/** The longest that a later run waits for a write in flight, ms, whatever its file says. */
export const LONGEST = 60 * 60_000;

const writerSchema = z.looseObject({
  pid: z.int().positive(),
  /** When the process began, which tells it from a later process with the same id. */
  start: z.string(),
  /** The process id of its run's engine. */
  engine: z.int(),
  host: z.string(),
  /** Which start of which machine or container it runs on: host names alone do not tell these apart. */
  machine: z.string().optional(),
  boot: z.string().optional(),
  namespace: z.string().optional(),
  /** Whether it may write; false while it still looks whether others do. */
  claimed: z.boolean().default(true),
  /** For each write in flight, until when (epoch ms) the other side may still carry it out. */
  inFlight: z.array(z.number()).max(10_000),
  /** The longest that one of its writes may take, ms. */
  longest: z.number().min(0).max(LONGEST).optional(),
  /**
   * By how much the clock of the day is ahead of the clock since the machine's start, ms: only the former is ever put
   * right.
   */
  ahead: z.number().optional(),
});

/**
 * A process that writes to the site of a stack, and its writes in flight: those that have left and are not answered
 * yet.
 */
export type Writer = z.output<typeof writerSchema>;

/** The machine that a writer runs on: the writer's own identity, the clocks, and the other processes. */
export interface Place {
  self: Pick<Writer, "pid" | "start" | "engine" | "host" | "machine" | "boot" | "namespace">;
  /** Epoch ms. */
  now(): number;
  /** Milliseconds since the machine's start, by a clock that all its processes share and nobody puts right. */
  uptime(): number;
  sleep(ms: number): Promise<void>;
  startTime(pid: number): string | undefined;
}

export function thisPlace(): Place {
  return {
    self: {
      pid: process.pid,
      start: startTime(process.pid) ?? "",
      engine: engineProcess(),
      host: hostname(),
      machine: told(() => readFileSync("/etc/machine-id", "utf8")),
      boot: told(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8")),
      namespace: told(() => readlinkSync("/proc/self/ns/pid")),
    },
    now: Date.now,
    uptime: () => Number(process.hrtime.bigint() / 1_000_000n),
    sleep: sleepReal,
    startTime,
  };
}

function told(read: () => string): string | undefined {
  try {
    return read().trim() || undefined;
  } catch {
    return undefined; // this system has no such file
  }
}

/**
 * The writer that a file tells of; "nonsense" where it is no writer's file; undefined where it is gone. Throws BadFile.
 */
export function readWriter(file: string): Writer | "nonsense" | undefined {
  const text = textOf(file);
  if (text === undefined) return undefined;
  try {
    return writerSchema.safeParse(JSON.parse(text)).data ?? "nonsense";
  } catch {
    return "nonsense";
  }
}

/** The most bytes of a writer's file. */
const LARGEST = 1024 * 1024;

/**
 * The text of a file; empty where no run has written it: it is too large, a link, or a pipe, whose end would never
 * come.
 */
function textOf(file: string): string | undefined {
  let handle: number;
  try {
    handle = openFile(file, constants.O_RDONLY);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    if (code === "ELOOP" || code === undefined) return "";
    throw unreadable(file, error);
  }
  try {
    const { size } = fstatSync(handle);
    return size > LARGEST ? "" : readPart(handle, 0, size).toString("utf8");
  } finally {
    closeSync(handle);
  }
}

export type Life = "alive" | "dead" | "not to be seen from here";

/** What can be told of a writer from here. Files of the first releases name the host alone. */
export function lifeOf(writer: Writer, { self, startTime: startOf }: Place): Life {
  if (writer.host !== self.host || differ(writer.machine, self.machine)) return "not to be seen from here";
  // By its id it is this machine before a restart, so that the process is gone; without an id it may be another
  // machine.
  if (differ(writer.boot, self.boot)) return writer.machine ? "dead" : "not to be seen from here";
  if (differ(writer.namespace, self.namespace)) return "not to be seen from here";
  return startOf(writer.pid) === writer.start ? "alive" : "dead";
}

/**
 * For how many milliseconds the other side may still carry out a write of a dead writer. Reckoned by the clock since
 * the machine's start, where both have the same one, and never longer than a write may take, whatever date the file
 * has. `atMost` counts for a writer that does not say how long its writes take.
 */
export function stillInFlight(writer: Writer, { self, now, uptime }: Place, atMost: number): number {
  const sameClock = writer.ahead !== undefined && writer.boot !== undefined && writer.boot === self.boot;
  const there = sameClock ? uptime() + (writer.ahead ?? 0) : now();
  const last = writer.inFlight.reduce((a, b) => Math.max(a, b), 0);
  return Math.min(Math.max(0, last - there), writer.longest ?? atMost);
}

/** Whether `one` goes first of two writers that look at the same time. Both come to the same answer. */
export function goesFirst(a: Place["self"], b: Writer): boolean {
  if (a.start !== b.start)
    return a.start.length - b.start.length < 0 || (a.start.length === b.start.length && a.start < b.start);
  return a.pid < b.pid;
}

function differ(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}
