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
