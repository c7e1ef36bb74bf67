import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { TOWER, towerPlan } from "../../lab/cloudtower/tower.fixture";
import type { ResourceSpec } from "../kit/program";
import { guestIn, installation, nameServers } from "./installation-site";
import { type LabSite, labSites, labTemplate } from "./lab-site";
import { machineFromImage } from "./machine-from-image";
import { siteProgram } from "./site-program";

const PASSWORD = "Canary-Root-1";
const planned = towerPlan();
const admin = { ...planned.cluster.admin, password: PASSWORD };
const plan = { ...planned, cluster: { ...planned.cluster, admin } };
const beginSite = labSites(() => labTemplate(plan));
// Other ids than before.
const beginAnew = labSites(() => labTemplate(plan, undefined, { seed: "installed anew" }));

function wholeSite(site: LabSite): ResourceSpec[] {
  const bytes = Buffer.from("an image");
  const address = { ip: TOWER, netmask: "255.255.255.0", gateway: "10.0.20.1" };
  const iso = { name: "tower.iso", size: bytes.length, file: site.layMedia("tower.iso", bytes) };
  const later = machineFromImage(site.lab, { iso, vm: {}, address, password: PASSWORD });
  return [
    ...siteProgram(plan, Buffer.from(""), ["cluster", "admin"]),
    ...later.map((spec) => ({
      ...spec,
      options: { dependsOn: ["admin", ...(spec.options?.dependsOn ?? [])] },
    })),
    installation({}, ["vm"]),
    nameServers(),
  ];
}

const journalOf = ({ project }: LabSite) => join(project.memory, "journal.jsonl");

test("a journal that outlives its stack is no hindrance where the servers were installed anew", async () => {
  const old = await beginSite();
  await old.up(wholeSite(old));
  const site = await beginAnew();
  copyFileSync(journalOf(old), journalOf(site));
  const kinds = readFileSync(journalOf(site), "utf8").match(/"kind":"[^"]*"/g);
  expect(new Set(kinds).size).toBe(5);
  await site.up(wholeSite(site));
  expect(site.lab.site.model.cluster?.vms).toHaveLength(1);
  expect(guestIn(site.lab)?.installerStarts).toBe(1);
  site.writes();
  await site.up(wholeSite(site), true);
  expect(site.writes()).toEqual([]);
});
