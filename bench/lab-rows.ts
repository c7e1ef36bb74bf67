import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startLab } from "../lab/lab";
import { ask, labPlan, standing, VIP } from "../lab/lab.fixture";

/**
 * `npm run bench`: how long the lab's CloudTower takes over its lists with 2,000 virtual machines in them (another number
 * as argument), each of one disk and one NIC, and over the creation of one more. To hold: nothing that is asked for by
 * an id, and no creation, takes longer than a client waits without noticing.
 */
const TOWER = "10.0.20.15";
const VMS = Number(process.argv[2] ?? 2_000);
/** Machines a request. */
const AT_ONCE = 50;
const RUNS = 5;

interface Row {
  id: string;
}

async function bench(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "lab-"));
  const plan = { ...labPlan(), cloudtower: { address: TOWER } };
  const lab = await startLab({ plan, dir, speed: "instant" });
  let token = "";
  async function post<T>(path: string, body: unknown = {}): Promise<T> {
    const headers = { "x-smartx-token": "", ...(token && { authorization: token }) };
    const reply = await ask(lab, "POST", `/v2/api${path}`, { at: TOWER, body, headers });
    if (reply.status !== 200) throw new Error(`${path}: ${reply.status} ${reply.text}`);
    return reply.body as T;
  }
  async function measure(what: string, work: () => Promise<unknown>): Promise<void> {
    const measured: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      const start = performance.now();
      await work();
      measured.push(performance.now() - start);
    }
    const median = measured.sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0;
    console.log(`${what}: ${median.toFixed(1)} ms (median of ${RUNS})`);
  }
  try {
    await standing(lab, plan);
    lab.smtxos.setManagementVip(VIP);
    lab.cloudtower.install();
    await lab.site.settled;
    await post("/create-root-user", { password: "bench" });
    const login = { username: "root", source: "LOCAL", password: "bench" };
    token = (await post<{ data: { token: string } }>("/login", login)).data.token;
    await post("/create-organization", [{ name: "C89" }]);
    const [organization] = await post<Row[]>("/get-organizations");
    const [datacenter] = await post<{ data: Row }[]>("/create-datacenter", [
      { name: "DC-01", organization_id: organization?.id },
    ]);
    const password = lab.site.model.cluster?.rootPassword;
    const connection = { ip: VIP, username: "root", password, datacenter_id: datacenter?.data.id };
    const [cluster] = await post<{ data: Row }[]>("/connect-cluster", [connection]);
    const [vlan] = await post<Row[]>("/get-vlans", { where: { name: "default" } });
    const create = (names: string[]) =>
      post<{ data: Row }[]>(
        "/create-vm",
        names.map((name) => vmRequest(name, cluster?.data.id, vlan?.id)),
      );

    const start = performance.now();
    const ids: string[] = [];
    for (let from = 0; from < VMS; from += AT_ONCE) {
      const names = Array.from({ length: Math.min(AT_ONCE, VMS - from) }, (_, index) => `vm-${from + index}`);
      ids.push(...(await create(names)).map(({ data }) => data.id));
    }
    console.log(`${VMS} machines made, ${AT_ONCE} a request: ${((performance.now() - start) / 1_000).toFixed(1)} s`);

    const vm = { id: ids[Math.floor(ids.length / 2)] };
    const page = { first: 100, orderBy: "id_ASC" };
    let more = 0;
    await measure("every machine in one list", () => post("/get-vms"));
    await measure("a page of 100 machines", () => post("/get-vms", page));
    await measure("the machine of an id", () => post("/get-vms", { where: vm }));
    await measure("the machine of a name", () => post("/get-vms", { where: { name: "vm-7" } }));
    await measure("the disks of a machine", () => post("/get-vm-disks", { where: { vm } }));
    await measure("the NICs of a machine", () => post("/get-vm-nics", { where: { vm } }));
    await measure("every disk in one list", () => post("/get-vm-disks"));
    await measure("every volume in one list", () => post("/get-vm-volumes"));
    await measure("one machine more, and the look that ends its task", async () => {
      const [made] = await create([`more-${more++}`]);
      await post("/get-vms", { where: { id: made?.data.id } });
    });
  } finally {
    await lab.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

function vmRequest(name: string, cluster: string | undefined, vlan: string | undefined): object {
  const policy = { elf_storage_policy: "REPLICA_2_THIN_PROVISION" };
  return {
    cluster_id: cluster,
    name,
    ha: true,
    firmware: "BIOS",
    status: "STOPPED",
    cpu_cores: 1,
    cpu_sockets: 2,
    vcpu: 2,
    memory: 4 * 2 ** 30,
    vm_nics: [{ connect_vlan_id: vlan, model: "VIRTIO" }],
    vm_disks: {
      mount_new_create_disks: [
        { boot: 1, bus: "VIRTIO", vm_volume: { name: `${name}-os`, size: 40, size_unit: "GB", ...policy } },
      ],
    },
  };
}

bench().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
