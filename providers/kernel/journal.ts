import { closeSync, constants, lstatSync } from "node:fs";
import { z } from "zod";
import { openFile, readPart } from "../../base/open-file";
import { addLine, unreadable } from "./files";

/**
 * How far an object has come:
 * - `intended`: a creating write is about to leave; whether it arrived is not known;
 * - `made`: the vendor has given an id, or has accepted the creating write and given none yet;
 * - `standing`: created or adopted, and as the plan wants it;
 * - `failed`: the vendor says that the work has failed, and it runs no more;
 * - `gone`: deleted or let go by us, or never made.
 */
export type Stage = "intended" | "made" | "standing" | "failed" | "gone";

export interface JournalEntry {
  kind: string;
  connection: string;
  key: string;
  stage: Stage;
  urn: string;
  /**
   * Which resource of the state the object belongs to: made up when the resource comes into being, and the same for
   * ever, whatever the resource's name is. Of several claims to an object the last one counts.
   */
  claim?: string;
  id?: string;
  /** What is needed to go on with the creation, and the vendor tells only once; see Context.checkpoint. */
  memo?: Record<string, unknown>;
  at: string;
}

/**
 * Whether the creation of an entry's object is begun, and its end not noted: the object may be there, half made or
 * whole, or not.
 */
export function isBegun(entry: JournalEntry | undefined): boolean {
  return entry?.stage === "intended" || entry?.stage === "made";
}

/** The memo of an object: by its id, whatever its key was then; before it has one, by its key. */
export function memoOf(journal: Journal, key: JournalKey, id: string | undefined): JournalEntry["memo"] {
  if (id === undefined) {
    const last = journal.last(key);
    return last?.id === undefined ? last?.memo : undefined;
  }
  const holder = journal.holder({ ...key, id });
  return holder?.stage === "gone" ? undefined : holder?.memo;
}

export type JournalKey = Pick<JournalEntry, "kind" | "connection" | "key">;

export interface Journal {
  /** The last entry on an object; undefined when the journal has none. */
  last(of: JournalKey): JournalEntry | undefined;
  /** The last entry on the object of this id, whatever its key was then; undefined when the journal has none. */
  holder(of: Pick<JournalEntry, "kind" | "connection"> & { id: string }): JournalEntry | undefined;
  /**
   * The last entry with an id on the object of a resource, by its claim, whatever key and id the object had before;
   * undefined when the journal has none.
   */
  claimed(of: Pick<JournalEntry, "kind" | "connection"> & { claim: string }): JournalEntry | undefined;
  /** The last entries of all objects whose creation is begun. */
  begun(): JournalEntry[];
  /** Appends an entry, which is on disk when this returns. Throws BadFile, and then the journal is as it was. */
  append(entry: Omit<JournalEntry, "at">): void;
}

/**
 * The journal of a stack, the memory that survives a kill: each entry is a line of JSON, on disk before the write that
 * it announces. The file is its owner's alone, and no link is followed to it. Reading may throw BadFile, too.
 */
export function openJournal(file: string): Journal {
  const byKey = new Map<string, JournalEntry>();
  const byId = new Map<string, JournalEntry>();
  const byClaim = new Map<string, JournalEntry>();
  let read = 0;

  /** Reads the lines that this process or another one has appended since the last look. */
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
    // The first releases wrote `kept` of an object that the state had, and `standing` of others.
    (stage) => (stage === "kept" ? "standing" : stage),
    z.enum(["intended", "made", "standing", "failed", "gone"]),
  ),
  urn: z.string(),
  claim: z.string().optional(),
  id: z.string().optional(),
  memo: z.record(z.string(), z.unknown()).optional(),
  at: z.string(),
});

/**
 * The entry of a line; undefined of half a line, which a kill has cut before its write left, and of one that no run has
 * written.
 */
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
