// Run as `node claim.cjs WRITERS-MODULE FOLDER START-FILE`: says "ready", claims the folder's lock as soon as the file is
// there, says "claimed" or "refused", and holds it until its standard input ends.
const { existsSync } = require("node:fs");
const { openWriters } = require(process.argv[2]);
const { thisPlace } = require(process.argv[2].replace(/writers$/, "writer"));

const [, , , folder, start] = process.argv;
const place = thisPlace();
// Each is of a run of its own, though one process has started them all.
place.self.engine = process.pid;
const writers = openWriters(folder, { patience: 1_000, place });

process.stdout.write("ready\n");
process.stdin.resume();
process.stdin.on("end", () => process.exit());
while (!existsSync(start));
writers
  .claim(() => {})
  .then(
    () => process.stdout.write("claimed\n"),
    (error) => process.stdout.write(`refused ${error.message}\n`),
  );
