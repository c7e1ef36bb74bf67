import { afterAll, beforeAll, expect, test } from "vitest";
import type { Lab } from "../../lab/lab";
import { standing } from "../../lab/lab.fixture";
import { sitePlan } from "../site/plans";
import { killed } from "./crash-site";
import { type LabTemplate, labTemplate } from "./lab-site";
import { type StageThree, stageThreeProgram } from "./stage-three-program";

/** What `standing` sets for Fisheye's root. */
const PASSWORD = "Canary-Root-1";
const plan = sitePlan(3);

let template: LabTemplate;
beforeAll(async () => {
  template = await labTemplate(plan, async (lab) => {
    await standing(lab, plan);
    // Controllers that take any user and password.
    plan.hosts.forEach(({ management }, i) => void lab.smtxos.setBmc(management, { address: `10.0.19.${11 + i}` }));
  });
});
afterAll(() => template?.remove());

const FIRST: StageThree = {
  dns: ["10.0.0.114"],
  ntp: ["10.0.0.2", "ntp.example.com"],
  vip: "10.0.20.10",
  cpuModel: "EPYC",
  bmcPassword: "Canary-Bmc-1",
  smartxPassword: "Canary-Smartx-1",
  nics: ["ens162", "ens194"],
  vlan: { name: "VLAN-1120", vlanId: 1120 },
};
const SECOND: StageThree = {
  dns: ["10.0.0.1"],
  ntp: ["10.0.0.3"],
  vip: "10.0.20.11",
  cpuModel: FIRST.cpuModel,
  bmcPassword: "Canary-Bmc-2",
  smartxPassword: "Canary-Smartx-2",
  nics: ["ens162"],
  vlan: { name: "Production", vlanId: 1121 },
};

const programOf = (lab: Lab, wanted: StageThree) => stageThreeProgram(lab, wanted, PASSWORD);

/** A command on a host needs longer than a request to an instant lab. */
const settings = { requestTimeout: "1s" };

/** All of it is there once, and as wanted. */
function expectStands(lab: Lab, wanted: StageThree): void {
  const { hosts, cluster } = lab.site.model;
  expect(cluster).toMatchObject({
    dns: wanted.dns,
    ntp: { mode: "external", servers: wanted.ntp },
    managementVip: wanted.vip,
    cpuModel: wanted.cpuModel,
  });
  expect(Object.values(cluster?.ipmi ?? {}).map(({ host }) => host)).toEqual([
    "10.0.19.11",
    "10.0.19.12",
    "10.0.19.13",
  ]);
  for (const { passwords } of hosts)
    expect(passwords).toEqual({ smartx: wanted.smartxPassword, root: `${wanted.smartxPassword}-root` });
  const made = cluster?.vdses.filter(({ name }) => name === "vDS-Production") ?? [];
  expect(made.map((vds) => vds.hosts.map(({ nics }) => nics))).toEqual([hosts.map(() => wanted.nics)]);
  expect(cluster?.vdses).toHaveLength(3);
  const vlans = cluster?.vlans.filter(({ use, name }) => use === "vm" && name !== "default") ?? [];
  expect(vlans.map(({ name, vlanId, vds }) => ({ name, vlanId, vds }))).toEqual([
    { ...wanted.vlan, vds: made[0]?.uuid },
  ]);
}

test("making all of stage 03, killed at every step, makes each once", async () => {
  const { steps, failures } = await killed(
    template,
    (lab) => ({ before: [], after: programOf(lab, FIRST) }),
    (lab) => expectStands(lab, FIRST),
    { settings },
  );
  expect(failures).toEqual([]);
  expect(steps).toBeGreaterThan(60);
}, 900_000);

test("changing all of stage 03, killed at every step, brings all of it about", async () => {
  const { steps, failures } = await killed(
    template,
    (lab) => ({ before: programOf(lab, FIRST), after: programOf(lab, SECOND) }),
    (lab) => expectStands(lab, SECOND),
    { settings },
  );
  expect(failures).toEqual([]);
  expect(steps).toBeGreaterThan(40);
}, 900_000);

test("dropping all of stage 03, killed at every step, takes VLAN and switch away and leaves the settings", async () => {
  const { steps, failures } = await killed(
    template,
    (lab) => ({ before: programOf(lab, FIRST), after: [] }),
    ({ site: { model } }) => {
      expect(model.cluster?.vdses).toHaveLength(2);
      expect(model.cluster?.vlans.filter(({ use, name }) => use === "vm" && name !== "default")).toEqual([]);
      expect(model.cluster?.dns).toEqual(FIRST.dns);
    },
    { settings },
  );
  expect(failures).toEqual([]);
  expect(steps).toBeGreaterThan(5);
}, 900_000);

/** The switch and its VLAN alone. */
const networksOf = (lab: Lab, wanted: StageThree) =>
  programOf(lab, wanted).flatMap((spec) => {
    if (spec.name === "switch") return [{ ...spec, options: {} }];
    return spec.name === "vlan" ? [{ ...spec, options: { dependsOn: ["switch"] } }] : [];
  });

function expectNetworks(lab: Lab, ...wanted: StageThree[]): void {
  const { model } = lab.site;
  const made = model.cluster?.vdses.filter(({ name }) => name === "vDS-Production") ?? [];
  expect(made.map(({ hosts }) => hosts.map(({ nics }) => nics))).toEqual(
    wanted.map(({ nics }) => model.hosts.map(() => nics)),
  );
  const vlans = model.cluster?.vlans.filter(({ use, name }) => use === "vm" && name !== "default") ?? [];
  expect(vlans.map(({ name, vlanId }) => ({ name, vlanId }))).toEqual(wanted.map(({ vlan }) => vlan));
  // What the job of the killed run has brought about is not sent again.
  const writes = lab.requests().flatMap(({ operation, committed }) => (committed ? operation : []));
  for (const once of ["createVds", "updateVds", "deleteVds"])
    expect(writes.filter((write) => write === once).length, once).toBeLessThan(2);
}

// At this speed a job outlives the run that was killed: the next one meets a switch that is still busy.
const slow = { settings, speed: 10 };

test("a switch that is being made when its run is killed takes its VLAN once it stands, though it shows no hosts", async () => {
  const { failures, kills } = await killed(
    template,
    (lab) => ({ before: [], after: networksOf(lab, FIRST) }),
    (lab) => expectNetworks(lab, FIRST),
    { ...slow, only: /POST .*network\/vds$/, switches: { hostsShown: false } },
  );
  expect(failures).toEqual([]);
  expect(kills).toBeGreaterThan(0);
}, 300_000);

test("a switch that is being changed when its run is killed is changed once its job has ended", async () => {
  const { failures, kills } = await killed(
    template,
    (lab) => ({ before: networksOf(lab, FIRST), after: networksOf(lab, SECOND) }),
    (lab) => expectNetworks(lab, SECOND),
    { ...slow, only: /PUT .*network\/vds\/[^/]+$/ },
  );
  expect(failures).toEqual([]);
  expect(kills).toBeGreaterThan(0);
}, 300_000);

test("a switch that is being deleted when its run is killed goes all the same", async () => {
  const { failures, kills } = await killed(
    template,
    (lab) => ({ before: networksOf(lab, FIRST), after: [] }),
    (lab) => expectNetworks(lab),
    { ...slow, only: /DELETE .*network\/vds\/[^/]+$/ },
  );
  expect(failures).toEqual([]);
  expect(kills).toBeGreaterThan(0);
}, 300_000);
