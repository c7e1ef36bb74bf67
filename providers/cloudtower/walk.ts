import { BadAnswer } from "../kernel/errors";

export type Where = Record<string, unknown>;

/** One page of a list: `first` objects at most that `where` finds, those of the lowest ids in the order of ids. */
export interface PageRequest {
  where?: Where;
  orderBy: "id_ASC";
  first: number;
}

/** Objects a page: the vendor's own limit is not documented, its user interface asks for 50. */
const PAGE = 100;
/** Pages of one list, and objects: more than a CloudTower has of anything. */
const PAGES = 1_000;
const OBJECTS = PAGES * PAGE;
/** Characters of one list as JSON: of each object there is room for some kilobytes, and memory for all of them. */
const CHARACTERS = 256 * 1024 * 1024;

/**
 * Every object that `where` finds. Each page begins after the last id of the one before, so that what goes or comes
 * meanwhile hides or doubles no other (by `skip` it would; and `after` is refused once its object has gone). A page may be
 * shorter than was asked for; the end is one without any. Throws BadAnswer where an answer does not keep to condition and
 * order, or where no end comes: whether it is all could not be told.
 */
export async function walk<T extends { id: string }>(
  what: string,
  where: Where | undefined,
  read: (page: PageRequest) => Promise<T[]>,
): Promise<T[]> {
  const page = (condition: Where | undefined) =>
    read({ ...(condition && { where: condition }), orderBy: "id_ASC", first: PAGE });
  if (typeof where?.id === "string") return only(what, [where.id], await page(where));
  const wanted = idsIn(where);
  const rows: T[] = [];
  let characters = 0;
  for (let pages = 0; pages < PAGES && rows.length <= OBJECTS && characters <= CHARACTERS; pages++) {
    const last = rows.at(-1)?.id;
    const next = await page(last === undefined ? where : after(last, where));
    if (next.length === 0) return rows;
    const ids = next.map(({ id }) => id);
    const wrong = outOfOrder(last === undefined ? ids : [last, ...ids]);
    if (wrong) throw notAsAsked(what, `${wrong.join(" and after it ")}, asked for in the order of ids`);
    for (const row of wanted ? only(what, wanted, next) : next) rows.push(row);
    if (wanted && rows.length >= wanted.length) return rows;
    characters += JSON.stringify(next).length;
  }
  throw notAsAsked(what, `no end of them (${rows.length} so far)`);
}

/** The ids that are asked for and nothing else: once all have come there is no more to come. */
function idsIn(where: Where | undefined): string[] | undefined {
  const ids = where?.id_in;
  return Array.isArray(ids) && Object.keys(where ?? {}).length === 1 ? (ids as string[]) : undefined;
}

/** Of each id there is one at most. */
function only<T extends { id: string }>(what: string, ids: string[], rows: T[]): T[] {
  const stranger = rows.find((row) => !ids.includes(row.id));
  if (stranger) throw notAsAsked(what, `${stranger.id}, asked for ${ids.join(", ")} alone`);
  return rows.slice(0, ids.length);
}

function notAsAsked(what: string, gives: string): BadAnswer {
  return new BadAnswer(
    `Unable to list the ${what}: CloudTower gives ${gives}, so that nobody can tell whether it is all`,
    "a proxy that changes requests may stand before it",
  );
}

function after(last: string, where: Where | undefined): Where {
  return where ? { AND: [where, { id_gt: last }] } : { id_gt: last };
}

/** In which order a database has its texts is its own affair: by bytes, or as one of these has them. */
const COLLATIONS = [new Intl.Collator("en"), new Intl.Collator("en", { ignorePunctuation: true })];
const ORDERS: ((a: string, b: string) => boolean)[] = [
  (a, b) => a < b,
  ...COLLATIONS.map((collation) => (a: string, b: string) => collation.compare(a, b) < 0),
];

/** Two neighbours that follow no order; undefined where all do. */
function outOfOrder(ids: string[]): [string, string] | undefined {
  const wrong = ORDERS.map((isBefore) => ids.findIndex((id, at) => at > 0 && !isBefore(ids[at - 1] as string, id)));
  const at = wrong.includes(-1) ? -1 : Math.max(...wrong);
  return at < 0 ? undefined : [ids[at - 1] as string, ids[at] as string];
}
