import { z } from "zod";
import { byMeaning, replaces } from "../kernel/schema";

/** What every kind of image that is uploaded has of its file. */
export const imageFileInputs = {
  size: replaces(z.int().min(1)).describe("bytes of the file; a change replaces"),
  sha256: replaces(
    byMeaning(z.string().regex(/^[0-9a-fA-F]{64}$/, "no SHA-256, hexadecimal"), (hash) => String(hash).toLowerCase()),
  )
    .optional()
    .describe(
      "SHA-256 of the file, which is compared before it is uploaded; a change replaces, and so does setting it later",
    ),
  file: z.string().min(1).describe("where the file lies, from the project's folder; read while it is uploaded alone"),
};

/** What both kinds of image of a cluster come to. `drive`: what a CD-ROM has their id as. */
export function clusterImageOutputs(drive: "elf_image_id" | "svt_image_id") {
  return z.strictObject({
    imageId: z.string().describe(`id of the image in CloudTower, ${drive} of a CD-ROM`),
    localId: z.string().describe("the cluster's own id of the image"),
    path: z.string().describe("path of the image in the cluster"),
    taken: z.boolean().describe("whether it stood already and was not uploaded by this stack"),
  });
}
