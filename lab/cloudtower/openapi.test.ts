import { expect, test } from "vitest";
import { NoneYet, walkExamples } from "../example";
import { ask } from "../lab.fixture";
import type { Operation } from "../operation";
import { operations } from "../router";
import { checkExchange, checked, checkRequests, documentedCalls, OPENAPI_FOLDER } from "./openapi.fixture";
import { matching } from "./tables";
import { TOWER, type Tower, withCluster, withSetUpTower } from "./tower.fixture";
import { type LabTower, TOWER_VERSIONS } from "./tower-model";

checkRequests();

const rest = operations.filter(({ path }) => path.startsWith("/v2/api/") && !path.endsWith("/get-version"));

/** Every list, asked in every way that lists have. */
async function askLists(tower: Tower): Promise<void> {
  for (const { path, example } of rest.filter((each) => each.path.startsWith("/v2/api/get-"))) {
    const short = path.replace("/v2/api", "");
    expect([short, (await tower.post(short)).status]).toEqual([short, 200]);
    expect((await tower.post(short, {}, null)).status).toBe(401);
    if (example || short.endsWith("-connection")) continue;
    expect((await tower.post(short, { first: 1, orderBy: "id_ASC", where: { id_not: "x" } })).status).toBe(200);
    expect((await tower.post(short, { first: -1 })).status).toBe(400);
  }
}

/** The examples that are declared beside the operations; the lists are asked before the first of them and once all stands. */
async function walk(tower: Tower): Promise<void> {
  const { site } = tower.lab;
  const idOf = (kind: string, where: object = {}) => {
    site.advance();
    const [found] = matching(site, site.model.cloudtower as LabTower, kind, where);
    if (!found) throw new NoneYet(kind);
    return found.id;
  };
  await askLists(tower);
  let made = false;
  await walkExamples(rest, { site, idOf }, async ({ path, example }, request) => {
    if (!made && example.when !== "makes") await askLists(tower);
    made = example.when !== "makes";
    const reply = await tower.post(path.replace("/v2/api", ""), request);
    expect([path, reply.status, reply.text]).toEqual([path, example.status ?? 200, reply.text]);
  });
}

test("every operation of the REST API is in the walk, by an example beside it, or is a list or a part of the set-up", () => {
  const setUp = ["towerLogin", "createRootUser"];
  const isWalked = ({ id, path, example }: Operation) =>
    example !== undefined || path.startsWith("/v2/api/get-") || setUp.includes(id);
  expect(rest.filter((each) => !isWalked(each)).map(({ id }) => id)).toEqual([]);
});

test.each(TOWER_VERSIONS)(
  "requests and answers of %s, one of every call, are what the vendor's document has, where it is given",
  async (cloudtowerVersion) => {
    await withCluster({ cloudtowerVersion }, async (tower) => {
      const before = { ...checked };
      await walk(tower);
      const asked = new Set(tower.lab.requests().map(({ operation }) => operation));
      expect(rest.map(({ id }) => id).filter((id) => !asked.has(id))).toEqual([]);
      for (const count of ["requests", "answers"] as const)
        expect([count, checked[count] > before[count]]).toEqual([count, OPENAPI_FOLDER !== undefined]);
    });
  },
  120_000,
);

test.skipIf(OPENAPI_FOLDER === undefined)("an answer that the document does not have is refused", () => {
  const exchange = { method: "POST", path: "/get-organizations", request: {}, status: 200, requestId: "a" };
  const row = { id: "a", name: "b", datacenters: null };
  expect(() => checkExchange("4.6.0", { ...exchange, answer: [row] })).not.toThrow();
  for (const answer of [[{ ...row, more: 1 }], [{ ...row, name: null }], [{ id: "a" }], { errors: [] }])
    expect(() => checkExchange("4.6.0", { ...exchange, answer })).toThrow("answer 200 of /get-organizations");
  expect(() => checkExchange("4.6.0", { ...exchange, answer: [], requestId: undefined })).toThrow("x-tower-request-id");
  expect(() => checkExchange("4.6.0", { ...exchange, path: "/get-nothing", answer: [] })).toThrow("has no POST");
});

test.skipIf(OPENAPI_FOLDER === undefined).each(TOWER_VERSIONS)(
  "every operation of %s that the lab does not have answers 501, and says so",
  async (cloudtowerVersion) => {
    await withSetUpTower({ cloudtowerVersion, switches: { towerHttp: "serves" } }, async ({ lab, token = "" }) => {
      const built = new Set(operations.map(({ method, path }) => `${method} ${path}`));
      const missing = documentedCalls(cloudtowerVersion).filter(({ method, path }) => !built.has(`${method} ${path}`));
      expect(missing.length).toBeGreaterThan(400);
      for (const { method, path } of missing) {
        const body = method === "POST" ? {} : undefined;
        const reply = await ask(lab, method, path, { at: TOWER, body, headers: { authorization: token } });
        expect([path, reply.status, reply.body.message]).toEqual([
          path,
          501,
          expect.stringContaining(`${method} ${path}`),
        ]);
      }
      expect(lab.site.model.cloudtower?.tasks).toEqual([]);
    });
  },
);
