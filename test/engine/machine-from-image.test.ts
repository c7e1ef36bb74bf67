import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { TOWER, towerPlan } from "../../lab/cloudtower/tower.fixture";
import type { ResourceSpec } from "../kit/program";
import { STACK } from "../kit/project";
import { guestIn, installation, nameServers } from "./installation-site";
import { clusterTemplate, type LabSite, labSites } from "./lab-site";
import { machineFromImage } from "./machine-from-image";

const beginSite = labSites(() => clusterTemplate(towerPlan()));

function imageToTower(site: LabSite): ResourceSpec[] {
  const bytes = Buffer.from("an image");
  const address = { ip: TOWER, netmask: "255.255.255.0", gateway: "10.0.20.1" };
  const iso = { name: "tower.iso", size: bytes.length, file: site.layMedia("tower.iso", bytes) };
  return [...machineFromImage(site.lab, { iso, vm: {}, address }), installation({}, ["vm"]), nameServers()];
}

// The site's own time: the image installs itself for a quarter of an hour, then the installer runs for twenty minutes.
test("from the ISO image to a CloudTower that answers, and a second run writes nothing", async () => {
  const site = await beginSite({ speed: 1_000 });
  const program = imageToTower(site);
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

test("where another machine had its address before, its host key is renewed though the run that made it has ended", async () => {
  const site = await beginSite({}, { trust: "firstUse" });
  const stack = join(site.project.folder, "stacks", STACK);
  writeFileSync(join(stack, "reach.json"), JSON.stringify({ ...site.lab.reach, hostKeys: {} }));
  writeFileSync(join(stack, "trust.yaml"), `ssh:\n  "${TOWER}:22": "SHA256:${"A".repeat(43)}"\n`);
  const program = imageToTower(site);
  await site.lab.setFaults([{ operation: "updateVm", answer: { status: 403 } }]);
  expect(await site.errorsOf(program)).toMatch(/change the addresses of virtual machine cloudtower/);
  await site.lab.setFaults([]);
  await site.engine.kill();
  await site.up(program);
  expect(readFileSync(join(stack, "trust.yaml"), "utf8")).toMatch(/10\.0\.20\.15:22"?: "?SHA256:(?!A{43})/);
  expect(site.lab.site.model.cloudtower).toBeDefined();
});
