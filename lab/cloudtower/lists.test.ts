import { expect, test } from "vitest";
import { type Tower, withSetUpTower } from "./tower.fixture";

/** A tower with the datacenters a to e, in that order. */
async function withDatacenters(
  pageSize: number | "all",
  body: (tower: Tower, ids: string[]) => Promise<void>,
  longestPage: number | "all" = "all",
) {
  await withSetUpTower({ switches: { pageSize, longestPage } }, async (tower) => {
    const [organization] = await tower.data<{ id: string }[]>("/get-organizations");
    const made = await tower.data<{ data: { id: string } }[]>(
      "/create-datacenter",
      ["a", "b", "c", "d", "e"].map((name) => ({ name, organization_id: organization?.id })),
    );
    await body(
      tower,
      made.map(({ data }) => data.id),
    );
  });
}

async function names(tower: Tower, request: object): Promise<string> {
  const rows = await tower.data<{ name: string }[]>("/get-datacenters", request);
  return rows.map(({ name }) => name).join("");
}

test("lists have pages as the guide says", async () => {
  await withDatacenters("all", async (tower, ids) => {
    const all = await names(tower, {});
    expect(all).toBe("abcde");
    const [, second, , , fifth] = ids;
    for (const [request, wanted] of [
      [{ first: 3 }, "abc"],
      [{ skip: 3, first: 5 }, "de"],
      [{ last: 3 }, "cde"],
      [{ last: 2, skip: 1 }, "cd"],
      [{ after: second, first: 2 }, "cd"],
      [{ after: second, skip: 1, first: 2 }, "de"],
      [{ before: fifth, last: 2 }, "cd"],
      [{ before: fifth, last: 2, skip: 1 }, "bc"],
      [{ orderBy: "name_DESC" }, "edcba"],
      [{ orderBy: "name_DESC", after: second }, "a"],
      [{ skip: 9 }, ""],
    ] as const)
      expect([request, await names(tower, request)]).toEqual([request, wanted]);
  });
});

test("a page without a size is as long as the switch says", async () => {
  await withDatacenters(2, async (tower) => {
    expect(await names(tower, {})).toBe("ab");
    expect(await names(tower, { first: 4 })).toBe("abcd");
    expect(await tower.data("/get-datacenters-connection")).toEqual({ aggregate: { count: 5 } });
  });
});

test("a page is no longer than the switch says, and the next one begins after its last id, gone or not", async () => {
  await withDatacenters(
    "all",
    async (tower) => {
      const walked = { first: 100, orderBy: "id_ASC", where: { organization: { name: "C89" } } };
      const rows = (where: object) =>
        tower.data<{ id: string; name: string }[]>("/get-datacenters", {
          ...walked,
          where: { AND: [walked.where, where] },
        });
      const first = await rows({});
      expect(first).toHaveLength(2);
      const last = first[1]?.id as string;
      await tower.data("/delete-datacenter", { where: { id: last } });
      const second = await rows({ id_gt: last });
      expect(second).toHaveLength(2);
      const third = await rows({ id_gt: second[1]?.id });
      expect(
        [...first, ...second, ...third]
          .map(({ name }) => name)
          .sort()
          .join(""),
      ).toBe("abcde");
      expect(await rows({ id_gt: third[0]?.id })).toEqual([]);
      expect(await tower.data("/get-datacenters", { last: 3 })).toHaveLength(2);
      expect(await tower.data("/get-datacenters-connection")).toEqual({ aggregate: { count: 4 } });
    },
    2,
  );
});

test("conditions find what the guide says", async () => {
  await withDatacenters("all", async (tower) => {
    for (const [where, wanted] of [
      [{ name: "b" }, "b"],
      [{ name_not: "b" }, "acde"],
      [{ name_in: ["b", "e"] }, "be"],
      [{ name_not_in: ["b", "e"] }, "acd"],
      [{ name_lt: "c" }, "ab"],
      [{ name_lte: "c" }, "abc"],
      [{ name_gt: "c" }, "de"],
      [{ name_gte: "c" }, "cde"],
      [{ name_contains: "d" }, "d"],
      [{ name_not_contains: "d" }, "abce"],
      [{ name_starts_with: "a" }, "a"],
      [{ name_not_ends_with: "a" }, "bcde"],
      [{ AND: [{ name_gt: "a" }, { name_lt: "d" }] }, "bc"],
      [{ OR: [{ name: "a" }, { name: "e" }] }, "ae"],
      [{ NOT: [{ name: "a" }, { name: "e" }] }, "bcd"],
      [{ organization: { name: "C89" } }, "abcde"],
      [{ organization: { datacenters_some: { name: "none" } } }, ""],
      [{ clusters_none: {} }, "abcde"],
      [{ clusters_some: {} }, ""],
      [{ total_cpu_hz: null, name_gt: "d" }, "e"],
    ] as const)
      expect([where, await names(tower, { where })]).toEqual([where, wanted]);
  });
});

test.each<[string, object]>([
  ["a field that is not there", { where: { colour: "red" } }],
  ["an order that is not there", { orderBy: "colour_ASC" }],
  ["an order without a direction", { orderBy: "name" }],
  ["first and last", { first: 1, last: 1 }],
  ["a beginning that is not there", { after: "none" }],
  ["a number below 0", { first: -1 }],
])("a list with %s is refused", async (_what, request) => {
  await withDatacenters("all", async (tower) => {
    expect(await tower.post("/get-datacenters", request)).toMatchObject({ status: 400 });
  });
});
