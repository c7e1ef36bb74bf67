import { STAGES } from "./deployment-course";

/** What is assumed of SMTX OS and stands behind no single operation, or behind all of them. */
export const smtxosAssumed: readonly [what: string, why: string][] = [
  [
    "the stages of a deployment after the first, and how long each takes",
    `the runbook shows one stage, prepare_network_and_config_file; here: ${STAGES.map((stage) => stage.name).join(", ")}, ${STAGES.at(-1)?.until} minutes together`,
  ],
  [
    `a host's network is gone in ${STAGES.filter((stage) => !stage.reachable)
      .map((stage) => stage.name)
      .join(" and ")}`,
    "known: connections break while hosts reconfigure their network (facts, part A 2.5); when and how often is not",
  ],
  [
    "ec codes other than EOK: EINVAL, EDEPLOYING, ENOTFOUND, EEXIST, EINUSE, EBUSY, EJOBFAILED, EUNAUTHORIZED",
    "the documents show EOK alone",
  ],
  [
    "503 from Fisheye's paths before the cluster is deployed",
    "no document asks them so early; its services start with the cluster",
  ],
  [
    "a host on which a deployment failed keeps its networks and takes no second one",
    "the captures show ovsbr-* and port-* on hosts that are not deployed; the way on is a new installation",
  ],
  [
    "a password blob other than the factory password's leaves the account's password as it was",
    "how the blobs are made is not known (facts, part A 1)",
  ],
  [
    "after a failed deployment deploy_status answers as after a good one, and is_deployed is false",
    "no document shows a failure",
  ],
  [
    "every host serves Fisheye, as the VIP does once it is set",
    "the runbook asks the first host, public clients the VIP",
  ],
  ["deployment and Fisheye answer on 80 and on 443 alike", "the runbook has both http and https; facts, part A 1"],
  [
    "passwords of accounts are taken as they are, however weak; passwd asks once for each, and ends with 10 where one is wrong",
    "no document names a rule for them",
  ],
  [
    "disks and images lie on one datastore, each on the next number; of a virtual machine only what this table's operations name is modelled",
    "the runbook shows paths of both, not how they come about",
  ],
  [
    "a job takes 30 seconds; hosts_associated and vlans_count are right 20 seconds after",
    "known: jobs pend and the samples show both too early (facts, part B 5B 11); how long is not",
  ],
];
