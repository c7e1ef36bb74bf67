import { expect } from "vitest";
import type { Lab } from "../../lab/lab";
import { VIP } from "../../lab/lab.fixture";
import { STORAGE_CAPACITY_RULE as RULE } from "../../providers/cloudtower/storage-capacity";
import { configuredTower, FIRST_WANTED, SECOND_WANTED, type TowerSettings } from "../engine/tower-configured";
import { connectedTower, towerConnection, towerTemplate } from "../engine/tower-site";
import type { ResourceSpec } from "../kit/program";
import type { Way } from "./way";

const newTower = () => towerTemplate();
const towerOf = ({ site }: Lab) => site.model.cloudtower;

/** One root user, one organisation, its datacenters, one connection in the last of them. */
function expectConnected(lab: Lab, datacenters = ["DC-01"]): void {
  expect(towerOf(lab)).toMatchObject({
    users: [{ username: "root" }],
    organizations: [{ name: "C89" }],
    datacenters: datacenters.map((name) => ({ name })),
    clusters: [{ ip: VIP, state: "CONNECTED", datacenter: towerOf(lab)?.datacenters.at(-1)?.id }],
  });
}

function expectConfigured(lab: Lab, { ntp, replicas, disabled, top, position, more }: TowerSettings): void {
  const [{ settings, alertRules, kept } = {}] = towerOf(lab)?.clusters ?? [];
  expect(towerOf(lab)?.ntp).toEqual(ntp);
  expect(settings).toMatchObject({ replicaNum: replicas });
  expect(alertRules?.[RULE]).toMatchObject({ disabled });
  expect(kept).toMatchObject({
    views: [{ name: "VM" }],
    graphs: Array(more ? 3 : 2).fill({ metricCount: top }),
    racks: [{ name: "R-01" }],
    bricks: [{ name: "chassis-a", position }, ...(more ? [{ name: "chassis-b", position: 10 }] : [])],
    nodes: kept?.bricks.map(({ id }) => ({ brick: id })),
  });
}

/** A second datacenter, which the cluster may be moved to. */
const OTHER: ResourceSpec = {
  type: "cloudtower:Datacenter",
  name: "other",
  args: { connection: towerConnection, organization: { $ref: "organization.organizationId" }, name: "DC-02" },
  options: { dependsOn: ["datacenter"] },
};

/** Set-up, organisation, both datacenters and the connection, in the first or, renamed, in the second. */
function connected(moved: boolean): ResourceSpec[] {
  return connectedTower().flatMap((spec) => {
    const change = { setup: { own: true }, datacenter: { name: "DC-03" } };
    const more =
      spec.name === "cluster"
        ? { datacenter: { $ref: moved ? "other.datacenterId" : "datacenter.datacenterId" } }
        : moved && change[spec.name as keyof typeof change];
    const changed = { ...spec, args: { ...spec.args, ...more } };
    return spec.name === "cluster" ? [OTHER, { ...changed, options: { dependsOn: ["other"] } }] : [changed];
  });
}

/** CloudTower by its API: set-up, the cluster's connection, and what the cluster is given there. */
export const towerWays: Way[] = [
  {
    name: "set-up and connection, killed at every step, make each once",
    template: newTower,
    after: () => connectedTower(),
    verify: (lab) => expectConnected(lab),
    moreStepsThan: 40,
  },
  {
    name: "a datacenter that is renamed and a cluster that is moved, killed at every step, are the same ones",
    template: newTower,
    before: () => connected(false),
    after: () => connected(true),
    verify: (lab) => expectConnected(lab, ["DC-03", "DC-02"]),
  },
  {
    name: "what is configured once the cluster is connected, killed at every step, is there once",
    template: newTower,
    before: () => connectedTower(),
    after: () => configuredTower(FIRST_WANTED),
    verify(lab) {
      expectConnected(lab);
      expectConfigured(lab, FIRST_WANTED);
    },
    moreStepsThan: 60,
  },
  {
    name: "changing all that is configured, killed at every step, brings all of it about",
    template: newTower,
    before: () => configuredTower(FIRST_WANTED),
    after: () => configuredTower(SECOND_WANTED),
    verify(lab) {
      expectConnected(lab);
      expectConfigured(lab, SECOND_WANTED);
    },
  },
  {
    name: "taking all of it away, killed at every step, leaves the set-up and its organisation alone",
    template: newTower,
    before: () => configuredTower(FIRST_WANTED),
    after: () => [],
    verify(lab) {
      expect(towerOf(lab)).toMatchObject({ users: [{}], organizations: [{}], datacenters: [], clusters: [] });
      expect(lab.site.model.cluster).toBeDefined();
    },
  },
  // At this speed a task outlives the run that was killed: the next one meets a cluster that is still being connected.
  {
    name: "a connection whose task outlives the run that was killed is awaited, and not made twice",
    template: newTower,
    after: () => connectedTower(),
    verify: (lab) => expectConnected(lab),
    speed: 20,
    only: { steps: /connect-cluster|get-tasks/ },
    moreKillsThan: 1,
  },
];
