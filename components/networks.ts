import * as pulumi from "@pulumi/pulumi";
import { PLATFORM_NETWORK, type SitePlan } from "../plan/site-plan";
import type { Cluster } from "../providers/smtxos/cluster";
import { DeployedSwitch } from "../providers/smtxos/deployed-switch";
import { PlatformVlan } from "../providers/smtxos/platform-vlan";
import { VirtualDistributedSwitch } from "../providers/smtxos/virtual-distributed-switch";
import { Vlan } from "../providers/smtxos/vlan";

type Connection = ConstructorParameters<typeof Vlan>[1]["connection"];
type PlannedNetwork = SitePlan["management"]["network"];
type PlannedSwitch = SitePlan["management"]["switch"];

interface NetworksArgs {
  plan: SitePlan;
  connection: Connection;
  members: InstanceType<typeof Cluster>["members"];
  /** How Fisheye spells balance-tcp; see VirtualDistributedSwitch. */
  balanceTcpAs?: "balance-tcp" | "lacp";
}

/**
 * The networks beside those of the deployment: row 5 on the management switch, row 7 on a switch of its own, rows 8 to
 * 18 on a switch of their own or, with 存储独立, on the management switch.
 */
export class Networks extends pulumi.ComponentResource {
  /** The switch of the hosts' management, and the platform's own network on it, row 4. */
  readonly management: InstanceType<typeof DeployedSwitch>;
  readonly platform: InstanceType<typeof PlatformVlan>;
  /** Row 5, where it is used. */
  readonly extra: InstanceType<typeof Vlan> | undefined;

  constructor(
    name: string,
    { plan, connection, members, balanceTcpAs }: NetworksArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("sitewright:Networks", name, {}, options);
    const child = { parent: this };
    const { management, backup, business } = plan;

    // By the output uuid and not by the engine's id: with --continue-on-error what takes the id of a switch that failed
    // is not registered, and the engine then deletes it as if the plan had dropped it.
    // Resources are named by what a plan seldom changes: role and VLAN id. So a network that is renamed is changed, and
    // not made anew while the old one, with machines on it, cannot go.
    const deployed = new DeployedSwitch("management-switch", { connection, name: management.switch.name }, child);
    this.management = deployed;
    this.platform = new PlatformVlan("default", { connection, vds: deployed.uuid, name: PLATFORM_NETWORK }, child);
    if (management.extra) this.extra = vlan("management", management.extra, deployed.uuid);
    if (backup) vlan("backup", backup.network, ownSwitch("backup", backup.switch).uuid);
    if (business && business.networks.length > 0) {
      const vds = business.switch ? ownSwitch("business", business.switch).uuid : deployed.uuid;
      for (const network of business.networks) vlan("business", network, vds);
    }
    this.registerOutputs({});

    function vlan(role: string, network: PlannedNetwork, vds: pulumi.Input<string>): InstanceType<typeof Vlan> {
      return new Vlan(`${role}-${network.vlan}`, { connection, vds, name: network.name, vlanId: network.vlan }, child);
    }

    function ownSwitch(role: string, planned: PlannedSwitch): InstanceType<typeof VirtualDistributedSwitch> {
      const hosts = members.apply((all) => all.map(({ uuid, storageIp }) => ({ uuid, storageIp, nics: planned.nics })));
      const bondMode = planned.nics.length > 1 ? planned.bondMode : undefined;
      return new VirtualDistributedSwitch(
        `${role}-switch`,
        { connection, name: planned.name, bondMode, hosts, balanceTcpAs },
        child,
      );
    }
  }
}
