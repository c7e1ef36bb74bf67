import { allRows } from "../../lab/cloudtower/tables";
import type { LabTower, TowerVersion } from "../../lab/cloudtower/tower-model";
import type { Lab } from "../../lab/lab";
import { labPlan, standing, VIP } from "../../lab/lab.fixture";
import type { LabVm } from "../../lab/smtxos/cluster-model";
import type { ResourceSpec } from "../kit/program";
import { type BeginSite, type LabSite, type LabTemplate, labSites, labTemplate } from "./lab-site";

const TOWER = "10.0.20.15";
/** What `standing` sets for Fisheye's root, and what CloudTower's root is given. */
export const CLUSTER_PASSWORD = "Canary-Root-1";
export const TOWER_PASSWORD = "Canary-Tower-1";

export const towerConnection = { name: "TOWER", addresses: [TOWER], username: "root", password: TOWER_PASSWORD };
const clusterConnection = { name: "HCI-01", addresses: [VIP], username: "root", password: CLUSTER_PASSWORD };

/**
 * A lab whose cluster stands behind its VIP, and whose CloudTower is installed and was never set up, unless `goOn` does
 * that.
 */
export function towerTemplate(
  cloudtowerVersion: TowerVersion = "4.6.0",
  goOn?: (lab: Lab) => Promise<void>,
): Promise<LabTemplate> {
  const plan = { ...labPlan(), cloudtower: { address: TOWER } };
  const bringUp = async (lab: Lab) => {
    await standing(lab, plan);
    lab.smtxos.setManagementVip(VIP);
    lab.cloudtower.install();
    await lab.site.settled;
    await goOn?.(lab);
  };
  return labTemplate(plan, bringUp, { cloudtowerVersion });
}

/** Sites with CloudTower for the tests of a file, of these versions; of the first of them unless told. */
export function towerSites(
  ...versions: [TowerVersion, ...TowerVersion[]]
): (version?: TowerVersion, ...site: Parameters<BeginSite>) => Promise<LabSite> {
  const of = Object.fromEntries(versions.map((version) => [version, labSites(() => towerTemplate(version))]));
  return (version = versions[0], ...site) => (of[version] as BeginSite)(...site);
}

/** A machine that somebody makes in the cluster. */
export const MACHINE: LabVm = {
  uuid: "6b1f0c52-3c1b-4d0e-9d2a-2f1d7c6f0a11",
  name: "web-01",
  description: "",
  vcpu: 1,
  sockets: 1,
  cores: 1,
  memory: 2 ** 30,
  ha: true,
  nestedVirtualization: false,
  cpuModel: "cluster_default",
  firmware: "BIOS",
  autoSchedule: true,
  nics: [],
  disks: [],
  cdroms: [],
  status: "stopped",
  createdAt: 0,
  installed: false,
};

/** Somebody makes a machine in the cluster; CloudTower's id of it. */
export function addMachine({ site }: Lab): string {
  site.change(({ cluster }) => cluster?.vms.push(structuredClone(MACHINE)));
  const [vm] = allRows(site, site.model.cloudtower as LabTower, "Vm");
  if (!vm) throw new Error("CloudTower shows no machine: is the cluster connected?");
  return vm.id;
}

export interface TowerWanted {
  organization?: string;
  datacenter?: string;
  address?: string;
  clusterPassword?: string;
  tower?: Record<string, unknown>;
}

/** Set-up, organisation, datacenter and the cluster's connection, each after the one before it. */
export function connectedTower({
  organization = "C89",
  datacenter = "DC-01",
  address = VIP,
  clusterPassword = CLUSTER_PASSWORD,
  tower = {},
}: TowerWanted = {}): ResourceSpec[] {
  const connection = { ...towerConnection, ...tower };
  return [
    { type: "cloudtower:Setup", name: "setup", args: { connection } },
    {
      type: "cloudtower:Organization",
      name: "organization",
      args: { connection, name: organization },
      options: { dependsOn: ["setup"] },
    },
    {
      type: "cloudtower:Datacenter",
      name: "datacenter",
      args: { connection, organization: { $ref: "organization.organizationId" }, name: datacenter },
      options: { dependsOn: ["organization"] },
    },
    {
      type: "cloudtower:ClusterConnection",
      name: "cluster",
      args: {
        connection,
        cluster: { ...clusterConnection, password: clusterPassword },
        address,
        datacenter: { $ref: "datacenter.datacenterId" },
      },
      options: { dependsOn: ["datacenter"] },
    },
  ];
}
