import { linkSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { removeUnfinished } from "../../base/write-whole";
import { formatDuration } from "./duration";
import { PlanConflict, type SitewrightError } from "./errors";
import { removeFile, replaceFile, unreadable } from "./files";
import { goesFirst, LONGEST, lifeOf, type Place, readWriter, stillInFlight, thisPlace, type Writer } from "./writer";

export interface Writers {
  /**
   * Waits until nobody else writes: until the provider of a killed run is dead, and until the requests that it had
   * under way cannot commit any more. Resolves with what lets go again; once all claims are let go, the file is gone.
   * Throws PlanConflict when a live run holds the stack, or one that cannot be seen from here; BadFile.
   */
  claim(say: (text: string) => void): Promise<() => void>;
  /**
   * Announces a write that may take so long (real ms), and returns what is to be called once it is answered. Throws
   * BadFile.
   */
  begin(timeoutMs: number): () => void;
}

export interface WritersOptions {
  /**
   * Real ms that a live provider is given to notice that its engine is gone, which takes it a second. 5,000 unless
   * told.
   */
  patience?: number;
  /** Real ms that a write may take of a writer that does not say so itself; 10,000 unless told. */
  atMost?: number;
  /** Where this writer runs: this process on this machine, unless told. */
  place?: Place;
}

/** Real ms between two looks at the other writers. */
const LOOK = 100;

/**
 * The lock on the stack's writes: one file for each writing process. A writer puts its own file there first and then
 * looks at the others', so that of two that begin at the same moment at least one sees the other. Both know by the same
 * rule who goes first; the other one takes its file away before it looks again. The engine ends a provider by a kill
 * even when all went well: so a writer notes what it has in flight, and lets go between its operations.
 */
export function openWriters(
  folder: string,
  { patience = 5_000, atMost = 10_000, place = thisPlace() }: WritersOptions = {},
): Writers {
  const mine: Writer = { ...place.self, claimed: false, inFlight: [], longest: 0 };
  const file = join(folder, `${mine.pid}.json`);
  let claimed: Promise<void> | undefined;
  let written = false;
  let holders = 0;

  function save(how?: { place: typeof linkOrMove }): void {
    mine.ahead = place.now() - place.uptime();
    // A power cut ends the requests in flight as well, so that this file need not outlast it.
    replaceFile(file, JSON.stringify(mine), { ...how, lasting: false });
    written = true;
  }

  function letGo(): void {
    if (holders > 0 || mine.inFlight.some((until) => until > place.now())) return;
    claimed = undefined;
    mine.claimed = false;
    leave();
  }

  function leave(): void {
    try {
      if (written) rmSync(file, { force: true });
    } catch {} // as a kill leaves it
    written = false;
  }

  async function claim(say: (text: string) => void): Promise<void> {
    try {
      let steppedBack = false;
      for (let waited = 0; ; waited += LOOK) {
        // A writer that has stepped back puts its file there again only where nobody is left: it would hold up who goes
        // first.
        let hindrance: Hindrance | undefined = steppedBack ? await othersThan(say) : undefined;
        if (!hindrance) {
          await ask(say);
          hindrance = await othersThan(say);
          if (!hindrance) break;
          steppedBack = hindrance.goesFirst;
          if (steppedBack) leave();
        }
        if (waited >= patience) throw hindrance.error;
        await place.sleep(LOOK);
      }
      mine.claimed = true;
      save();
    } catch (error) {
      leave();
      throw error;
    }
  }

  /**
   * Puts the own file there, once the writes that an earlier process with the same id has left cannot commit any more.
   */
  async function ask(say: (text: string) => void): Promise<void> {
    for (;;) {
      const stands = readWriter(file);
      written = isMine(stands);
      if (written) return;
      if (stands) await outlive(file, stands, say);
      else if (placed()) return;
    }
  }

  function placed(): boolean {
    try {
      save({ place: linkOrMove });
      return true;
    } catch (error) {
      const { code, syscall } = systemErrorOf(error);
      if (code !== "EEXIST" || syscall !== "link") throw error;
      return false; // another process has just made a file of that name
    }
  }

  function isMine(writer: Writer | "nonsense" | undefined): boolean {
    return typeof writer === "object" && writer.start === mine.start && lifeOf(writer, place) === "alive";
  }

  /** The first of the other writers that holds the stack, or looks at the same time; undefined where there is none. */
  async function othersThan(say: (text: string) => void): Promise<Hindrance | undefined> {
    for (const name of writersIn(folder)) {
      const at = join(folder, name);
      const other = at === file ? undefined : readWriter(at);
      if (!other) continue;
      const hindrance = await outlive(at, other, say);
      if (hindrance) return hindrance;
    }
    return undefined;
  }

  /**
   * Waits until the requests of a dead writer cannot commit any more. A live one of another run is what hinders this
   * one; throws PlanConflict of one that cannot be seen from here.
   */
  async function outlive(
    at: string,
    other: Writer | "nonsense",
    say: (text: string) => void,
  ): Promise<Hindrance | undefined> {
    if (other === "nonsense")
      throw new PlanConflict(
        `${at} is not what a run writes about itself: whether one writes to this stack cannot be told`,
        "if no other run is under way, remove that file, and run up again",
      );
    const life = lifeOf(other, place);
    if (life === "not to be seen from here")
      throw new PlanConflict(
        `another run writes to this stack, or was killed while it did: process ${other.pid} on ${other.host}, which cannot be seen from here`,
        `look there, and let it end; once it runs no more, remove ${at} and run up again`,
      );
    if (life === "alive") {
      if (other.engine === mine.engine) return undefined; // another provider of our own run
      return {
        goesFirst: !other.claimed && !goesFirst(place.self, other),
        error: new PlanConflict(
          `another run writes to this stack: process ${other.pid} on ${other.host}`,
          `let it end, or end it, and run up again; if that process is no run of pulumi, remove ${at}`,
        ),
      };
    }
    const rest = stillInFlight(other, place, atMost);
    if (rest > 0) {
      say(`a killed run left a request under way: waiting ${formatDuration(rest)} until it cannot commit any more`);
      await place.sleep(rest);
    }
    removeFile(at);
    return undefined;
  }

  return {
    async claim(say) {
      holders += 1;
      try {
        claimed ??= claim(say).catch((error: unknown) => {
          claimed = undefined;
          throw error;
        });
        await claimed;
      } catch (error) {
        holders -= 1;
        throw error;
      }
      let held = true;
      return () => {
        if (held) holders -= 1;
        held = false;
        letGo();
      };
    },
    begin(timeoutMs) {
      const until = place.now() + timeoutMs;
      mine.inFlight = [...mine.inFlight.filter((each) => each > place.now()), until];
      mine.longest = Math.min(Math.max(mine.longest ?? 0, timeoutMs), LONGEST);
      save();
      return () => {
        const at = mine.inFlight.indexOf(until);
        if (at >= 0) mine.inFlight.splice(at, 1);
        try {
          save();
        } catch {
          // The write was answered, which counts. A file that still names it makes a later run wait in vain, and no
          // more.
        }
        letGo();
      };
    },
  };
}

/** The system's own message at the bottom of an error. */
function systemErrorOf(error: unknown): NodeJS.ErrnoException {
  let at = error as NodeJS.ErrnoException;
  while (at.cause instanceof Error) at = at.cause;
  return at;
}

interface Hindrance {
  /** Whether the writer only looks, as this one does, and goes first. */
  goesFirst: boolean;
  error: SitewrightError;
}

/** The names of the writers' files, without the unfinished ones that killed processes have left. */
function writersIn(folder: string): string[] {
  const names = namesIn(folder);
  for (const name of new Set(names.map((each) => each.replace(/\.\d+\.new$/, ""))))
    removeUnfinished(join(folder, name));
  return names.filter((name) => name.endsWith(".json"));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw unreadable(folder, error);
  }
}

/**
 * Gives a file a name that no other file has. Where a file system knows no links, the last one to come has the name.
 */
function linkOrMove(finished: string, file: string): void {
  try {
    linkSync(finished, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw error;
    renameSync(finished, file);
  }
}
