import type { IncomingMessage } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { BadAnswer } from "../kernel/errors";
import { manualClock } from "../kernel/fixtures/manual-clock.fixture";
import { failure, json, stackFolder, wire } from "../kernel/fixtures/wire.fixture";
import { pathTo } from "../kernel/path";
import { createTrust } from "../kernel/trust";
import { cloudtower, type TowerCaller } from "./client";
import { walk } from "./walk";

const { startServer } = wire(onTestFinished);

interface Row {
  id: string;
  cluster: string;
}
interface Where {
  AND?: Where[];
  id?: string;
  id_gt?: string;
  cluster?: string;
}
interface Request {
  where?: Where;
  orderBy?: string;
  first: number;
}

/** Ids with gaps, in no order; every other one of cluster B. */
const rows = (count: number): Row[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `c${String((i * 7) % count).padStart(3, "0")}`,
    cluster: i % 2 ? "B" : "A",
  }));

function fits(row: Row, { AND = [], id, id_gt, cluster }: Where): boolean {
  return (
    AND.every((each) => fits(row, each)) &&
    (id === undefined || row.id === id) &&
    (id_gt === undefined || row.id > id_gt) &&
    (cluster === undefined || row.cluster === cluster)
  );
}

async function bodyOf(request: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString()) as Request;
}

/** A list as the vendor's schema has it, unless `answer` says otherwise; `meanwhile` is done after each page. */
async function tower(
  live: Row[],
  {
    longest = 100,
    meanwhile = () => {},
    answer,
  }: {
    longest?: number;
    meanwhile?: (page: number) => void;
    answer?: (request: Request) => Row[];
  } = {},
) {
  const requests: Request[] = [];
  const server = await startServer(async (message, response) => {
    const request = await bodyOf(message);
    requests.push(request);
    const { where = {}, orderBy, first } = request;
    const found = live.filter((row) => fits(row, where));
    if (orderBy === "id_ASC") found.sort((a, b) => (a.id < b.id ? -1 : 1));
    json(response, 200, answer ? answer(request) : found.slice(0, Math.min(first, longest)));
    meanwhile(requests.length);
  });
  const list = (where?: Where) =>
    cloudtower(callerOf(server.port)).list({
      what: "labels",
      path: pathTo`/get-labels`,
      where: where as Record<string, unknown> | undefined,
      row: z.looseObject({ id: z.string(), cluster: z.string() }),
    });
  return { list, requests };
}

function callerOf(port: number): TowerCaller {
  const reach = { speed: 1, only: false, endpoints: {} };
  const clients = new Map<string, unknown>();
  const transport = {
    reach,
    clock: manualClock(),
    trust: createTrust({ folder: stackFolder(), reach, notice: () => {} }),
    timeoutMs: 5_000,
  };
  const shared = (key: string, make: () => unknown) => {
    if (!clients.has(key)) clients.set(key, make());
    return clients.get(key);
  };
  const connection = {
    name: "T",
    addresses: [`127.0.0.1:${port}`],
    password: "Canary-Key-1",
    scheme: "http",
    source: "API_KEY",
  };
  const { signal } = new AbortController();
  return { connection, signal, workspace: { shared, transport } } as unknown as TowerCaller;
}

const idsOf = (found: { id: string }[]) => found.map(({ id }) => id);
const sorted = (found: { id: string }[]) => idsOf(found).sort();

test("a list is walked to its first empty page, whatever the server's longest page is", async () => {
  const { list, requests } = await tower(rows(120), { longest: 50 });
  expect(idsOf(await list())).toEqual(sorted(rows(120)));
  expect(requests.map(({ where }) => where)).toEqual([
    undefined,
    { id_gt: "c049" },
    { id_gt: "c099" },
    { id_gt: "c119" },
  ]);
});

test("each page is of what the caller asked for", async () => {
  const { list, requests } = await tower(rows(120), { longest: 20 });
  expect(idsOf(await list({ cluster: "B" }))).toEqual(sorted(rows(120).filter(({ cluster }) => cluster === "B")));
  expect(requests[1]?.where).toMatchObject({ AND: [{ cluster: "B" }, { id_gt: expect.any(String) }] });
});

test("what goes or comes while a list is walked hides and doubles no other", async () => {
  const live = rows(250);
  const { list } = await tower(live, {
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
  expect(idsOf(await list())).toEqual(sorted(rows(250)));
});

test("of an id there is one: nothing more is asked for", async () => {
  const { list, requests } = await tower(rows(120));
  expect(await list({ id: "c007" })).toMatchObject([{ id: "c007" }]);
  expect(await list({ id: "none" })).toEqual([]);
  expect(requests).toHaveLength(2);
});

test.each<[string, (request: Request) => Row[], Where?]>([
  [
    "leaves out the condition",
    ({ first }) =>
      rows(120)
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, first),
  ],
  ["gives the same page for ever", () => [{ id: "c1", cluster: "A" }]],
  [
    "leaves out the order",
    ({ where = {} }) =>
      rows(120)
        .filter((row) => fits(row, where))
        .slice(0, 100),
  ],
  ["gives the row again that a page begins after", ({ where }) => [{ id: where?.id_gt ?? "c1", cluster: "A" }]],
  ["gives others than the one that is asked for", () => rows(3), { id: "c002" }],
])("a server that %s is said to, and not believed", async (_what, answer, where) => {
  const { list, requests } = await tower([], { answer });
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
  expect(idsOf(await (await tower([], { answer })).list())).toEqual(ids);
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
  const { list, requests } = await tower([], {
    answer: () => Array.from({ length: 100 }, () => ({ id: `c${String(++last).padStart(9, "0")}`, cluster: "A" })),
  });
  const error = await failure(list());
  expect(error).toBeInstanceOf(BadAnswer);
  expect(error.message).toContain("Unable to list the labels: CloudTower gives no end of them (100000 so far)");
  expect(requests).toHaveLength(1_000);
});
