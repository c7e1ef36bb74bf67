import { renameSync, writeFileSync } from "node:fs";

/** Writes a file whole or not at all: a lab that is killed meanwhile can be started again. Its owner's alone unless told. */
export function writeWhole(file: string, text: string, mode = 0o600): void {
  writeFileSync(`${file}.new`, text, { mode });
  renameSync(`${file}.new`, file);
}
