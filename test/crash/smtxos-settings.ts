import { expect } from "vitest";
import type { Lab } from "../../lab/lab";
import { standing } from "../../lab/lab.fixture";
import { labTemplate } from "../engine/lab-site";
import { sitePlan } from "../site/plans";
import { type ClusterWanted, clusterProgram } from "./smtxos-settings-program";
import type { Way } from "./way";

/** What `standing` sets for Fisheye's root. */
const PASSWORD = "Canary-Root-1";
const plan = sitePlan(3);

const standingCluster = () =>
  labTemplate(plan, async (lab) => {
    await standing(lab, plan);
    // Controllers that take any user and password.
    plan.hosts.forEach(({ management }, i) => void lab.smtxos.setBmc(management, { address: `10.0.19.${11 + i}` }));
  });

const FIRST: ClusterWanted = {
  dns: ["10.0.0.114"],
  ntp: ["10.0.0.2", "ntp.example.com"],
  vip: "10.0.20.10",
  cpuModel: "EPYC",
  bmcPassword: "Canary-Bmc-1",
  smartxPassword: "Canary-Smartx-1",
  nics: ["ens162", "ens194"],
  vlan: { name: "VLAN-1120", vlanId: 1120 },
};
const SECOND: ClusterWanted = {
  dns: ["10.0.0.1"],
  ntp: ["10.0.0.3"],
  vip: "10.0.20.11",
  // Left to the site, which recommends the one that stands.
  cpuModel: undefined,
  bmcPassword: "Canary-Bmc-2",
  smartxPassword: "Canary-Smartx-2",
  nics: ["ens162"],
  vlan: { name: "Production", vlanId: 1121 },
};

const programOf = (lab: Lab, wanted: ClusterWanted) => clusterProgram(lab, wanted, PASSWORD);

/** A command on a host needs longer than a request to an instant lab. */
const settings = { requestTimeout: "1s" };

/** All of it is there once, and as wanted. */
function expectStands(lab: Lab, wanted: ClusterWanted): void {
  const { hosts, cluster } = lab.site.model;
  expect(cluster).toMatchObject({
    dns: wanted.dns,
    ntp: { mode: "external", servers: wanted.ntp },
    managementVip: wanted.vip,
    cpuModel: "EPYC",
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

/** The switch and its VLAN alone. */
const networksOf = (lab: Lab, wanted: ClusterWanted) =>
  programOf(lab, wanted).flatMap((spec) => {
    if (spec.name === "switch") return [{ ...spec, options: {} }];
    return spec.name === "vlan" ? [{ ...spec, options: { dependsOn: ["switch"] } }] : [];
  });

function expectNetworks(lab: Lab, ...wanted: ClusterWanted[]): void {
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
const slow = { settings, speed: 10, template: standingCluster };

/** What a standing cluster is given: its settings, its hosts' accounts, switches and VLANs. */
export const clusterWays: Way[] = [
  {
    name: "giving a cluster its settings and networks, killed at every step, makes each once",
    template: standingCluster,
    after: (lab) => programOf(lab, FIRST),
    verify: (lab) => expectStands(lab, FIRST),
    settings,
    moreStepsThan: 60,
  },
  {
    name: "changing a cluster's settings and networks, killed at every step, brings all of it about",
    template: standingCluster,
    before: (lab) => programOf(lab, FIRST),
    after: (lab) => programOf(lab, SECOND),
    verify: (lab) => expectStands(lab, SECOND),
    settings,
    moreStepsThan: 40,
  },
  {
    name: "dropping a cluster's settings and networks, killed at every step, takes VLAN and switch away and leaves the settings",
    template: standingCluster,
    before: (lab) => programOf(lab, FIRST),
    after: () => [],
    verify({ site: { model } }) {
      expect(model.cluster?.vdses).toHaveLength(2);
      expect(model.cluster?.vlans.filter(({ use, name }) => use === "vm" && name !== "default")).toEqual([]);
      expect(model.cluster?.dns).toEqual(FIRST.dns);
    },
    settings,
    moreStepsThan: 5,
  },
  {
    ...slow,
    name: "a switch that is being made when its run is killed takes its VLAN once it stands, though it shows no hosts",
    after: (lab) => networksOf(lab, FIRST),
    verify: (lab) => expectNetworks(lab, FIRST),
    only: { steps: /POST .*network\/vds$/ },
    switches: { hostsShown: false },
  },
  {
    ...slow,
    name: "a switch that is being changed when its run is killed is changed once its job has ended",
    before: (lab) => networksOf(lab, FIRST),
    after: (lab) => networksOf(lab, SECOND),
    verify: (lab) => expectNetworks(lab, SECOND),
    only: { steps: /PUT .*network\/vds\/[^/]+$/ },
  },
  {
    ...slow,
    name: "a switch that is being deleted when its run is killed goes all the same",
    before: (lab) => networksOf(lab, FIRST),
    after: () => [],
    verify: (lab) => expectNetworks(lab),
    only: { steps: /DELETE .*network\/vds\/[^/]+$/ },
  },
];
