import { z } from "zod";
import type { ExampleSite } from "../example";
import type { Operation } from "../operation";
import type { SiteState } from "../site-state";
import type { Switch } from "../switch";
import { changeTower } from "./change-tower";
import { found } from "./found";
import { heldByChildren, type PlainParent, removePlain, takePlainOn } from "./plain-kept";
import { done, each, parsed, Refused, rest } from "./rest";
import { entry } from "./row";
import { type ListedKind, matching, rowOf } from "./tables";
import type { LabTower, PlainList } from "./tower-model";

const SCHEMA = "the vendor's schema";

type KeptIn<List extends PlainList> = NonNullable<LabTower[List]>[number];

/** What differs between plain objects: those that are made, changed and deleted at once, by calls of one form. */
export interface PlainObject<List extends PlainList = PlainList, Fields extends z.ZodObject = z.ZodObject> {
  /** As the vendor's schema names it: `Datacenter`. */
  kind: string;
  /** In its paths: /create-datacenter, /get-datacenters. */
  noun: string;
  plural: string;
  /** What a creation has, and a change any of. */
  fields: Fields;
  /** What it belongs to. */
  parent?: PlainParent<keyof KeptIn<List> & string>;
  /** The model's list of them. */
  keptIn: List;
  keep(id: string, fields: z.output<Fields>, site: SiteState, parent: string): KeptIn<List>;
  /** What messages call one that is to be made or stands; its id is made of it. */
  called(object: z.output<Fields> | KeptIn<List>): string;
  /** Whether one that stands keeps another like it from being made, or from becoming so. */
  isTaken(site: SiteState, kept: KeptIn<List>, like: KeptIn<List>): boolean;
  /** Why those of these ids are not deleted, besides what they are parents of; undefined: they are. */
  heldBy?(tower: LabTower, ids: string[], site: SiteState): string | undefined;
  /** The cheap fields of its row, and all others. */
  keys(kept: KeptIn<List>): Record<string, unknown>;
  row(kept: KeptIn<List>, site: SiteState, tower: LabTower): Record<string, unknown>;
  /** As what its creation's `fields` are, and what a change makes of them. */
  example: { made: z.output<Fields>; changed: z.output<Fields> };
  lists: Omit<ListedKind, "plural" | "entries">;
  /** Of each call: where it is documented, and what no document settles. */
  create: Documented;
  update: Documented;
  delete: Documented;
}

interface Documented {
  source?: string;
  assumed: string;
  switches?: readonly Switch[];
}

/** The calls and the list of a plain object. */
export interface PlainCalls<Fields extends z.ZodObject> {
  operations: Operation[];
  listed: Record<string, ListedKind>;
  /** Makes one; its id. Refused as the call is. */
  add(site: SiteState, tower: LabTower, fields: z.output<Fields>, parent?: string): string;
}

const whereSchema = z.looseObject({ where: z.looseObject({}) });

export function plainObject<List extends PlainList, Fields extends z.ZodObject>(
  about: PlainObject<List, Fields>,
): PlainCalls<Fields> {
  const { kind, noun, plural, fields, parent, called, example } = about;
  const createSchema: z.ZodObject = parent ? fields.extend({ [parent.field]: z.string() }) : fields;
  const updateSchema = whereSchema.extend({ data: fields.partial() });
  const all = (tower: LabTower) => (tower[about.keptIn] ?? []) as KeptIn<List>[];
  takePlainOn(kind, { ...about, called: (kept) => called(kept as KeptIn<List>) });

  function add(site: SiteState, tower: LabTower, asked: z.output<Fields>, of = ""): string {
    if (parent && matching(site, tower, parent.kind, { id: of }).length === 0)
      throw new Refused(404, `${parent.noun} ${of} is not found`);
    const like = about.keep("", asked, site, of);
    if (all(tower).some((kept) => about.isTaken(site, kept, like)))
      throw new Refused(400, `${noun} ${called(asked)} already exists`);
    const id = site.cuid(`${noun} ${called(asked)}`);
    changeTower(site, (changed) => {
      const lists = changed as Record<List, KeptIn<List>[]>;
      lists[about.keptIn] ??= [];
      lists[about.keptIn].push(about.keep(id, asked, site, of));
    });
    return id;
  }

  const operation = (does: "create" | "update" | "delete") => {
    const { source = SCHEMA, assumed, switches = [] } = about[does];
    const [id, path] = [`${does}${kind}`, `/${does}-${noun}`];
    return { id, path, write: true, source, assumed: `done at once; ${assumed}`, switches, checkedBy: "lab tests" };
  };

  const operations = [
    rest({
      ...operation("create"),
      example: {
        when: "makes",
        request: ({ idOf }: ExampleSite) => [{ ...example.made, ...(parent && { [parent.field]: idOf(parent.kind) }) }],
      },
      handle: (site, tower, call) =>
        each(createSchema, call.body, (asked) => {
          const of = parent && (asked[parent.field] as string);
          const id = add(site, tower, fields.parse(asked) as z.output<Fields>, of);
          return done(rowOf(site, tower, kind, id));
        }),
    }),
    rest({
      ...operation("update"),
      example: { when: "changes", request: () => ({ where: example.made, data: example.changed }) },
      handle: (site, tower, call) => {
        const { where, data } = parsed(updateSchema, call.body);
        const ids = found(site, tower, kind, where).map(({ id }) => id);
        changeTower(site, (changed) => {
          for (const kept of all(changed)) if (ids.includes(kept.id)) Object.assign(kept, data);
        });
        return { status: 200, body: ids.map((id) => done(rowOf(site, tower, kind, id))) };
      },
    }),
    rest({
      ...operation("delete"),
      example: { when: "ends", request: () => ({ where: example.changed }) },
      handle: (site, tower, call) => {
        const { where } = parsed(whereSchema, call.body);
        const ids = found(site, tower, kind, where).map(({ id }) => id);
        const held = heldByChildren(tower, kind, ids) ?? about.heldBy?.(tower, ids, site);
        if (held !== undefined) throw new Refused(400, held);
        changeTower(site, (changed) => removePlain(changed, kind, ids));
        return { status: 200, body: ids.map((id) => done({ id })) };
      },
    }),
  ];
  const entries: ListedKind["entries"] = (site, tower) =>
    all(tower).map((kept) => entry({ id: kept.id, ...about.keys(kept) }, () => about.row(kept, site, tower)));
  return { operations, listed: { [kind]: { ...about.lists, plural, entries } }, add };
}
