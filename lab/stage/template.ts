import { openSession } from "../smtxos/session";
import type { Builder } from "./builder";
import { uploadImage } from "./image";

/** What virtual machines are made from; in its guest are the tools and cloud-init. */
export const TEMPLATE = "rocky-9";

const GIB = 2 ** 30;

/** What an administrator does: installs a machine from an ISO image, and makes a template of it. */
export function addTemplate({ site, plan, call }: Builder): void {
  const root = site.model.cloudtower?.users.find(({ role }) => role === "ROOT");
  const rest = <T>(path: string, body: unknown, tower: string | null) =>
    call<T>({ method: "POST", path: `/v2/api${path}`, body, tower });
  const account = { username: root?.username, password: root?.password, source: "LOCAL" };
  const { token } = rest<{ data: { token: string } }>("/login", account, null).data;
  uploadImage(call, openSession(site, "root").token, `${TEMPLATE}.iso`);
  const idOf = (path: string, where: object) => rest<{ id: string }[]>(path, { where }, token)[0]?.id;
  const [cluster, network, image] = [
    idOf("/get-clusters", { name: plan.cluster.name }),
    idOf("/get-vlans", { name: "default", type: "VM" }),
    idOf("/get-elf-images", { name: `${TEMPLATE}.iso` }),
  ];
  const where = { name: TEMPLATE };
  const change = (path: string, body: unknown) => {
    rest(path, body, token);
    // Its task ends, and then what it has changed is no longer shown as being changed.
    site.pass(1);
    site.advance();
    site.pass(1);
  };
  change("/create-vm", [
    {
      cluster_id: cluster,
      name: TEMPLATE,
      ha: true,
      firmware: "BIOS",
      status: "RUNNING",
      cpu_cores: 1,
      cpu_sockets: 2,
      vcpu: 2,
      memory: 4 * GIB,
      guest_os_type: "LINUX",
      vm_nics: [{ connect_vlan_id: network, model: "VIRTIO" }],
      vm_disks: {
        mount_cd_roms: [{ boot: 2, index: 1, elf_image_id: image }],
        mount_new_create_disks: [
          {
            boot: 1,
            bus: "VIRTIO",
            vm_volume: { name: TEMPLATE, size: 20 * GIB, elf_storage_policy: "REPLICA_2_THIN_PROVISION" },
          },
        ],
      },
    },
  ]);
  // Until its operating system is installed.
  site.pass(16);
  change("/shutdown-vm", { where });
  change("/eject-iso-from-vm-cd-rom", { where: { type: "CD_ROM", vm: where } });
  change("/clone-vm-template-from-vm", [
    { vm_id: idOf("/get-vms", where), name: TEMPLATE, cloud_init_supported: true, cluster_id: cluster },
  ]);
  change("/delete-vm", { where });
}
