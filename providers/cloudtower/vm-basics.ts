import { pathTo } from "../kernel/path";
import { reasonOf } from "../kernel/wire-errors";
import type { VmChange } from "./vm-change";
import { marked, unmarked } from "./vm-mark";

/** Name, description, ha, CPUs and memory, the last two of a machine that is stopped for it where the plan allows that. */
export async function syncBasics(change: VmChange, isRolledBack: boolean): Promise<void> {
  const { context, wanted } = change;
  const { row } = change.seen;
  const { name, description, ha, haPriority, vcpu, cpuCores, memory } = wanted;
  const areCpusOther =
    (vcpu !== undefined && row.vcpu !== vcpu) || (cpuCores !== undefined && row.cpu.cores !== cpuCores);
  const isMemoryOther = memory !== undefined && row.memory !== memory;
  const bearing = marked(description, context);
  // What is made bears its mark at once; a rollback may have taken it away.
  const isDescribed =
    context.isBegun || isRolledBack
      ? row.description === bearing
      : unmarked(row.description ?? "", context).trim() === description;
  const data: { description?: string; [field: string]: unknown } = {
    ...(row.name === name ? {} : { name }),
    ...(isDescribed ? {} : { description: bearing }),
    ...(row.ha === ha ? {} : { ha }),
    ...(isOther(haPriority, row.ha_priority) ? { ha_priority: haPriority } : {}),
    ...(areCpusOther ? cpusOf(vcpu ?? row.vcpu, cpuCores ?? row.cpu.cores) : {}),
    ...(isMemoryOther ? { memory, memory_unit: "B" } : {}),
  };
  const advanced = {
    ...(isOther(wanted.videoType, row.video_type) ? { video_type: wanted.videoType } : {}),
    ...(isOther(wanted.cpuModel, row.cpu_model) ? { cpu_model: wanted.cpuModel } : {}),
    ...(isOther(wanted.clockOffset, row.clock_offset) ? { clock_offset: wanted.clockOffset } : {}),
  };
  const [hasBasics, hasAdvanced] = [data, advanced].map((each) => Object.keys(each).length > 0);
  if (!hasBasics && !hasAdvanced) return;
  // The mark of one that was taken over comes along with what is changed: alone it is no reason for a write.
  if (hasBasics && row.description !== bearing) data.description = bearing;
  const isRestarted = (areCpusOther || isMemoryOther || hasAdvanced) && row.status === "RUNNING";
  if (isRestarted) await change.stopAsPlanned();
  const parts = {
    name: "name",
    description: "description",
    ha: "ha",
    ha_priority: "its priority",
    vcpu: "CPUs",
    memory: "memory",
  };
  const changed = Object.entries(parts).flatMap(([field, part]) => (field in data ? [part] : []));
  try {
    const where = { id: change.id };
    if (hasBasics) await change.write(`change ${changed.join(", ")}`, pathTo`/update-vm-basic-info`, { where, data });
    if (hasAdvanced)
      await change.write("change the options", pathTo`/update-vm-advanced-options`, { where, data: advanced });
  } catch (error) {
    // It was running, and is not to stay off for a change that was not made.
    if (isRestarted && wanted.status !== "STOPPED")
      await change.start().catch((other) => context.warn(`machine ${name} stays off: ${reasonOf(other)}`));
    throw error;
  }
}

/** Whether the plan says of it, and otherwise. */
function isOther(planned: string | undefined, stands: string | null | undefined): boolean {
  return planned !== undefined && planned !== stands;
}

/** CPUs in sockets of as many cores, or of one where that does not go. */
function cpusOf(vcpu: number, cores: number) {
  const cpu_cores = vcpu % cores === 0 ? cores : 1;
  return { vcpu, cpu_cores, cpu_sockets: vcpu / cpu_cores };
}
