import { expect } from "vitest";
import type { Lab } from "../../lab/lab";
import { exampleOrder } from "../../providers/examples";
import type { Kind } from "../../providers/kernel/resource";
import { changedProgram, type ExampleValues, exampleProgram } from "../kit/example-program";
import type { ResourceSpec } from "../kit/program";
import type { Way } from "./way";

/** What the ways of one system's plain kinds have in common. */
interface PlainSite extends Pick<Way, "template" | "settings" | "environment" | "switches" | "files"> {
  values?: ExampleValues;
}

/**
 * The whole crash matrix of a plain kind, by its example: made, changed in place where the example says how, and dropped,
 * killed at every step each time. `rows` gives what the lab has of its kind; one that has the texts and numbers of the
 * example's inputs is the example's.
 */
export function plainWays(site: PlainSite): (resource: { kind: Kind }, rows: (lab: Lab) => unknown[]) => Way[] {
  const { values, ...of } = site;
  return ({ kind }, rows) => {
    const order = exampleOrder(kind);
    const made = exampleProgram(order, values);
    const changed = changedProgram(made, [kind], values);
    const without = made.slice(0, -1);
    const expectRows = (lab: Lab, program: ResourceSpec[], count: number) =>
      expect(rows(lab).filter((row) => holds(row, program.at(-1)?.args ?? {}))).toHaveLength(count);

    const ways: Way[] = [
      {
        ...of,
        name: `${kind.type} that is made, killed at every step, is there once`,
        before: () => without,
        after: () => made,
        verify: (lab) => expectRows(lab, made, 1),
      },
      {
        ...of,
        name: `${kind.type} that is dropped, killed at every step, is ${kind.sort === "object" ? "gone" : "left"}`,
        before: () => made,
        after: () => without,
        sigkill: false,
        verify: (lab) => expectRows(lab, made, kind.sort === "object" ? 0 : 1),
      },
    ];
    if (kind.example?.changed)
      ways.push({
        ...of,
        name: `${kind.type} that is changed, killed at every step, is the same one as it is wanted now`,
        before: () => made,
        after: () => changed,
        sigkill: false,
        verify(lab) {
          expectRows(lab, changed, 1);
          expectRows(lab, made, 0);
        },
      });
    return ways;
  };
}

/** Whether the lab's row has each text and each number of these inputs. */
function holds(row: unknown, { connection, ...inputs }: Record<string, unknown>): boolean {
  const has = new Set(plainValues(row));
  return plainValues(inputs).every((value) => has.has(value));
}

function plainValues(value: unknown): (string | number)[] {
  if (typeof value === "string" || typeof value === "number") return [value];
  // What another resource gives is an id that the lab has made.
  if (typeof value !== "object" || value === null || "$ref" in value) return [];
  return Object.values(value).flatMap(plainValues);
}
