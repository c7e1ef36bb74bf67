import { z } from "zod";
import { isUserData, loneFields, looseLimits, NO_RATE, TOO_MUCH_USER_DATA, withoutRate } from "../../base/vm-rules";
import { byteSize } from "../kernel/byte-size";
import { asSet, replaces, secret } from "../kernel/schema";
import { cloudtowerConnection } from "./connection";
import { policySchema } from "./volume-policy";

const busSchema = z.enum(["IDE", "SCSI", "VIRTIO"]);

/** Of a machine or of a disk; what is left out is not looked at. */
const limitFields = {
  maxIops: z
    .union([z.literal(false), z.int().min(1)])
    .optional()
    .describe(
      "reads and writes a second at most; false: without a limit. Together with ioPolicy; left out, it is not looked at",
    ),
  maxIopsPolicy: z
    .enum(["DYNAMIC", "FORCED"])
    .optional()
    .describe("whether that may be exceeded for a while, as CloudTower names it; together with maxIops"),
  maxBandwidth: z
    .union([z.literal(false), byteSize])
    .optional()
    .describe(
      'bytes a second at most, or a text like "100 MiB"; false: without a limit. Together with ioPolicy; left out, it is not looked at',
    ),
  maxBandwidthPolicy: z
    .enum(["DYNAMIC", "FORCED"])
    .optional()
    .describe("whether that may be exceeded for a while, as CloudTower names it; together with maxBandwidth"),
};

const diskSchema = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .describe("name of the disk, and of its volume when that is made; another name is another disk"),
    size: byteSize
      .optional()
      .describe(
        'bytes, or a text like "100 GiB"; it may grow in place. Left out: a volume that stands is mounted, or the disk of the source stays as it is',
      ),
    storagePolicy: policySchema
      .optional()
      .describe("of a volume that is made with the machine, REPLICA_2_THIN_PROVISION unless told; a change is refused"),
    bus: busSchema.optional().describe("how the guest sees it, VIRTIO of a new disk unless told; a change is refused"),
    ...limitFields,
  })
  .describe("a disk");

const trafficSchema = z.strictObject({
  enabled: z.boolean().default(true).describe("whether the limit holds; false lifts it"),
  rateLimit: z.int().min(1).optional().describe("bits a second at most; left out, it is not looked at"),
  burst: z.int().min(1).optional().describe("bits that may go beyond it at once; left out, it is not looked at"),
});

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
    .describe(
      "address of the guest: set by cloud-init where the machine is made from a template that has it, else, and later, through the tools once they run; left out, the guest's own affair",
    ),
  subnetMask: z.ipv4().optional().describe("as 255.255.255.0; together with ipAddress"),
  gateway: z.ipv4().optional().describe("default gateway; together with ipAddress"),
  qos: z
    .strictObject({
      ingress: trafficSchema.optional().describe("of what the machine takes; left out, it is not looked at"),
      egress: trafficSchema.optional().describe("of what the machine sends; left out, it is not looked at"),
    })
    .optional()
    .describe("what goes through it at most; changed in place. Left out, it is not looked at"),
});

const labelSchema = z.strictObject({
  key: z.string().min(1).describe("key of the label"),
  value: z.string().default("").describe("value of the label"),
});

/** What a machine is made from, of which it has one at most. */
export const SOURCES = ["template", "contentLibraryTemplate", "clone", "snapshot"] as const;

const cloudInitSchema = z
  .strictObject({
    hostname: z.string().min(1).optional().describe("name of the guest"),
    nameservers: z.array(z.ipv4()).max(3).optional().describe("addresses of DNS servers, three at most"),
    publicKeys: z.array(z.string().min(1)).max(10).optional().describe("SSH keys of its default user, ten at most"),
    defaultUserPassword: secret(z.string().min(1)).optional().describe("password of its default user"),
    userData: secret(z.string().refine(isUserData, TOO_MUCH_USER_DATA))
      .optional()
      .describe("user data, as they are and not in base64, 32 KiB at most"),
  })
  .describe("what cloud-init in the guest is given");

export const vmInputs = z
  .strictObject({
    connection: cloudtowerConnection,
    cluster: replaces(z.string().min(1)).describe("id of its cluster in CloudTower; a change replaces"),
    name: z.string().min(1).describe("name of the machine; changed in place"),
    description: z.string().trim().default("").describe("free text; behind it the machine has the mark of its stack"),
    host: z
      .string()
      .min(1)
      .optional()
      .describe("name of the host that it runs on; moved there in place. Left out, CloudTower chooses one"),
    placementGroup: z
      .string()
      .min(1)
      .optional()
      .describe("name of the placement group that it is in; changed in place. Left out, it is not looked at"),
    labels: asSet(z.array(labelSchema).optional()).describe(
      "labels that it has, each of which is there already; changed in place. Left out, they are not looked at",
    ),
    owner: z
      .string()
      .min(1)
      .optional()
      .describe(
        "name, or id, of the CloudTower user whom it belongs to; changed in place. CloudTower does not show it, so that only a change of the plan sets it again; left out, it stays",
      ),
    folder: z.string().min(1).optional().describe("name of the folder that it is in; changed in place"),
    template: z.string().min(1).optional().describe("name, or id, of the template in its cluster that it is made from"),
    contentLibraryTemplate: z
      .string()
      .min(1)
      .optional()
      .describe("name, or id, of the template of the content library that it is made from"),
    clone: z.string().min(1).optional().describe("name, or id, of the machine in its cluster that it is a clone of"),
    snapshot: z
      .string()
      .min(1)
      .optional()
      .describe("name, or id, of the snapshot of a machine in its cluster that it is rebuilt from"),
    fullCopy: z
      .boolean()
      .default(false)
      .describe("whether the source's disks are copied whole, not as far as they are written to later"),
    cloudInit: cloudInitSchema
      .optional()
      .describe(
        "for the first start of a machine that is made from a template; a change is refused. A half-made machine that a later run goes on with has the password and the user data that it was begun with, which that run says",
      ),
    vcpu: z
      .int()
      .min(1)
      .optional()
      .describe("CPUs; changed while the machine is stopped. Left out, those of the source"),
    cpuCores: z.int().min(1).optional().describe("cores of each socket, of which vcpu is a multiple; one unless told"),
    memory: byteSize
      .optional()
      .describe('bytes, or a text like "8 GiB"; changed while the machine is stopped. Left out, that of the source'),
    ha: z.boolean().default(true).describe("started on another host when its own fails; changed in place"),
    haPriority: z
      .enum(["LEVEL_1_LOW", "LEVEL_2_MEDIUM", "LEVEL_3_HIGH"])
      .optional()
      .describe(
        "which machines are started first when a host fails; changed in place, and refused by a CloudTower before 4.8.0. Left out, it is not looked at",
      ),
    firmware: z
      .enum(["BIOS", "UEFI"])
      .optional()
      .describe("how it boots, BIOS or as the source does unless told; a change is refused"),
    guestOsType: z
      .enum(["LINUX", "WINDOWS", "UNKNOWN"])
      .optional()
      .describe("what is installed in it, as CloudTower is told when it is made; a change is refused"),
    videoType: z
      .enum(["CIRRUS", "QXL", "VGA", "VIRTIO"])
      .optional()
      .describe("its graphics card; changed while the machine is stopped"),
    cpuModel: z
      .string()
      .min(1)
      .optional()
      .describe("what its CPUs are to the guest; changed while the machine is stopped"),
    clockOffset: z
      .enum(["LOCALTIME", "UTC"])
      .optional()
      .describe("what its clock shows; changed while the machine is stopped"),
    ioPolicy: z
      .enum(["RESTRICT_WHOLE_VM", "RESTRICT_EACH_DISK"])
      .optional()
      .describe(
        "whether the limits of the machine hold for all its disks together, or each disk has its own; changed in place. Left out, no limits are looked at",
      ),
    ...limitFields,
    hostname: z.string().min(1).optional().describe("name of the guest, set through its tools once they run"),
    dnsServers: z
      .array(z.ipv4())
      .min(1)
      .optional()
      .describe("addresses of the guest's DNS servers, set through its tools once they run"),
    ntpServers: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe(
        "the guest's time servers, set through its tools once they run; CloudTower does not show them, so that only a change of the plan sets them again",
      ),
    guestOsAccount: z
      .strictObject({
        username: z.string().min(1).describe("name of an account that the guest has"),
        password: secret(z.string().min(1)).describe("password that it is given"),
      })
      .optional()
      .describe(
        "an account of the guest, whose password is set through its tools once they run, and again when the plan has another; nobody can read it back",
      ),
    disks: asSet(z.array(diskSchema).optional()).describe(
      "its disks, the source's first; the first boots when it is made, later their order means nothing. Left out, it has those of the source, and what becomes of them is not looked at",
    ),
    cdRoms: z
      .array(
        z.strictObject({
          image: z.string().min(1).optional().describe("name of the ISO image; left out, the drive is empty"),
        }),
      )
      .optional()
      .describe(
        "its drives, by place; images are put in and taken out in place. Left out, what becomes of them is not looked at",
      ),
    nics: z
      .array(nicSchema)
      .optional()
      .describe(
        "its network ports: known by macAddress, else by network and place. Left out, it has those of the source, and what becomes of them is not looked at",
      ),
    status: z
      .enum(["RUNNING", "STOPPED", "SUSPENDED"])
      .default("RUNNING")
      .describe(
        "whether it runs; it is stopped by way of its guest, for which one that is suspended is resumed. A suspended one is resumed for changes of its hardware, too, and suspended again",
      ),
    rollbackTo: z
      .string()
      .min(1)
      .optional()
      .describe(
        "name, or id, of a snapshot of this machine that it is rolled back to, once for each change of this input: the machine is stopped for it, and then brought to the plan. A machine that is made or taken over has it noted, and is not rolled back; left out, nothing is done",
      ),
    waitFor: z
      .enum(["none", "power", "tools", "ip"])
      .default("power")
      .describe(
        "what is waited for of a machine that runs: nothing beyond the task that starts it, that it is shown running, the tools in its guest, or the addresses that those tell",
      ),
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
  .superRefine((vm, context) => {
    const { vcpu, cpuCores, memory, disks = [], nics = [], cloudInit } = vm;
    const issue = (path: (string | number)[], message: string) => context.addIssue({ code: "custom", path, message });
    const [source, ...more] = SOURCES.filter((each) => vm[each] !== undefined);
    for (const other of more) issue([other], `a machine has one source, and it has ${source}`);
    if (!source && vcpu === undefined) issue(["vcpu"], "is missing, and there is no source that has it");
    if (!source && memory === undefined) issue(["memory"], "is missing, and there is no source that has it");
    for (const { field, problem } of loneFields(vm, source !== undefined)) issue([field], problem);
    if (cloudInit && source !== "template" && source !== "contentLibraryTemplate")
      issue(["cloudInit"], "CloudTower gives it to machines that are made from a template alone");
    if (vcpu !== undefined && cpuCores !== undefined && vcpu % cpuCores !== 0)
      issue(["vcpu"], `is no multiple of cpuCores, ${cpuCores}`);
    for (const [at, { name }] of disks.entries())
      if (disks.findIndex((each) => each.name === name) < at)
        issue(["disks", at, "name"], "another disk has that name");
    for (const { field, problem } of looseLimits(vm, "RESTRICT_WHOLE_VM", vm.ioPolicy)) issue([field], problem);
    for (const [at, disk] of disks.entries())
      for (const { field, problem } of looseLimits(disk, "RESTRICT_EACH_DISK", vm.ioPolicy))
        issue(["disks", at, field], problem);
    for (const [at, { ipAddress, subnetMask, gateway, macAddress, qos }] of nics.entries()) {
      for (const way of withoutRate(qos)) issue(["nics", at, "qos", way, "rateLimit"], NO_RATE);
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

export type IoLimits = Pick<VmInputs, keyof typeof limitFields>;

/** Whether it is made from something, whose disks it has. */
export function isCopy(vm: Pick<VmInputs, (typeof SOURCES)[number]>): boolean {
  return SOURCES.some((each) => vm[each] !== undefined);
}

export const vmOutputs = z.strictObject({
  vmId: z.string().describe("id of the machine in CloudTower"),
  localId: z.string().describe("the cluster's own id of the machine"),
  biosUuid: z.string().describe("what the guest sees as its machine's UUID; empty where CloudTower does not tell"),
  hostName: z.string().describe("name of the host that it runs on; empty where it is on none"),
  addresses: asSet(z.array(z.string())).describe("what the tools in the guest tell; empty where none run"),
  macs: z.array(z.string()).describe("hardware address of each network port, in the order of nics, or its own"),
  givenAddresses: asSet(z.array(z.string())).describe(
    "addresses of the plan that the guest was given, by cloud-init or through its tools: address, mask and gateway",
  ),
  hasGivenPassword: z
    .boolean()
    .describe("whether the guest has been given the password of guestOsAccount; false where the plan has none"),
  volumeIds: z.array(z.string()).describe("id of the volume of each disk, in the order of disks, or its own"),
  madeVolumeIds: asSet(z.array(z.string())).describe("those of them that were made with the machine or for it"),
});
export type VmOutputs = z.output<typeof vmOutputs>;
