import { z } from "zod";
import type { Operation } from "../operation";
import type { LabVolume } from "../smtxos/cluster-model";
import { POLICIES } from "./elf-rows";
import { clusterOf, given } from "./keep";
import { changeable, changeOwned } from "./owned";
import { each, parsed, Refused, rest } from "./rest";
import { standingIn } from "./standing";
import { bytes, unit } from "./units";

const whereSchema = z.looseObject({ where: z.looseObject({}) });
const volumeSchema = z.looseObject({ name: z.string().min(1), size: z.int().min(1), size_unit: unit });
const policy = z.enum(POLICIES).optional();
const createSchema = volumeSchema.extend({
  cluster_id: z.string(),
  sharing: z.boolean(),
  // Only 4.8.0 has the other two, and the first as deprecated (facts, part B 5A 12).
  elf_storage_policy: policy,
  elf_replica_storage_policy: policy,
  elf_ec_storage_policy: z.looseObject({}).optional(),
});
const updateSchema = whereSchema.extend({ data: volumeSchema.extend({ description: z.string() }).partial() });

const LOCKED =
  "cloudtower-api-faq, ResourceLockedError: a volume is locked as VM_VOLUME while a task works on it, or on the machine that has it";

/** Volumes of virtual machines: made, changed and deleted by tasks. */
export const vmVolumeOperations: Operation[] = [
  rest({
    id: "createVmVolume",
    path: "/create-vm-volume",
    write: true,
    source: "the vendor's schema: required, and which storage policies",
    assumed:
      "units of 1024; volumes of one name in a cluster may be many, as a public client has seen; limits are not heeded",
    example: {
      when: "makes",
      request: ({ idOf }) => [
        {
          cluster_id: idOf("Cluster"),
          name: "data-01",
          size: 1,
          size_unit: "GB",
          sharing: false,
          elf_storage_policy: "REPLICA_2_THIN_PROVISION",
        },
      ],
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) =>
      each(createSchema, call.body, (asked) => {
        const cluster = clusterOf(tower, asked.cluster_id);
        const name = asked.elf_ec_storage_policy
          ? "EC"
          : (asked.elf_replica_storage_policy ?? asked.elf_storage_policy);
        if (!name) throw new Refused(400, `volume ${asked.name} has no elf_storage_policy`);
        const volume: LabVolume = {
          uuid: site.id(`volume ${cluster.id} ${asked.name}`),
          name: asked.name,
          size: bytes(asked.size, asked.size_unit),
          policy: name,
          sharing: asked.sharing,
          createdAt: site.now,
        };
        return changeOwned(site, tower, call, cluster, "volume", volume, { does: "create" });
      }),
  }),
  rest({
    id: "updateVmVolume",
    path: "/update-vm-volume",
    write: true,
    source: `the vendor's schema, 304 without a body for no change; ${LOCKED}`,
    assumed: "what is left out stays; 400 for a smaller size; a volume that a machine has grows while that runs",
    example: {
      when: "changes",
      request: () => ({ where: { name: "data-01" }, data: { name: "data-02", size: 2, size_unit: "GB" } }),
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(updateSchema, call.body);
      const { name, description } = data;
      const size = data.size === undefined ? undefined : bytes(data.size, data.size_unit);
      const to = given({ name, description, size });
      const found = changeable(site, tower, "volume", where);
      for (const { object } of found)
        if (size !== undefined && size < object.size)
          throw new Refused(400, `volume ${object.name} has ${object.size} bytes and cannot shrink to ${size}`);
      const differs = found.filter(({ object }) =>
        Object.entries(to).some(([field, value]) => object[field as keyof LabVolume] !== value),
      );
      if (differs.length === 0) return { status: 304, body: undefined };
      const body = differs.map(({ cluster, object }) =>
        changeOwned(site, tower, call, cluster, "volume", object, { does: "update", to }),
      );
      return { status: 200, body };
    },
  }),
  rest({
    id: "deleteVmVolume",
    path: "/delete-vm-volume",
    write: true,
    source: `the vendor's schema; ${LOCKED}`,
    assumed: "400 for a volume that a machine has; there are no snapshots of volumes",
    example: { when: "ends", request: () => ({ where: { name: "data-02" } }) },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where } = parsed(whereSchema, call.body);
      const found = changeable(site, tower, "volume", where);
      for (const { cluster, object } of found) {
        const holder = standingIn(site, cluster)?.vms.find(({ disks }) =>
          disks.some(({ volume }) => volume === object.uuid),
        );
        if (holder) throw new Refused(400, `volume ${object.name} is mounted in ${holder.name}`);
      }
      const body = found.map(({ cluster, object }) =>
        changeOwned(site, tower, call, cluster, "volume", object, { does: "delete" }),
      );
      return { status: 200, body };
    },
  }),
];
