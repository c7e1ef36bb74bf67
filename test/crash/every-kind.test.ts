import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import type { z } from "zod";
import type { Lab } from "../../lab/lab";
import { kinds, systems } from "../../providers/handler";
import type { Kind } from "../../providers/kernel/resource";
import { fieldNames, traits } from "../../providers/kernel/schema";
import type { ResourceSpec } from "../kit/program";
import { sitePlan } from "../site/plans";
import type { Way } from "./way";
import { ways } from "./ways";

/** As much of a lab as a way's programs may read. */
const planned = {
  site: {
    model: {
      hosts: sitePlan(3).hosts.map(({ name, management, storage }) => ({
        uuid: `uuid of ${name}`,
        hostname: name,
        managementIp: management,
        storageIp: storage,
      })),
    },
  },
} as unknown as Lab;

const replacing = ({ inputs }: Kind) =>
  fieldNames(inputs).filter((name) => traits(inputs.shape[name] as z.ZodType).replaces);

/** What becomes of the resources of a kind on a way, at all of whose steps of that kind it is killed. */
function becomes(kind: Kind, way: Way): Set<"made" | "changed" | "dropped"> {
  const found = new Set<"made" | "changed" | "dropped">();
  if (way.only && !way.only.of?.includes(kind.type)) return found;
  const of = (program: ResourceSpec[]) =>
    new Map(program.filter(({ type }) => type === kind.type).map(({ name, args }) => [name, args]));
  const [before, after] = [of(way.before?.(planned) ?? []), of(way.after(planned))];
  for (const [name, args] of after) {
    const stood = before.get(name);
    const differs = (field: string) => !isDeepStrictEqual(stood?.[field], args?.[field]);
    if (stood && !replacing(kind).some(differs)) {
      if (fieldNames(kind.inputs).some((field) => field !== "connection" && differs(field))) found.add("changed");
      continue;
    }
    found.add("made");
    if (stood) found.add("dropped");
  }
  for (const name of before.keys()) if (!after.has(name)) found.add("dropped");
  return found;
}

/** What the crash matrix owes a kind, by its sort and its inputs. */
function owed(kind: Kind): string[] {
  const inPlace =
    kind.sort === "one-way"
      ? (kind.free ?? []).length > 0
      : kind.sort !== "look-up" &&
        fieldNames(kind.inputs).some((name) => name !== "connection" && !replacing(kind).includes(name));
  return ["made", ...(inPlace ? ["changed"] : []), ...(kind.sort === "object" ? ["dropped"] : [])];
}

test("each system has its ways, and a test of them", () => {
  expect(Object.keys(ways).sort()).toEqual(systems.map(({ name }) => name).sort());
});

test.each(kinds.map((kind) => [kind.type, kind] as const))(
  "%s is made, changed and dropped on some way on which each of its steps is killed",
  (_type, kind) => {
    const found = new Set(Object.values(ways).flatMap((all) => all.flatMap((way) => [...becomes(kind, way)])));
    expect(owed(kind).filter((each) => !found.has(each as "made"))).toEqual([]);
  },
);

test("no two ways go by one name", () => {
  const names = Object.values(ways).flatMap((all) => all.map(({ name }) => name));
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});
