import { createCipheriv } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "../base/write-whole";

const MEBIBYTE = 1024 * 1024;

/**
 * Puts files in a folder that are named like the vendor's images, where they are not there yet, and returns their
 * names. What is in them is made up, since the lab looks at no bytes: a few chunks of what no compression can shorten.
 */
export function makeLabMedia(folder: string, cloudtowerVersion: string): string[] {
  const files: [name: string, size: number][] = [
    [`cloudtower-v${cloudtowerVersion}.oe2003.x86_64.iso`, 20 * MEBIBYTE],
    ["SMTX_VMTOOLS-3.2.0-2501210639.iso", 9 * MEBIBYTE],
  ];
  for (const [name, size] of files) {
    const file = join(folder, name);
    if (existsSync(file)) continue;
    // The same bytes each time: a second demo finds the image that the first has uploaded.
    const stream = createCipheriv("aes-128-ctr", Buffer.alloc(16, name), Buffer.alloc(16));
    writeWhole(file, stream.update(Buffer.alloc(size)), { mode: 0o644, makeFolder: true, lasting: false });
  }
  return files.map(([name]) => name);
}
