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
/** What it calls CloudTower's: cloudtower-v4.6.2.oe2003.x86_64.iso (runbook, stage 04). */
const TOWER = /^cloudtower-v?(?<version>\d+(?:\.\d+)*)(?<build>.*)\.iso$/i;

/** What lies in the folder of the stack setting `media`: of each image the highest version. */
export interface Media {
  /** The folder, as messages name it. */
  folder: string;
  /** The image of the virtual machines' tools. */
  tools: MediaFile | undefined;
  /** CloudTower's. */
  cloudtower: MediaFile | undefined;
}

/**
 * Looks into the folder of the stack setting `media`. The program asks for it, so that preview names the files. Throws
 * PlanUnreadable where it is not there.
 */
export function mediaIn(setting: string, root: string): Media {
  const folder = resolve(root, setting);
  const newest = (pattern: RegExp) => {
    const name = imagesIn(folder, pattern).sort((a, b) => compare(pattern, b, a))[0];
    return name === undefined ? undefined : mediaFile(folder, name, root);
  };
  return { folder, tools: newest(SVT), cloudtower: newest(TOWER) };
}

/** The version that the name of CloudTower's image has: 4.6.2 of cloudtower-v4.6.2.oe2003.x86_64.iso. */
export function cloudTowerVersionOf(name: string): string | undefined {
  return TOWER.exec(name)?.groups?.version;
}

function mediaFile(folder: string, name: string, root: string): MediaFile {
  const path = join(folder, name);
  const inside = relative(root, path);
  const file = inside.startsWith("..") ? path : inside.split(sep).join(posix.sep);
  return { name: basename(path), size: statSync(path).size, file };
}

/** Names of the images; a link to a file is one, a link to nowhere or to a folder is none. */
function imagesIn(folder: string, pattern: RegExp): string[] {
  const isFile = (name: string) => statSync(join(folder, name), { throwIfNoEntry: false })?.isFile() ?? false;
  try {
    return readdirSync(folder).filter((name) => pattern.test(name) && isFile(name));
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
function compare(pattern: RegExp, a: string, b: string): number {
  const [left, right] = [partsOf(pattern, a), partsOf(pattern, b)];
  for (let i = 0; i < Math.max(left.version.length, right.version.length); i++) {
    const difference = (left.version[i] ?? 0) - (right.version[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.build.localeCompare(right.build, "en", { numeric: true });
}

function partsOf(pattern: RegExp, name: string): { version: number[]; build: string } {
  const { version = "", build = "" } = pattern.exec(name)?.groups ?? {};
  return { version: version.split(".").map(Number), build };
}
