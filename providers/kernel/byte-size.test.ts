import fc from "fast-check";
import { expect, test } from "vitest";
import { sizeText } from "../../base/byte-size";
import { byteSize } from "./byte-size";

test.each([
  [1, 1],
  ["8 GiB", 8 * 2 ** 30],
  ["8GiB", 8 * 2 ** 30],
  ["1.5 TiB", 1.5 * 2 ** 40],
  ["1000 B", 1000],
])("%j is %d bytes", (written, bytes) => {
  expect(byteSize.parse(written)).toBe(bytes);
});

test.each([0, -1, 1.5, "8", "8 GB", "8 gib", "0 B", "0.3 B", "9999999 PiB", "", " 8 GiB"])("%j is none", (written) => {
  expect(byteSize.safeParse(written).success).toBe(false);
});

test("every number of bytes is what its text says", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (bytes) => {
      expect(byteSize.parse(sizeText(bytes))).toBe(bytes);
    }),
  );
  expect(sizeText(100 * 2 ** 30)).toBe("100 GiB");
});
