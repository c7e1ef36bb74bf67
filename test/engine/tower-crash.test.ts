import { afterAll, beforeAll, expect, test } from "vitest";
import type { Lab } from "../../lab/lab";
import { VIP } from "../../lab/lab.fixture";
import { MONITORING_VIEWS } from "../../providers/cloudtower/dashboard-views";
import { storageCapacityThresholds } from "../../providers/cloudtower/storage-capacity";
import type { ResourceSpec } from "../kit/program";
import { killed, type LabTemplate } from "./crash-site";
import { connectedTower, towerConnection as connection, towerTemplate } from "./tower-site";

let template: LabTemplate;
beforeAll(async () => {
  template = await towerTemplate();
});
afterAll(() => template?.remove());

const cluster = { $ref: "cluster.clusterId" };
const RULE = "zbs_cluster_data_space_use_rate";

interface Wanted {
  ntp: string[];
  replicas: number;
  disabled: boolean;
  top: number;
  position: number;
}
const FIRST: Wanted = { ntp: ["10.0.0.2"], replicas: 2, disabled: false, top: 5, position: 10 };
const SECOND: Wanted = { ntp: ["10.0.0.3"], replicas: 3, disabled: true, top: 3, position: 20 };

/** Everything that CloudTower is given once its cluster is connected. */
function configured({ ntp, replicas, disabled, top, position }: Wanted): ResourceSpec[] {
  const [, , view] = MONITORING_VIEWS;
  const graphs = view?.graphs.slice(0, 2).map((graph) => ({ ...graph, top }));
  const chassis = [{ name: "chassis-a", position, height: 2, hosts: ["node-01"] }];
  const own: ResourceSpec[] = [
    { type: "cloudtower:NtpServers", name: "ntp", args: { connection, servers: ntp } },
    { type: "cloudtower:License", name: "license", args: { connection } },
    { type: "cloudtower:ClusterSettings", name: "policy", args: { connection, cluster, replicas } },
    {
      type: "cloudtower:AlertRule",
      name: "alert",
      args: { connection, cluster, rule: RULE, thresholds: storageCapacityThresholds(3), disabled },
    },
    { type: "cloudtower:MonitoringDashboard", name: "view", args: { connection, cluster, name: "VM", graphs } },
    { type: "cloudtower:RackTopology", name: "rack", args: { connection, cluster, name: "R-01", chassis } },
  ];
  return [...connectedTower(), ...own.map((spec) => ({ ...spec, options: { dependsOn: ["setup", "cluster"] } }))];
}

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

function expectConfigured(lab: Lab, { ntp, replicas, disabled, top, position }: Wanted): void {
  expectConnected(lab);
  const [{ settings, alertRules, kept } = {}] = towerOf(lab)?.clusters ?? [];
  expect(towerOf(lab)?.ntp).toEqual(ntp);
  expect(settings).toMatchObject({ replicaNum: replicas });
  expect(alertRules?.[RULE]).toMatchObject({ disabled });
  expect(kept).toMatchObject({
    views: [{ name: "VM" }],
    graphs: [{ metricCount: top }, { metricCount: top }],
    racks: [{ name: "R-01" }],
    bricks: [{ name: "chassis-a", position }],
    nodes: [{ brick: kept?.bricks[0]?.id }],
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
    () => ({ before: connectedTower(), after: configured(FIRST) }),
    (lab) => expectConfigured(lab, FIRST),
  );
  expect(failures).toEqual([]);
  expect(steps).toBeGreaterThan(60);
}, 600_000);

test("changing all of it, killed at every step, brings all of it about", async () => {
  const { failures } = await killed(
    template,
    () => ({ before: configured(FIRST), after: configured(SECOND) }),
    (lab) => expectConfigured(lab, SECOND),
  );
  expect(failures).toEqual([]);
}, 600_000);

test("taking all of it away, killed at every step, leaves the set-up and its organisation alone", async () => {
  const { failures } = await killed(
    template,
    () => ({ before: configured(FIRST), after: [] }),
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
