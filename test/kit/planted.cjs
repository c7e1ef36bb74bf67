// Preloaded into a provider (NODE_OPTIONS=--require): a fault that its kernel does not have, to see that kills find it.
// KIT_PLANTED says which: `{"without": "intended"}`, the journal lacks the lines of a stage; `{"late": "made"}`, they are
// on disk only with the line that follows, or the provider's next look, as without their fsync;
// `{"blind": "/things?name="}`, what such a look would show is not seen, so that a lost write is sent again.
const fs = require("node:fs");
const http = require("node:http");
const { openSync, writeSync, closeSync, readlinkSync, fstatSync } = fs;

const { without, late, blind } = JSON.parse(process.env.KIT_PLANTED ?? "{}");
/** Lines that are not on disk yet, each with its place. */
let held = [];

/** The file is opened to append: what belongs in its middle takes a handle of its own. */
function put(file) {
  for (const { bytes, at } of held) {
    const handle = openSync(file, "r+");
    writeSync(handle, bytes, 0, bytes.length, at);
    closeSync(handle);
  }
  held = [];
}

if (process.argv[1]?.includes("dynamic-provider")) {
  fs.writeSync = (handle, bytes, ...rest) => {
    const file = readlinkSync(`/proc/self/fd/${handle}`);
    if (!file.endsWith("/journal.jsonl")) return writeSync(handle, bytes, ...rest);
    const stage = /"stage":"(\w+)"/.exec(bytes.toString())?.[1];
    put(file);
    if (stage !== without && stage !== late) return writeSync(handle, bytes, ...rest);
    if (stage === late) held.push({ bytes, at: fstatSync(handle).size });
    // An empty line of the same length: whoever has written it finds the file as long as it is to be.
    return writeSync(handle, Buffer.from(`${" ".repeat(bytes.length - 1)}\n`));
  };
  fs.openSync = (file, flags, ...rest) => {
    const looks = typeof flags === "number" && (flags & (fs.constants.O_WRONLY | fs.constants.O_RDWR)) === 0;
    if (looks && String(file).endsWith("/journal.jsonl")) put(file);
    return openSync(file, flags, ...rest);
  };
  const { request } = http;
  http.request = (options, ...rest) => {
    if (blind && options.path?.startsWith(blind)) options.path = `${blind}nothing`;
    return request.call(http, options, ...rest);
  };
}
