import { z } from "zod";
import { byteSize } from "../kernel/byte-size";
import { asSet, replaces } from "../kernel/schema";
import { cloudtowerConnection } from "./connection";
import { policySchema } from "./volume-policy";

const busSchema = z.enum(["IDE", "SCSI", "VIRTIO"]);

const diskSchema = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .describe("name of the disk, and of its volume when that is made; another name is another disk"),
    size: byteSize
      .optional()
      .describe('bytes, or a text like "100 GiB"; it may grow in place. Left out: a volume that stands is mounted'),
    storagePolicy: policySchema
      .default("REPLICA_2_THIN_PROVISION")
      .describe("of a volume that is made with the machine; a change is refused"),
    bus: busSchema.default("VIRTIO").describe("how the guest sees it; a change is refused"),
  })
  .describe("a disk");

const nicSchema = z.strictObject({
  vlan: z.string().min(1).describe("name of the network, in the machine's cluster; changed in place"),
  model: z.enum(["VIRTIO", "E1000"]).default("VIRTIO").describe("what the guest sees; a change is refused"),
  macAddress: z
    .string()
    .regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/, "no hardware address in lower case, as 52:54:00:12:34:56")
    .optional()
    .describe("hardware address; left out, CloudTower gives one"),
  enabled: z.boolean().default(true).describe("whether its cable is plugged in; changed in place"),
  mirror: z.boolean().default(false).describe("whether it gets the network's mirrored traffic; changed in place"),
  ipAddress: z
    .ipv4()
    .optional()
    .describe("address of the guest, set through its tools once they run; left out, the guest's own affair"),
  subnetMask: z.ipv4().optional().describe("as 255.255.255.0; together with ipAddress"),
  gateway: z.ipv4().optional().describe("default gateway; together with ipAddress"),
});

export const vmInputs = z
  .strictObject({
    connection: cloudtowerConnection,
    cluster: replaces(z.string().min(1)).describe("id of its cluster in CloudTower; a change replaces"),
    name: z.string().min(1).describe("name of the machine; changed in place"),
    description: z.string().trim().default("").describe("free text; behind it the machine has the mark of its stack"),
    folder: z.string().min(1).optional().describe("name of the folder that it is in; changed in place"),
    vcpu: z.int().min(1).describe("CPUs; changed while the machine is stopped"),
    cpuCores: z.int().min(1).default(1).describe("cores of each socket: vcpu is a multiple of it"),
    memory: byteSize.describe('bytes, or a text like "8 GiB"; changed while the machine is stopped'),
    ha: z.boolean().default(true).describe("started on another host when its own fails; changed in place"),
    firmware: z.enum(["BIOS", "UEFI"]).default("BIOS").describe("how it boots; a change is refused"),
    disks: asSet(z.array(diskSchema).default([])).describe(
      "its disks; the first boots when it is made, later their order means nothing",
    ),
    cdRoms: z
      .array(
        z.strictObject({
          image: z.string().min(1).optional().describe("name of the ISO image; left out, the drive is empty"),
        }),
      )
      .default([])
      .describe("its drives, by place; images are put in and taken out in place"),
    nics: z.array(nicSchema).default([]).describe("its network ports: known by macAddress, else by network and place"),
    status: z
      .enum(["RUNNING", "STOPPED"])
      .default("RUNNING")
      .describe("whether it runs; it is stopped by way of its guest"),
    forceStop: z.boolean().default(false).describe("whether it is switched off where its guest does not shut down"),
    allowRestart: z
      .boolean()
      .default(false)
      .describe("whether a running machine is restarted where a change needs that"),
    allowDestroy: z.boolean().default(false).describe("whether a machine with more disks than the first is deleted"),
    purge: z.boolean().default(false).describe("whether it is deleted at once where its cluster has a recycle bin"),
    deleteVolumes: z
      .boolean()
      .default(false)
      .describe(
        "whether volumes, and all that is on them, are deleted with the machine, or with the disk that the plan drops",
      ),
  })
  .superRefine(({ vcpu, cpuCores, disks, nics }, context) => {
    const issue = (path: (string | number)[], message: string) => context.addIssue({ code: "custom", path, message });
    if (vcpu % cpuCores !== 0) issue(["vcpu"], `is no multiple of cpuCores, ${cpuCores}`);
    for (const [at, { name }] of disks.entries())
      if (disks.findIndex((each) => each.name === name) < at)
        issue(["disks", at, "name"], "another disk has that name");
    for (const [at, { ipAddress, subnetMask, gateway, macAddress }] of nics.entries()) {
      if (
        (ipAddress === undefined) !== (subnetMask === undefined) ||
        (gateway !== undefined && ipAddress === undefined)
      )
        issue(["nics", at], "ipAddress and subnetMask go together, and gateway with them");
      if (macAddress && nics.findIndex((each) => each.macAddress === macAddress) < at)
        issue(["nics", at, "macAddress"], "another network port has that address");
    }
  });
export type VmInputs = z.output<typeof vmInputs>;

export const vmOutputs = z.strictObject({
  vmId: z.string().describe("id of the machine in CloudTower"),
  localId: z.string().describe("the cluster's own id of the machine"),
  biosUuid: z.string().describe("what the guest sees as its machine's UUID; empty where CloudTower does not tell"),
  host: z.string().describe("name of the host that it runs on; empty where it is on none"),
  addresses: asSet(z.array(z.string())).describe("what the tools in the guest tell; empty where none run"),
  macs: z.array(z.string()).describe("hardware address of each network port, in the plan's order"),
  volumeIds: z.array(z.string()).describe("id of the volume of each disk, in the order of disks"),
  madeVolumeIds: asSet(z.array(z.string())).describe("those of them that were made with the machine or for it"),
});
export type VmOutputs = z.output<typeof vmOutputs>;
