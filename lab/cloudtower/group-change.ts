import type { LabelChange, LabTower, VmAct } from "./tower-model";

/** Ends, for folders, labels and what a cluster keeps of machines, a task on a machine that has ended well in its cluster; what went wrong, if anything. */
export function endVmGroups(tower: LabTower, id: string, act: VmAct): string | undefined {
  const { vmFolders = [], labels = [], clusters } = tower;
  const placed = clusters.flatMap(({ kept }) => [...(kept.placementGroups ?? []), ...(kept.snapshotPlans ?? [])]);
  if (act.does === "delete") for (const group of [...vmFolders, ...labels, ...placed]) takeOut(group, [id]);
  if ((act.does !== "update" && act.does !== "create") || act.folder === undefined) return undefined;
  const { folder } = act;
  const wanted = vmFolders.find((each) => each.id === folder);
  if (folder !== null && !wanted) return `vm folder ${folder} is not found`;
  for (const each of vmFolders) takeOut(each, [id]);
  wanted?.vms.push(id);
  return undefined;
}

/** Puts a label on machines, or takes it from them; whether there is such a label. */
export function labelVms({ labels = [] }: LabTower, id: string, { vms, on }: LabelChange): boolean {
  const label = labels.find((each) => each.id === id);
  if (!label) return false;
  takeOut(label, vms);
  if (on) label.vms.push(...vms);
  return true;
}

function takeOut(group: { vms: string[] }, gone: string[]): void {
  group.vms = group.vms.filter((vm) => !gone.includes(vm));
}
