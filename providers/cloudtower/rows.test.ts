import { expect, test } from "vitest";
import { z } from "zod";
import { pathTo } from "../kernel/path";
import { cloudtower } from "./client";
import { rowsOf, startList } from "./list.fixture";
import { towerRows } from "./rows";

test("a refresh of many objects takes a walk of their list, not a request each", async () => {
  const live = rowsOf(250);
  const { labels, caller, requests } = await startList(live);
  const rows = towerRows(caller, labels);
  const waiting = live.map(({ id }) => id);
  // As many at a time as the engine has under way.
  const reader = async () => {
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop())
      expect(await rows.recent(id)).toMatchObject({ id });
  };
  await Promise.all(Array.from({ length: 8 }, reader));
  expect(requests.map(({ where }) => (where?.id_in ? "some" : "page"))).toEqual([
    "some",
    "page",
    "page",
    "page",
    "page",
  ]);
});

test("a write has what is read after it asked for anew", async () => {
  const { labels, caller, requests } = await startList(rowsOf(3));
  const write = () =>
    cloudtower({ ...caller, wait: async (_what, look) => ((await look(0)) as { done: never }).done }).write({
      operation: "change label c000",
      path: pathTo`/update-label`,
      schema: z.unknown(),
    });
  const ids = ["c000", "c001", "c002", "c000"];
  for (const id of ids) await towerRows(caller, labels).recent(id);
  expect(requests.splice(0)).toHaveLength(3);
  await write();
  requests.splice(0);
  expect(await towerRows(caller, labels).recent("c001")).toMatchObject({ id: "c001" });
  expect(requests.map(({ where }) => where)).toEqual([{ id: "c001" }]);
});

test("rows of one list are shared by all who read them within one scope", async () => {
  const { labels, caller } = await startList(rowsOf(3));
  expect(towerRows(caller, labels)).toBe(towerRows(caller, { ...labels }));
  expect(towerRows(caller, labels, { cluster: "A" })).not.toBe(towerRows(caller, labels));
});

test("what is asked for all goes out with the credentials of the latest who asks", async () => {
  let holds = "Canary-Key-1";
  const { labels, caller } = await startList(rowsOf(3), { accepts: (key) => key === holds });
  const rows = towerRows(caller, labels);
  await rows.fresh("c000");
  holds = "Canary-Key-2";
  const rotated = { ...caller, connection: { ...caller.connection, password: holds } };
  expect(await towerRows(rotated, labels).fresh("c001")).toMatchObject({ id: "c001" });
  expect(await rows.fresh("c002")).toMatchObject({ id: "c002" });
});
