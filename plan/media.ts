import { readdirSync, statSync } from "node:fs";
import { basename, join, posix, relative, resolve, sep } from "node:path";
import { PlanUnreadable } from "./plan-unreadable";

/** A file of the vendor's that goes to the site as it is. */
export interface MediaFile {
  name: string;
  /** Bytes. */
  size: number;
  /** From the project's folder, with `/`; absolute where it lies outside. */
  file: string;
}

/** What the vendor calls the image of the virtual machines' tools: version, then build (runbook, stage 03). */
const SVT = /^SMTX_VMTOOLS-(?<version>\d+(?:\.\d+)*)(?<build>.*)\.iso$/i;

/**
 * The image of the virtual machines' tools in the folder of the stack setting `media`, the highest version of those that
 * lie there. The program asks for it, so that preview names the file. Throws PlanUnreadable where there is none: who
 * leaves a site without its tools takes the setting out.
 */
export function svtImageOf(media: string, root: string): MediaFile {
  const folder = resolve(root, media);
  const [newest] = imagesIn(folder).sort((a, b) => compare(b, a));
  if (newest === undefined)
    throw new PlanUnreadable(
      folder,
      "the folder of the stack setting media holds no SMTX_VMTOOLS-<version>.iso",
      "put the vendor's image of the virtual machines' tools there, or leave the upload out: pulumi config rm media",
    );
  const path = join(folder, newest);
  const inside = relative(root, path);
  const file = inside.startsWith("..") ? path : inside.split(sep).join(posix.sep);
  return { name: basename(path), size: statSync(path).size, file };
}

/** Names of the images; a link to a file is one, a link to nowhere or to a folder is none. */
function imagesIn(folder: string): string[] {
  const isFile = (name: string) => statSync(join(folder, name), { throwIfNoEntry: false })?.isFile() ?? false;
  try {
    return readdirSync(folder).filter((name) => SVT.test(name) && isFile(name));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new PlanUnreadable(
      folder,
      `the stack setting media names this folder, and it ${code === "ENOENT" ? "is not there" : `cannot be read: ${message}`}`,
      "make it and put the vendor's files there (a path is taken from the project's folder), or pulumi config rm media",
      { cause: error },
    );
  }
}

/** 3.10 after 3.9, and of one version the later build. */
function compare(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  for (let i = 0; i < Math.max(left.version.length, right.version.length); i++) {
    const difference = (left.version[i] ?? 0) - (right.version[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.build.localeCompare(right.build, "en", { numeric: true });
}

function partsOf(name: string): { version: number[]; build: string } {
  const { version = "", build = "" } = SVT.exec(name)?.groups ?? {};
  return { version: version.split(".").map(Number), build };
}
