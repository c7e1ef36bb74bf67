import { createHash } from "node:crypto";
import type { SitePlan } from "../../plan/site-plan";
import type { ResourceSpec } from "../kit/program";

/** The names of a site's resources, in the order in which they stand on one another. */
export type SiteResource = "cluster" | "admin" | "license" | "vip" | "delivered" | "guard";
const ALL: SiteResource[] = ["cluster", "admin", "license", "vip", "delivered", "guard"];

/** The planning workbook of such a site, and its delivered copy, in a project's folder. */
export const deliveredFiles = { source: "stacks/test/plan.xlsx", target: "stacks/test/delivered/plan.xlsx" };

/** A site's resources as plain data, as components/site.ts registers them, but with no component above. */
export function siteProgram(plan: SitePlan, workbook: Uint8Array, names: SiteResource[] = ALL): ResourceSpec[] {
  const connection = {
    name: plan.cluster.name,
    // Not by the VIP: in labs that come and go, another one may have got its port meanwhile.
    addresses: plan.hosts.map((host) => host.management),
    ...plan.cluster.admin,
  };
  const specs: Record<SiteResource, Omit<ResourceSpec, "name">> = {
    cluster: {
      type: "smtxos:Cluster",
      args: {
        connection,
        name: plan.cluster.name,
        hosts: plan.hosts.map(({ name, management, storage }) => ({
          hostname: name,
          managementIp: management,
          storageIp: storage,
        })),
        management: networkOf(plan.management),
        storage: networkOf(plan.storage),
        storageArchitecture: plan.cluster.storage,
        boost: plan.cluster.boost,
      },
    },
    admin: { type: "smtxos:AdminPassword", args: { connection } },
    license: { type: "smtxos:License", args: { connection } },
    vip: { type: "smtxos:ManagementVip", args: { connection, managementVip: plan.cluster.vip } },
    delivered: {
      type: "site:DeliveredWorkbook",
      args: {
        ...deliveredFiles,
        sourceSha256: createHash("sha256").update(workbook).digest("hex"),
        cells: { "主机规划!E19": { $ref: "license.serial" } },
      },
    },
    guard: { type: "site:SiteGuard", args: { site: plan.cluster.name, teardown: true } },
  };
  return ALL.filter((name) => names.includes(name)).map((name, index, chosen) => ({
    name,
    ...specs[name],
    options: { dependsOn: chosen.slice(0, index) },
  }));
}

function networkOf({ switch: vds, network }: SitePlan["management"] | SitePlan["storage"]) {
  return {
    vds: { name: vds.name, nics: vds.nics, bondMode: vds.bondMode },
    vlan: network.vlan,
    subnet: network.subnet,
    ...(network.gateway ? { gateway: network.gateway } : {}),
  };
}
