import { printable } from "../providers/kernel/printable";

/** Prints what a command was asked for, fit for a terminal: names of files are anybody's. */
export function print(text: string): void {
  console.log(printable(text));
}

/** Prints what is said on the way, to the standard error. */
export function printAside(text: string): void {
  console.error(printable(text));
}

/** A file's name as a part of a line. */
export function nameOf(file: string): string {
  return printable(file, "line");
}
