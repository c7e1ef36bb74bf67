import type { Lab } from "../../lab/lab";
import { bondOf } from "../../lab/smtxos/jobs";
import type { ResourceSpec } from "../kit/program";

export interface MachineFromImage {
  iso: { name: string; size: number; file: string };
  vm?: Record<string, unknown>;
  address?: { ip: string; netmask: string; gateway?: string };
  password?: string;
}

/** An ISO image and a virtual machine that is installed from it, by the look-ups, as plain data. */
export function machineFromImage(
  { site }: Lab,
  { iso, vm, address, password = "Canary-Root-1" }: MachineFromImage,
): ResourceSpec[] {
  const connection = {
    name: "HCI-01",
    // Not by the VIP: in labs that come and go, another one may have got its port meanwhile.
    addresses: site.model.hosts.map(({ managementIp }) => managementIp),
    username: "root",
    password,
  };
  const image: ResourceSpec = { type: "smtxos:IsoImage", name: "iso", args: { connection, ...iso } };
  if (!vm) return [image];
  return [
    image,
    { type: "smtxos:StoragePolicy", name: "policy", args: { connection, name: "default" } },
    { type: "smtxos:DeployedSwitch", name: "switch", args: { connection, name: "VDS-MGT" } },
    {
      type: "smtxos:PlatformVlan",
      name: "vlan",
      args: { connection, vds: { $ref: "switch.uuid" }, name: "default" },
      options: { dependsOn: ["switch"] },
    },
    {
      type: "smtxos:Vm",
      name: "vm",
      args: {
        connection,
        name: "cloudtower",
        disks: [{ name: "cloudtower-os", storagePolicy: { $ref: "policy.uuid" } }],
        cdroms: [{ $ref: "iso.path" }],
        nics: [{ bridge: { $ref: "switch.bridge" }, vlan: { $ref: "vlan.uuid" }, ...(address && { address }) }],
        ...vm,
      },
      options: { dependsOn: ["iso", "policy", "switch", "vlan"] },
    },
  ];
}

/** The bridge of the management switch, as the site names it. */
export function managementBridge({ site }: Lab): string | undefined {
  const vds = site.model.cluster?.vdses.find(({ name }) => name === "VDS-MGT");
  return vds && bondOf(site, vds).ovsbr_name;
}
