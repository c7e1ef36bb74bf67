import { z } from "zod";
import { NotFound, PlanConflict } from "../kernel/errors";
import { pathTo } from "../kernel/path";
import { cloudtower, type TowerCaller } from "./client";

/** A machine as CloudTower lists it, with every field: it is its configuration too (cloudtower-api-guide, 虚拟机备份). */
const vmRow = z.looseObject({
  id: z.string(),
  name: z.string(),
  status: z.string(),
  vm_tools_status: z.string(),
  cluster: z.looseObject({ name: z.string() }).nullish(),
});
export type ListedVm = z.output<typeof vmRow>;

/**
 * The machine of that name or id, which is not in the recycle bin; in that cluster, or in any. Throws NotFound, and
 * PlanConflict where several have the name.
 */
export async function vmCalled(caller: TowerCaller, called: string, cluster: string | undefined): Promise<ListedVm> {
  const tower = caller.connection.addresses.join(", ");
  const found = await cloudtower(caller).list({
    what: "virtual machines",
    path: pathTo`/get-vms`,
    where: {
      OR: [{ name: called }, { id: called }],
      in_recycle_bin: false,
      ...(cluster !== undefined && { cluster: { name: cluster } }),
    },
    row: vmRow,
  });
  const [vm, ...others] = found;
  const within = cluster === undefined ? "" : ` in cluster ${cluster}`;
  if (!vm)
    throw new NotFound(
      `the CloudTower at ${tower} has no virtual machine ${called}${within}`,
      cluster === undefined ? "names are in CloudTower's spelling" : "--cluster names another cluster",
    );
  if (others.length === 0) return vm;
  const all = found.map(({ id, cluster: in_ }) => `${id}${in_ ? ` in ${in_.name}` : ""}`);
  throw new PlanConflict(
    `the CloudTower at ${tower} has ${found.length} virtual machines ${called}${within}: ${all.join(", ")}`,
    "name the one that is meant by its id",
  );
}
