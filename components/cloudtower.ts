import * as pulumi from "@pulumi/pulumi";
import { componentNetwork } from "../plan/component-network";
import { cloudTowerVersionOf } from "../plan/media";
import { type RackPlace, rackPlaces } from "../plan/rack-places";
import type { SitePlan } from "../plan/site-plan";
import { AlertRule } from "../providers/cloudtower/alert-rule";
import { CloudTowerInstallation } from "../providers/cloudtower/cloudtower-installation";
import { ClusterConnection } from "../providers/cloudtower/cluster-connection";
import { ClusterSettings } from "../providers/cloudtower/cluster-settings";
import { monitoringViews } from "../providers/cloudtower/dashboard-views";
import { Datacenter } from "../providers/cloudtower/datacenter";
import { DnsServers } from "../providers/cloudtower/dns-servers";
import { License } from "../providers/cloudtower/license";
import { MonitoringDashboard } from "../providers/cloudtower/monitoring-dashboard";
import { NtpServers } from "../providers/cloudtower/ntp-servers";
import { Organization } from "../providers/cloudtower/organization";
import { RackTopology } from "../providers/cloudtower/rack-topology";
import { Setup } from "../providers/cloudtower/setup";
import { STORAGE_CAPACITY_RULE, storageCapacityThresholds } from "../providers/cloudtower/storage-capacity";
import { IsoImage } from "../providers/smtxos/iso-image";
import { StoragePolicy } from "../providers/smtxos/storage-policy";
import { Vm } from "../providers/smtxos/vm";
import type { AlertSetting } from "./alert-setting";
import type { Networks } from "./networks";
import type { DefaultStorage } from "./storage-setting";
import type { TowerLogin } from "./tower-login";
import { GUEST, INSTALLATION, ISO, MACHINE, TOWER, type TowerPlan } from "./tower-plan";

type Connection = ConstructorParameters<typeof Vm>[1]["connection"];

export interface CloudTowerArgs {
  plan: SitePlan;
  tower: TowerPlan;
  /** The cluster's own connection, Fisheye. */
  fisheye: Connection;
  /** The first log-in to it. */
  admin: pulumi.Resource;
  /** What the cluster must have before CloudTower takes it: its networks and settings. */
  cluster: pulumi.Resource[];
  networks: Networks;
  teardown: boolean;
  storagePolicy: DefaultStorage;
  /** Who knows the user that logs in to CloudTower; LOCAL unless told. */
  login?: TowerLogin;
  /** Rules with other thresholds than the vendor's; of the storage capacity instead of the runbook's. */
  alerts: AlertSetting[];
}

/** The account that CloudTower's machine has after its installation from the ISO (a public client: facts, part A 4.7). */
const FACTORY = { username: "cloudtower", password: "HC!r0cks" };
/** Names of a plan that has none (a public client's: facts on the workbook, 文档描述). */
const [ORGANIZATION, DATACENTER] = ["SMTX-HCI", "SMTX-HCI-DC"];
/** Of the runbook's machine (stage 04 创建cloudtower虚拟机并挂载ISO); bytes. */
const HARDWARE = { sockets: 8, memory: 20_401_094_656, disk: 429_496_729_600 };

/** What of the machine is left as it is: a newer image or another size changes nothing on a CloudTower that stands. */
const LEFT: Record<(TowerPlan & { kind: "install" })["stands"], string[]> = {
  no: [],
  // An image that was uploaded again has another path; the machine has what it was made from.
  machine: ["cdroms"],
  installed: ["name", "sockets", "cores", "memory", "disks", "cdroms"],
};

/** CloudTower: its machine and installation where this site has its own, its set-up, and what the cluster is there. */
export class CloudTower extends pulumi.ComponentResource {
  readonly license: InstanceType<typeof License>;
  readonly connection: InstanceType<typeof ClusterConnection>;

  constructor(name: string, args: CloudTowerArgs, options?: pulumi.ComponentResourceOptions) {
    super("sitewright:CloudTower", name, {}, options);
    const { plan, tower, fisheye, teardown } = args;
    const connection = towerConnection(plan, args.login);
    const installation = tower.kind === "install" ? this.install(args, tower) : undefined;
    const after = (...before: (pulumi.Resource | undefined)[]) => ({
      parent: this,
      dependsOn: before.filter((each) => each !== undefined),
    });
    // What others may use by now is let go when the plan drops it; a site that may be torn down takes it away.
    const kept = { retainOnDelete: !teardown };
    const shared = tower.kind === "existing";

    const setup = new Setup("cloudtower-setup", { connection, own: !shared }, after(installation));
    this.license = new License("cloudtower-license", { connection }, after(setup));
    // Of one that several sites share the time servers are those of the site that has installed it.
    if (plan.ntp.length > 0 && !shared)
      new NtpServers("cloudtower-ntp", { connection, servers: plan.ntp }, after(setup));
    const organization = new Organization(
      "organization",
      { connection, name: plan.customer ?? ORGANIZATION, shared },
      { ...after(setup), ...kept },
    );
    const datacenter = new Datacenter(
      "datacenter",
      { connection, organization: organization.organizationId, name: plan.datacenter ?? DATACENTER, shared },
      { ...after(setup), ...kept },
    );
    this.connection = new ClusterConnection(
      "cluster-connection",
      {
        connection,
        cluster: fisheye,
        address: plan.cluster.vip ?? (plan.hosts[0]?.management as string),
        datacenter: datacenter.datacenterId,
      },
      { ...after(...args.cluster), ...kept },
    );
    // Outputs and not ids, here and above: see Networks.
    const cluster = this.connection.clusterId;
    const child = { parent: this };
    new ClusterSettings("default-storage", { connection, cluster, ...args.storagePolicy }, child);
    // One host alone cannot fail and leave others: the runbook's figure is of two or more.
    if (!args.alerts.some(({ rule }) => rule === STORAGE_CAPACITY_RULE) && plan.hosts.length > 1) {
      const thresholds = storageCapacityThresholds(plan.hosts.length);
      new AlertRule("storage-capacity-alert", { connection, cluster, rule: STORAGE_CAPACITY_RULE, thresholds }, child);
    }
    for (const alert of args.alerts) new AlertRule(`alert-${alert.rule}`, { connection, cluster, ...alert }, child);
    for (const { name: view, graphs } of monitoringViews(plan.language ?? "en"))
      new MonitoringDashboard(`monitoring-${view.toLowerCase()}`, { connection, cluster, name: view, graphs }, child);
    for (const [rack, places] of racksOf(plan)) {
      const chassis = places.map(({ host, unit, height }) => ({ name: host, position: unit, height, hosts: [host] }));
      new RackTopology(`rack-${rack}`, { connection, cluster, name: rack, chassis }, child);
    }
    this.registerOutputs({});
  }

  /** Its image, its machine on the network of its address, and the installation. */
  private install(
    { plan, fisheye, admin, networks, cluster, teardown }: CloudTowerArgs,
    tower: TowerPlan & { kind: "install" },
  ) {
    const { address, ssh, name = "cloudtower", version } = plan.cloudtower as NonNullable<SitePlan["cloudtower"]>;
    const network = componentNetwork(plan, address);
    if (!network) throw new Error(`towerPlan lets nothing be installed at ${address}`);
    const { iso, image, stands } = tower;
    if (version && stands !== "installed" && cloudTowerVersionOf(image) !== version)
      pulumi.log.warn(`the plan has CloudTower ${version} (集群管理信息 D3), and the ISO image is ${image}`);
    // What it stands on is not rebuilt: see CloudTowerInstallation.
    const installed = stands === "installed";
    const own = { parent: this, dependsOn: [admin], retainOnDelete: installed && !teardown };
    const machine = name.toLowerCase();
    const drive =
      iso &&
      new IsoImage(
        ISO,
        { connection: fisheye, ...iso },
        { ...own, ignoreChanges: installed ? ["name", "size", "file"] : [] },
      );
    const logged = { parent: this, dependsOn: admin };
    const policy = new StoragePolicy("default-policy", { connection: fisheye, name: "default" }, logged);
    const vm = new Vm(
      MACHINE,
      {
        connection: fisheye,
        name: machine,
        sockets: HARDWARE.sockets,
        memory: HARDWARE.memory,
        disks: [{ name: `${machine}-os`, size: HARDWARE.disk, storagePolicy: policy.uuid }],
        cdroms: drive ? [drive.path] : [],
        nics: [
          {
            bridge: networks.management.bridge,
            vlan: network.row === "extra" && networks.extra ? networks.extra.uuid : networks.platform.uuid,
            address: { ip: address, netmask: network.netmask, gateway: network.gateway },
          },
        ],
        deleteVolumes: teardown,
      },
      {
        ...own,
        dependsOn: cluster,
        ignoreChanges: LEFT[stands],
      },
    );
    const guest = {
      connection: { name: GUEST, addresses: [address], username: ssh?.username, password: ssh?.password },
      factory: FACTORY,
    };
    const installation = new CloudTowerInstallation(
      INSTALLATION,
      { ...guest, dns: plan.dns, image, machine: { name: machine, ...HARDWARE } },
      { parent: this, dependsOn: vm },
    );
    const after = { parent: this, dependsOn: installation };
    if (plan.dns.length > 0) new DnsServers("cloudtower-dns", { ...guest, servers: plan.dns }, after);
    return installation;
  }
}

/** The planned hosts by the rack that they stand in. */
function racksOf(plan: SitePlan): Map<string, RackPlace[]> {
  const racks = new Map<string, RackPlace[]>();
  for (const place of rackPlaces(plan)) racks.set(place.rack, [...(racks.get(place.rack) ?? []), place]);
  return racks;
}

/** CloudTower as its web administrator, whose first password Setup gives. */
export function towerConnection({ cloudtower }: SitePlan, source?: TowerLogin) {
  const { address, username, password } = cloudtower as NonNullable<SitePlan["cloudtower"]>;
  return { name: TOWER, addresses: [address], username, password, source };
}
