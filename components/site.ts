import * as pulumi from "@pulumi/pulumi";
import { deliveredCells, passwordCells } from "../plan/delivered-cells";
import type { Delivery } from "../plan/delivery";
import type { MediaFile } from "../plan/media";
import type { SitePlan } from "../plan/site-plan";
import type { Home } from "../providers/kernel/home";
import { DeliveredWorkbook } from "../providers/site/delivered-workbook";
import { SiteGuard } from "../providers/site/site-guard";
import { AdminPassword } from "../providers/smtxos/admin-password";
import { Cluster } from "../providers/smtxos/cluster";
import { CpuCompatibility } from "../providers/smtxos/cpu-compatibility";
import { DnsServers } from "../providers/smtxos/dns-servers";
import { HostPasswords } from "../providers/smtxos/host-passwords";
import { IpmiAccounts } from "../providers/smtxos/ipmi-accounts";
import { License } from "../providers/smtxos/license";
import { ManagementVip } from "../providers/smtxos/management-vip";
import { NtpServers } from "../providers/smtxos/ntp-servers";
import { SvtImage } from "../providers/smtxos/svt-image";
import type { AlertSetting } from "./alert-setting";
import { CloudTower, towerConnection } from "./cloudtower";
import { hostAccounts } from "./host-accounts";
import { Networks } from "./networks";
import type { DefaultStorage } from "./storage-setting";
import { TOOLS } from "./tools-image";
import type { TowerLogin } from "./tower-login";
import type { TowerPlan } from "./tower-plan";

export interface SiteArgs {
  plan: SitePlan;
  /** Whether a lab or a real site answers; the state keeps it, so that the stack stays with it. */
  home: Home;
  /** Whether `pulumi destroy` may tear the site down. */
  teardown: boolean;
  /** How hosts are named in the deployment request; see Cluster. */
  deployHostIp?: "management" | "linkLocal";
  /** Decides the disputed disk case; see Cluster. */
  flashMix?: "data";
  /** How Fisheye spells balance-tcp; see VirtualDistributedSwitch. */
  balanceTcpAs?: "balance-tcp" | "lacp";
  /** CPU model of the virtual machines; the one that the site recommends unless set. */
  cpuModel?: string;
  /** The image of the virtual machines' tools, where there is one. */
  svtImage?: MediaFile;
  /** How the site comes to its CloudTower; left out, it gets none. */
  tower?: TowerPlan;
  /** Who knows the user that logs in to CloudTower; LOCAL unless told. */
  towerLogin?: TowerLogin;
  /** The cluster's default storage policy in CloudTower. */
  storagePolicy: DefaultStorage;
  /** Alert rules of the cluster that have other thresholds than the vendor's. */
  alerts: AlertSetting[];
  /** The copy of the planning workbook that is handed over, where the plan is one. */
  delivery?: Delivery;
  /** Whether passwords are left out of that copy. */
  redactDelivered?: boolean;
}

/** A site as its plan says: the deployed cluster and what is set on it, guarded against a careless destroy. */
export class Site extends pulumi.ComponentResource {
  readonly cluster: InstanceType<typeof Cluster>;
  readonly license: InstanceType<typeof License>;
  /** Undefined where the site gets none. */
  readonly cloudtower: CloudTower | undefined;
  /** Undefined where the plan is no workbook. */
  readonly delivered: InstanceType<typeof DeliveredWorkbook> | undefined;

  constructor(name: string, args: SiteArgs, options?: pulumi.ComponentResourceOptions) {
    super("sitewright:Site", name, {}, options);
    const { plan, home, teardown, deployHostIp, flashMix, balanceTcpAs, cpuModel } = args;
    const { svtImage, tower, towerLogin, storagePolicy, alerts, delivery, redactDelivered = false } = args;
    const connection = fisheyeConnection(plan, tower && towerConnection(plan, towerLogin));

    this.cluster = new Cluster(
      "cluster",
      {
        connection,
        name: plan.cluster.name,
        hosts: plan.hosts.map((host) => ({
          hostname: host.name,
          managementIp: host.management,
          storageIp: host.storage,
        })),
        management: networkOf(plan.management),
        storage: networkOf(plan.storage),
        storageArchitecture: plan.cluster.storage,
        boost: plan.cluster.boost,
        deployHostIp,
        flashMix,
      },
      { parent: this },
    );
    const admin = new AdminPassword("admin-password", { connection }, { parent: this, dependsOn: this.cluster });
    this.license = new License("license", { connection }, { parent: this, dependsOn: admin });
    const all: pulumi.Resource[] = [this.cluster, admin, this.license];
    const { vip } = plan.cluster;
    const logged = { parent: this, dependsOn: admin };
    if (vip) all.push(new ManagementVip("management-vip", { connection, managementVip: vip }, logged));
    if (plan.dns.length > 0) all.push(new DnsServers("dns-servers", { connection, servers: plan.dns }, logged));
    if (plan.ntp.length > 0) all.push(new NtpServers("ntp-servers", { connection, servers: plan.ntp }, logged));
    all.push(new CpuCompatibility("cpu-compatibility", { connection, model: cpuModel }, logged));
    const networks = new Networks(
      "networks",
      { plan, connection, members: this.cluster.members, balanceTcpAs },
      logged,
    );
    all.push(networks);
    // CloudTower does not wait for the tools, nor for the hosts' own accounts.
    const cluster = [...all];
    if (svtImage) all.push(new SvtImage(TOOLS, { connection, ...svtImage }, logged));
    if (tower) {
      this.cloudtower = new CloudTower(
        "cloudtower",
        {
          plan,
          tower,
          login: towerLogin,
          fisheye: connection,
          admin,
          cluster,
          networks,
          teardown,
          storagePolicy,
          alerts,
        },
        { parent: this },
      );
      all.push(this.cloudtower);
    }
    all.push(...this.registerAccounts(plan, connection, admin));
    if (delivery) {
      this.delivered = this.deliver(delivery, redactDelivered);
      all.push(this.delivered);
    }
    new SiteGuard("guard", { site: plan.cluster.name, teardown }, { parent: this, dependsOn: all });
    this.registerOutputs({ __home: home });
  }

  /** Accounts of the hosts and of their controllers, for the hosts whose passwords are known. */
  private registerAccounts(plan: SitePlan, connection: ReturnType<typeof fisheyeConnection>, admin: pulumi.Resource) {
    const accounts = hostAccounts(plan);
    const made: pulumi.Resource[] = [];
    const hosts = plan.hosts.flatMap(({ name, management }, i) => {
      const { smartx, root } = accounts[i] ?? {};
      return smartx ? [{ hostname: name, address: management, rootPassword: root, smartxPassword: smartx }] : [];
    });
    if (hosts.length > 0) {
      const options = { parent: this, dependsOn: this.cluster };
      made.push(new HostPasswords("host-passwords", { connection, hosts }, options));
    }
    const controllers = this.cluster.members.apply((members) =>
      members.flatMap(({ uuid }, i) => {
        const { bmc } = accounts[i] ?? {};
        return bmc ? [{ hostname: plan.hosts[i]?.name ?? "", uuid, ...bmc }] : [];
      }),
    );
    if (accounts.some(({ bmc }) => bmc)) {
      const options = { parent: this, dependsOn: admin };
      made.push(new IpmiAccounts("ipmi-accounts", { connection, accounts: controllers }, options));
    }
    return made;
  }

  private deliver({ hostRows, ...files }: Delivery, redacted: boolean) {
    const cells = pulumi
      .all([this.license.serial, this.cluster.version, this.cluster.members, this.cloudtower?.license.serial])
      .apply(([clusterSerial, version, members, towerSerial]) =>
        deliveredCells({
          clusterSerial,
          version,
          components: { cloudtower: towerSerial },
          hosts: members.map(({ serial }, index) => ({ row: hostRows[index], serial })),
        }),
      );
    const redact = redacted ? passwordCells : [];
    return new DeliveredWorkbook("delivered-workbook", { ...files, cells, redact }, { parent: this });
  }
}

/** Fisheye, the cluster's own management: by the VIP once it is set, by the hosts in plan order before and besides. */
function fisheyeConnection(plan: SitePlan, observer: ReturnType<typeof towerConnection> | undefined) {
  const { cluster, hosts } = plan;
  return {
    name: cluster.name,
    addresses: [...(cluster.vip ? [cluster.vip] : []), ...hosts.map((host) => host.management)],
    username: cluster.admin.username,
    password: cluster.admin.password,
    // What Fisheye does not let be read back, CloudTower shows.
    observer: observer && { system: "cloudtower", ...observer },
  };
}

function networkOf({ switch: vds, network }: SitePlan["management"] | SitePlan["storage"]) {
  return {
    vds: { name: vds.name, nics: vds.nics, bondMode: vds.nics.length > 1 ? vds.bondMode : undefined },
    vlan: network.vlan,
    subnet: network.subnet,
    gateway: network.gateway,
  };
}
