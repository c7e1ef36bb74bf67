import { z } from "zod";
import type { ExampleSite } from "../example";
import type { Call, Operation } from "../operation";
import type { SiteState } from "../site-state";
import { oneOf, type Switch } from "../switch";
import { changeTower } from "./change-tower";
import { found } from "./found";
import { carryOutPlain, heldByChildren, type PlainParent, takePlainOn } from "./plain-kept";
import { each, parsed, Refused, rest } from "./rest";
import { entry } from "./row";
import { startTask } from "./start-task";
import { type ListedKind, matching, rowOf } from "./tables";
import type { LabTower, PlainAct, PlainList } from "./tower-model";

const SCHEMA = "the vendor's schema";

export const plainWrites = oneOf(
  "plainWrites",
  ["direct", "task"],
  "How CloudTower makes, changes and deletes what is plain to it, as organisations, datacenters and labels: by a task, or at once.",
  "whether that is a task: the schema gives them no entityAsyncStatus, and allows a task_id",
);

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
  isTaken(kept: KeptIn<List>, like: KeptIn<List>): boolean;
  /** Whether one that is taken is refused; left out: it always is. */
  same?: Switch<string, "refused" | "made">;
  /** Why those of these ids are not deleted, besides what they are parents of; undefined: they are. */
  heldBy?(tower: LabTower, ids: string[]): string | undefined;
  /** Whether deleting one that is held is refused; left out: it always is. */
  used?: Switch<string, "refused" | "deleted">;
  /** The cheap fields of its row, and all others. */
  keys(kept: KeptIn<List>): Record<string, unknown>;
  row(kept: KeptIn<List>, site: SiteState, tower: LabTower): Record<string, unknown>;
  /** As what its creation's `fields` are, and what a change makes of them. */
  example: {
    made: z.output<Fields>;
    changed: z.output<Fields>;
    /** Somebody puts one to a use by hand that `heldBy` has it held by. */
    used?(tower: LabTower, id: string, at: ExampleSite): void;
  };
  lists: Omit<ListedKind, "plural" | "entries">;
  /** Of each call: where it is documented, and what no document settles. */
  create: Documented;
  update: Documented;
  delete: Documented;
}

interface Documented {
  source?: string;
  assumed: string;
}

/** The calls and the list of a plain object. */
export interface PlainCalls<Fields extends z.ZodObject = z.ZodObject> {
  kind: string;
  /** What the test of all plain objects tries them by. */
  tried: Pick<PlainObject, "noun" | "plural" | "example" | "same" | "used" | "keptIn"> & { parent?: PlainParent };
  operations: Operation[];
  listed: Record<string, ListedKind>;
  /** Makes one; its id. Refused as the call is. */
  add(site: SiteState, tower: LabTower, fields: z.output<Fields>, parent?: string): string;
}

const whereSchema = z.looseObject({ where: z.looseObject({}) });

const WORDS = { create: "Create", update: "Update", delete: "Delete" };

export function plainObject<List extends PlainList, Fields extends z.ZodObject>(
  about: PlainObject<List, Fields>,
): PlainCalls<Fields> {
  const { kind, noun, plural, fields, parent, called, example } = about;
  const createSchema: z.ZodObject = parent ? fields.extend({ [parent.field]: z.string() }) : fields;
  const updateSchema = whereSchema.extend({ data: fields.partial() });
  const all = (tower: LabTower) => (tower[about.keptIn] ?? []) as KeptIn<List>[];
  takePlainOn(kind, { ...about, called: (kept) => called(kept as KeptIn<List>) });

  function checkTaken({ switches }: SiteState, standing: KeptIn<List>[], like: KeptIn<List>): void {
    if (about.same && switches.of(about.same) === "made") return;
    if (standing.some((kept) => kept.id !== like.id && about.isTaken(kept, like)))
      throw new Refused(400, `${noun} ${called(like)} already exists`);
  }

  /** Does it at once, or takes a task on that does it; the task's id. */
  function write(site: SiteState, tower: LabTower, call: Call, id: string, act: PlainAct): string | null {
    if (site.switches.of(plainWrites) === "direct") {
      changeTower(site, (changed) => carryOutPlain(changed, kind, id, act));
      return null;
    }
    const stands = all(tower).find((kept) => kept.id === id);
    const task = {
      description: `${WORDS[act.does]} ${noun} ${stands ? called(stands) : id}`,
      mutation: `${act.does}${kind}`,
      resource: { type: kind, id },
      args: {},
      change: { kind: "plain", of: kind, id, act },
    } as const;
    return startTask(site, tower, call, task, () => {});
  }

  function add(site: SiteState, tower: LabTower, asked: z.output<Fields>, of = ""): string {
    if (parent && matching(site, tower, parent.kind, { id: of }).length === 0)
      throw new Refused(404, `${parent.noun} ${of} is not found`);
    checkTaken(site, all(tower), about.keep("", asked, site, of));
    const id = site.cuid(`${noun} ${called(asked)}`);
    changeTower(site, (changed) => {
      const lists = changed as Record<List, KeptIn<List>[]>;
      lists[about.keptIn] ??= [];
      lists[about.keptIn].push(about.keep(id, asked, site, of));
    });
    return id;
  }

  const operation = (does: "create" | "update" | "delete") => {
    const { source = SCHEMA, assumed } = about[does];
    const asks = does === "delete" ? about.used : about.same;
    const switches = [plainWrites, ...(asks ? [asks] : [])];
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
          const task_id = write(site, tower, call, id, { does: "create" });
          return { task_id, data: rowOf(site, tower, kind, id) };
        }),
    }),
    rest({
      ...operation("update"),
      example: { when: "changes", request: () => ({ where: example.made, data: example.changed }) },
      handle: (site, tower, call) => {
        const { where, data } = parsed(updateSchema, call.body);
        const ids = found(site, tower, kind, where).map(({ id }) => id);
        const as = (kept: KeptIn<List>) => (ids.includes(kept.id) ? { ...kept, ...data } : kept);
        const wanted = all(tower).map(as);
        for (const each of wanted) if (ids.includes(each.id)) checkTaken(site, wanted, each);
        const tasks = ids.map((id) => write(site, tower, call, id, { does: "update", to: data }));
        const body = ids.map((id, at) => ({ task_id: tasks[at] ?? null, data: rowOf(site, tower, kind, id) }));
        return { status: 200, body };
      },
    }),
    rest({
      ...operation("delete"),
      example: { when: "ends", request: () => ({ where: example.changed }) },
      handle: (site, tower, call) => {
        const { where } = parsed(whereSchema, call.body);
        const ids = found(site, tower, kind, where).map(({ id }) => id);
        const isHeld = !about.used || site.switches.of(about.used) === "refused";
        const held = heldByChildren(tower, kind, ids) ?? (isHeld ? about.heldBy?.(tower, ids) : undefined);
        if (held !== undefined) throw new Refused(400, held);
        const body = ids.map((id) => ({ task_id: write(site, tower, call, id, { does: "delete" }), data: { id } }));
        return { status: 200, body };
      },
    }),
  ];
  const entries: ListedKind["entries"] = (site, tower) =>
    all(tower).map((kept) => entry({ id: kept.id, ...about.keys(kept) }, () => about.row(kept, site, tower)));
  return { kind, tried: about, operations, listed: { [kind]: { ...about.lists, plural, entries } }, add };
}
