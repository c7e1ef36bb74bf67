import { expect, test } from "vitest";
import { checkRequest } from "../../lab/cloudtower/openapi.fixture";
import { TOWER_VERSIONS } from "../../lab/cloudtower/tower-model";
import { configuredTower, FIRST_WANTED, SECOND_WANTED } from "./tower-configured";
import { towerSites } from "./tower-site";

const REST = "/v2/api";

const beginSite = towerSites(...TOWER_VERSIONS);

test.each(TOWER_VERSIONS)(
  "what is sent to CloudTower %s is what the vendor's document has, where it is given",
  async (version) => {
    const site = await beginSite(version);
    await site.up(configuredTower(FIRST_WANTED));
    await site.up(configuredTower(SECOND_WANTED), true);
    await site.engine.kill();
    await site.up([]);
    const rest = site.lab.requests().filter(({ path }) => path.startsWith(REST));
    expect(new Set(rest.map(({ path }) => path)).size).toBeGreaterThan(25);
    for (const { path, rawBody } of rest) checkRequest(version, path.slice(REST.length), rawBody);
  },
  180_000,
);
