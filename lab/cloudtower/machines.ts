import { z } from "zod";
import type { ExampleSite } from "../example";
import type { Answer, Call, Operation } from "../operation";
import type { SiteState } from "../site-state";
import type { LabCluster, LabVm, LabVmNic } from "../smtxos/cluster-model";
import { toolsRun } from "../smtxos/guest";
import { oneOf } from "../switch";
import { BUSY, failedTowerVm } from "./cluster-change";
import { found } from "./found";
import { clusterOf, connected } from "./keep";
import { each, parsed, Refused, rest } from "./rest";
import { diskIndex, newVm, type Shown, vmId, vmsById } from "./shown-vms";
import { asyncStatus, standingIn } from "./standing";
import { startTask } from "./start-task";
import type { LabTower, LabTowerCluster, VmAct } from "./tower-model";
import { siteOf } from "./tower-site";
import { vmRow } from "./vm-rows";
import { readDisks, readVm, readVmChange, vmCreateSchema, vmDisksSchema, vmUpdateSchema } from "./vm-spec";

export const sameTowerVmName = oneOf(
  "sameTowerVmName",
  ["task", "refused"],
  "A second virtual machine of one name, asked of CloudTower: its task fails, or the call is refused.",
  "names of virtual machines are unique in CloudTower (facts, part B 5A 9, VM_DUPLICATED_NAME in a task's error_message); whether the call itself may be refused is not known (facts, section 6)",
);

export const deletedVmVolumes = oneOf(
  "deletedVmVolumes",
  ["deleted", "kept"],
  "What becomes of the volumes of a virtual machine that CloudTower deletes.",
  "whether /delete-vm deletes the machine's volumes; the schema's effect is about snapshots alone",
);

export const shutdownWithoutTools = oneOf(
  "shutdownWithoutTools",
  ["fails", "works"],
  "Shutting a guest down in which no tools run.",
  "a public client knows JOB_VM_SHUTDOWN_TIMEOUT for a guest without tools (facts, part B 5A 9); a guest may heed the power button all the same",
);

const whereSchema = z.looseObject({ where: z.looseObject({}) });
const addDiskSchema = whereSchema.extend({ data: z.looseObject({ vm_disks: vmDisksSchema }) });
const removeDiskSchema = whereSchema.extend({ data: z.looseObject({ disk_ids: z.array(z.string()).min(1) }) });
const nicSchema = whereSchema.extend({
  data: z.looseObject({
    ip_address: z.ipv4().optional(),
    subnet_mask: z.ipv4().optional(),
    gateway: z.string().optional(),
  }),
});

const SCHEMA = "the vendor's schema";
const LOCKS =
  "cloudtower-api-faq, ResourceLockedError: a second change while the first runs is 400 with the code ResourceLocked";

const exampleDisk = (boot: number) => ({
  boot,
  bus: "VIRTIO",
  vm_volume: { name: `disk-${boot}`, size: 1, size_unit: "GB", elf_storage_policy: "REPLICA_2_THIN_PROVISION" },
});
const exampleVm = ({ idOf }: ExampleSite) => [
  {
    cluster_id: idOf("Cluster"),
    name: "web-01",
    status: "STOPPED",
    firmware: "BIOS",
    ha: true,
    cpu_cores: 1,
    cpu_sockets: 1,
    memory: 1,
    memory_unit: "GB",
    vm_nics: [{ connect_vlan_id: idOf("Vlan", { name: "default" }), model: "VIRTIO" }],
    vm_disks: { mount_new_create_disks: [exampleDisk(1)], mount_cd_roms: [{ boot: 2 }] },
  },
];
const onExampleVm = ({ idOf }: ExampleSite) => ({ where: { id: idOf("Vm") } });

/** Virtual machines, which are those of Fisheye: made, changed and deleted by tasks. */
export const machineOperations: Operation[] = [
  rest({
    id: "createTowerVm",
    path: "/create-vm",
    write: true,
    source:
      "facts, part B 5A 12: what is required, units and storage policies; 5A 10: the answer is a placeholder; cloudtower-api-faq: connect_vlan_id is the network's id",
    assumed:
      "units of 1024; vcpu is sockets times cores; 404 for networks, images and volumes that are not there; a drive without elf_image_id is empty; GPUs, PCI NICs, placement groups, folders, owners, hosts, limits, and a NIC's address are not heeded",
    switches: [sameTowerVmName, failedTowerVm],
    example: { when: "makes", request: exampleVm },
    checkedBy: "lab tests",
    handle: (site, tower, call) =>
      each(vmCreateSchema, call.body, (asked) => {
        const cluster = clusterOf(tower, asked.cluster_id);
        const standing = standingOf(site, cluster);
        const { vm, volumes, status } = readVm(site, cluster, standing, asked);
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
            change: { kind: "vm", cluster: cluster.id, uuid: vm.uuid, act: { does: "create", status } },
          },
          (changed) => {
            const own = changed.clusters.find((one) => one.id === cluster.id)?.own;
            own?.newVms.push({ vm, volumes });
            if (own) own.busy[vm.uuid] = { status: "CREATING" };
          },
          fails,
        );
        return { task_id, data: vmRow(site, tower, newVm(cluster, standing, { vm, volumes })) };
      }),
  }),
  rest({
    id: "updateVmBasicInfo",
    path: "/update-vm-basic-info",
    write: true,
    source: `${SCHEMA}; ${LOCKS}`,
    assumed: "what is left out stays; 400 for CPUs or memory of a machine that runs",
    switches: [sameTowerVmName],
    example: { when: "changes", request: ({ idOf }) => ({ where: { id: idOf("Vm") }, data: { name: "web-02" } }) },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(vmUpdateSchema, call.body);
      return onVms(site, tower, where, (machine) => {
        const { cluster, vm, isNew } = machine;
        checkMade(vm, isNew);
        const to = readVmChange(vm, data);
        const fails = to.name === vm.name ? undefined : nameTaken(site, cluster, to.name ?? "");
        return change(site, tower, call, machine, "updateVm", { does: "update", to, newVolumes: [] }, fails);
      });
    },
  }),
  powerOperation("startTowerVm", "/start-vm", "startVm", "stopped", { does: "power", status: "running" }),
  powerOperation("restartVm", "/restart-vm", "restartVm", "running", { does: "restart" }, true),
  powerOperation("forceRestartVm", "/force-restart-vm", "forceRestartVm", "running", { does: "restart" }),
  powerOperation("shutDownVm", "/shutdown-vm", "shutDownVm", "running", { does: "power", status: "stopped" }, true),
  powerOperation("powerOffVm", "/poweroff-vm", "powerOffVm", "running", { does: "power", status: "stopped" }),
  powerOperation("moveVmToRecycle", "/move-vm-to-recycle", "moveVmToRecycleBin", "stopped", { does: "recycle" }),
  rest({
    id: "recoverVmFromRecycle",
    path: "/recover-vm-from-recycle",
    write: true,
    source: `${SCHEMA}: answered with the id alone`,
    assumed: "400 for a machine that is not in the recycle bin",
    example: { when: "changes", request: onExampleVm },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where } = parsed(whereSchema, call.body);
      return onVms(site, tower, where, (machine) => {
        const { cluster, vm } = machine;
        if (cluster.own.recycled[vm.uuid] === undefined)
          throw new Refused(400, `virtual machine ${vm.name} is not in the recycle bin`);
        return idOnly(change(site, tower, call, machine, "recoverVmFromRecycleBin", { does: "recover" }));
      });
    },
  }),
  rest({
    id: "deleteTowerVm",
    path: "/delete-vm",
    write: true,
    source: `${SCHEMA}; ${LOCKS}`,
    assumed: "400 for a machine that runs; there are no snapshots",
    switches: [deletedVmVolumes],
    example: { when: "ends", request: onExampleVm },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where } = parsed(whereSchema, call.body);
      return onVms(site, tower, where, (machine) => {
        const { vm } = machine;
        if (vm.status === "running") throw new Refused(400, `virtual machine ${vm.name} is running`);
        const volumes = site.switches.of(deletedVmVolumes) === "deleted";
        return idOnly(change(site, tower, call, machine, "deleteVm", { does: "delete", volumes }));
      });
    },
  }),
  rest({
    id: "addVmDisk",
    path: "/add-vm-disk",
    write: true,
    source: `${SCHEMA}; ${LOCKS}`,
    assumed: "also while the machine runs; limits are not heeded",
    example: {
      when: "changes",
      request: ({ idOf }) => ({
        where: { id: idOf("Vm") },
        data: { vm_disks: { mount_new_create_disks: [exampleDisk(3)] } },
      }),
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(addDiskSchema, call.body);
      return onVms(site, tower, where, (machine) => {
        const { cluster, standing, vm, isNew } = machine;
        checkMade(vm, isNew);
        const { disks, volumes } = readDisks(site, cluster, standing, data.vm_disks);
        const act = { does: "update" as const, to: { disks: [...vm.disks, ...disks] }, newVolumes: volumes };
        return change(site, tower, call, machine, "addVmDisk", act);
      });
    },
  }),
  rest({
    id: "removeVmDisk",
    path: "/remove-vm-disk",
    write: true,
    source: `${SCHEMA}; ${LOCKS}`,
    assumed: "also while the machine runs; the volume stays; 404 for a disk that is none of the machine's",
    example: {
      when: "changes",
      request: ({ idOf }) => ({ where: { id: idOf("Vm") }, data: { disk_ids: [idOf("VmDisk", { type: "DISK" })] } }),
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(removeDiskSchema, call.body);
      return onVms(site, tower, where, (machine) => {
        const { cluster, vm, isNew } = machine;
        checkMade(vm, isNew);
        const gone = data.disk_ids.map((id) => diskIndex(site, { cluster, vm }, id));
        if (gone.some((index) => index < 0 || index >= vm.disks.length))
          throw new Refused(404, `a disk of ${data.disk_ids.join(", ")} is not found in ${vm.name}`);
        const disks = vm.disks.filter((_disk, index) => !gone.includes(index));
        return change(site, tower, call, machine, "removeVmDisk", {
          does: "update",
          to: { disks },
          newVolumes: [],
        });
      });
    },
  }),
  rest({
    id: "updateVmNicBasicInfo",
    path: "/update-vm-nic-basic-info",
    write: true,
    source:
      "cloudtower-api-faq, 配置网络: the guest's tools must run; facts, part B 5A 13: by a condition on NICs, 304 without a body for no change",
    assumed: "400 while no tools run; what is left out stays",
    example: {
      when: "changes",
      request: ({ idOf }) => ({
        where: { id: idOf("VmNic") },
        data: { ip_address: "10.0.30.5", subnet_mask: "255.255.255.0" },
      }),
      status: 400,
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(nicSchema, call.body);
      const rows = found(site, tower, "VmNic", where);
      const macs = rows.map((row) => row["mac_address"]);
      const machines = new Set(rows.map((row) => (row["vm"] as { id: string }).id));
      const all = vmsById(site, tower);
      const changes = [...machines].map((id) => {
        const shown = unlocked(site, all, id);
        if (!toolsRun(siteOf(site, shown.cluster), shown.vm))
          throw new Refused(400, `no tools run in virtual machine ${shown.vm.name}`);
        const nics = shown.vm.nics.map((nic) => (macs.includes(nic.mac) ? withAddress(nic, data) : nic));
        return { shown, nics };
      });
      const differs = changes.filter(({ shown, nics }) => JSON.stringify(nics) !== JSON.stringify(shown.vm.nics));
      if (differs.length === 0) return { status: 304, body: undefined };
      const body = differs.map(({ shown, nics }) =>
        change(site, tower, call, shown, "updateVm", { does: "update", to: { nics }, newVolumes: [] }),
      );
      return { status: 200, body };
    },
  }),
];

/** A change of a machine that must be running or stopped before it; `guest`: its tools carry it out. */
function powerOperation(
  id: string,
  path: string,
  mutation: string,
  before: LabVm["status"],
  act: VmAct,
  guest = false,
): Operation {
  return rest({
    id,
    path,
    write: true,
    source: guest
      ? `${SCHEMA}; ${LOCKS}; facts, part B 5A 9: JOB_VM_SHUTDOWN_TIMEOUT without tools`
      : `${SCHEMA}; ${LOCKS}`,
    assumed: `400 for a machine that is not ${before}${act.does === "recycle" ? "; Fisheye shows it as before" : ", or is in the recycle bin"}`,
    ...(guest && { switches: [shutdownWithoutTools] as const }),
    example: { when: "changes", request: onExampleVm },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where } = parsed(whereSchema, call.body);
      return onVms(site, tower, where, (machine) => {
        const { cluster, vm, isNew } = machine;
        checkMade(vm, isNew);
        if (vm.status !== before) throw new Refused(400, `virtual machine ${vm.name} is ${vm.status}`);
        if (cluster.own.recycled[vm.uuid] !== undefined)
          throw new Refused(400, `virtual machine ${vm.name} is in the recycle bin`);
        const alone =
          guest && !toolsRun(siteOf(site, cluster), vm) && site.switches.of(shutdownWithoutTools) === "fails";
        const fails = alone ? failing("JOB_VM_SHUTDOWN_TIMEOUT", `no tools run in ${vm.name}`) : undefined;
        const answer = change(site, tower, call, machine, mutation, act, fails);
        return act.does === "recycle" ? idOnly(answer) : answer;
      });
    },
  });
}

/** Does something with each machine that a condition finds, none of them locked. */
function onVms(site: SiteState, tower: LabTower, where: object, each: (machine: Shown) => unknown): Answer {
  const all = vmsById(site, tower);
  const machines = found(site, tower, "Vm", where).map(({ id }) => unlocked(site, all, id));
  return { status: 200, body: machines.map(each) };
}

/** A machine of a connected cluster. Refused while it is locked. */
function unlocked(site: SiteState, all: Map<string, Shown>, id: string): Shown {
  const shown = all.get(id);
  if (!shown) throw new Refused(404, `virtual machine ${id} is not found`);
  connected(shown.cluster);
  // Anything but null says that it is being changed (cloudtower-api-faq, ResourceLockedError).
  if (asyncStatus(site, shown.cluster.own.busy[shown.vm.uuid]) !== null)
    throw new Refused(400, `Resource [VM-${id}] locked`, {
      code: "ResourceLocked",
      props: { locked_resources: [{ id, type: "VM" }] },
    });
  return shown;
}

function change(
  site: SiteState,
  tower: LabTower,
  call: Call,
  shown: Shown,
  mutation: string,
  act: VmAct,
  fails?: ReturnType<typeof failing>,
) {
  const { cluster, vm } = shown;
  const id = vmId(site, cluster, vm.uuid);
  const task_id = startTask(
    site,
    tower,
    call,
    {
      description: `${mutation.replace(/([A-Z])/g, " $1").replace(/^./, (letter) => letter.toUpperCase())} ${vm.name}`,
      mutation,
      resource: { type: "Vm", id },
      args: {},
      change: { kind: "vm", cluster: cluster.id, uuid: vm.uuid, act },
    },
    (changed) => {
      const own = changed.clusters.find((one) => one.id === cluster.id)?.own;
      if (own) own.busy[vm.uuid] = { status: BUSY[act.does] };
    },
    fails,
  );
  return { task_id, data: vmRow(site, tower, shown) };
}

/** For answers that have nothing but the id of what is going. */
function idOnly({ task_id, data }: ReturnType<typeof change>) {
  return { task_id, data: { id: data.id } };
}

function standingOf(site: SiteState, cluster: LabTowerCluster): LabCluster {
  const standing = standingIn(site, cluster);
  if (!standing) throw new Refused(400, `cluster ${cluster.ip} is ${cluster.state}`);
  return standing;
}

function checkMade(vm: LabVm, isNew: boolean): void {
  if (isNew) throw new Refused(400, `virtual machine ${vm.name} has not been made`);
}

function failing(ec: string, failure: string): { outcome: "fails"; failure: string; ec: string } {
  return { outcome: "fails", failure, ec };
}

/** Why a task fails that would give a second machine a name; undefined: it is free. Refused where the switch says so. */
function nameTaken(site: SiteState, cluster: LabTowerCluster, name: string) {
  const standing = standingOf(site, cluster);
  const taken = [...standing.vms, ...cluster.own.newVms.map(({ vm }) => vm)].some((vm) => vm.name === name);
  if (!taken) return undefined;
  const says = `virtual machine name ${name} already exists`;
  if (site.switches.of(sameTowerVmName) === "refused") throw new Refused(400, `[VM_DUPLICATED_NAME]${says}`);
  return failing("VM_DUPLICATED_NAME", says);
}

function withAddress(nic: LabVmNic, data: z.output<typeof nicSchema>["data"]): LabVmNic {
  const { ip = "", netmask = "", gateway = "" } = nic.address ?? {};
  const address = {
    ip: data.ip_address ?? ip,
    netmask: data.subnet_mask ?? netmask,
    gateway: data.gateway ?? gateway,
  };
  if (address.ip === "" || address.netmask === "")
    throw new Refused(400, "a NIC's address needs ip_address and subnet_mask");
  return { ...nic, address };
}
