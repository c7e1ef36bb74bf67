import { closeSync, constants, fstatSync, readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { z } from "zod";
import { openFile, readPart } from "../../base/open-file";
import { unreadable } from "./files";
import { engineProcess, startTime } from "./orphan";
import { sleepReal } from "./timer";

/** A write that may take longer, ms, is waited for no longer by a later run. */
export const LONGEST = 60 * 60_000;

const writerSchema = z.looseObject({
  pid: z.int().positive(),
  /** When it began, so that it is told from a later process of its id. */
  start: z.string(),
  /** The process of its run's engine. */
  engine: z.int(),
  host: z.string(),
  /** What tells machines of one name apart, a machine before from after a restart, and containers on it. */
  machine: z.string().optional(),
  boot: z.string().optional(),
  namespace: z.string().optional(),
  /** False while it looks whether others write. */
  claimed: z.boolean().default(true),
  /** Until when (epoch ms) each write in flight may still be carried out by the other side. */
  inFlight: z.array(z.number()).max(10_000),
  /** The longest that a write of its may take, ms. */
  longest: z.number().min(0).max(LONGEST).optional(),
  /** What the clock of the day is ahead of the one that runs from the machine's start, ms: the first may be put right. */
  ahead: z.number().optional(),
});

/** A process that writes to the site of a stack, and its writes that have left and are not answered yet. */
export type Writer = z.output<typeof writerSchema>;

/** Where a writer runs: its own identity, the clocks, and how others on the same machine are. */
export interface Place {
  self: Pick<Writer, "pid" | "start" | "engine" | "host" | "machine" | "boot" | "namespace">;
  /** Epoch ms. */
  now(): number;
  /** Milliseconds since the machine's start: the same for all its processes, and never put right. */
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
    return undefined; // not on this system
  }
}

/** What a file tells of a writer; "nonsense" where it is none's; undefined where it is gone. Throws BadFile. */
export function readWriter(file: string): Writer | "nonsense" | undefined {
  const text = textOf(file);
  if (text === undefined) return undefined;
  try {
    return writerSchema.safeParse(JSON.parse(text)).data ?? "nonsense";
  } catch {
    return "nonsense";
  }
}

/** Bytes of a file that a run writes about itself. */
const LARGEST = 1024 * 1024;

/** Empty where it is nothing that a run has written: too large, a link, or a pipe, which would be waited for without end. */
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

/** What can be told of a writer by its process. Files of the first releases name the host alone. */
export function lifeOf(writer: Writer, { self, startTime: startOf }: Place): Life {
  if (writer.host !== self.host || differ(writer.machine, self.machine)) return "not to be seen from here";
  // One machine has been started anew, and its processes with it; without its id it may be another of its name.
  if (differ(writer.boot, self.boot)) return writer.machine ? "dead" : "not to be seen from here";
  if (differ(writer.namespace, self.namespace)) return "not to be seen from here";
  return startOf(writer.pid) === writer.start ? "alive" : "dead";
}

/**
 * How many milliseconds a write of a dead writer may still be carried out. By the clock that nobody puts right, where
 * that is the same one; and never longer than it may take from now on, whatever date stands there. `atMost` counts for
 * one that does not say how long its writes take.
 */
export function stillInFlight(writer: Writer, { self, now, uptime }: Place, atMost: number): number {
  const sameClock = writer.ahead !== undefined && writer.boot !== undefined && writer.boot === self.boot;
  const there = sameClock ? uptime() + (writer.ahead ?? 0) : now();
  const last = writer.inFlight.reduce((a, b) => Math.max(a, b), 0);
  return Math.min(Math.max(0, last - there), writer.longest ?? atMost);
}

/** Whether one goes first of two that look at the same time. Both find the same answer. */
export function goesFirst(a: Place["self"], b: Writer): boolean {
  if (a.start !== b.start)
    return a.start.length - b.start.length < 0 || (a.start.length === b.start.length && a.start < b.start);
  return a.pid < b.pid;
}

function differ(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}
