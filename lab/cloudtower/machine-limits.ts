import { z } from "zod";
import type { Operation } from "../operation";
import type { LabLimits, LabVm } from "../smtxos/cluster-model";
import { oneOf } from "../switch";
import { ioPolicySchema, limitsSchema, readLimits } from "./limits";
import { changeVm, checkMade, LOCKS, onVms, updated } from "./machine-change";
import { parsed, Refused, rest } from "./rest";

export const ioLimitLeftOut = oneOf(
  "ioLimitLeftOut",
  ["lifted", "stays"],
  "A limit of a machine or a disk that /update-vm-io-policy is not told.",
  "the schema has every limit as optional and none as null: a request may be the whole of the limits, or what changes of them",
);

const updateSchema = z.looseObject({
  where: z.looseObject({}),
  data: z.looseObject({
    io_policy: ioPolicySchema,
    whole_vm: limitsSchema.optional(),
    each_disk: z.array(z.looseObject({ boot: z.int(), data: limitsSchema })).optional(),
  }),
});

/** What machines and their disks read and write at most. */
export const machineLimitOperations: Operation[] = [
  rest({
    id: "updateVmIoPolicy",
    path: "/update-vm-io-policy",
    write: true,
    source: `the vendor's schema: disks by their boot; ${LOCKS}`,
    assumed:
      "a change that changes nothing takes a task; a policy, and a disk or the machine as a whole, that is not told stays as it is; limits of the policy that does not hold are kept and shown; units of 1024; also while the machine runs; 404 for a disk that is none of the machine's",
    switches: [ioLimitLeftOut],
    example: {
      when: "changes",
      request: ({ idOf }) => ({
        where: { id: idOf("Vm") },
        data: { io_policy: "RESTRICT_WHOLE_VM", whole_vm: { max_iops: 500, max_iops_policy: "DYNAMIC" } },
      }),
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(updateSchema, call.body);
      const { io_policy, whole_vm, each_disk = [] } = data;
      const isWhole = site.switches.of(ioLimitLeftOut) === "lifted";
      const changed = (limits: LabLimits = {}, to: z.output<typeof limitsSchema> | undefined) =>
        to ? { ...(isWhole ? {} : limits), ...readLimits(to) } : limits;
      return onVms(site, tower, where, (machine) => {
        const { vm, isNew } = machine;
        checkMade(vm, isNew);
        const missing = each_disk.find(({ boot }) => !vm.disks[boot - 1]);
        if (missing) throw new Refused(404, `disk ${missing.boot} is not found in ${vm.name}`);
        const disks = vm.disks.map((disk, index) => {
          const limits = changed(disk.limits, each_disk.find(({ boot }) => boot === index + 1)?.data);
          return { ...disk, limits };
        });
        const to: Partial<LabVm> = {
          ...(io_policy && { ioPolicy: io_policy }),
          limits: changed(vm.limits, whole_vm),
          disks,
        };
        return changeVm(site, tower, call, machine, "updateVmIoPolicy", updated(to));
      });
    },
  }),
];
