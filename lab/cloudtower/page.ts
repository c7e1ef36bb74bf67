import { z } from "zod";
import { orCount } from "../switch";
import { parsed, Refused } from "./rest";
import type { Entry, Row } from "./row";
import { matching, order, type Tables } from "./where";

export const pageSize = orCount(
  "pageSize",
  "all",
  "How many objects a list of CloudTower's has without `first` and `last`.",
  "the default page size is not documented (facts, part B 5A 20)",
);

export const longestPage = orCount(
  "longestPage",
  "all",
  "How many it has at most, whatever `first` and `last` ask for.",
  "nor is whether a list has a longest page (facts, part B 5A 20): a request for more than its server gives is answered with fewer",
);

const number = z.int().min(0).nullish();
const listSchema = z.strictObject({
  where: z.record(z.string(), z.unknown()).nullish(),
  orderBy: z
    .string()
    .regex(/_(ASC|DESC)$/)
    .nullish(),
  first: number,
  last: number,
  skip: number,
  after: z.string().nullish(),
  before: z.string().nullish(),
});

/** How many rows an answer has. */
export interface PageLimits {
  /** Without `first` and `last`. */
  pageSize: number | "all";
  /** At most, whatever `first` and `last` say. */
  longestPage: number | "all";
}

/** All objects of a kind that a request asks for, whatever a page holds. */
export function matched(tables: Tables, kind: string, request: unknown): Entry[] {
  return matching(tables, kind, parsed(listSchema, request).where ?? {});
}

/** The part of a kind's objects that a list's request asks for (cloudtower-api-guide, 分页查询). */
export function page(tables: Tables, kind: string, body: unknown, limits: PageLimits): Row[] {
  const { where, orderBy, first, last, skip, after, before } = parsed(listSchema, body ?? {});
  let found = matching(tables, kind, where ?? {});
  if (orderBy) found = ordered(kind, found, orderBy);
  const longest = limits.longestPage === "all" ? found.length : limits.longestPage;
  if (after) found = found.slice(indexOf(found, after) + 1);
  if (before) found = found.slice(0, indexOf(found, before));
  if (typeof last === "number") {
    if (typeof first === "number") throw new Refused(400, "first and last exclude each other");
    const end = Math.max(0, found.length - (skip ?? 0));
    return rows(found.slice(Math.max(0, end - Math.min(last, longest)), end));
  }
  const count = first ?? (limits.pageSize === "all" ? found.length : limits.pageSize);
  return rows(found.slice(skip ?? 0, (skip ?? 0) + Math.min(count, longest)));
}

function rows(entries: Entry[]): Row[] {
  return entries.map((each) => each.row());
}

function ordered(kind: string, entries: Entry[], orderBy: string): Entry[] {
  const [, field = "", direction] = orderBy.match(/^(.*)_(ASC|DESC)$/) ?? [];
  const [first] = entries;
  if (first && !(field in fieldsWith(first, field))) throw new Refused(400, `orderBy: a ${kind} has no ${field}`);
  const sign = direction === "DESC" ? -1 : 1;
  return entries
    .map((each) => ({ each, value: fieldsWith(each, field)[field] }))
    .sort((a, b) => sign * order(a.value, b.value))
    .map(({ each }) => each);
}

/** The keys of an object where a field is one of them, or else its whole row. */
function fieldsWith({ keys, row }: Entry, field: string): Row {
  return field in keys ? keys : row();
}

function indexOf(entries: Entry[], id: string): number {
  const index = entries.findIndex(({ keys }) => keys.id === id);
  if (index < 0) throw new Refused(400, `no ${id} to begin or end at`);
  return index;
}
