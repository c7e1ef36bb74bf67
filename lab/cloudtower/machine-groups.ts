import { z } from "zod";
import type { Answer, Call, Operation } from "../operation";
import type { SiteState } from "../site-state";
import { changeTower } from "./change-tower";
import { found } from "./found";
import { labelVms } from "./group-change";
import { changeVm, checkMade, LOCKS, onVms, unlocked, updated } from "./machine-change";
import { plainWrites } from "./plain";
import { parsed, Refused, rest } from "./rest";
import { vmsById } from "./shown-vms";
import { startTask } from "./start-task";
import { rowOf } from "./tables";
import type { LabelChange, LabTower } from "./tower-model";

const whereSchema = z.looseObject({ where: z.looseObject({}) });
const folderSchema = whereSchema.extend({ data: z.looseObject({ folder_id: z.string() }) });
const labelSchema = whereSchema.extend({ data: z.looseObject({ vms: z.looseObject({}).optional() }) });

/** Folders that virtual machines are in, and labels that are on them. */
export const machineGroupOperations: Operation[] = [
  rest({
    id: "addVmToFolder",
    path: "/add-vm-to-folder",
    write: true,
    source: `the vendor's schema: a machine has one folder; ${LOCKS}`,
    assumed:
      "it leaves the folder that it is in; also where that is the one asked for, and while it runs; 404 for a folder that is not there, 400 for one of another cluster; the task fails where the folder is gone by its end",
    example: {
      when: "changes",
      request: ({ idOf }) => ({ where: { id: idOf("Vm") }, data: { folder_id: idOf("VmFolder") } }),
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(folderSchema, call.body);
      const folder = tower.vmFolders?.find(({ id }) => id === data.folder_id);
      if (!folder) throw new Refused(404, `vm folder ${data.folder_id} is not found`);
      return onVms(site, tower, where, (machine) => {
        const { cluster, vm, isNew } = machine;
        checkMade(vm, isNew);
        if (folder.cluster !== cluster.id)
          throw new Refused(400, `vm folder ${folder.name} is not of the cluster of ${vm.name}`);
        return changeVm(site, tower, call, machine, "addVmToFolder", { ...updated({}), folder: folder.id });
      });
    },
  }),
  rest({
    id: "removeVmFromFolder",
    path: "/remove-vm-from-folder",
    write: true,
    source: `the vendor's schema; ${LOCKS}`,
    assumed: "a task also for a machine that is in no folder, and while it runs",
    example: { when: "changes", request: ({ idOf }) => ({ where: { id: idOf("Vm") } }) },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where } = parsed(whereSchema, call.body);
      return onVms(site, tower, where, (machine) => {
        checkMade(machine.vm, machine.isNew);
        return changeVm(site, tower, call, machine, "removeVmFromFolder", { ...updated({}), folder: null });
      });
    },
  }),
  labelOperation("removeLabelsFromResources", "/remove-labels-from-resources", false),
  labelOperation("addLabelsToResources", "/add-labels-to-resources", true),
];

/** Puts labels on machines, or takes them from them. */
function labelOperation(mutation: string, path: string, on: boolean): Operation {
  return rest({
    id: mutation,
    path,
    write: true,
    source: `the vendor's schema: by a condition on labels and one on each kind of resources, 304 without a body for no change; ${LOCKS}`,
    assumed:
      "done as a label is changed; no change also where no resources are asked for; labels that change nothing are not answered; machines are locked for it, and not by it; 404 for a condition that finds none; other resources than virtual machines are 501",
    switches: [plainWrites],
    example: {
      when: "changes",
      request: ({ idOf }) => ({ where: { id: idOf("Label") }, data: { vms: { id: idOf("Vm") } } }),
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(labelSchema, call.body);
      const others = Object.keys(data).filter((kind) => kind !== "vms");
      if (others.length > 0) throw new Refused(501, `the lab's labels are not on ${others.join(", ")}`);
      const labels = found(site, tower, "Label", where).map(({ id }) => id);
      const vms = data.vms ? labelled(site, tower, data.vms) : [];
      const differs = (tower.labels ?? []).flatMap((label) => {
        const changing = labels.includes(label.id) ? vms.filter((vm) => label.vms.includes(vm) !== on) : [];
        return changing.length === 0 ? [] : [{ id: label.id, to: { vms: changing, on } }];
      });
      if (differs.length === 0) return { status: 304, body: undefined };
      return changeLabels(site, tower, call, mutation, differs);
    },
  });
}

/** The ids of the machines that a condition finds, none of them locked. */
function labelled(site: SiteState, tower: LabTower, where: object): string[] {
  const all = vmsById(site, tower);
  return found(site, tower, "Vm", where).map(({ id }) => {
    const { vm, isNew } = unlocked(site, all, id);
    checkMade(vm, isNew);
    return id;
  });
}

function changeLabels(
  site: SiteState,
  tower: LabTower,
  call: Call,
  mutation: string,
  changes: { id: string; to: LabelChange }[],
): Answer {
  const direct = site.switches.of(plainWrites) === "direct";
  const tasks = changes.map(({ id, to }) => {
    if (direct) {
      changeTower(site, (changed) => labelVms(changed, id, to));
      return null;
    }
    const resource = { type: "Label", id };
    const change = { kind: "label", id, to } as const;
    const task = { description: `${to.on ? "Add" : "Remove"} label`, mutation, resource, args: {}, change };
    return startTask(site, tower, call, task, () => {});
  });
  const body = changes.map(({ id }, at) => ({ task_id: tasks[at] ?? null, data: rowOf(site, tower, "Label", id) }));
  return { status: 200, body };
}
