import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Lab } from "../../lab/lab";

const FILE = "media/linux.iso";
/** As CloudTower's lab takes them. */
const CHUNK = 4 * 1024 * 1024;
/** Two chunks, the last one shorter. */
const BYTES = Buffer.concat([Buffer.alloc(CHUNK, 1), Buffer.alloc(1_000, 2)]);

export const imageFiles = { [FILE]: BYTES };

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const chunks = [0, 1].map((number) => sha256(BYTES.subarray(number * CHUNK, (number + 1) * CHUNK)));

/** The ISO images as the example writes them, without our mark; of one that is the file's, byte by byte, file and SHA-256. */
export function elfImagesOf({ site }: Lab) {
  return (site.model.cluster?.images ?? []).map((image) => {
    const isFile = isDeepStrictEqual(
      Object.values(image.chunks).map((chunk) => chunk.sha256),
      chunks,
    );
    return {
      ...image,
      description: image.description.replace(/ ?\[sitewright:.*/, ""),
      ...(isFile && { file: FILE, sha256: sha256(BYTES) }),
    };
  });
}
