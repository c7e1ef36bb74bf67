import { joined } from "./abort";
import { type ChunkRoom, createChunkRoom, type FormParts, type PackedForm } from "./chunk-form";
import type { Clock } from "./clock";
import { BadAnswer, CannotReach, Refused, SitewrightError } from "./errors";
import { chunkCount, createUploadTeller } from "./upload-progress";
import type { UploadSource } from "./upload-source";
import { reasonOf } from "./wire-errors";

/** One piece of a file on its way. */
export interface Chunk {
  /** Counted from 0. */
  number: number;
  /** Bytes of the file before this chunk. */
  offset: number;
  /** The chunk's bytes, valid until `send` has returned: their room is used again then. */
  bytes: Uint8Array;
  /** The form that holds the chunk. */
  form(parts: FormParts): PackedForm;
}

export interface ChunkedUpload {
  /** What goes where, for progress and messages: `tools.iso to HCI-01`. */
  what: string;
  source: UploadSource;
  /** Bytes of every chunk but the last, as the server wants it. */
  chunkSize: number;
  /**
   * The numbers of the chunks that the server asks for. Undefined when nobody knows, as after a kill: then the last
   * chunk is sent first, and its answer tells.
   */
  missing: readonly number[] | undefined;
  /**
   * Sends a chunk, once, and returns the numbers that the server then still asks for; undefined where it does not say.
   * The same chunk may be sent again at any time.
   */
  send(chunk: Chunk, signal: AbortSignal): Promise<readonly number[] | undefined>;
  /** Chunks on their way at once; 3 unless told. 1 sends them in order, for servers that want it so. */
  inFlight?: number;
  /** How often each chunk is sent at most; 3 unless told. */
  tries?: number;
  clock: Clock;
  signal: AbortSignal;
  progress(text: string): void;
}

/** A chunk that the server has not taken, however often it was sent. `cause` is the error of the last time. */
export class ChunkFailed extends SitewrightError {
  readonly code = "chunk-failed";
}

/**
 * Chunks on their way at once: one is read and one is answered while one is sent. Of 4 GB, two reach 0.7 to 0.9 of
 * curl's rate, since the server has to wait now and then, and three reach 0.9; a fourth gains nothing
 * (bench/upload.ts).
 */
const IN_FLIGHT = 3;
/** Vendor milliseconds before a chunk is sent for the second time; before each further time so many more. */
const PAUSE = 1_000;

/**
 * Sends a file in chunks, several at a time, until the server asks for none; only these chunks lie in memory. Throws
 * ChunkFailed, NotFound (the server knows of no such upload), NotAuthorised, NotTrusted, BadFile (the file has
 * changed), BadAnswer, or the signal's reason. When it throws, no chunk is under way any more.
 */
export async function uploadInChunks(upload: ChunkedUpload): Promise<void> {
  const { what, source, chunkSize, clock, tries = 3 } = upload;
  const count = chunkCount(what, source.size, chunkSize);
  const lengthOf = (number: number) => Math.min(chunkSize, source.size - number * chunkSize);
  const rooms: ChunkRoom[] = [];
  const tried = new Map<number, number>();
  const say = createUploadTeller(upload);
  const failing = new AbortController();
  const { signal, release } = joined(upload.signal, failing.signal);

  /** Sends these chunks. Returns the numbers that the server then asks for; undefined when it does not say. */
  async function round(numbers: readonly number[]): Promise<readonly number[] | undefined> {
    const queue = [...numbers];
    let newest: readonly number[] | undefined;
    async function lane(room: ChunkRoom): Promise<void> {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const left = await untilKept(next, room);
        // Answers overtake one another. What is missing only gets less, so that the shortest list is the newest.
        if (left && left.length <= (newest?.length ?? Number.POSITIVE_INFINITY)) newest = left;
      }
    }
    const lanes = Math.min(upload.inFlight ?? IN_FLIGHT, numbers.length);
    while (rooms.length < lanes) rooms.push(createChunkRoom(Math.min(chunkSize, source.size)));
    let first: { error: unknown } | undefined;
    await Promise.all(
      rooms.slice(0, lanes).map((room) =>
        lane(room).catch((error: unknown) => {
          first ??= { error };
          failing.abort(error);
        }),
      ),
    );
    upload.signal.throwIfAborted();
    if (first) throw first.error;
    return newest && known(newest);
  }

  async function untilKept(number: number, room: ChunkRoom): Promise<readonly number[] | undefined> {
    const length = lengthOf(number);
    const offset = number * chunkSize;
    const bytes = room.chunk(length);
    signal.throwIfAborted();
    await source.read(offset, bytes);
    for (;;) {
      const time = (tried.get(number) ?? 0) + 1;
      // A chunk that is taken and asked for again later counts as failed: otherwise two in turn would be sent for ever.
      if (time > tries) throw failed(number, tries, askedAgain());
      tried.set(number, time);
      const outcome = await sendOnce({ number, offset, bytes, form: (parts) => room.pack(length, parts) });
      if ("left" in outcome) {
        say.arrived(length, outcome.left);
        return outcome.left;
      }
      if (time >= tries) throw failed(number, time, outcome.error);
      upload.progress(`${what}: chunk ${number} once more: ${reasonOf(outcome.error)}`);
      await clock.sleep(PAUSE * time, signal);
    }
  }

  async function sendOnce(chunk: Chunk): Promise<{ left: readonly number[] | undefined } | { error: SitewrightError }> {
    try {
      const left = await upload.send(chunk, signal);
      if (!left?.includes(chunk.number)) return { left };
      return { error: askedAgain() };
    } catch (error) {
      if (error instanceof CannotReach || error instanceof Refused || error instanceof BadAnswer) return { error };
      throw error;
    }
  }

  function askedAgain(): BadAnswer {
    return new BadAnswer("the server took it and asks for it again");
  }

  function failed(number: number, times: number, cause: SitewrightError): ChunkFailed {
    const message = `Unable to upload ${what}: chunk ${number} of 0 to ${count - 1} failed ${times} times: ${reasonOf(cause)}`;
    return new ChunkFailed(message, cause.hint, { cause });
  }

  function known(numbers: readonly number[]): readonly number[] {
    const stranger = numbers.find((number) => number < 0 || number >= count);
    if (stranger === undefined) return [...new Set(numbers)];
    throw new BadAnswer(
      `Unable to upload ${what}: the server asks for chunk ${stranger}, of ${source.size} bytes in chunks of ${chunkSize} there are 0 to ${count - 1}`,
    );
  }

  try {
    let missing: readonly number[] | undefined = upload.missing
      ? known(upload.missing)
      : ((await round([count - 1])) ?? [...Array(count - 1).keys()]);
    // After a round the server asks for the chunks that it has lost after all; as a rule there are none.
    while (missing && missing.length > 0) {
      say.begin(missing.reduce((sum, number) => sum + lengthOf(number), 0));
      missing = await round(missing);
    }
    source.unchanged();
    say.end();
  } finally {
    release();
  }
}
