import { expect, test } from "vitest";
import { TOWER, towerPlan } from "../../lab/cloudtower/tower.fixture";
import { guestIn, installation, nameServers } from "./installation-site";
import { clusterTemplate, labSites } from "./lab-site";
import { stageFour } from "./stage-four";

const beginSite = labSites(() => clusterTemplate(towerPlan()));

// The site's own time: the image installs itself for a quarter of an hour, then the installer runs for twenty minutes.
test("from the ISO image to a CloudTower that answers, and a second run writes nothing", async () => {
  const site = await beginSite({ speed: 1_000 });
  const bytes = Buffer.from("an image");
  const address = { ip: TOWER, netmask: "255.255.255.0", gateway: "10.0.20.1" };
  const iso = { name: "tower.iso", size: bytes.length, file: site.layMedia("tower.iso", bytes) };
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
