import type { Operation } from "../operation";
import type { SiteState } from "../site-state";
import type { Switch } from "../switch";
import { longestPage, matched, page, pageSize } from "./page";
import { rest } from "./rest";
import type { Entry, Row } from "./row";
import type { LabTower } from "./tower-model";
import type { Tables } from "./where";

/** A kind of objects that CloudTower lists. */
export interface ListedKind {
  /** The end of its lists' paths. */
  plural: string;
  /** All of its objects, in their order. */
  entries(site: SiteState, tower: LabTower): Entry[];
  /** The kinds that stand behind its nested objects. */
  nested: Record<string, string>;
  source: string;
  assumed?: string;
  switches?: readonly Switch[];
}

/** By name; system.ts says which there are. */
const kinds = new Map<string, ListedKind>();

/** What stands behind the nested objects of each kind that is listed, by its name. */
export function nestedKinds(): Record<string, ListedKind["nested"]> {
  return Object.fromEntries([...kinds].map(([kind, { nested }]) => [kind, nested]));
}

/** The rows of a kind that a list's request asks for, as many as a page has. */
export function listed(site: SiteState, tower: LabTower, kind: string, request: unknown): Row[] {
  const { switches } = site;
  const limits = { pageSize: switches.of(pageSize), longestPage: switches.of(longestPage) };
  return page(tablesOf(site, tower), kind, request, limits);
}

/** Every object of a kind that `where` finds, by its keys. */
export function matching(site: SiteState, tower: LabTower, kind: string, where: unknown): Row[] {
  return matched(tablesOf(site, tower), kind, { where }).map(({ keys }) => keys);
}

/** The row of an object of a kind; undefined: there is none of that id. */
export function rowOf(site: SiteState, tower: LabTower, kind: string, id: string): Row | undefined {
  return tablesOf(site, tower).byId(kind, id)?.row();
}

/** The rows of every object of a kind. */
export function allRows(site: SiteState, tower: LabTower, kind: string): Row[] {
  return tablesOf(site, tower)
    .all(kind)
    .map((each) => each.row());
}

/** Every kind's objects as they stand at this moment, each kind's looked up and indexed once it is asked for. */
function tablesOf(site: SiteState, tower: LabTower): Tables {
  const all = new Map<string, Entry[]>();
  const byId = new Map<string, Map<string, Entry>>();
  const tables: Tables = {
    all(kind) {
      const entries = all.get(kind) ?? kinds.get(kind)?.entries(site, tower) ?? [];
      all.set(kind, entries);
      return entries;
    },
    byId(kind, id) {
      const known = byId.get(kind) ?? new Map(tables.all(kind).map((each) => [each.keys.id, each]));
      byId.set(kind, known);
      return known.get(id);
    },
    nestedKind: (kind, field) => kinds.get(kind)?.nested[field],
  };
  return tables;
}

/** Takes kinds on: a list of each, and how many a list would have without a page. */
export function listOperations(all: Record<string, ListedKind>): Operation[] {
  for (const [kind, about] of Object.entries(all)) kinds.set(kind, about);
  return Object.entries(all).flatMap(([kind, about]) => listsOf(kind, about));
}

function listsOf(kind: string, { plural, source, assumed, switches = [] }: ListedKind): Operation[] {
  return [
    rest({
      id: `get${camel(plural)}`,
      path: `/get-${plural}`,
      write: false,
      source,
      ...(assumed && { assumed }),
      switches: [pageSize, longestPage, ...switches],
      checkedBy: "lab tests",
      handle: (site, tower, call) => ({ status: 200, body: listed(site, tower, kind, call.body) }),
    }),
    rest({
      id: `get${camel(plural)}Connection`,
      path: `/get-${plural}-connection`,
      write: false,
      source: "facts, part B 5A 20: aggregate.count",
      checkedBy: "lab tests",
      handle: (site, tower, call) => ({ status: 200, body: counted(site, tower, kind, call.body) }),
    }),
  ];
}

function camel(plural: string): string {
  return plural.replaceAll(/(?:^|-)(\w)/g, (_all, letter: string) => letter.toUpperCase());
}

/** A connection's answer. */
export function counted(site: SiteState, tower: LabTower, kind: string, request: unknown) {
  const { where } = (request ?? {}) as { where?: unknown };
  return { aggregate: { count: matching(site, tower, kind, where).length } };
}
