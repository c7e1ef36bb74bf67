import type { Kind } from "../resource";
import { lookUpSort } from "./look-up";
import { objectSort } from "./object";
import { oneWaySort } from "./one-way";
import { settingSort } from "./setting";
import type { Sort } from "./sort";

const SORTS: { [S in Kind["sort"]]: (kind: Extract<Kind, { sort: S }>) => Sort } = {
  object: objectSort,
  setting: settingSort,
  "one-way": oneWaySort,
  "look-up": lookUpSort,
};

/** What the kind's sort does, for this kind. Nothing else in the kernel asks for `kind.sort`. */
export function sortOf(kind: Kind): Sort {
  return (SORTS[kind.sort] as (kind: Kind) => Sort)(kind);
}
