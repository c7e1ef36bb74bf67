import { expect, test } from "vitest";
import { BadAnswer } from "../kernel/errors";
import { failure } from "../kernel/fixtures/wire.fixture";
import { fits, type Request, type Row, rowsOf, startList, type Where } from "./list.fixture";
import { walk } from "./walk";

const idsOf = (found: { id: string }[]) => found.map(({ id }) => id);
const sorted = (found: { id: string }[]) => idsOf(found).sort();

test("a list is walked to its first empty page, whatever the server's longest page is", async () => {
  const { list, requests } = await startList(rowsOf(120), { longest: 50 });
  expect(idsOf(await list())).toEqual(sorted(rowsOf(120)));
  expect(requests.map(({ where }) => where)).toEqual([
    undefined,
    { id_gt: "c049" },
    { id_gt: "c099" },
    { id_gt: "c119" },
  ]);
});

test("each page is of what the caller asked for", async () => {
  const { list, requests } = await startList(rowsOf(120), { longest: 20 });
  expect(idsOf(await list({ cluster: "B" }))).toEqual(sorted(rowsOf(120).filter(({ cluster }) => cluster === "B")));
  expect(requests[1]?.where).toMatchObject({ AND: [{ cluster: "B" }, { id_gt: expect.any(String) }] });
});

test("what goes or comes while a list is walked hides and doubles no other", async () => {
  const live = rowsOf(250);
  const { list } = await startList(live, {
    meanwhile(page) {
      // The first row of the first page, and the one that the next page begins after; a new one before it all.
      if (page > 1) return;
      for (const gone of ["c000", "c099"])
        live.splice(
          live.findIndex(({ id }) => id === gone),
          1,
        );
      live.push({ id: "a000", cluster: "A" });
    },
  });
  expect(idsOf(await list())).toEqual(sorted(rowsOf(250)));
});

test("of an id there is one: nothing more is asked for", async () => {
  const { list, requests } = await startList(rowsOf(120));
  expect(await list({ id: "c007" })).toMatchObject([{ id: "c007" }]);
  expect(await list({ id: "none" })).toEqual([]);
  expect(requests).toHaveLength(2);
});

test("of some ids there are no more than they: nothing is asked for once all have come", async () => {
  const { list, requests } = await startList(rowsOf(120), { longest: 2 });
  expect(idsOf(await list({ id_in: ["c003", "c007", "c001"] }))).toEqual(["c001", "c003", "c007"]);
  expect(requests).toHaveLength(2);
  expect(idsOf(await list({ id_in: ["c003", "none"] }))).toEqual(["c003"]);
  expect(requests).toHaveLength(4);
});

test.each<[string, (request: Request) => Row[], Where?]>([
  [
    "leaves out the condition",
    ({ first }) =>
      rowsOf(120)
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, first),
  ],
  ["gives the same page for ever", () => [{ id: "c1", cluster: "A" }]],
  [
    "leaves out the order",
    ({ where = {} }) =>
      rowsOf(120)
        .filter((row) => fits(row, where))
        .slice(0, 100),
  ],
  ["gives the row again that a page begins after", ({ where }) => [{ id: where?.id_gt ?? "c1", cluster: "A" }]],
  ["gives others than the one that is asked for", () => rowsOf(3), { id: "c002" }],
  ["gives others than those that are asked for", () => rowsOf(3), { id_in: ["c000", "c002"] }],
])("a server that %s is said to, and not believed", async (_what, answer, where) => {
  const { list, requests } = await startList([], { answer });
  const error = await failure(list(where));
  expect(error).toBeInstanceOf(BadAnswer);
  expect(error.message).toMatch(/^Unable to list the labels: CloudTower gives c\d+.*, asked for.*— a proxy/);
  expect(requests.length).toBeLessThanOrEqual(2);
});

test.each([
  ["by bytes", ["Z", "a", "b-a", "ba"]],
  ["by a language's rules", ["a", "b-a", "ba", "Z"]],
  ["by one that passes over dashes", ["ca", "c-b", "cc"]],
])("ids may be sorted %s", async (_how, ids) => {
  const answer = ({ where }: Request) => (where ? [] : ids.map((id) => ({ id, cluster: "A" })));
  expect(idsOf(await (await startList([], { answer })).list())).toEqual(ids);
});

test("so is one whose few objects fill the memory", async () => {
  let pages = 0;
  const notes = "x".repeat(20 * 1024 * 1024);
  const read = async () => [{ id: `c${String(++pages).padStart(9, "0")}`, notes }];
  const error = await failure(walk("labels", undefined, read));
  expect(error.message).toContain("CloudTower gives no end of them (13 so far)");
});

test("a list that does not end is given up, and said to have no end", async () => {
  let last = 0;
  const { list, requests } = await startList([], {
    answer: () => Array.from({ length: 100 }, () => ({ id: `c${String(++last).padStart(9, "0")}`, cluster: "A" })),
  });
  const error = await failure(list());
  expect(error).toBeInstanceOf(BadAnswer);
  expect(error.message).toContain("Unable to list the labels: CloudTower gives no end of them (100000 so far)");
  expect(requests).toHaveLength(1_000);
});
