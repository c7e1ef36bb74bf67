import { z } from "zod";
import type { Answer, Call, Operation } from "../operation";
import type { SiteState } from "../site-state";
import { oneOf } from "../switch";
import type { LabCluster, LabPower, LabVm } from "./cluster-model";
import { envelope, failure } from "./envelope";
import { noGuest } from "./guest";
import { failedVm } from "./job-end";
import { startJob } from "./jobs";
import { guestTools } from "./power";
import { inSession, missing, missingObject, unauthorised } from "./session";
import { answersTell, listed, listsAs } from "./told";
import { changeVm, isRefusal, placeDisks, readChange, readCreation, sameVmName } from "./vm-request";
import { nicAddress, shownVm } from "./vm-shown";

export const vmListed = oneOf(
  "vmListed",
  ["accepted", "done"],
  "From when the list shows a virtual machine: its request, or the end of its job.",
  "whether the list of virtual machines shows one while the job that makes it has not ended",
);

const startSchema = z.strictObject({ auto_schedule: z.boolean() }).partial().optional();
const stopSchema = z.strictObject({ force: z.boolean() });
const deleteSchema = z.strictObject({ include_volumes: z.boolean() });

const WHEN_BUSY = "EBUSY while a job on the machine has not ended";

/** Virtual machines (elf). */
export const vmOperations: Operation[] = [
  {
    id: "createVm",
    system: "fisheye",
    method: "POST",
    path: "/api/v2/vms",
    write: true,
    source: "runbook stage 04 创建cloudtower虚拟机并挂载ISO: the request, field by field, answered with a job",
    assumed:
      "EINVAL for anything that is not in the runbook's request, and for networks, policies and images that are not there; EBUSY for an image that is not whole",
    switches: [sameVmName, failedVm, unauthorised],
    checkedBy: "sitewright",
    handle: (site, call) =>
      inSession(site, call, (cluster) => {
        const read = readCreation(site, cluster, call.body);
        if (isRefusal(read)) return failure(read.ec, read.msg);
        const { vm, volumes, status } = read;
        const fails = site.switches.of(sameVmName) === "fails" && cluster.vms.some(({ name }) => name === vm.name);
        const asked: Call = fails ? { ...call, job: { fails: "VM_DUPLICATED_NAME" } } : call;
        const change = { kind: "createVm" as const, uuid: vm.uuid, status };
        return startJob(site, asked, { description: "VM_CREATE", change, vm }, (model) => {
          placeDisks(model, vm);
          model.vms.push(structuredClone(vm));
          model.volumes.push(...volumes);
        });
      }),
  },
  {
    id: "listVms",
    system: "fisheye",
    method: "GET",
    path: "/api/v2/vms",
    write: false,
    source: "facts, part B 5B 6: data.entities; each as in the runbook's GET of one",
    assumed: "all in one answer; a query is not heeded",
    switches: [listsAs, answersTell, vmListed, noGuest, guestTools, nicAddress, unauthorised],
    checkedBy: "sitewright",
    handle: (site, call) =>
      inSession(site, call, (cluster) => {
        const vms = cluster.vms.filter((vm) => isListed(site, cluster, vm));
        return envelope(
          listed(
            site,
            vms.map((vm) => shownVm(site, cluster, vm)),
          ),
        );
      }),
  },
  {
    id: "readVm",
    system: "fisheye",
    method: "GET",
    path: "/api/v2/vms/{vm}",
    write: false,
    source:
      "runbook stage 04 判断cloudtower虚拟机操作系统是否安装完成: the shape, ga_state Running with guest_os_type unknown (facts, part B 5B 11)",
    assumed: "ENOTFOUND; 15 minutes until a guest that installs itself has its tools running, 1 after any later start",
    switches: [answersTell, noGuest, guestTools, nicAddress, missingObject, unauthorised],
    checkedBy: "sitewright",
    handle: (site, call) => onVm(site, call, (vm, cluster) => envelope(shownVm(site, cluster, vm))),
  },
  {
    id: "updateVm",
    system: "fisheye",
    method: "PUT",
    path: "/api/v2/vms/{vm}",
    write: true,
    source:
      "runbook stage 04 通过vmtools配置cloudtower网络: nics, with the address that the guest tools set; vm_name, vcpu, cpu, memory and ha: a public client, which stops a machine before it changes CPUs or memory",
    assumed: `what is left out stays; EINVAL, also for an address while no guest tools run; EBUSY for CPUs or memory of a running machine; ${WHEN_BUSY}`,
    switches: [changeVm, missingObject, unauthorised],
    checkedBy: "sitewright",
    handle: (site, call) =>
      whenIdle(site, call, (vm, cluster) => {
        const read = readChange(site, cluster, vm, call.body);
        if (isRefusal(read)) return failure(read.ec, read.msg);
        const change = { kind: "updateVm" as const, uuid: vm.uuid, to: read.to };
        return startJob(site, call, { description: "VM_UPDATE", change, vm: { ...vm, ...read.to } });
      }),
  },
  {
    id: "startVm",
    system: "fisheye",
    method: "POST",
    path: "/api/v2/vms/{vm}/start",
    write: true,
    source: "facts, part B 5B 7: auto_schedule, answered with a job",
    assumed: `all else: EINVAL for a machine that runs; ${WHEN_BUSY}`,
    switches: [missingObject, unauthorised],
    checkedBy: "sitewright",
    handle: (site, call) => power(site, call, startSchema.safeParse(call.body).success, "running"),
  },
  {
    id: "stopVm",
    system: "fisheye",
    method: "POST",
    path: "/api/v2/vms/{vm}/stop",
    write: true,
    source: "facts, part B 5B 7: force, answered with a job",
    assumed: `all else: EINVAL for a machine that does not run; ${WHEN_BUSY}`,
    switches: [missingObject, unauthorised],
    checkedBy: "sitewright",
    handle: (site, call) => power(site, call, stopSchema.safeParse(call.body).success, "stopped"),
  },
  {
    id: "deleteVm",
    system: "fisheye",
    method: "DELETE",
    path: "/api/v2/vms/{vm}",
    write: true,
    source: "facts, part B 5B 7: include_volumes, answered with a job; in the body: two public clients",
    assumed: `EINVAL for a machine that runs; ${WHEN_BUSY}`,
    switches: [missingObject, unauthorised],
    checkedBy: "sitewright",
    handle: (site, call) =>
      whenIdle(site, call, (vm) => {
        const body = deleteSchema.safeParse(call.body);
        if (!body.success) return failure("EINVAL", "include_volumes is true or false");
        if (vm.status === "running") return failure("EINVAL", `virtual machine ${vm.name} is running`);
        const change = { kind: "deleteVm" as const, uuid: vm.uuid, volumes: body.data.include_volumes };
        return startJob(site, call, { description: "VM_DELETE", change, vm });
      }),
  },
];

function power(site: SiteState, call: Call, understood: boolean, status: LabPower): Answer {
  return whenIdle(site, call, (vm) => {
    if (!understood) return failure("EINVAL", "auto_schedule, and force, are true or false");
    if (vm.status === status) return failure("EINVAL", `virtual machine ${vm.name} is ${status}`);
    const change = { kind: "powerVm" as const, uuid: vm.uuid, status };
    const description = status === "running" ? "VM_START" : "VM_STOP";
    return startJob(site, call, { description, change, vm });
  });
}

function isListed({ switches }: SiteState, cluster: LabCluster, { uuid }: LabVm): boolean {
  if (switches.of(vmListed) === "accepted") return true;
  const making = cluster.openJobs.some((id) => {
    const change = cluster.jobs[id]?.change;
    return change?.kind === "createVm" && change.uuid === uuid;
  });
  return !making;
}

function onVm(site: SiteState, call: Call, answer: (vm: LabVm, cluster: LabCluster) => Answer): Answer {
  return inSession(site, call, (cluster) => {
    const vm = cluster.vms.find(({ uuid }) => uuid === call.params["vm"]);
    return vm ? answer(vm, cluster) : missing(site, `VM ${call.params["vm"]}`);
  });
}

function whenIdle(site: SiteState, call: Call, answer: (vm: LabVm, cluster: LabCluster) => Answer): Answer {
  return onVm(site, call, (vm, cluster) => {
    const busy = cluster.openJobs.some((id) => cluster.jobs[id]?.vm?.uuid === vm.uuid);
    return busy ? failure("EBUSY", `a job on VM ${vm.name} has not ended`) : answer(vm, cluster);
  });
}
