import { z } from "zod";
import { oneOf } from "../switch";
import { plainObject } from "./plain";
import { shownVms, vmId } from "./shown-vms";
import { iso } from "./time";

export const sameLabel = oneOf(
  "sameLabel",
  ["refused", "made"],
  "A second label of one key and value.",
  "whether two labels may have one key and value",
);

export const usedLabel = oneOf(
  "usedLabel",
  ["deleted", "refused"],
  "Deleting a label that is still on virtual machines.",
  "whether a label that is in use can be deleted: the schema of /delete-label has a condition alone",
);

/** What else a label can be on, by the schema's counts; the lab has virtual machines labelled alone. */
const NOT_LABELLED =
  `cluster consistency_group consistency_group_snapshot content_library_image content_library_vm_template
  datacenter disk elf_image gpu_device host iscsi_lun iscsi_lun_snapshot iscsi_target isolation_policy namespace_group
  nfs_export nfs_inode nic nvmf_namespace nvmf_namespace_snapshot nvmf_subsystem security_policy vds vm_snapshot
  vm_template vm_vlan vm_volume vm_volume_snapshot`.split(/\s+/);
const PLURALS: Record<string, string> = { vds: "vdses", vm_vlan: "vlans" };
const nobodys = Object.fromEntries(
  NOT_LABELLED.flatMap((noun) => [
    [`${noun}_num`, 0],
    [PLURALS[noun] ?? `${noun.replace(/y$/, "ie")}s`, []],
  ]),
);

export const labels = plainObject({
  kind: "Label",
  noun: "label",
  plural: "labels",
  fields: z.object({ key: z.string().min(1), value: z.string().optional() }),
  keptIn: "labels",
  keep: (id, { key, value }, { now }) => ({ id, key, value: value ?? null, createdAt: now, vms: [] }),
  called: ({ key, value }) => (value ? `${key}=${value}` : key),
  isTaken: (kept, { key, value }) => kept.key === key && (kept.value ?? "") === (value ?? ""),
  same: sameLabel,
  heldBy({ labels: all = [] }, ids) {
    const used = all.find(({ id, vms }) => ids.includes(id) && vms.length > 0);
    return used && `label ${used.key} is in use`;
  },
  used: usedLabel,
  keys: ({ key, value }) => ({ key, value }),
  row({ createdAt, vms: labelled }, site, tower) {
    const vms = shownVms(site, tower)
      .map(({ cluster, vm }) => ({ id: vmId(site, cluster, vm.uuid), name: vm.name }))
      .filter(({ id }) => labelled.includes(id));
    const counts = { vms, vm_num: vms.length, total_num: vms.length, system_vlan_num: 0 };
    return { createdAt: iso(createdAt), ...nobodys, ...counts };
  },
  example: {
    made: { key: "room", value: "A" },
    changed: { key: "room", value: "B" },
    used({ labels: all = [] }, id, { idOf }) {
      for (const label of all) if (label.id === id) label.vms.push(idOf("Vm"));
    },
  },
  lists: {
    nested: { vms: "Vm" },
    source: "the vendor's schema",
    assumed: "virtual machines alone have labels; a value that was never given is null",
  },
  create: { assumed: "400 for a key and value that are there" },
  update: { assumed: "what is left out stays; 400 for a key and value that are there" },
  delete: { assumed: "also while it is on something" },
});
