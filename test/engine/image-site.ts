import { createHash } from "node:crypto";
import { join } from "node:path";
import { expect, vi } from "vitest";
import type { LabImage } from "../../lab/smtxos/cluster-model";
import type { ResourceSpec } from "../kit/program";
import type { LabSite } from "./lab-site";

export const CHUNK = 8_388_608;

/** The digests by which the lab knows the chunks of a file. */
export function digestsOf(bytes: Buffer): { size: number; sha256: string }[] {
  return Array.from({ length: Math.ceil(bytes.length / CHUNK) }, (_, number) => {
    const chunk = bytes.subarray(number * CHUNK, (number + 1) * CHUNK);
    return { size: chunk.length, sha256: createHash("sha256").update(chunk).digest("hex") };
  });
}

/** A file's bytes, of which no two chunks are the same. */
export function imageBytes(size: number, seed: string): Buffer<ArrayBuffer> {
  const bytes = Buffer.alloc(size, createHash("sha256").update(seed).digest());
  for (let at = 0; at < size; at += CHUNK) bytes[at] = at / CHUNK;
  return bytes;
}

export const fileOf = ({ project }: LabSite, name: string) => join(project.folder, "media", name);

export const imagesOf = ({ lab }: LabSite): LabImage[] => lab.site.model.cluster?.images ?? [];

/** The numbers of the chunks that have come by this operation since the last look at the writes. */
export function chunksSent(site: LabSite, operation: string): number[] {
  return site
    .sent(operation)
    .map(({ query }) => Number(query["chunk_num"]))
    .sort((a, b) => a - b);
}

/** One image stands, and every chunk of it is the file's. */
export function expectWhole(site: LabSite, name: string, bytes: Buffer): void {
  const images = imagesOf(site);
  expect(images.map((image) => [image.name, image.size])).toEqual([[name, bytes.length]]);
  expect(Object.values(images[0]?.chunks ?? {})).toEqual(digestsOf(bytes));
}

/** Somebody deletes all images by hand. */
export function deleteImages({ lab }: LabSite): void {
  lab.site.change(({ cluster }) => {
    if (cluster) cluster.images = [];
  });
}

/** How many chunks an upload has on their way at once. */
const IN_FLIGHT = 3;

/**
 * Up until one chunk has come and all others on their way hang; then the provider is killed. The upload is of more than
 * three chunks: nothing of the killed run comes later.
 */
export async function killedAfterOne(site: LabSite, operation: string, program: ResourceSpec[]): Promise<void> {
  await site.lab.setFaults([{ operation, skip: 1, hang: "before-commit" }]);
  const run = site.engine.up(program);
  await vi.waitUntil(() => site.sent(operation).length === 1 + IN_FLIGHT, { interval: 5, timeout: 20_000 });
  await site.engine.kill();
  expect((await run).ok).toBe(false);
  await site.lab.setFaults([]);
  site.writes();
}
