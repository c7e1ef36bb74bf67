import { z } from "zod";
import type { Path } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { changeWhere } from "./tower-object";

/** How what the content library has is given to clusters, and taken from them. */
export interface InClusters {
  /** What messages call it. */
  noun: string;
  distribute: Path;
  remove: Path;
}

/** The clusters that an object of the library is given to. */
export const inClusters = z.array(z.looseObject({ id: z.string() })).nullish();

interface Row {
  id: string;
  name: string;
  clusters?: z.output<typeof inClusters>;
}

const idsOf = ({ clusters }: Row) => (clusters ?? []).map(({ id }) => id);
const of = (id: string, clusters: string[]) => ({ where: { id }, data: { clusters: { id_in: clusters } } });

/** Gives it to those of these clusters that do not have it. */
export async function giveToClusters(context: Context, about: InClusters, row: Row, wanted: string[]): Promise<void> {
  const missing = wanted.filter((each) => !idsOf(row).includes(each));
  if (missing.length > 0)
    await changeWhere(context, `give ${about.noun} ${row.name} to clusters`, about.distribute, of(row.id, missing));
}

/** Takes it from all other clusters than these. */
export async function takeFromClusters(context: Context, about: InClusters, row: Row, wanted: string[]): Promise<void> {
  const surplus = idsOf(row).filter((each) => !wanted.includes(each));
  if (surplus.length > 0)
    await changeWhere(context, `take ${about.noun} ${row.name} from clusters`, about.remove, of(row.id, surplus));
}

/** Of one that is not this site's alone, the site has its own clusters alone to look after. */
export function shownClusters(row: Row, wanted: string[], isOthersToo: boolean): string[] {
  const has = idsOf(row);
  return isOthersToo && wanted.every((cluster) => has.includes(cluster)) ? wanted : has;
}
