import { z } from "zod";
import type { ExampleSite } from "../example";
import type { Operation } from "../operation";
import type { LabVm } from "../smtxos/cluster-model";
import { toolsRun } from "../smtxos/guest";
import { oneOf } from "../switch";
import { failedTowerVm } from "./cluster-change";
import { clusterOf } from "./keep";
import { changeVm, checkMade, failing, LOCKS, onVms, updated } from "./machine-change";
import { machineCopyOperations } from "./machine-copies";
import { machineGroupOperations } from "./machine-groups";
import { machineLimitOperations } from "./machine-limits";
import { makeVm, nameTaken, sameTowerVmName, standingOf } from "./machine-making";
import { checkPower, hostAsked, machineOptionOperations } from "./machine-options";
import { machineOwnerOperations, ownerOf, ownerSchema } from "./machine-owners";
import { exampleDisk, machinePartOperations } from "./machine-parts";
import { each, parsed, Refused, rest } from "./rest";
import { freestHost } from "./standing";
import type { VmAct } from "./tower-model";
import { siteOf } from "./tower-site";
import { readVm, readVmChange, vmCreateSchema, vmUpdateSchema } from "./vm-spec";
import { vncOperations } from "./vnc";

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

const startSchema = whereSchema.extend({ data: z.looseObject({ host_id: z.string() }).optional() });

const SCHEMA = "the vendor's schema";

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

export const suspendedPowerOff = oneOf(
  "suspendedPowerOff",
  ["refused", "works"],
  "Switching off a virtual machine that is suspended.",
  "whether /poweroff-vm takes one, whose guest is not there to be shut down",
);

/** Virtual machines, which are those of Fisheye: made, changed and deleted by tasks. */
export const machineOperations: Operation[] = [
  rest({
    id: "createTowerVm",
    path: "/create-vm",
    write: true,
    source:
      "facts, part B 5A 12: what is required, units and storage policies; 5A 10: the answer is a placeholder; cloudtower-api-faq: connect_vlan_id is the network's id",
    assumed:
      "units of 1024; vcpu is sockets times cores; 404 for networks, images, volumes and folders that are not there; a drive without elf_image_id is empty; GPUs, PCI NICs, placement groups, hosts, and a NIC's address are not heeded",
    switches: [sameTowerVmName, failedTowerVm],
    example: { when: "makes", request: exampleVm },
    checkedBy: "lab tests",
    handle: (site, tower, call) =>
      each(vmCreateSchema.extend({ owner: ownerSchema.optional() }), call.body, (asked) => {
        const cluster = clusterOf(tower, asked.cluster_id);
        const made = readVm(site, cluster, standingOf(site, cluster), asked);
        return makeVm(
          site,
          tower,
          call,
          cluster,
          { ...made, vm: { ...made.vm, ...ownerOf(tower, asked.owner) } },
          asked.folder_id,
        );
      }),
  }),
  rest({
    id: "updateVmBasicInfo",
    path: "/update-vm-basic-info",
    write: true,
    source: `${SCHEMA}; ${LOCKS}`,
    assumed: "what is left out stays; 400 for CPUs or memory of a machine that is not stopped",
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
        return changeVm(site, tower, call, machine, "updateVm", updated(to), fails);
      });
    },
  }),
  rest({
    id: "startTowerVm",
    path: "/start-vm",
    write: true,
    source: `${SCHEMA}: on a host where one is asked for; ${LOCKS}`,
    assumed: `else on the host with the fewest; 404 for a host that is not the cluster's; ${notBefore("stopped")}`,
    example: { when: "changes", request: onExampleVm },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(startSchema, call.body);
      return onVms(site, tower, where, (machine) => {
        checkPower(machine, "stopped");
        const host = data ? hostAsked(site, machine.cluster, data.host_id) : freestHost(site, tower, machine.cluster);
        const act = { does: "power", status: "running", ...(host && { host }) } as const;
        return changeVm(site, tower, call, machine, "startVm", act);
      });
    },
  }),
  // Here the example machine runs.
  ...vncOperations,
  powerOperation("suspendVm", "/suspend-vm", "suspendVm", "running", { does: "power", status: "suspended" }),
  powerOperation("resumeVm", "/resume-vm", "resumeVm", "suspended", { does: "power", status: "running" }),
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
        return idOnly(changeVm(site, tower, call, machine, "recoverVmFromRecycleBin", { does: "recover" }));
      });
    },
  }),
  rest({
    id: "deleteTowerVm",
    path: "/delete-vm",
    write: true,
    source: `${SCHEMA}; ${LOCKS}`,
    assumed: "400 for a machine that is not stopped; its snapshots stay",
    switches: [deletedVmVolumes],
    example: { when: "ends", request: onExampleVm },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where } = parsed(whereSchema, call.body);
      return onVms(site, tower, where, (machine) => {
        const { vm } = machine;
        if (vm.status !== "stopped") throw new Refused(400, `virtual machine ${vm.name} is ${vm.status}`);
        const volumes = site.switches.of(deletedVmVolumes) === "deleted";
        return idOnly(changeVm(site, tower, call, machine, "deleteVm", { does: "delete", volumes }));
      });
    },
  }),
  ...machineOptionOperations,
  ...machineLimitOperations,
  ...machineOwnerOperations,
  ...machinePartOperations,
  ...machineGroupOperations,
  ...machineCopyOperations,
];

function notBefore(before: LabVm["status"]): string {
  return `400 for a machine that is not ${before}, or is in the recycle bin`;
}

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
    assumed:
      act.does === "recycle"
        ? `400 for a machine that is not ${before}; Fisheye shows it as before`
        : `${notBefore(before)}${id === "suspendVm" ? "; a suspended machine is on no host, its guest goes on where it was, and its disks, drives, NICs and limits are not changed meanwhile" : ""}`,
    ...(guest && { switches: [shutdownWithoutTools] as const }),
    ...(id === "powerOffVm" && { switches: [suspendedPowerOff] as const }),
    example: { when: "changes", request: onExampleVm },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where } = parsed(whereSchema, call.body);
      return onVms(site, tower, where, (machine) => {
        const { cluster, vm } = machine;
        const isCut = id === "powerOffVm" && vm.status === "suspended";
        checkPower(machine, isCut && site.switches.of(suspendedPowerOff) === "works" ? "suspended" : before);
        const alone =
          guest && !toolsRun(siteOf(site, cluster), vm) && site.switches.of(shutdownWithoutTools) === "fails";
        const fails = alone ? failing("JOB_VM_SHUTDOWN_TIMEOUT", `no tools run in ${vm.name}`) : undefined;
        const answer = changeVm(site, tower, call, machine, mutation, act, fails);
        return act.does === "recycle" ? idOnly(answer) : answer;
      });
    },
  });
}

/** For answers that have nothing but the id of what is going. */
function idOnly({ task_id, data }: ReturnType<typeof changeVm>) {
  return { task_id, data: { id: data.id } };
}
