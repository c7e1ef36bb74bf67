import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { TOWER, towerPlan } from "../../lab/cloudtower/tower.fixture";
import { standing } from "../../lab/lab.fixture";
import { type LabTemplate, labTemplate } from "./crash-site";
import { guestIn, installation, nameServers } from "./installation-site";
import { stageFour } from "./stage-four";
import { type TowerSite, towerSite } from "./tower-site";

let template: LabTemplate;
beforeAll(async () => {
  const plan = towerPlan();
  template = await labTemplate(plan, (lab) => standing(lab, plan));
});
afterAll(() => template?.remove());

let site: TowerSite;
afterEach(() => site?.end());

// The site's own time: the image installs itself for a quarter of an hour, then the installer runs for twenty minutes.
test("from the ISO image to a CloudTower that answers, and a second run writes nothing", async () => {
  site = await towerSite(template, { speed: 1_000 });
  const bytes = Buffer.from("an image");
  mkdirSync(join(site.project.folder, "media"));
  writeFileSync(join(site.project.folder, "media", "tower.iso"), bytes);
  const address = { ip: TOWER, netmask: "255.255.255.0", gateway: "10.0.20.1" };
  const iso = { name: "tower.iso", size: bytes.length, file: "media/tower.iso" };
  const program = [...stageFour(site.lab, { iso, vm: {}, address }), installation({}, ["vm"]), nameServers()];
  await site.up(program);
  const { vms, images } = site.lab.site.model.cluster ?? {};
  expect(images).toHaveLength(1);
  expect(vms).toHaveLength(1);
  expect(guestIn(site.lab)?.installerStarts).toBe(1);
  expect(site.lab.site.model.cloudtower?.vm).toBe(vms?.[0]?.uuid);
  site.writes();
  await site.up(program, true);
  expect(site.writes()).toEqual([]);
});
