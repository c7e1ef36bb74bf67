import { z } from "zod";
import type { Answer, Call, Operation } from "../operation";
import type { SiteState } from "../site-state";
import type { LabVmNic } from "../smtxos/cluster-model";
import { toolsRun } from "../smtxos/guest";
import { oneOf } from "../switch";
import { qosSchema, readQos } from "./limits";
import { changeVm, checkMade, LOCKS, onVms, updated, vmsOfParts } from "./machine-change";
import { parsed, Refused, rest } from "./rest";
import type { Shown } from "./shown-vms";
import type { LabTower } from "./tower-model";
import { siteOf } from "./tower-site";
import { networkOf, nicChangeSchema, nicSchema, readNic } from "./vm-spec";

export const qosLeftOut = oneOf(
  "qosLeftOut",
  ["stays", "lifted"],
  "The limit of a direction of a NIC that /update-vm-nic-qos-option is not told.",
  "the schema has either direction as optional: a request may be all that holds, or what changes of it",
);

const whereSchema = z.looseObject({ where: z.looseObject({}) });
const addSchema = whereSchema.extend({ data: z.looseObject({ vm_nics: z.array(nicSchema).min(1) }) });
const removeSchema = whereSchema.extend({ effect: z.looseObject({ vm_ids: z.array(z.string()).min(1).optional() }) });
const advanceSchema = whereSchema.extend({ data: nicChangeSchema.extend({ nic_id: z.string().optional() }) });
const qosChangeSchema = whereSchema.extend({ data: z.looseObject({ qos: qosSchema.optional() }) });
const addressSchema = whereSchema.extend({
  data: z.looseObject({
    ip_address: z.ipv4().optional(),
    subnet_mask: z.ipv4().optional(),
    gateway: z.string().optional(),
  }),
});

/** NICs of virtual machines. */
export const machineNicOperations: Operation[] = [
  rest({
    id: "addVmNic",
    path: "/add-vm-nic",
    write: true,
    source: `the vendor's schema; cloudtower-api-faq: connect_vlan_id is the network's id; ${LOCKS}`,
    assumed:
      "also while the machine runs; new NICs come after those that stand; PCI NICs and a NIC's address are not heeded; a MAC address that another NIC has is taken all the same; 404 for a network that is not there",
    example: {
      when: "changes",
      request: ({ idOf }) => ({
        where: { id: idOf("Vm") },
        data: { vm_nics: [{ connect_vlan_id: idOf("Vlan", { name: "default" }), model: "VIRTIO" }] },
      }),
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(addSchema, call.body);
      return onVms(site, tower, where, (machine) => {
        const { cluster, standing, vm, isNew } = machine;
        checkMade(vm, isNew);
        const more = data.vm_nics.map((nic) => readNic(site, cluster, standing, nic, site.id(`nic of ${vm.uuid}`)));
        return changeVm(site, tower, call, machine, "addVmNic", updated({ nics: [...vm.nics, ...more] }));
      });
    },
  }),
  rest({
    id: "updateVmNicAdvanceInfo",
    path: "/update-vm-nic-advance-info",
    write: true,
    source: `the vendor's schema, 304 without a body for no change; ${LOCKS}`,
    assumed:
      "what is left out stays; also while the machine runs; a MAC address that another NIC has is taken all the same; 404 for a network that is not there",
    example: {
      when: "changes",
      request: ({ idOf }) => ({ where: { id: idOf("VmNic") }, data: { enabled: false, mirror: true } }),
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(advanceSchema, call.body);
      if (data.nic_id !== undefined) throw new Refused(501, "the lab passes no host's port through to a machine");
      const { connect_vlan_id: network, enabled, mirror, mac_address } = data;
      return changeNics(site, tower, call, where, (nic, { cluster, standing }) => ({
        ...nic,
        ...(network !== undefined && networkOf(site, cluster, standing, network)),
        mac: mac_address ?? nic.mac,
        mirror: mirror ?? nic.mirror,
        link: enabled === undefined ? nic.link : enabled ? "up" : "down",
      }));
    },
  }),
  rest({
    id: "updateVmNicQosOption",
    path: "/update-vm-nic-qos-option",
    write: true,
    source: `the vendor's schema: by a condition on NICs, 304 without a body for no change; ${LOCKS}`,
    assumed: "units of 1000; also while the machine runs",
    switches: [qosLeftOut],
    example: {
      when: "changes",
      request: ({ idOf }) => ({
        where: { id: idOf("VmNic") },
        data: { qos: { egress: { enabled: true, rate_limit: 100, rate_limit_unit: "Mbps" } } },
      }),
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(qosChangeSchema, call.body);
      return changeNics(site, tower, call, where, (nic) => ({
        ...nic,
        ...(data.qos && { qos: readQos(site.switches.of(qosLeftOut) === "stays" ? nic : {}, data.qos) }),
      }));
    },
  }),
  rest({
    id: "updateVmNicBasicInfo",
    path: "/update-vm-nic-basic-info",
    write: true,
    source:
      "cloudtower-api-faq, 配置网络: the guest's tools must run; facts, part B 5A 13: by a condition on NICs, 304 without a body for no change",
    assumed: "400 while no tools run; what is left out stays",
    example: {
      when: "changes",
      request: ({ idOf }) => ({
        where: { id: idOf("VmNic") },
        data: { ip_address: "10.0.30.5", subnet_mask: "255.255.255.0" },
      }),
      status: 400,
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(addressSchema, call.body);
      return changeNics(site, tower, call, where, (nic, { cluster, vm }) => {
        if (!toolsRun(siteOf(site, cluster), vm)) throw new Refused(400, `no tools run in virtual machine ${vm.name}`);
        return withAddress(nic, data);
      });
    },
  }),
  rest({
    id: "removeVmNicByWhere",
    path: "/remove-vm-nic-by-where",
    write: true,
    source: `the vendor's schema: by a condition on NICs, and of which machines; ${LOCKS}`,
    assumed: "also while the machine runs; of every machine where vm_ids are left out; 404 where none of those has one",
    example: { when: "changes", request: ({ idOf }) => ({ where: { id: idOf("VmNic") }, effect: {} }) },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, effect } = parsed(removeSchema, call.body);
      const { vm_ids: ids } = effect;
      const of = ids === undefined ? where : { AND: [where, { vm: { id_in: ids } }] };
      const body = vmsOfParts(site, tower, "VmNic", of).map(({ machine, indices }) => {
        const nics = machine.vm.nics.filter((_nic, index) => !indices.includes(index));
        return changeVm(site, tower, call, machine, "removeVmNic", updated({ nics }));
      });
      return { status: 200, body };
    },
  }),
];

/** Changes the NICs that a condition finds: a task for each machine of which one differs, 304 without a body where none does. */
function changeNics(
  site: SiteState,
  tower: LabTower,
  call: Call,
  where: object,
  change: (nic: LabVmNic, machine: Shown) => LabVmNic,
): Answer {
  const changes = vmsOfParts(site, tower, "VmNic", where).map(({ machine, indices }) => ({
    machine,
    nics: machine.vm.nics.map((nic, index) => (indices.includes(index) ? change(nic, machine) : nic)),
  }));
  const differs = changes.filter(({ machine, nics }) => JSON.stringify(nics) !== JSON.stringify(machine.vm.nics));
  if (differs.length === 0) return { status: 304, body: undefined };
  const body = differs.map(({ machine, nics }) => changeVm(site, tower, call, machine, "updateVm", updated({ nics })));
  return { status: 200, body };
}

function withAddress(nic: LabVmNic, data: z.output<typeof addressSchema>["data"]): LabVmNic {
  const { ip = "", netmask = "", gateway = "" } = nic.address ?? {};
  const address = {
    ip: data.ip_address ?? ip,
    netmask: data.subnet_mask ?? netmask,
    gateway: data.gateway ?? gateway,
  };
  if (address.ip === "" || address.netmask === "")
    throw new Refused(400, "a NIC's address needs ip_address and subnet_mask");
  return { ...nic, address };
}
