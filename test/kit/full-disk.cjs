// Preloaded into a provider process (NODE_OPTIONS=--require): a disk that is full when a line of the journal with a
// certain word is written. The file KIT_FULL_DISK says `{"at": "\"stage\":\"made\""}`, half a line is taken, and then none;
// without it all is as ever.
const fs = require("node:fs");

const control = process.env.KIT_FULL_DISK;
const { readFileSync, readlinkSync, writeSync } = fs;
let full = false;

function at() {
  try {
    return JSON.parse(readFileSync(control, "utf8")).at;
  } catch {
    return undefined;
  }
}

if (control && process.argv[1]?.includes("dynamic-provider"))
  fs.writeSync = (handle, bytes, offset = 0, ...rest) => {
    if (!readlinkSync(`/proc/self/fd/${handle}`).endsWith("/journal.jsonl"))
      return writeSync(handle, bytes, offset, ...rest);
    const word = at();
    if (word === undefined || !bytes.toString().includes(word)) return writeSync(handle, bytes, offset, ...rest);
    full = !full;
    if (full) return writeSync(handle, bytes, offset, Math.floor(bytes.length / 2));
    throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  };
