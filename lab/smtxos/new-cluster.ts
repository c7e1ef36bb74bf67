import type { Seeded } from "../random";
import type { LabCluster, LabVds, LabVlan } from "./cluster-model";
import type { Deployment } from "./host-model";

/** The cluster that a deployment leaves: its two switches, their networks and the platform's own `default`. */
export function newCluster(deployment: Deployment, ids: Seeded, since: number): LabCluster {
  const dataIps = new Map(deployment.hosts.map((host) => [host.uuid, host.storageIp]));
  const vdses = deployment.vdses.map(
    (vds): LabVds => ({
      uuid: ids.uuid(`vds ${vds.name}`),
      name: vds.name,
      bondMode: vds.bondMode,
      hosts: vds.hosts.map(({ uuid, nics }) => ({ hostUuid: uuid, nics, dataIp: dataIps.get(uuid) ?? "" })),
      settledAt: since,
    }),
  );
  const networks = deployment.networks.flatMap((network): LabVlan[] => {
    const { name, vlanId, use } = network;
    const vds = vdses.find((each) => each.name === network.vds)?.uuid ?? "";
    const vlan = { vds, vlanId, settledAt: since };
    return [
      { uuid: ids.uuid(`vlan ${name}`), name, use, ...vlan },
      // Made by the platform (facts/planning-workbook.md, D4 is fixed): in no request.
      ...(use === "mgt" ? [{ uuid: ids.uuid("vlan default"), name: "default", use: "vm" as const, ...vlan }] : []),
    ];
  });
  return {
    name: deployment.clusterName,
    serial: ids.uuid("cluster"),
    masters: deployment.masters,
    since,
    managementVip: null,
    iscsiVip: null,
    dns: ["127.0.0.1"],
    ntp: { mode: "internal", servers: [] },
    cpuModel: null,
    ipmi: {},
    vdses,
    vlans: networks,
    images: [],
    vms: [],
    guests: {},
    volumes: [],
    luns: 0,
    jobs: {},
    openJobs: [],
  };
}
