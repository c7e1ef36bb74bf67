import { z } from "zod";
import { defineResource } from "../kernel/define";
import { output } from "../kernel/example";
import { pathTo } from "../kernel/path";
import { cloudtowerConnection } from "./connection";
import { sharedSchema } from "./shared";
import { createTowerObject, towerObject } from "./tower-object";
import { Vm } from "./vm";

const frozenDisk = z.looseObject({
  type: z.string(),
  size: z.int(),
  vm_volume_local_id: z.string(),
  snapshot_local_id: z.string().nullish(),
});

const noun = "snapshot";
const create = pathTo`/create-vm-snapshot`;

const plain = towerObject({
  type: "cloudtower:VmSnapshot",
  doc: "A snapshot of a virtual machine, by `POST /v2/api/create-vm-snapshot` (the vendor's schema; cloudtower-api-guide, 虚拟机备份). Known by its name and machine. CloudTower changes nothing of it, so that a change is refused, and never done by replacing it: what it holds would be lost. To drop it from the plan deletes it.",
  inputs: z.strictObject({
    connection: cloudtowerConnection,
    vm: z.string().min(1).describe("id of the machine; a change is refused"),
    name: z.string().min(1).describe("name of the snapshot; a change is refused"),
    consistentType: z
      .enum(["CRASH_CONSISTENT", "FILE_SYSTEM_CONSISTENT"])
      .default("CRASH_CONSISTENT")
      .describe("FILE_SYSTEM_CONSISTENT needs the tools running in the guest; a change is refused"),
    shared: sharedSchema,
  }),
  outputs: z.strictObject({
    snapshotId: z.string().describe("id of the snapshot in CloudTower"),
    localId: z.string().describe("the cluster's own id of the snapshot"),
    disks: z
      .array(
        z.strictObject({
          volumeLocalId: z.string().describe("the cluster's own id of the volume"),
          lunSnapshot: z.string().describe("name of the snapshot of its logical unit; empty where it is not told"),
          size: z.int().describe("bytes"),
        }),
      )
      .describe("the machine's disks as they were"),
  }),
  example: { args: { vm: output(Vm, "vmId"), name: "before-the-update" } },
  key: ({ name }) => name,
  parents: ["vm"],
  noun,
  plural: "snapshots of virtual machines",
  paths: { list: pathTo`/get-vm-snapshots`, create, delete: pathTo`/delete-vm-snapshot` },
  row: z.looseObject({
    id: z.string(),
    name: z.string(),
    local_id: z.string(),
    consistent_type: z.string(),
    vm: z.looseObject({ id: z.string() }).nullish(),
    vm_disks: z.array(frozenDisk).nullish(),
  }),
  called: ({ name }) => name,
  where: ({ name, vm }) => ({ name, vm: { id: vm } }),
  made: ({ vm, name, consistentType }) => ({ vm_id: vm, name, consistent_type: consistentType }),
  seen: ({ name, vm, consistent_type }) => ({
    name,
    // Of a machine that is gone CloudTower tells nothing.
    ...(vm && { vm: vm.id }),
    consistentType: consistent_type as "CRASH_CONSISTENT",
  }),
  refuses: (stands, wanted) =>
    (["vm", "name", "consistentType"] as const)
      .filter((property) => stands[property] !== wanted[property])
      .map((property) => ({
        property,
        reason: `CloudTower changes it on no snapshot: it is ${stands[property]}, planned is ${wanted[property]}; put the plan back, or plan another snapshot as a resource of another name`,
      })),
  outputsOf: ({ id: snapshotId, local_id: localId, vm_disks }) => ({
    snapshotId,
    localId,
    disks: (vm_disks ?? [])
      .filter(({ type }) => type === "DISK")
      .map(({ vm_volume_local_id: volumeLocalId, snapshot_local_id, size }) => ({
        volumeLocalId,
        lunSnapshot: snapshot_local_id ?? "",
        size,
      })),
  }),
  stays: () => undefined,
});

/** A snapshot of a virtual machine. */
export const VmSnapshot = defineResource({
  ...plain,
  // One request is for several, but no list as others are.
  create: (context, { vm: vm_id, name, consistentType: consistent_type }) =>
    createTowerObject(context, `${noun} ${name}`, create, { data: [{ vm_id, name, consistent_type }] }),
});
