import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Lab } from "../../lab/lab";
import type { LabImage } from "../../lab/smtxos/cluster-model";

const FILE = "media/linux.iso";
/** As CloudTower's lab takes them. */
const CHUNK = 4 * 1024 * 1024;
/** Two chunks, the last one shorter. */
const BYTES = Buffer.concat([Buffer.alloc(CHUNK, 1), Buffer.alloc(1_000, 2)]);

/** The same file, where it has been moved to. */
export const MOVED = "media/moved.iso";

export const imageFiles = { [FILE]: BYTES, [MOVED]: BYTES };

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const chunks = [0, 1].map((number) => sha256(BYTES.subarray(number * CHUNK, (number + 1) * CHUNK)));

/**
 * The images of a kind as the example writes them, without our mark; of one that is the file's, byte by byte, file and
 * SHA-256.
 */
export const imagesOf = (kind: LabImage["kind"]) => (lab: Lab) => allImages(lab).filter((image) => image.kind === kind);

/** The images of the content library, with what their ISO images have. */
export function libraryImagesOf(lab: Lab) {
  return (lab.site.model.cloudtower?.libraryImages ?? []).map(({ images, ...own }) => ({
    ...allImages(lab).find(({ uuid }) => Object.values(images).includes(uuid)),
    ...own,
    description: own.description.replace(MARK, ""),
  }));
}

const MARK = / ?\[sitewright:.*/;

function allImages({ site }: Lab) {
  return (site.model.cluster?.images ?? []).map((image) => {
    const isFile = isDeepStrictEqual(
      Object.values(image.chunks).map((chunk) => chunk.sha256),
      chunks,
    );
    return {
      ...image,
      description: image.description.replace(MARK, ""),
      ...(isFile && { file: FILE, sha256: sha256(BYTES) }),
    };
  });
}
