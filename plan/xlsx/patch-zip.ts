import { crc32, deflateRawSync } from "node:zlib";
import { readDirectory, type ZipEntry, ZipProblem } from "../zip";

/** What becomes of parts: new content, a new part at the end, or (undefined) none any more. */
export type PartChanges = ReadonlyMap<string, Uint8Array | undefined>;

const unusual = "save it again in Excel or WPS";

/**
 * A zip with some of its parts changed. The bytes of all others are copied as they are packed, in their order, with
 * their dates and extra fields: nothing of them is unpacked, so pictures of any size cost nothing. By hand, because
 * zip libraries pack everything anew. Throws ZipProblem. Source: PKWARE APPNOTE 6.3.10, 4.3 and 4.4.
 */
export function patchZip(bytes: Buffer, changes: PartChanges): Buffer {
  const { entries, start, end } = readDirectory(bytes);
  if (entries.size !== bytes.readUInt16LE(end + 10)) throw new ZipProblem("it has two parts of one name", unusual);
  if (bytes.readUInt16LE(end + 8) === 0xffff || start === 0xffffffff) {
    throw new ZipProblem("it is a ZIP64 archive", unusual);
  }
  const borders = [...entries.values()].map(({ offset }) => offset).sort((a, b) => a - b);
  const local: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;

  function add(pieces: Buffer[], record: Buffer): void {
    record.writeUInt32LE(at, 42);
    directory.push(record);
    for (const piece of pieces) {
      local.push(piece);
      at += piece.length;
    }
  }

  for (const [name, entry] of entries) {
    const record = Buffer.from(bytes.subarray(entry.record.from, entry.record.to));
    if (!changes.has(name)) {
      const next = borders.find((offset) => offset > entry.offset) ?? start;
      if (next > start || bytes.readUInt32LE(entry.offset) !== 0x04034b50) {
        throw new ZipProblem("its list of parts is damaged", unusual);
      }
      add([bytes.subarray(entry.offset, next)], record);
      continue;
    }
    const content = changes.get(name);
    if (content) add(...packed(bytes.subarray(entry.record.from + 46, nameEnd(bytes, entry)), content, record));
  }
  for (const [name, content] of changes) {
    if (content && !entries.has(name)) add(...packed(Buffer.from(name, "utf8"), content, dated(bytes, entries)));
  }

  const size = directory.reduce((sum, record) => sum + record.length, 0);
  const tail = Buffer.from(bytes.subarray(end));
  tail.writeUInt16LE(directory.length, 8);
  tail.writeUInt16LE(directory.length, 10);
  tail.writeUInt32LE(size, 12);
  tail.writeUInt32LE(at, 16);
  return Buffer.concat([...local, ...directory, tail]);
}

function nameEnd(bytes: Buffer, { record }: ZipEntry): number {
  return record.from + 46 + bytes.readUInt16LE(record.from + 28);
}

/** A directory record for a new part with the date of the first one: the same input gives the same bytes. */
function dated(bytes: Buffer, entries: Map<string, ZipEntry>): Buffer {
  const record = Buffer.alloc(46);
  record.writeUInt32LE(0x02014b50, 0);
  record.writeUInt16LE(20, 4);
  record.writeUInt16LE(0x0800, 8); // the name is UTF-8
  const [first] = entries.values();
  if (first) bytes.copy(record, 12, first.record.from + 12, first.record.from + 16);
  return record;
}

/** A part packed anew: its local header, name and data, and its directory record made to fit. */
function packed(name: Buffer, content: Uint8Array, old: Buffer): [pieces: Buffer[], record: Buffer] {
  const data = deflateRawSync(content);
  const record = Buffer.concat([old.subarray(0, 46), name]);
  record.writeUInt16LE(20, 6);
  record.writeUInt16LE(old.readUInt16LE(8) & 0x0800, 8); // no data descriptor: the sizes stand in the header
  record.writeUInt16LE(8, 10);
  record.writeUInt32LE(crc32(content), 16);
  record.writeUInt32LE(data.length, 20);
  record.writeUInt32LE(content.length, 24);
  record.writeUInt16LE(name.length, 28);
  record.writeUInt16LE(0, 30);
  record.writeUInt16LE(0, 32);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  // Version to flags, method, time, date, checksum, sizes and length of the name stand in both in the same order.
  record.copy(header, 4, 6, 30);
  return [[header, name, data], record];
}
