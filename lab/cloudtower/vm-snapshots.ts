import { z } from "zod";
import type { Operation } from "../operation";
import type { LabSnapshot } from "../smtxos/cluster-model";
import { toolsRun } from "../smtxos/guest";
import { freeze } from "./frozen";
import { checkMade, LOCKS, unlocked } from "./machine-change";
import { changeable, changeOwned } from "./owned";
import { parsed, Refused, rest } from "./rest";
import { vmsById } from "./shown-vms";
import { siteOf } from "./tower-site";

const whereSchema = z.looseObject({ where: z.looseObject({}) });
const createSchema = z.looseObject({
  data: z.array(
    z.looseObject({
      vm_id: z.string(),
      name: z.string().min(1),
      consistent_type: z.enum(["CRASH_CONSISTENT", "FILE_SYSTEM_CONSISTENT"]).optional(),
    }),
  ),
});

/** Snapshots of virtual machines: made and deleted by tasks. */
export const vmSnapshotOperations: Operation[] = [
  rest({
    id: "createVmSnapshot",
    path: "/create-vm-snapshot",
    write: true,
    source: `the vendor's schema: in one data for all; cloudtower-api-guide, 创建虚拟机快照: crash consistent unless asked otherwise, and FILE_SYSTEM_CONSISTENT where the tools run; ${LOCKS}`,
    assumed:
      "400 for FILE_SYSTEM_CONSISTENT where no tools run; snapshots of one name may be many; the machine itself is not locked for it",
    example: { when: "makes", request: ({ idOf }) => ({ data: [{ vm_id: idOf("Vm"), name: "before" }] }) },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { data } = parsed(createSchema, call.body);
      const all = vmsById(site, tower);
      const body = data.map(({ vm_id, name, consistent_type: consistency = "CRASH_CONSISTENT" }) => {
        const shown = unlocked(site, all, vm_id);
        const { cluster, vm, isNew } = shown;
        checkMade(vm, isNew);
        if (consistency === "FILE_SYSTEM_CONSISTENT" && !toolsRun(siteOf(site, cluster), vm))
          throw new Refused(400, `no tools run in ${vm.name}`);
        const snapshot: LabSnapshot = { ...freeze(site, shown, name), consistency };
        return changeOwned(site, tower, call, cluster, "snapshot", snapshot, { does: "create" });
      });
      return { status: 200, body };
    },
  }),
  rest({
    id: "deleteVmSnapshot",
    path: "/delete-vm-snapshot",
    write: true,
    source: "the vendor's schema",
    assumed: "machines that were made from it stay",
    example: { when: "ends", request: () => ({ where: { name: "before" } }) },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where } = parsed(whereSchema, call.body);
      const body = changeable(site, tower, "snapshot", where).map(({ cluster, object }) =>
        changeOwned(site, tower, call, cluster, "snapshot", object, { does: "delete" }),
      );
      return { status: 200, body };
    },
  }),
];
