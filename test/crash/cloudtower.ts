import { plainObjects } from "../../lab/cloudtower/system";
import { towerOf } from "../../lab/cloudtower/tower.fixture";
import type { Lab } from "../../lab/lab";
import { resources } from "../../providers/handler";
import { CLUSTER_PASSWORD, TOWER_PASSWORD, towerTemplate } from "../engine/tower-site";
import { installationWays } from "./cloudtower-installation";
import { towerWays } from "./cloudtower-settings";
import { plainWays } from "./plain-ways";
import type { Way } from "./way";

/** A CloudTower that somebody has set up, with an organisation that is not the examples'. */
function setUpTower() {
  return towerTemplate("4.6.0", async (lab: Lab) => {
    const tower = towerOf(lab);
    await tower.data("/create-root-user", { password: TOWER_PASSWORD });
    const account = { username: "root", source: "LOCAL", password: TOWER_PASSWORD };
    tower.token = (await tower.data<{ data: { token: string } }>("/login", account)).data.token;
    await tower.data("/create-organization", [{ name: "SMTX-HCI" }]);
  });
}

const plain = plainWays({
  template: setUpTower,
  environment: { SITEWRIGHT_CLOUDTOWER_PASSWORD: TOWER_PASSWORD, SITEWRIGHT_HCI_01_PASSWORD: CLUSTER_PASSWORD },
});

/** The plain objects of CloudTower, by their examples; datacenters are on the way of the cluster's connection. */
const plainKinds = plainObjects.filter(({ kind }) => kind !== "Datacenter");

export const cloudtowerWays: Way[] = [
  ...installationWays,
  ...towerWays,
  ...plainKinds.flatMap(({ kind, tried: { keptIn } }) =>
    plain(resourceOf(`cloudtower:${kind}`), ({ site }) => site.model.cloudtower?.[keptIn] ?? []),
  ),
];

function resourceOf(type: string): (typeof resources)[number] {
  const found = resources.find(({ kind }) => kind.type === type);
  if (!found) throw new Error(`the lab has ${type}, and no kind of that type is registered`);
  return found;
}
