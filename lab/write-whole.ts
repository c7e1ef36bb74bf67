import { writeWhole as write } from "../base/write-whole";

/** Writes a file whole or not at all: a lab that is killed meanwhile can be started again. Its owner's alone unless told. */
export function writeWhole(file: string, text: string, mode = 0o600): void {
  // A power cut ends the lab, and costs it a moment of its site at most.
  write(file, text, { mode, lasting: false });
}
