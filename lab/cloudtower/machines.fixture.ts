import type { LabOptions } from "../lab";
import { type Session, wholeIso } from "../lab.fixture";
import { connect, type Tower, type WithTask, withCluster } from "./tower.fixture";

export interface Vm {
  id: string;
  local_id: string;
  name: string;
  status: string;
  entityAsyncStatus: string | null;
  vm_disks: { id: string }[];
  vm_nics: { id: string }[];
  [field: string]: unknown;
}

export interface Connected {
  tower: Tower;
  session: Session;
  cluster: string;
  /** Id of the network `default`. */
  vlan: string;
}

/** A connected cluster. */
export async function withConnected(options: Partial<LabOptions>, body: (at: Connected) => Promise<void>) {
  await withCluster(options, async (tower, session, password) => {
    const { cluster } = await connect(tower, password);
    // The connection's task, where time stands still.
    tower.lab.site.pass(1);
    await tower.data("/get-clusters");
    tower.lab.site.pass(1);
    const [vlan] = await tower.data<{ id: string }[]>("/get-vlans", { where: { name: "default" } });
    await body({ tower, session, cluster, vlan: vlan?.id ?? "" });
  });
}

const GIB = 2 ** 30;

/** A request for a machine of two CPUs, 4 GiB and one disk of 40 GiB. */
export function vmRequest({ cluster, vlan }: Pick<Connected, "cluster" | "vlan">, name = "web-01") {
  return {
    cluster_id: cluster,
    name,
    description: "a machine",
    ha: true,
    firmware: "BIOS",
    status: "RUNNING",
    cpu_cores: 1,
    cpu_sockets: 2,
    vcpu: 2,
    memory: 4 * GIB,
    vm_nics: [{ connect_vlan_id: vlan, model: "VIRTIO" }],
    vm_disks: {
      mount_new_create_disks: [
        {
          boot: 1,
          bus: "VIRTIO",
          vm_volume: { name: `${name}-os`, size: 40, size_unit: "GB", elf_storage_policy: "REPLICA_2_THIN_PROVISION" },
        },
      ],
    },
  };
}

export async function createVm({ tower }: Connected, request: object): Promise<WithTask> {
  const [made] = await tower.data<WithTask[]>("/create-vm", [request]);
  return made as WithTask;
}

/** A machine that has been made. */
export async function madeVm(at: Connected, request: object = vmRequest(at)): Promise<Vm> {
  const { data } = await createVm(at, request);
  at.tower.lab.site.pass(1);
  await taskOf(at, { resource_id: data.id });
  at.tower.lab.site.pass(1);
  return vmOf(at, data.id);
}

export const vms = ({ tower }: Connected, where = {}) => tower.data<Vm[]>("/get-vms", { where });

export async function vmOf(at: Connected, id: string): Promise<Vm> {
  const [vm] = await vms(at, { id });
  if (!vm) throw new Error(`no machine ${id}`);
  return vm;
}

export interface Task {
  id: string;
  status: string;
  error_message: string | null;
  [field: string]: unknown;
}

export async function taskOf({ tower }: Connected, where: object): Promise<Task> {
  const [task] = await tower.data<Task[]>("/get-tasks", { where, orderBy: "local_created_at_DESC", first: 1 });
  return task as Task;
}

/** Makes one change of machines, lets it end, and returns its task. */
export async function changed(at: Connected, path: string, body: object): Promise<Task> {
  const [answer] = await at.tower.data<WithTask[]>(path, body);
  at.tower.lab.site.pass(1);
  const task = await taskOf(at, { id: answer?.task_id });
  at.tower.lab.site.pass(1);
  return task;
}

/** An ISO image, whole, under CloudTower's id. */
export async function isoImage({ tower, session }: Connected): Promise<string> {
  await wholeIso(tower.lab, session, "linux.iso", Buffer.from("iso"));
  const [image] = await tower.data<{ id: string }[]>("/get-elf-images", { where: { name_contains: "linux" } });
  return image?.id ?? "";
}
