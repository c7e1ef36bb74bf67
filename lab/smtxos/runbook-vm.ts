/** The machine for CloudTower as the runbook asks Fisheye for it (stage 04, POST /api/v2/vms). */
export function runbookVm({ policy, nic, image }: { policy: string | undefined; nic: object; image: string }) {
  return {
    vm_name: "cloudtower",
    description: "",
    vcpu: 8,
    memory: 20_401_094_656,
    cpu: { topology: { sockets: 8, cores: 1 } },
    nics: [nic],
    disks: [
      {
        type: "disk",
        bus: "virtio",
        storage_policy_uuid: policy,
        name: "cloudtower-os",
        quota_policy: null,
        size_in_byte: 429_496_729_600,
      },
      { type: "cdrom", bus: "ide", path: image, disabled: false },
    ],
    ha: true,
    nested_virtualization: false,
    hasNormalVol: false,
    hasSharedVol: false,
    hasVolume: false,
    cpu_model: "cluster_default",
    firmware: "BIOS",
    diskNamePrefix: "cloudtower",
    folder_uuid: null,
    node_ip: null,
    auto_schedule: true,
    quota_policy: null,
    status: "running",
  };
}
