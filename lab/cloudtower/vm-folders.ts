import { z } from "zod";
import { oneOf } from "../switch";
import { plainObject } from "./plain";
import { vmsById } from "./shown-vms";
import { nestedCluster } from "./standing";
import type { LabTowerCluster } from "./tower-model";

export const sameVmFolder = oneOf(
  "sameVmFolder",
  ["refused", "made"],
  "A second folder of virtual machines of one name in a cluster.",
  "whether two folders of a cluster may have one name",
);

export const usedVmFolder = oneOf(
  "usedVmFolder",
  ["deleted", "refused"],
  "Deleting a folder that virtual machines are still in.",
  "whether a folder that is not empty can be deleted: the schema of /delete-vm-folder has a condition alone",
);

export const vmFolders = plainObject({
  kind: "VmFolder",
  noun: "vm-folder",
  plural: "vm-folders",
  fields: z.object({ name: z.string().min(1) }),
  parent: { field: "cluster_id", kind: "Cluster", noun: "cluster", keptAs: "cluster", atItsEnd: "goes" },
  keptIn: "vmFolders",
  keep: (id, { name }, _site, cluster) => ({ id, name, cluster, vms: [] }),
  called: ({ name }) => name,
  isTaken: (kept, { name, cluster }) => kept.name === name && kept.cluster === cluster,
  same: sameVmFolder,
  heldBy({ vmFolders: all = [] }, ids) {
    const used = all.find(({ id, vms }) => ids.includes(id) && vms.length > 0);
    return used && `vm folder ${used.name} is not empty`;
  },
  used: usedVmFolder,
  keys: ({ name }) => ({ name }),
  row({ id, cluster, vms: inside }, site, tower) {
    const shown = vmsById(site, tower);
    const vms = inside.flatMap((vm) => {
      const name = shown.get(vm)?.vm.name;
      return name === undefined ? [] : [{ id: vm, name }];
    });
    return {
      local_id: site.fixedId(`vm folder ${id}`),
      cluster: nestedCluster(site, tower.clusters.find((each) => each.id === cluster) as LabTowerCluster),
      vm_num: vms.length,
      vms,
    };
  },
  example: {
    made: { name: "web" },
    changed: { name: "database" },
    used({ vmFolders: all = [] }, id, { idOf }) {
      for (const folder of all) if (folder.id === id) folder.vms.push(idOf("Vm"));
    },
  },
  lists: {
    nested: { cluster: "Cluster", vms: "Vm" },
    source: "the vendor's schema",
    assumed: "a machine is in one folder at most; folders go with the cluster's removal",
  },
  create: { assumed: "400 for a name that its cluster has, 404 for a cluster that is not there" },
  update: { assumed: "400 for a name that its cluster has" },
  delete: { assumed: "what is in it stays, in no folder" },
});
