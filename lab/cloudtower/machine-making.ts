import type { Call } from "../operation";
import type { SiteState } from "../site-state";
import type { LabCluster, LabPower } from "../smtxos/cluster-model";
import { oneOf } from "../switch";
import { failing } from "./machine-change";
import { Refused } from "./rest";
import { newVm, vmId } from "./shown-vms";
import { freestHost, standingIn } from "./standing";
import { startTask } from "./start-task";
import type { LabNewVm, LabTower, LabTowerCluster } from "./tower-model";
import { vmRow } from "./vm-rows";

export const sameTowerVmName = oneOf(
  "sameTowerVmName",
  ["task", "refused"],
  "A second virtual machine of one name, asked of CloudTower: its task fails, or the call is refused.",
  "names of virtual machines are unique in CloudTower (facts, part B 5A 9, VM_DUPLICATED_NAME in a task's error_message); whether the call itself may be refused is not known (facts, section 6)",
);

/** Starts the task that makes a machine. */
export function makeVm(
  site: SiteState,
  tower: LabTower,
  call: Call,
  cluster: LabTowerCluster,
  { vm, volumes, status }: LabNewVm & { status: LabPower },
  folder?: string,
) {
  if (folder !== undefined && !tower.vmFolders?.some(({ id }) => id === folder))
    throw new Refused(404, `vm folder ${folder} is not found`);
  const host = freestHost(site, tower, cluster);
  const fails = nameTaken(site, cluster, vm.name);
  const id = vmId(site, cluster, vm.uuid);
  const task_id = startTask(
    site,
    tower,
    call,
    {
      description: `Create VM ${vm.name}`,
      mutation: "createVm",
      resource: { type: "Vm", id },
      args: { name: vm.name },
      change: {
        kind: "vm",
        cluster: cluster.id,
        uuid: vm.uuid,
        act: { does: "create", status, ...(host && { host }), ...(folder !== undefined && { folder }) },
      },
    },
    (changed) => {
      const own = changed.clusters.find((one) => one.id === cluster.id)?.own;
      own?.newVms.push({ vm, volumes });
      if (own) own.busy[vm.uuid] = { status: "CREATING" };
    },
    fails,
  );
  return { task_id, data: vmRow(site, tower, newVm(cluster, standingOf(site, cluster), { vm, volumes })) };
}

export function standingOf(site: SiteState, cluster: LabTowerCluster): LabCluster {
  const standing = standingIn(site, cluster);
  if (!standing) throw new Refused(400, `cluster ${cluster.ip} is ${cluster.state}`);
  return standing;
}

/** Why a task fails that would give a second machine a name; undefined: it is free. Refused where the switch says so. */
export function nameTaken(site: SiteState, cluster: LabTowerCluster, name: string) {
  const standing = standingOf(site, cluster);
  const taken = [...standing.vms, ...cluster.own.newVms.map(({ vm }) => vm)].some((vm) => vm.name === name);
  if (!taken) return undefined;
  const says = `virtual machine name ${name} already exists`;
  if (site.switches.of(sameTowerVmName) === "refused") throw new Refused(400, `[VM_DUPLICATED_NAME]${says}`);
  return failing("VM_DUPLICATED_NAME", says);
}
