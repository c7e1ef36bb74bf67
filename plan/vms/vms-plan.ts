import { z } from "zod";
import { bytesOfText, isWholeSize, NO_SIZE, NO_WHOLE_SIZE, SIZE_TEXT } from "../../base/byte-size";
import { isUserData, TOO_MUCH_USER_DATA } from "../../base/vm-rules";
import { isAddress } from "../names";

/**
 * The plan of a cluster's virtual machines, in the words of `cloudtower:Vm`: a field that its inputs have by this name is
 * the same here (test/vm-fields.test.ts holds both to it) and goes to it as it is written.
 */

/** Bytes that a size means; undefined where it means none. */
export function bytesOf(size: unknown): number | undefined {
  if (typeof size === "number") return size;
  return typeof size === "string" && SIZE_TEXT.test(size) ? bytesOfText(size) : undefined;
}

const size = z
  .union([z.int().min(1), z.string().regex(SIZE_TEXT, NO_SIZE)], { error: NO_SIZE })
  .refine((written) => bytesOf(written) === undefined || isWholeSize(Number(bytesOf(written))), {
    error: NO_WHOLE_SIZE,
  });

/** One address, or the first and the last of a range. */
const addressOrRange = z
  .string()
  .refine((text) => text.split("-").length <= 2 && text.split("-").every((part) => isAddress(part.trim())), {
    error: "neither an IPv4 address nor a range like 10.1.20.11-10.1.20.40",
  });

/** More of a machine's parts would be a slip of the pen; each is looked at for each machine that it stands for. */
const MOST_PARTS = 64;

function parts<T extends z.ZodType>(each: T) {
  const isFew = (list: unknown[]) => list.length <= MOST_PARTS;
  // Also where one of them is refused.
  const when = ({ value }: { value: unknown }) => Array.isArray(value);
  return z.array(each).refine(isFew, { error: "more than 64 of them", when });
}

const restrict = z.enum(["DYNAMIC", "FORCED"]).optional();
/** Of a machine or of a disk. */
const limitFields = {
  maxIops: z
    .union([z.literal(false), z.int().min(1)])
    .optional()
    .describe("reads and writes a second at most; false: without a limit. Together with ioPolicy of the machine"),
  maxIopsPolicy: restrict.describe(
    "whether that may be exceeded for a while, as CloudTower names it; together with maxIops",
  ),
  maxBandwidth: z
    .union([z.literal(false), size])
    .optional()
    .describe('bytes a second at most: "100 MiB"; false: without a limit. Together with ioPolicy of the machine'),
  maxBandwidthPolicy: restrict.describe(
    "whether that may be exceeded for a while, as CloudTower names it; together with maxBandwidth",
  ),
};

const traffic = z.strictObject({
  enabled: z.boolean().optional().describe("whether the limit holds; true unless told"),
  rateLimit: z.int().min(1).optional().describe("bits a second at most, of a limit that holds"),
  burst: z.int().min(1).optional().describe("bits that may go beyond it at once"),
});

const disk = z.strictObject({
  name: z
    .string()
    .min(1)
    .optional()
    .describe(
      "name of the disk and its volume; unless told, that of the machine's key and the disk's place: `web-01-1`",
    ),
  size: size.optional().describe('"100 GiB"; it may grow. Left out, the volume of that name is mounted'),
  storagePolicy: z
    .enum([
      "REPLICA_1_THICK_PROVISION",
      "REPLICA_1_THIN_PROVISION",
      "REPLICA_2_THICK_PROVISION",
      "REPLICA_2_THIN_PROVISION",
      "REPLICA_3_THICK_PROVISION",
      "REPLICA_3_THIN_PROVISION",
    ])
    .optional()
    .describe("REPLICA_2_THIN_PROVISION unless told"),
  bus: z.enum(["IDE", "SCSI", "VIRTIO"]).optional().describe("VIRTIO unless told"),
  ...limitFields,
});

const nic = z.strictObject({
  vlan: z.string().min(1).describe("name of the network"),
  ipAddress: addressOrRange
    .optional()
    .describe("an address, or a range, of which each machine has the one of its number: see above"),
  firstNumber: z.int().min(0).optional().describe("the number that has the first address of the range; 1 unless told"),
  subnetMask: z.ipv4().optional().describe("255.255.255.0; together with ipAddress"),
  gateway: z.ipv4().optional().describe("default gateway; together with ipAddress"),
  model: z.enum(["VIRTIO", "E1000"]).optional().describe("VIRTIO unless told"),
  macAddress: z
    .string()
    .regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/, "no hardware address in lower case, as 52:54:00:12:34:56")
    .optional()
    .describe("CloudTower gives one unless told"),
  enabled: z.boolean().optional().describe("whether its cable is plugged in; true unless told"),
  mirror: z.boolean().optional().describe("whether it gets the network's mirrored traffic; false unless told"),
  qos: z
    .strictObject({
      ingress: traffic.optional().describe("of what the machine takes"),
      egress: traffic.optional().describe("of what the machine sends"),
    })
    .optional()
    .describe("what goes through it at most"),
});

const cloudInit = z.strictObject({
  hostname: z
    .string()
    .min(1)
    .optional()
    .describe("name of the guest, or of the guests of several machines: `web-{01..18}`"),
  nameservers: z.array(z.ipv4()).max(3).optional().describe("addresses of DNS servers, three at most"),
  publicKeys: z.array(z.string().min(1)).max(10).optional().describe("SSH keys of the default user, ten at most"),
  defaultUserPassword: z.string().min(1).optional().describe("password of the default user"),
  userData: z
    .string()
    .refine(isUserData, TOO_MUCH_USER_DATA)
    .optional()
    .describe("user data, as they are, 32 KiB at most"),
});

/** Fields that go to `cloudtower:Vm` as they are, or as `machinesOf` spells them out: a line each. */
const vmFields = {
  template: z.string().min(1).optional().describe("name of the template that it is made from"),
  contentLibraryTemplate: z
    .string()
    .min(1)
    .optional()
    .describe("name of the template of the content library that it is made from"),
  clone: z.string().min(1).optional().describe("name of the machine that it is a clone of"),
  snapshot: z.string().min(1).optional().describe("name of the snapshot that it is rebuilt from"),
  fullCopy: z.boolean().optional().describe("whether the source's disks are copied whole"),
  cloudInit: cloudInit.optional().describe("what cloud-init in a guest made from a template is given"),
  vcpu: z.int().min(1).optional().describe("CPUs"),
  memory: size.optional().describe('"8 GiB"'),
  cpuCores: z.int().min(1).optional().describe("cores of each socket, of which vcpu is a multiple; 1 unless told"),
  disks: parts(disk).optional().describe("the first boots"),
  nics: parts(nic).optional().describe("network ports"),
  cdRoms: parts(
    z.strictObject({ image: z.string().min(1).optional().describe("name of the ISO image; none unless told") }),
  )
    .optional()
    .describe("drives"),
  description: z.string().trim().optional().describe("free text"),
  host: z.string().min(1).optional().describe("name of the host; CloudTower chooses one unless told"),
  placementGroup: z.string().min(1).optional().describe("name of the placement group"),
  labels: z
    .array(
      z.strictObject({
        key: z.string().min(1).describe("key of the label"),
        value: z.string().optional().describe("value of the label; none unless told"),
      }),
    )
    .optional()
    .describe("labels, each of which is there already: `{ key: room, value: A-03 }`"),
  guestOsType: z.enum(["LINUX", "WINDOWS", "UNKNOWN"]).optional().describe("what is installed in it"),
  videoType: z.enum(["CIRRUS", "QXL", "VGA", "VIRTIO"]).optional().describe("its graphics card"),
  cpuModel: z.string().min(1).optional().describe("what its CPUs are to the guest"),
  clockOffset: z.enum(["LOCALTIME", "UTC"]).optional().describe("what its clock shows"),
  ioPolicy: z
    .enum(["RESTRICT_WHOLE_VM", "RESTRICT_EACH_DISK"])
    .optional()
    .describe(
      "RESTRICT_WHOLE_VM: maxIops and maxBandwidth of the machine hold for all its disks together; RESTRICT_EACH_DISK: each disk has its own",
    ),
  ...limitFields,
  hostname: z
    .string()
    .min(1)
    .optional()
    .describe("name of the guest, or of several: `web-{01..18}`; set through its tools"),
  dnsServers: z
    .array(z.ipv4())
    .min(1)
    .optional()
    .describe("addresses of the guest's DNS servers, set through its tools"),
  guestOsAccount: z
    .strictObject({
      username: z.string().min(1).describe("name of an account that the guest has"),
      password: z.string().min(1).describe("password that it is given"),
    })
    .optional()
    .describe("an account of the guest whose password is set through its tools"),
  ntpServers: z.array(z.string().min(1)).min(1).optional().describe("the guest's time servers, set through its tools"),
  owner: z.string().min(1).optional().describe("name of the CloudTower user whom it belongs to"),
  folder: z.string().min(1).optional().describe("name of the folder"),
  ha: z.boolean().optional().describe("started on another host when its own fails; true unless told"),
  haPriority: z
    .enum(["LEVEL_1_LOW", "LEVEL_2_MEDIUM", "LEVEL_3_HIGH"])
    .optional()
    .describe("which machines are started first when a host fails; from CloudTower 4.8.0 on"),
  firmware: z.enum(["BIOS", "UEFI"]).optional().describe("BIOS unless told"),
  status: z.enum(["RUNNING", "STOPPED", "SUSPENDED"]).optional().describe("RUNNING unless told"),
  rollbackTo: z
    .string()
    .min(1)
    .optional()
    .describe("name of a snapshot of the machine that it is rolled back to, once for each change"),
  waitFor: z
    .enum(["none", "power", "tools", "ip"])
    .optional()
    .describe("what is waited for of a machine that runs; power unless told"),
  forceStop: z.boolean().optional().describe("whether it is switched off where its guest does not shut down"),
  allowRestart: z.boolean().optional().describe("whether it is restarted where a change needs that"),
  allowDestroy: z.boolean().optional().describe("whether it is deleted with more disks than the first"),
  purge: z.boolean().optional().describe("whether it is deleted past the recycle bin"),
  deleteVolumes: z
    .boolean()
    .optional()
    .describe("whether its volumes are deleted with it, or with a disk that is dropped"),
};

/** What a machine is made from, of which it has one: an entry that names its own does not have that of the defaults. */
export const SOURCES = ["iso", "template", "contentLibraryTemplate", "clone", "snapshot"] as const;

/** Whether a machine has the hardware of what it is made from, as far as the plan says nothing else. */
export function isCopy(spec: { [source in (typeof SOURCES)[number]]?: unknown }): boolean {
  return SOURCES.some((source) => source !== "iso" && spec[source] !== undefined);
}

/** Whether it can be given data for cloud-init. */
export function isOfTemplate(spec: { template?: unknown; contentLibraryTemplate?: unknown }): boolean {
  return spec.template !== undefined || spec.contentLibraryTemplate !== undefined;
}

const fields = {
  ...vmFields,
  iso: z.string().min(1).optional().describe("name of the ISO image in the first drive"),
};

const vm = z.strictObject({
  name: z.string().min(1).describe("name of the machine, or of several: `web-{01..18}`"),
  key: z
    .string()
    .min(1)
    .optional()
    .describe(
      "what the stack knows it by, with as many numbers as the name; the name unless told. It stays when the machine is renamed",
    ),
  ...fields,
});

const onHosts = z.strictObject({
  hosts: z.array(z.string().min(1)).min(1).describe("names of hosts of the cluster"),
  policy: z.boolean().optional().describe("false: on none of them; true unless told"),
});

/** As `cloudtower:VmPlacementGroup` has it, word for word. */
const placementGroup = z.strictObject({
  name: z.string().min(1).describe("name of the group, by which machines name it"),
  description: z.string().trim().optional().describe("free text"),
  enabled: z.boolean().optional().describe("whether its policies are heeded; true unless told"),
  vmPolicy: z
    .enum(["MUST_DIFFERENT", "MUST_SAME", "PREFER_DIFFERENT", "PREFER_SAME"])
    .optional()
    .describe("whether its machines must, or had better, stand on one host or on several; anywhere unless told"),
  mustHosts: onHosts.optional().describe("hosts that its machines must stand on, or must not"),
  preferHosts: onHosts.optional().describe("hosts that they had better stand on, or not"),
});

/** Where all of it is written down. */
export const VMS_PAGE = "docs/vms-yaml.md";

export const vmsPlanSchema = z.strictObject({
  kind: z.literal("virtual-machines").describe("what the plan is of"),
  cloudtower: z.string().min(1).describe("address or host name of CloudTower"),
  cluster: z.string().min(1).describe("name of the cluster in CloudTower"),
  placementGroups: z
    .array(placementGroup)
    .optional()
    .describe("placement groups that the stack makes; a machine may be in one that is there already, too"),
  defaults: z
    .strictObject(fields)
    .optional()
    .describe("what machines have that do not say otherwise: all of their fields but name and key"),
  vms: z.array(vm).min(1).describe("the machines"),
});

export type VmsPlan = z.output<typeof vmsPlanSchema>;
export type PlannedGroup = NonNullable<VmsPlan["placementGroups"]>[number];
/** An entry of the plan, which stands for one machine or several. */
export type VmEntry = VmsPlan["vms"][number];
/** What entry and defaults come to. */
export type VmSpec = Omit<VmEntry, "name" | "key">;
