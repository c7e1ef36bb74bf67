import { randomUUID } from "node:crypto";

/** The parts of a form beside the file's bytes. */
export interface FormParts {
  /** Name of the field that holds the file. */
  field: string;
  filename: string;
  /** Fields before the file. */
  fields?: Record<string, string>;
}

/** A form as it goes over the wire: `body` and `content-type` of a request. */
export interface PackedForm {
  type: string;
  bytes: Uint8Array;
}

/** Memory for one chunk of a file and the form around it: the chunk is read into the place that it is sent from. */
export interface ChunkRoom {
  /** The place that a chunk of so many bytes is read into. */
  chunk(length: number): Uint8Array;
  /** The form (multipart/form-data, RFC 7578) with the chunk of so many bytes that lies in the room. */
  pack(length: number, parts: FormParts): PackedForm;
}

/** Bytes kept free before a chunk for the fields and headers of its form. */
const BEFORE = 16_384;
const AFTER = 128;

/**
 * A room that is used again for each chunk, so that an upload needs the same memory whatever the file's size. A request
 * that was given up may still hold it; its connection is broken, so that nothing of it arrives any more.
 */
export function createChunkRoom(chunkSize: number): ChunkRoom {
  const boundary = `sitewright-${randomUUID()}`;
  const buffer = Buffer.allocUnsafeSlow(BEFORE + chunkSize + AFTER);
  return {
    chunk: (length) => buffer.subarray(BEFORE, BEFORE + length),
    pack(length, { field, filename, fields = {} }) {
      const plain = Object.entries(fields).map(([name, value]) => `${opening(name)}\r\n\r\n${value}\r\n`);
      const file = `${opening(field)}; filename="${quoted(filename)}"\r\ncontent-type: application/octet-stream\r\n\r\n`;
      const head = Buffer.from([...plain, file].join(""));
      if (head.length > BEFORE) throw new Error(`the fields of a chunk's form take ${head.length} bytes`);
      head.copy(buffer, BEFORE - head.length);
      const tail = buffer.write(`\r\n--${boundary}--\r\n`, BEFORE + length);
      return {
        type: `multipart/form-data; boundary=${boundary}`,
        bytes: buffer.subarray(BEFORE - head.length, BEFORE + length + tail),
      };
    },
  };

  function opening(name: string): string {
    return `--${boundary}\r\ncontent-disposition: form-data; name="${quoted(name)}"`;
  }
}

/** A name as browsers escape it in a form (HTML standard, multipart/form-data encoding algorithm). */
function quoted(name: string): string {
  return name.replace(/["\r\n]/g, encodeURIComponent);
}
