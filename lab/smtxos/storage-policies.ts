import type { Operation } from "../operation";
import { envelope } from "./envelope";
import { inSession, unauthorised } from "./session";
import { answersTell, told } from "./told";

export const storagePolicyOperations: Operation[] = [
  {
    id: "listStoragePolicies",
    system: "fisheye",
    method: "GET",
    path: "/api/v2/storage_policies",
    write: false,
    source: "runbook 查询fisheye存储策略uuid: data is the list itself; one policy, default",
    assumed: "its figures are those of the sample; it is as old as the cluster",
    switches: [answersTell, unauthorised],
    checkedBy: "lab tests",
    handle: (site, call) =>
      inSession(site, call, ({ since }) => {
        // Seconds.
        const made = Math.floor(since / 1_000);
        return envelope([
          told(
            site,
            {
              created_time: made,
              datastores: [`zbs-iscsi-datastore-${site.fixedId("datastore")}`],
              description: "default storage policy",
              modified_time: made,
              name: "default",
              read_only: false,
              replica_num: 2,
              resource_state: "in-use",
              storage_pool_id: "system",
              stripe_num: 4,
              stripe_size: 262_144,
              thin_provision: true,
              type: "replica",
              uuid: site.fixedId("storage policy"),
              whitelist: site.model.hosts
                .filter((host) => host.deployed)
                .map((host) => host.storageIp)
                .join(","),
            },
            ["replica_num", "thin_provision"],
          ),
        ]);
      }),
  },
];
