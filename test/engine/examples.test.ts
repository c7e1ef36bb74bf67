import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { CLOUDTOWER_PASSWORD } from "../../lab/guest/guest-model";
import { fillTemplate } from "../../plan/template";
import { kinds } from "../../providers/handler";
import { changedProgram, type ExampleValues, exampleName, exampleProgram } from "../kit/example-program";
import { stageThreePlan } from "../site/plans";
import { labSites, labTemplate } from "./lab-site";

const plan = { ...stageThreePlan(), cloudtower: { address: "10.0.20.15" } };
const beginSite = labSites(() => labTemplate(plan));

/** As the stack's settings and its environment have them. */
const passwords = {
  SITEWRIGHT_HCI_01_PASSWORD: "Canary-Fisheye-1",
  SITEWRIGHT_CLOUDTOWER_PASSWORD: "Canary-Tower-1",
  SITEWRIGHT_CLOUDTOWER_SSH_PASSWORD: CLOUDTOWER_PASSWORD,
};

test("the examples of all kinds stand on one site, are left as they are, changed, and dropped again", async () => {
  const values: ExampleValues = {
    secrets: { bmcPassword: plan.hosts[0]?.bmc?.password ?? "" },
    files: {
      "media/SMTX_VMTOOLS-3.2.1-1.iso": Buffer.from("tools"),
      "media/cloudtower-v4.6.0.iso": Buffer.from("tower"),
      "media/linux.iso": Buffer.from("linux"),
      "stacks/HCI-01/plan.xlsx": Buffer.from(await fillTemplate(plan)),
    },
  };
  const site = await beginSite();
  Object.assign(site.project.env, passwords);
  for (const [path, bytes] of Object.entries(values.files ?? {})) {
    mkdirSync(dirname(join(site.project.folder, path)), { recursive: true });
    writeFileSync(join(site.project.folder, path), bytes);
  }
  const program = exampleProgram(kinds, values);

  await site.up(program);
  expect(site.engine.state.map(({ name }) => name)).toEqual(kinds.map(({ type }) => exampleName(type)));
  site.writes();
  await site.up(program);
  expect(site.writes()).toEqual([]);

  const changed = changedProgram(program, kinds, values);
  const { steps, errors } = await site.engine.up(changed);
  expect(errors).toEqual([]);
  const altered = kinds.filter(({ example }) => example?.changed).map(({ type }) => `update ${exampleName(type)}`);
  expect(steps).toEqual(altered);
  site.writes();
  await site.up(changed);
  expect(site.writes()).toEqual([]);

  const dropped = await site.engine.up([]);
  expect(dropped.errors).toEqual([]);
  expect(site.engine.state).toEqual([]);
  const said = (type: string) =>
    dropped.logs.flatMap(({ urn, text, warning }) => (warning && urn.endsWith(`::${exampleName(type)}`) ? text : []));
  for (const kind of kinds) {
    if (kind.sort === "one-way") expect(said(kind.type), kind.type).toEqual([expect.stringContaining("is let go")]);
    if (kind.sort === "setting" && !kind.release)
      expect(said(kind.type), kind.type).toEqual([expect.stringContaining("is left as it is")]);
    if (kind.sort === "look-up") expect(said(kind.type), kind.type).toEqual([]);
  }
  const { cluster, cloudtower } = site.lab.site.model;
  // What was on the example's machine is its user's to delete.
  const volumes = [{ name: "web-01-system" }];
  // Nothing of CloudTower's deletes an image of the tools.
  const images = [{ kind: "tools", name: "SMTX_VMTOOLS-4.0.0.iso" }];
  expect(said("cloudtower:SvtImage")).toEqual([expect.stringContaining("has no call that deletes it")]);
  expect(cluster).toMatchObject({ vms: [], volumes, images, vdses: [{}, {}], dns: ["10.0.0.1"] });
  expect(cluster?.vlans.filter(({ use }) => use === "vm").map(({ name }) => name)).toEqual(["default"]);
  // It has gone with its machine; what it had was taken away before, or said to stay.
  expect(cloudtower).toBeUndefined();
  expect(said("cloudtower:Organization")).toEqual([expect.stringContaining("it is the only one")]);
  expect(said("cloudtower:Datacenter")).toEqual([]);
});
