import type { Clock } from "./clock";
import { formatDuration } from "./duration";
import { BadAnswer } from "./errors";
import type { UploadSource } from "./upload-source";

/** What is told of an upload, and to whom. */
interface Told {
  what: string;
  source: Pick<UploadSource, "size">;
  clock: Clock;
  progress(text: string): void;
}

/** The most chunks of one file: of 1 MiB each they are 100 GiB. A server that wants more wants them too small. */
const MOST = 100_000;
/** The most bytes of a chunk, since three chunks lie in memory. */
const LARGEST = 256 * 1024 * 1024;
/** Milliseconds between two lines on the progress of an upload. */
const SAY = 2_000;

/** How many chunks a file is sent in. Throws BadAnswer where the server wants chunks of a size that is none. */
export function chunkCount(what: string, size: number, chunkSize: number): number {
  const count = Math.ceil(size / chunkSize);
  if (count <= MOST && Math.min(chunkSize, size) <= LARGEST) return count;
  throw new BadAnswer(
    `Unable to upload ${what}: the server wants its ${size} bytes in chunks of ${chunkSize}: ${count} of them`,
  );
}

/** Says bytes, rate and time left of an upload now and then. */
export function createUploadTeller({ what, source, clock, progress }: Told) {
  const watch = clock.stopwatch();
  let sent = 0;
  let left = source.size;
  let saidAt = Number.NEGATIVE_INFINITY;

  function tell(): void {
    const elapsed = Math.max(1, watch.elapsed());
    const rate = sent / elapsed;
    const time = left > 0 && rate > 0 ? `, ${formatDuration(left / rate)} left` : "";
    const speed = sent > 0 ? `, ${mebibytes(rate * 1_000)}/s` : "";
    progress(`uploading ${what}: ${mebibytes(source.size - left)} of ${mebibytes(source.size)}${speed}${time}`);
    saidAt = elapsed;
  }

  return {
    /** Notes how many bytes are still to be sent. */
    begin(bytes: number): void {
      left = bytes;
      tell();
    },
    arrived(bytes: number, missing: readonly number[] | undefined): void {
      sent += bytes;
      left = missing?.length === 0 ? 0 : Math.max(0, left - bytes);
      if (watch.elapsed() - saidAt >= SAY) tell();
    },
    end(): void {
      left = 0;
      tell();
    },
  };
}

function mebibytes(bytes: number): string {
  const size = bytes / (1024 * 1024);
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} MiB`;
}
