import { closeSync, constants, lstatSync } from "node:fs";
import { z } from "zod";
import { openFile, readPart } from "../../base/open-file";
import { addLine, unreadable } from "./files";

/**
 * How far an object has come:
 * - `intended`: a creating write is about to leave; whether it arrived is not known;
 * - `made`: the vendor has given an id, or has taken the creating write on and given none yet;
 * - `standing`: created or adopted, as the plan wants it;
 * - `failed`: the vendor says that the work failed, and it runs no more;
 * - `gone`: deleted or let go by us.
 */
export type Stage = "intended" | "made" | "standing" | "failed" | "gone";

export interface JournalEntry {
  kind: string;
  connection: string;
  key: string;
  stage: Stage;
  urn: string;
  /**
   * Which resource of the state it is: made up when the resource comes into being, and kept by it whatever it is called.
   * Who has taken an object over last has the last claim to it.
   */
  claim?: string;
  id?: string;
  /** What is needed to go on and the vendor does not tell again; see Context.checkpoint. */
  memo?: Record<string, unknown>;
  at: string;
}

/** Whether a creation is begun and its end is not noted: what it has made may be there, half made or whole, or not. */
export function isBegun(entry: JournalEntry | undefined): boolean {
  return entry?.stage === "intended" || entry?.stage === "made";
}

export type JournalKey = Pick<JournalEntry, "kind" | "connection" | "key">;

export interface Journal {
  /** The last word on an object; undefined when the journal has none. */
  last(of: JournalKey): JournalEntry | undefined;
  /** The last word on what goes by this id, whatever its key was then; undefined when the journal has none. */
  holder(of: Pick<JournalEntry, "kind" | "connection"> & { id: string }): JournalEntry | undefined;
  /**
   * The last word with an id on what a resource has, by its claim, whatever key and id it had before; undefined when the
   * journal has none.
   */
  claimed(of: Pick<JournalEntry, "kind" | "connection"> & { claim: string }): JournalEntry | undefined;
  /** The objects whose creation was begun and has not ended, as far as the journal knows. */
  begun(): JournalEntry[];
  /** Appends a line and has it on disk before it returns. Throws BadFile, and the journal is as it was. */
  append(entry: Omit<JournalEntry, "at">): void;
}

/**
 * The memory that survives a kill: one JSON line a step, on disk before the write that it announces.
 * It is its owner's alone, and no link is followed to it. Whoever reads it may meet BadFile.
 */
export function openJournal(file: string): Journal {
  const byKey = new Map<string, JournalEntry>();
  const byId = new Map<string, JournalEntry>();
  const byClaim = new Map<string, JournalEntry>();
  let read = 0;

  /** Takes in what was appended since the last look, by this process or another one of the run. */
  function catchUp(): void {
    const size = lstatSync(file, { throwIfNoEntry: false })?.size ?? 0;
    if (size === read) return;
    if (size < read) read = 0;
    const added = readFrom(file, read, size);
    const whole = added.lastIndexOf(0x0a) + 1;
    for (const line of added.subarray(0, whole).toString("utf8").split("\n")) {
      const entry = parseLine(line);
      if (!entry) continue;
      byKey.set(identity(entry), entry);
      if (entry.id === undefined) continue;
      byId.set(within(entry, entry.id), entry);
      if (entry.claim !== undefined) byClaim.set(within(entry, entry.claim), entry);
    }
    read += whole;
  }

  function append(entry: Omit<JournalEntry, "at">): void {
    addLine(file, JSON.stringify({ ...entry, at: new Date().toISOString() }));
  }

  return {
    last(of) {
      catchUp();
      return byKey.get(identity(of));
    },
    holder(of) {
      catchUp();
      return byId.get(within(of, of.id));
    },
    claimed(of) {
      catchUp();
      return byClaim.get(within(of, of.claim));
    },
    begun() {
      catchUp();
      return [...byKey.values()].filter(isBegun);
    },
    append,
  };
}

function identity(of: JournalKey): string {
  return JSON.stringify([of.kind, of.connection, of.key]);
}

/** An id or a claim, which are told apart by kind and connection. */
function within(of: Pick<JournalEntry, "kind" | "connection">, name: string): string {
  return JSON.stringify([of.kind, of.connection, name]);
}

const entrySchema = z.object({
  kind: z.string().min(1),
  connection: z.string(),
  key: z.string(),
  stage: z.preprocess(
    // Journals of the first releases tell what the engine's state had from what merely stood.
    (stage) => (stage === "kept" ? "standing" : stage),
    z.enum(["intended", "made", "standing", "failed", "gone"]),
  ),
  urn: z.string(),
  claim: z.string().optional(),
  id: z.string().optional(),
  memo: z.record(z.string(), z.unknown()).optional(),
  at: z.string(),
});

/** Undefined for half a line, cut by a kill, whose write had not been announced; and for what no run has written. */
function parseLine(line: string): JournalEntry | undefined {
  try {
    return entrySchema.safeParse(JSON.parse(line)).data as JournalEntry | undefined;
  } catch {
    return undefined;
  }
}

function readFrom(file: string, start: number, end: number): Buffer {
  let descriptor: number | undefined;
  try {
    descriptor = openFile(file, constants.O_RDONLY);
    return readPart(descriptor, start, end);
  } catch (error) {
    throw unreadable(file, error);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
