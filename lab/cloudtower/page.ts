import { z } from "zod";
import { orCount } from "../switch";
import { parsed, Refused } from "./rest";
import { matches, order, type Related, type Row } from "./where";

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

/** The part of the rows that a list's request asks for (cloudtower-api-guide, 分页查询). */
export function page(related: Related, kind: string, rows: Row[], body: unknown, limits: PageLimits): Row[] {
  const longest = limits.longestPage === "all" ? rows.length : limits.longestPage;
  const { where, orderBy, first, last, skip, after, before } = parsed(listSchema, body ?? {});
  let found = rows.filter((row) => matches(related, kind, row, where ?? {}));
  if (orderBy) found = ordered(kind, found, orderBy);
  if (after) found = found.slice(indexOf(found, after) + 1);
  if (before) found = found.slice(0, indexOf(found, before));
  if (typeof last === "number") {
    if (typeof first === "number") throw new Refused(400, "first and last exclude each other");
    const end = Math.max(0, found.length - (skip ?? 0));
    return found.slice(Math.max(0, end - Math.min(last, longest)), end);
  }
  const count = first ?? (limits.pageSize === "all" ? found.length : limits.pageSize);
  return found.slice(skip ?? 0, (skip ?? 0) + Math.min(count, longest));
}

function ordered(kind: string, rows: Row[], orderBy: string): Row[] {
  const [, field = "", direction] = orderBy.match(/^(.*)_(ASC|DESC)$/) ?? [];
  if (rows[0] && !(field in rows[0])) throw new Refused(400, `orderBy: a ${kind} has no ${field}`);
  const sign = direction === "DESC" ? -1 : 1;
  return [...rows].sort((a, b) => sign * order(a[field], b[field]));
}

function indexOf(rows: Row[], id: string): number {
  const index = rows.findIndex((row) => row.id === id);
  if (index < 0) throw new Refused(400, `no ${id} to begin or end at`);
  return index;
}
