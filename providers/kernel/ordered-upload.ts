import { createChunkRoom } from "./chunk-form";
import { type Chunk, ChunkFailed } from "./chunked-upload";
import type { Clock } from "./clock";
import { BadAnswer, Refused, type SitewrightError } from "./errors";
import { chunkCount, createUploadTeller } from "./upload-progress";
import type { UploadSource } from "./upload-source";
import { isAnswerLost, reasonOf } from "./wire-errors";

export interface OrderedUpload {
  /** What goes where, for progress and messages: `linux.iso to TOWER`. */
  what: string;
  source: UploadSource;
  /** Bytes of every chunk but the last, as the server wants it. */
  chunkSize: number;
  /** How many chunks the server has: the next one is of this number. */
  taken: number;
  /** Sends a chunk, once: the server appends whatever comes. Returns how many it says that it has then. */
  send(chunk: Chunk, signal: AbortSignal): Promise<number>;
  /**
   * How many chunks the server has, once one whose answer was lost cannot come any more: more than `before` as soon as
   * it has come.
   */
  arrived(before: number): Promise<number>;
  clock: Clock;
  signal: AbortSignal;
  progress(text: string): void;
}

/** How often a chunk leaves at most that has not arrived. */
const TRIES = 3;

/**
 * Sends the rest of a file in chunks to a server that appends what comes: in order, one at a time, each once. A chunk
 * whose answer was lost is sent again only where the server says that it has not come. Throws ChunkFailed, BadFile (the
 * file has changed), BadAnswer, or the signal's reason.
 */
export async function uploadInOrder(upload: OrderedUpload): Promise<void> {
  const { what, source, chunkSize, signal } = upload;
  const count = chunkCount(what, source.size, chunkSize);
  const room = createChunkRoom(Math.min(chunkSize, source.size));
  const say = createUploadTeller(upload);
  let { taken } = upload;
  let tries = 0;
  say.begin(Math.max(0, source.size - known(taken) * chunkSize));
  while (taken < count) {
    signal.throwIfAborted();
    const number = taken;
    const offset = number * chunkSize;
    const length = Math.min(chunkSize, source.size - offset);
    const bytes = room.chunk(length);
    await source.read(offset, bytes);
    tries += 1;
    try {
      taken = known(await upload.send({ number, offset, bytes, form: (parts) => room.pack(length, parts) }, signal));
    } catch (error) {
      if (!isAnswerLost(error)) throw error instanceof Refused ? failed(number, error) : error;
      upload.progress(`${what}: the answer to chunk ${number} was lost; looking whether it has come`);
      taken = known(await upload.arrived(number));
      if (taken === number && tries >= TRIES) throw failed(number, error as SitewrightError);
    }
    if (taken === number && tries < TRIES) continue;
    // As where a killed run's chunk came late: what the server has is not the file.
    if (taken !== number + 1)
      throw failed(number, new BadAnswer(`the server has ${taken} chunks, and was sent ${number + 1}`));
    tries = 0;
    say.arrived(length, taken === count ? [] : undefined);
  }
  source.unchanged();
  say.end();

  function known(chunks: number): number {
    if (Number.isInteger(chunks) && chunks >= 0 && chunks <= count) return chunks;
    throw new BadAnswer(`Unable to upload ${what}: the server has ${chunks} chunks of it, and there are ${count}`);
  }

  function failed(number: number, cause: SitewrightError): ChunkFailed {
    const message = `Unable to upload ${what}: chunk ${number} of 0 to ${count - 1} failed: ${reasonOf(cause)}`;
    return new ChunkFailed(message, cause.hint, { cause });
  }
}
