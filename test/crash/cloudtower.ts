import { towerOf } from "../../lab/cloudtower/tower.fixture";
import type { Lab } from "../../lab/lab";
import { Label } from "../../providers/cloudtower/label";
import { Organization } from "../../providers/cloudtower/organization";
import { VmFolder } from "../../providers/cloudtower/vm-folder";
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

export const cloudtowerWays: Way[] = [
  ...installationWays,
  ...towerWays,
  ...plain(Organization, ({ site }) => site.model.cloudtower?.organizations ?? []),
  ...plain(Label, ({ site }) => site.model.cloudtower?.labels ?? []),
  ...plain(VmFolder, ({ site }) => site.model.cloudtower?.vmFolders ?? []),
];
