import { expect, test } from "vitest";
import { z } from "zod";
import { listOf } from "./list-of";

const rows = [{ id: "a" }, { id: "b" }];

test.each<[string, unknown]>([
  ["bare", rows],
  ["in entities", { entities: rows, total: 2 }],
  ["under its own name", { images: rows }],
])("a list is read %s", (_how, data) => {
  expect(listOf(z.object({ id: z.string() }), "images").parse(data)).toEqual(rows);
});

test.each([null, {}, { entities: null }, "none", { entities: [{ name: "no id" }] }])(
  "%j is no list, and above all not an empty one",
  (data) => {
    expect(listOf(z.object({ id: z.string() })).safeParse(data).success).toBe(false);
  },
);
