import * as pulumi from "@pulumi/pulumi";
import type { PlannedVm } from "../plan/vms/machines";
import type { PlannedGroup } from "../plan/vms/vms-plan";
import { ExistingCluster } from "../providers/cloudtower/existing-cluster";
import { Vm } from "../providers/cloudtower/vm";
import { VmPlacementGroup } from "../providers/cloudtower/vm-placement-group";
import type { Home } from "../providers/kernel/home";
import { SiteGuard } from "../providers/site/site-guard";
import type { TowerLogin } from "./tower-login";
import { TOWER } from "./tower-plan";

export interface VirtualMachinesArgs {
  /** Address or host name of CloudTower. */
  cloudtower: string;
  /** Name of the cluster there. */
  cluster: string;
  machines: PlannedVm[];
  /** Those that the stack makes. */
  placementGroups?: PlannedGroup[];
  /** Whether a lab or a real site answers; the state keeps it, so that the stack stays with it. */
  home: Home;
  /** Whether `pulumi destroy` may delete the machines. */
  teardown: boolean;
  /** Who knows the user that logs in to CloudTower; LOCAL unless told. */
  towerLogin?: TowerLogin;
}

/** The virtual machines of a plan in a cluster that CloudTower manages, guarded against a careless destroy. */
export class VirtualMachines extends pulumi.ComponentResource {
  readonly machines: InstanceType<typeof Vm>[];

  constructor(name: string, args: VirtualMachinesArgs, options?: pulumi.ComponentResourceOptions) {
    super("sitewright:VirtualMachines", name, {}, options);
    const { cluster, home, teardown } = args;
    const connection = { name: TOWER, addresses: [args.cloudtower], source: args.towerLogin };
    const found = new ExistingCluster("cluster", { connection, name: cluster }, { parent: this });
    const within = { connection, cluster: found.clusterId };
    const groups = new Map(
      args.placementGroups?.map((group) => [
        group.name,
        new VmPlacementGroup(group.name, { ...within, ...group }, { parent: this }),
      ]),
    );
    // By its key, which stays what it is when the machine gets another name.
    this.machines = args.machines.map(({ key, ...machine }) => {
      // One that the plan does not make is there already.
      const group = groups.get(machine.placementGroup ?? "");
      return new Vm(key, { ...within, ...machine }, { parent: this, dependsOn: group ? [group] : [] });
    });
    const guarded = { site: cluster, what: "the stack of machines in", teardown };
    new SiteGuard("guard", guarded, { parent: this, dependsOn: [...groups.values(), ...this.machines] });
    this.registerOutputs({ __home: home });
  }
}
