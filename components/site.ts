import * as pulumi from "@pulumi/pulumi";
import type { SitePlan } from "../plan/site-plan";
import { SiteGuard } from "../providers/site/site-guard";
import { AdminPassword } from "../providers/smtxos/admin-password";
import { Cluster } from "../providers/smtxos/cluster";
import { License } from "../providers/smtxos/license";
import { ManagementVip } from "../providers/smtxos/management-vip";

export interface SiteArgs {
  plan: SitePlan;
  /** Whether `pulumi destroy` may tear the site down. */
  teardown: boolean;
  /** How hosts are named in the deployment request; see Cluster. */
  deployHostIp?: "management" | "linkLocal";
  /** Decides the disputed disk case; see Cluster. */
  flashMix?: "data";
}

/** A site as its plan says: the deployed cluster and what is set on it, guarded against a careless destroy. */
export class Site extends pulumi.ComponentResource {
  readonly cluster: InstanceType<typeof Cluster>;
  readonly license: InstanceType<typeof License>;

  constructor(
    name: string,
    { plan, teardown, deployHostIp, flashMix }: SiteArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("sitewright:Site", name, {}, options);
    const connection = fisheyeConnection(plan);

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
    if (plan.cluster.vip) {
      all.push(
        new ManagementVip(
          "management-vip",
          { connection, managementVip: plan.cluster.vip },
          { parent: this, dependsOn: admin },
        ),
      );
    }
    new SiteGuard("guard", { site: plan.cluster.name, teardown }, { parent: this, dependsOn: all });
    this.registerOutputs({});
  }
}

/** Fisheye, the cluster's own management: by the VIP once it is set, by the hosts in plan order before and besides. */
function fisheyeConnection({ cluster, hosts }: SitePlan) {
  return {
    name: cluster.name,
    addresses: [...(cluster.vip ? [cluster.vip] : []), ...hosts.map((host) => host.management)],
    username: cluster.admin.username,
    password: cluster.admin.password,
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
