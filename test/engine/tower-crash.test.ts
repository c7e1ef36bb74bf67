import { afterAll, beforeAll, expect, test } from "vitest";
import type { Lab } from "../../lab/lab";
import { VIP } from "../../lab/lab.fixture";
import { STORAGE_CAPACITY_RULE as RULE } from "../../providers/cloudtower/storage-capacity";
import { killed } from "./crash-site";
import type { LabTemplate } from "./lab-site";
import { configuredTower, FIRST_WANTED, SECOND_WANTED, type TowerSettings } from "./tower-configured";
import { connectedTower, towerTemplate } from "./tower-site";

let template: LabTemplate;
beforeAll(async () => {
  template = await towerTemplate();
});
afterAll(() => template?.remove());

const towerOf = ({ site }: Lab) => site.model.cloudtower;

/** One root user, one organisation, one datacenter, one connection. */
function expectConnected(lab: Lab): void {
  expect(towerOf(lab)).toMatchObject({
    users: [{ username: "root" }],
    organizations: [{ name: "C89" }],
    datacenters: [{ name: "DC-01" }],
    clusters: [{ ip: VIP, state: "CONNECTED" }],
  });
}

function expectConfigured(lab: Lab, { ntp, replicas, disabled, top, position, more }: TowerSettings): void {
  expectConnected(lab);
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

test("set-up and connection, killed at every step, make each once", async () => {
  const { steps, failures } = await killed(template, () => ({ before: [], after: connectedTower() }), expectConnected);
  expect(failures).toEqual([]);
  expect(steps).toBeGreaterThan(40);
}, 600_000);

test("what is configured once the cluster is connected, killed at every step, is there once", async () => {
  const { steps, failures } = await killed(
    template,
    () => ({ before: connectedTower(), after: configuredTower(FIRST_WANTED) }),
    (lab) => expectConfigured(lab, FIRST_WANTED),
  );
  expect(failures).toEqual([]);
  expect(steps).toBeGreaterThan(60);
}, 600_000);

test("changing all of it, killed at every step, brings all of it about", async () => {
  const { failures } = await killed(
    template,
    () => ({ before: configuredTower(FIRST_WANTED), after: configuredTower(SECOND_WANTED) }),
    (lab) => expectConfigured(lab, SECOND_WANTED),
  );
  expect(failures).toEqual([]);
}, 600_000);

test("taking all of it away, killed at every step, leaves the set-up and its organisation alone", async () => {
  const { failures } = await killed(
    template,
    () => ({ before: configuredTower(FIRST_WANTED), after: [] }),
    (lab) => {
      expect(towerOf(lab)).toMatchObject({ users: [{}], organizations: [{}], datacenters: [], clusters: [] });
      expect(lab.site.model.cluster).toBeDefined();
    },
  );
  expect(failures).toEqual([]);
}, 600_000);

// At this speed a task outlives the run that was killed: the next one meets a cluster that is still being connected.
test("a connection whose task outlives the run that was killed is awaited, and not made twice", async () => {
  const { failures, kills } = await killed(template, () => ({ before: [], after: connectedTower() }), expectConnected, {
    speed: 20,
    only: /connect-cluster|get-tasks/,
  });
  expect(failures).toEqual([]);
  expect(kills).toBeGreaterThan(1);
}, 600_000);
