import type { LabTower, PlainAct, PlainList } from "./tower-model";

/** What the model keeps of a kind of plain objects, for what happens to them by no call of their own. */
export interface PlainKept {
  /** The model's list of them. */
  keptIn: PlainList;
  noun: string;
  parent?: PlainParent;
  /** What messages call one. */
  called(kept: { id: string }): string;
}

/** What a plain object belongs to. */
export interface PlainParent<Field extends string = string> {
  /** The field of a creation that has its id. */
  field: string;
  kind: string;
  noun: string;
  /** The field of the model that has its id. */
  keptAs: Field;
  /** What becomes of the object when its parent is to end: it goes with it, or holds it, whose end is then refused. */
  atItsEnd: "goes" | "holds";
}

const kinds = new Map<string, PlainKept>();

/** Takes a kind of plain objects on. */
export function takePlainOn(kind: string, about: PlainKept): void {
  kinds.set(kind, about);
}

/** Removes plain objects, and with them what goes at their end. */
export function removePlain(tower: LabTower, kind: string, ids: string[]): void {
  const { keptIn } = kinds.get(kind) as PlainKept;
  const all = listsOf(tower);
  // The list itself stays: who holds it sees it change.
  const kept = all[keptIn] ?? [];
  kept.splice(0, kept.length, ...kept.filter(({ id }) => !ids.includes(id)));
  endParents(tower, kind, ids);
}

/** Does with a plain object what a call or its task is about; one that a task makes stands from the call on. */
export function carryOutPlain(tower: LabTower, kind: string, id: string, act: PlainAct): void {
  const { keptIn } = kinds.get(kind) as PlainKept;
  if (act.does === "delete") removePlain(tower, kind, [id]);
  if (act.does !== "update") return;
  for (const kept of listsOf(tower)[keptIn] ?? []) if (kept.id === id) Object.assign(kept, act.to);
}

/** Removes what goes with parents that end. */
export function endParents(tower: LabTower, kind: string, ids: string[]): void {
  for (const { child, children } of childrenOf(tower, kind, ids, "goes"))
    removePlain(
      tower,
      child,
      children.map(({ id }) => id),
    );
}

/** Why parents do not end: what holds one of them; undefined: nothing does. */
export function heldByChildren(tower: LabTower, kind: string, ids: string[]): string | undefined {
  for (const { about, children } of childrenOf(tower, kind, ids, "holds"))
    for (const each of children) return `${about.noun} ${about.called(each)} is in the ${about.parent?.noun}`;
  return undefined;
}

function childrenOf(tower: LabTower, kind: string, ids: string[], atItsEnd: PlainParent["atItsEnd"]) {
  return [...kinds].flatMap(([child, about]) => {
    const { parent, keptIn } = about;
    if (parent?.kind !== kind || parent.atItsEnd !== atItsEnd) return [];
    const of = (kept: object) => (kept as Record<string, unknown>)[parent.keptAs] as string;
    return [{ child, about, children: (listsOf(tower)[keptIn] ?? []).filter((kept) => ids.includes(of(kept))) }];
  });
}

function listsOf(tower: LabTower): Partial<Record<PlainList, { id: string }[]>> {
  return tower;
}
