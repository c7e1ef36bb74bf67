import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { formatDuration } from "./duration";
import { PlanConflict } from "./errors";
import { engineProcess, startTime } from "./orphan";
import { sleepReal } from "./timer";

/** A process that writes to the site of a stack, and its writes that have left and are not answered yet. */
interface Writer {
  pid: number;
  start: string;
  engine: number;
  host: string;
  /** Until when (epoch ms) each write in flight may still be carried out by the other side. */
  inFlight: number[];
}

export interface Writers {
  /**
   * Waits until nobody else writes: until an orphan of a killed run is dead, and until the requests that
   * it had under way cannot commit any more. Throws PlanConflict when a live run holds the stack.
   */
  claim(say: (text: string) => void): Promise<void>;
  /** Announces a write that may take so long (real ms); call what comes back once it is answered. */
  begin(timeoutMs: number): () => void;
}

/**
 * The lock on the journal folder: one file a writing process. Providers are ended by a kill even when all
 * went well, so a file left behind says nothing; a write in flight in it does. `patience` (real ms) is what
 * a live process is given to notice that its engine is gone; it does within a second.
 */
export function openWriters(folder: string, patience = 5_000): Writers {
  const mine: Writer = {
    pid: process.pid,
    start: startTime(process.pid) ?? "",
    engine: engineProcess(),
    host: hostname(),
    inFlight: [],
  };
  const file = join(folder, `${mine.pid}.json`);
  let claimed: Promise<void> | undefined;

  function save(): void {
    const next = `${file}.new`;
    writeFileSync(next, JSON.stringify(mine), { mode: 0o600 });
    renameSync(next, file);
  }

  async function claim(say: (text: string) => void): Promise<void> {
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(folder).filter((entry) => entry.endsWith(".json"))) {
      const other = join(folder, name);
      if (other !== file) await outlive(other, mine, patience, say);
    }
    save();
  }

  return {
    claim(say) {
      claimed ??= claim(say).catch((error: unknown) => {
        claimed = undefined;
        throw error;
      });
      return claimed;
    },
    begin(timeoutMs) {
      const until = Date.now() + timeoutMs;
      mine.inFlight.push(until);
      save();
      return () => {
        mine.inFlight.splice(mine.inFlight.indexOf(until), 1);
        save();
      };
    },
  };
}

async function outlive(file: string, mine: Writer, patience: number, say: (text: string) => void): Promise<void> {
  const giveUp = Date.now() + patience;
  for (;;) {
    const other = readWriter(file);
    if (!other) return;
    const sameHost = other.host === mine.host;
    const alive = sameHost && startTime(other.pid) === other.start;
    if (alive && other.engine === mine.engine) return; // the second provider of our own run
    if (!alive) {
      const rest = Math.max(0, ...other.inFlight) - Date.now();
      if (rest > 0) {
        say(`a killed run left a request under way: waiting ${formatDuration(rest)} until it cannot commit any more`);
        await sleepReal(rest);
      }
      rmSync(file, { force: true });
      return;
    }
    if (Date.now() > giveUp) {
      throw new PlanConflict(
        `another run writes to this stack: process ${other.pid} on ${other.host}`,
        "let it end, or end it, and run up again",
      );
    }
    await sleepReal(100);
  }
}

function readWriter(file: string): Writer | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Writer;
  } catch {
    return undefined; // gone meanwhile
  }
}
