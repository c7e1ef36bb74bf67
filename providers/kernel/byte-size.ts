import { z } from "zod";
import { bytesOfText, isWholeSize, NO_SIZE, NO_WHOLE_SIZE, SIZE_TEXT } from "../../base/byte-size";

/** A number of bytes, or a text like "8 GiB"; bytes once it is checked. 1024 of each unit make one of the next. */
export const byteSize = z.union([z.int().min(1), z.string().regex(SIZE_TEXT, NO_SIZE)]).transform((size, context) => {
  const bytes = typeof size === "number" ? size : bytesOfText(size);
  if (isWholeSize(bytes)) return bytes;
  context.addIssue({ code: "custom", message: NO_WHOLE_SIZE });
  return z.NEVER;
});
