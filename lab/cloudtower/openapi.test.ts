import { afterAll, expect, test } from "vitest";
import { operations } from "../router";
import { checked, checkRequests, OPENAPI_FOLDER } from "./openapi.fixture";
import { type Tower, withSetUpTower } from "./tower.fixture";
import { TOWER_VERSIONS } from "./tower-model";

checkRequests();

afterAll(() => {
  if (OPENAPI_FOLDER) console.log(`held to the vendor's documents: ${JSON.stringify(checked)}`);
});

/** Every list, asked in every way that lists have. */
async function askLists(tower: Tower): Promise<number> {
  const lists = operations.filter(({ path }) => path.startsWith("/v2/api/get-") && path !== "/v2/api/get-version");
  for (const { path } of lists) {
    const short = path.replace("/v2/api", "");
    expect([short, (await tower.post(short)).status]).toEqual([short, 200]);
    if (short === "/get-ntp-service-url" || short.endsWith("-connection")) continue;
    expect((await tower.post(short, { first: 1, orderBy: "id_ASC", where: { id_not: "x" } })).status).toBe(200);
    expect((await tower.post(short, { where: { nothing: 1 }, first: -1 })).status).toBe(400);
    expect((await tower.post(short, {}, null)).status).toBe(401);
  }
  return lists.length;
}

test.each(TOWER_VERSIONS)(
  "requests and answers of %s are what the vendor's document has, where it is given",
  async (cloudtowerVersion) => {
    await withSetUpTower({ cloudtowerVersion }, async (tower) => {
      const before = checked.answers;
      const asked = await askLists(tower);
      expect(asked).toBeGreaterThan(25);
      expect(checked.answers > before).toBe(OPENAPI_FOLDER !== undefined);
    });
  },
  120_000,
);
