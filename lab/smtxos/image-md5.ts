import { createHash, type Hash } from "node:crypto";
import type { SiteState } from "../site-state";
import type { LabImage } from "./cluster-model";

/** An MD5 on its way: chunks are taken in as soon as all before them are. */
interface Running {
  hash: Hash;
  next: number;
  /** Chunks that came before their turn. */
  waiting: Map<number, Uint8Array>;
}

/** Chunks kept before their turn; with more than these the MD5 is given up, and memory stays bounded. */
const MOST_WAITING = 16;

/** By site and image; undefined: given up. */
const all = new WeakMap<SiteState, Map<string, Running | undefined>>();

/**
 * The MD5 of an image once its last chunk is taken in; null before, and for ever where it cannot be told: the lab keeps
 * no bytes, so an image whose upload outlives a restart of the lab, or whose chunk was replaced by another, has none.
 */
export function md5Fed(
  site: SiteState,
  image: LabImage,
  count: number,
  number: number,
  chunk: { sha256: string; bytes: Uint8Array | undefined },
): string | null {
  const known = image.chunks[number];
  if (known?.sha256 === chunk.sha256) return image.md5;
  const ofSite = all.get(site) ?? new Map<string, Running | undefined>();
  all.set(site, ofSite);
  if (!ofSite.has(image.uuid) && Object.keys(image.chunks).length === 0)
    ofSite.set(image.uuid, { hash: createHash("md5"), next: 0, waiting: new Map() });
  const running = ofSite.get(image.uuid);
  if (!running) return null;
  if (known || !chunk.bytes || running.waiting.size >= MOST_WAITING) {
    ofSite.set(image.uuid, undefined);
    return null;
  }
  running.waiting.set(number, chunk.bytes);
  for (let bytes = running.waiting.get(running.next); bytes; bytes = running.waiting.get(running.next)) {
    running.hash.update(bytes);
    running.waiting.delete(running.next);
    running.next += 1;
  }
  if (running.next < count) return null;
  ofSite.set(image.uuid, undefined);
  return running.hash.digest("hex");
}
