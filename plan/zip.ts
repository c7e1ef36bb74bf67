import { crc32, inflateRawSync } from "node:zlib";

/** Limits of what is unpacked; the vendor's workbook has 27 entries and 2.5 MB of XML in the parts that are read. */
const zipLimits = { entries: 500, bytes: 32 * 1024 * 1024 };

/** A zip that is damaged or too large. The message says what; the caller names the file. */
export class ZipProblem extends Error {
  readonly hint: string;
  constructor(message: string, hint: string) {
    super(message);
    this.name = "ZipProblem";
    this.hint = hint;
  }
}

export interface ZipEntry {
  method: number;
  flags: number;
  crc: number;
  packed: number;
  /** Where its local header begins. */
  offset: number;
  /** Where its record stands in the directory. */
  record: { from: number; to: number };
}

export interface Zip {
  /** Names of all entries. */
  names: string[];
  /** Bytes of an entry, or undefined where there is none. Counts against the limit for the whole zip. */
  read(name: string): Buffer | undefined;
}

const damaged = "save it again in Excel or WPS, or take an undamaged copy";

/**
 * Opens a zip in memory. Only entries that are asked for are unpacked, and what they really unpack to is bounded,
 * whatever their headers claim (a zip bomb lies there). Throws ZipProblem. Source: PKWARE APPNOTE 6.3.10, 4.3 and 4.4.
 */
export function openZip(bytes: Buffer): Zip {
  const { entries } = readDirectory(bytes);
  let budget = zipLimits.bytes;

  function read(name: string): Buffer | undefined {
    const entry = entries.get(name);
    if (!entry) return undefined;
    if (entry.flags & 1) throw new ZipProblem(`its part ${name} is encrypted`, "remove the password and save it again");
    const start = entry.offset + 30 + word(bytes, entry.offset + 26) + word(bytes, entry.offset + 28);
    if (start + entry.packed > bytes.length) throw new ZipProblem(`its part ${name} is cut off`, damaged);
    const packed = bytes.subarray(start, start + entry.packed);
    const data = unpack(name, entry, packed, budget);
    budget -= data.length;
    if (crc32(data) !== entry.crc) throw new ZipProblem(`its part ${name} is damaged (checksum)`, damaged);
    return data;
  }

  return { names: [...entries.keys()], read };
}

function unpack(name: string, entry: ZipEntry, packed: Buffer, budget: number): Buffer {
  const tooLarge = new ZipProblem(
    `it unpacks to more than ${zipLimits.bytes / 1024 / 1024} MiB`,
    "a planning workbook is far smaller; check where the file comes from",
  );
  if (entry.method === 0) {
    if (packed.length > budget) throw tooLarge;
    return packed;
  }
  if (entry.method !== 8)
    throw new ZipProblem(`its part ${name} is packed in an unknown way (${entry.method})`, damaged);
  if (budget < 1) throw tooLarge;
  try {
    return inflateRawSync(packed, { maxOutputLength: budget });
  } catch (cause) {
    if (cause instanceof RangeError) throw tooLarge;
    throw new ZipProblem(`its part ${name} is damaged`, damaged);
  }
}

/** The directory of a zip: its entries in order, where it begins, and where the end record stands. */
export function readDirectory(bytes: Buffer): { entries: Map<string, ZipEntry>; start: number; end: number } {
  const end = findEnd(bytes);
  const count = word(bytes, end + 10);
  const start = long(bytes, end + 16);
  let at = start;
  if (count > zipLimits.entries) {
    throw new ZipProblem(`it has ${count} parts, more than ${zipLimits.entries}`, "a planning workbook has about 30");
  }
  const entries = new Map<string, ZipEntry>();
  for (let i = 0; i < count; i++) {
    if (at + 46 > bytes.length || long(bytes, at) !== 0x02014b50) {
      throw new ZipProblem("its list of parts is damaged", damaged);
    }
    const nameLength = word(bytes, at + 28);
    const name = bytes.toString("utf8", at + 46, at + 46 + nameLength).replaceAll("\\", "/");
    const to = at + 46 + nameLength + word(bytes, at + 30) + word(bytes, at + 32);
    entries.set(name, {
      flags: word(bytes, at + 8),
      method: word(bytes, at + 10),
      crc: long(bytes, at + 16),
      ...sizesOf(bytes, at, at + 46 + nameLength),
      record: { from: at, to },
    });
    at = to;
  }
  return { entries, start, end };
}

/** What says that a number stands in the ZIP64 extra field, since it is too large for its own (APPNOTE 4.5.3). */
const ELSEWHERE = 0xffffffff;

/** Packed size and place of an entry; some writers use ZIP64 for small ones too. */
function sizesOf(bytes: Buffer, record: number, extras: number): { packed: number; offset: number } {
  const size = long(bytes, record + 24);
  let packed = long(bytes, record + 20);
  let offset = long(bytes, record + 42);
  const end = extras + word(bytes, record + 30);
  for (let at = extras; at + 4 <= end; at += 4 + word(bytes, at + 2)) {
    if (word(bytes, at) !== 1) continue;
    let value = at + (size === ELSEWHERE ? 12 : 4);
    if (packed === ELSEWHERE) {
      packed = longLong(bytes, value);
      value += 8;
    }
    if (offset === ELSEWHERE) offset = longLong(bytes, value);
  }
  return { packed, offset };
}

/** The end record stands in the last 22 to 65557 bytes, behind it only its comment. */
function findEnd(bytes: Buffer): number {
  for (let at = bytes.length - 22; at >= 0 && at >= bytes.length - 65557; at--) {
    if (long(bytes, at) === 0x06054b50) return at;
  }
  throw new ZipProblem("it is cut off or damaged", damaged);
}

function word(bytes: Buffer, at: number): number {
  return at + 2 <= bytes.length ? bytes.readUInt16LE(at) : 0;
}

function longLong(bytes: Buffer, at: number): number {
  return at + 8 <= bytes.length ? Number(bytes.readBigUInt64LE(at)) : 0;
}

function long(bytes: Buffer, at: number): number {
  return at + 4 <= bytes.length ? bytes.readUInt32LE(at) : 0;
}
