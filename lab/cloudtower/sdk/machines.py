"""Makes machines with the vendor's SDK, where it is told to, and prints those that it sees, by name: one JSON object.

Arguments: URL of the REST API, CA file, name in the certificate. Standard input: password of root, and then, as a line of
JSON, the creation's request without the ids of cluster and networks (a network goes by its name), or null.
"""

import json
import sys
import time

from cloudtower import ApiClient
from cloudtower.api.cluster_api import ClusterApi
from cloudtower.api.vlan_api import VlanApi
from cloudtower.api.vm_api import VmApi
from cloudtower.api.vm_disk_api import VmDiskApi
from cloudtower.api.vm_nic_api import VmNicApi
from cloudtower.api.vm_volume_api import VmVolumeApi
from cloudtower.configuration import Configuration
from cloudtower.utils import login, wait_tasks

url, ca, name_in_certificate = sys.argv[1:4]
password = sys.stdin.readline().rstrip("\n")
wanted = json.loads(sys.stdin.readline())
configuration = Configuration(host=url)
configuration.ssl_ca_cert = ca
configuration.assert_hostname = name_in_certificate
client = ApiClient(configuration)
login(client, "root", password)
vms = VmApi(client)


def idle(id):
    """A machine once nothing is done with it any more."""
    for _ in range(500):
        vm = vms.get_vms({"where": {"id": id}})[0]
        if vm.entity_async_status is None:
            return vm
        time.sleep(0.02)
    raise AssertionError("machine %s stays %s" % (id, vm.entity_async_status))


if wanted is not None:
    cluster = ClusterApi(client).get_clusters({})[0].id
    networks = {vlan.name: vlan.id for vlan in VlanApi(client).get_vlans({"where": {"type": "VM"}})}
    nics = [{**{k: v for k, v in nic.items() if k != "vlan"}, "connect_vlan_id": networks[nic["vlan"]]} for nic in wanted["vm_nics"]]
    made = vms.create_vm([{**wanted, "cluster_id": cluster, "vm_nics": nics}])[0]
    wait_tasks([made.task_id], client, interval=0.02, timeout=60)
    idle(made.data.id)


def shown(vm):
    """All that a plan has of a machine, and what CloudTower calls it."""
    of = {"where": {"vm": {"id": vm.id}}}
    volumes = {volume.id: volume for volume in VmVolumeApi(client).get_vm_volumes({})}
    disks = sorted(VmDiskApi(client).get_vm_disks(of), key=lambda disk: disk.boot)
    nics = sorted(VmNicApi(client).get_vm_nics(of), key=lambda nic: nic.order)
    return {
        "id": vm.id,
        "local_id": vm.local_id,
        "bios_uuid": vm.bios_uuid,
        "description": vm.description,
        "folder": vm.folder and vm.folder.name,
        "vcpu": vm.vcpu,
        "cores": vm.cpu.cores,
        "memory": vm.memory,
        "ha": vm.ha,
        "firmware": vm.firmware,
        "status": vm.status,
        "host": vm.host and vm.host.name,
        "disks": [
            [volumes[disk.vm_volume.id].name, volumes[disk.vm_volume.id].size, volumes[disk.vm_volume.id].elf_storage_policy, disk.bus]
            for disk in disks
            if disk.type == "DISK"
        ],
        "volumes": [disk.vm_volume.id for disk in disks if disk.type == "DISK"],
        "drives": [disk.elf_image and disk.elf_image.name for disk in disks if disk.type == "CD_ROM"],
        "nics": [[nic.vlan.name, nic.model, nic.enabled, nic.mirror, nic.mac_address] for nic in nics],
    }


print(json.dumps({vm.name: shown(vm) for vm in vms.get_vms({})}))
