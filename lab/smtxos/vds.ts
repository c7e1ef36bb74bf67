import type { Answer, Call, Operation } from "../operation";
import type { SiteState } from "../site-state";
import { oneOf } from "../switch";
import type { LabCluster, LabVds } from "./cluster-model";
import { envelope, failure } from "./envelope";
import { failedVds } from "./job-end";
import { associated, bondOf, startJob } from "./jobs";
import { inSession, missingObject, onVds, plainError, unauthorised } from "./session";
import { answersTell, told } from "./told";
import { readVdsRequest, vdsBondMode } from "./vds-request";
import { shownVlans, systemNetworks } from "./vlans";

export const vdsListed = oneOf(
  "vdsListed",
  ["accepted", "done"],
  "From when the list shows a switch: its request, or the end of its job.",
  "a switch's uuid stands in its job while that is pending (facts, part B 5B 5); whether lists show it then",
);

export const hostsShown = oneOf(
  "hostsShown",
  [true, false],
  "hosts_associated of a switch is right after a while; false: it stays empty, as in the samples.",
  "the runbook (stage 03) tells to compare hosts_associated and shows []; taken as asked too early (facts, part B 5B 11)",
);

export const changeVds = oneOf(
  "changeVds",
  ["job", 404, 405],
  "PUT and DELETE of a switch's path: a job, or the status that refuses them.",
  "whether fisheye has PUT and DELETE of a switch; CloudTower has /update-vds and /delete-vds",
);

const WHEN_BUSY = "EBUSY while a job on the switch has not ended";

/** Virtual distributed switches. The two of the deployment are there from the start. */
export const vdsOperations: Operation[] = [
  {
    id: "createVds",
    system: "fisheye",
    method: "POST",
    path: "/api/v2/network/vds",
    write: true,
    source: "runbook stage 03 创建业务虚拟交换机: a job; the bond mode's spelling: facts, part A 3.7",
    assumed:
      "EINVAL, EEXIST for a name that is there, EINUSE for a port of another switch; that it is listed before its job has ended; what a failed job leaves",
    switches: [vdsBondMode, failedVds, unauthorised],
    checkedBy: "lab tests",
    handle: (site, call) =>
      inSession(site, call, (cluster) => {
        const read = readVdsRequest(site, cluster, call.body);
        if ("ec" in read) return failure(read.ec, read.msg);
        const vds: LabVds = { uuid: site.id(`vds ${read.spec.name}`), ...read.spec };
        const change = { kind: "createVds" as const, uuid: vds.uuid };
        return startJob(site, call, { description: "NETWORK_CREATE_VDS", change, vds }, ({ vdses }) => {
          vdses.push({ ...vds });
        });
      }),
  },
  {
    id: "listVdses",
    system: "fisheye",
    method: "GET",
    path: "/api/v2/network/vds",
    write: false,
    source: "facts, part B 5B 6: data is the list itself; each as in the runbook's GET of one",
    assumed: "whether a switch is listed before its job has ended",
    switches: [answersTell, vdsListed, hostsShown, systemNetworks, unauthorised],
    checkedBy: "lab tests",
    handle: (site, call) =>
      inSession(site, call, (cluster) => {
        const early = site.switches.of(vdsListed) === "accepted";
        const listed = cluster.vdses.filter((vds) => early || vds.settledAt !== undefined);
        return envelope(listed.map((vds) => shownVds(site, cluster, vds)));
      }),
  },
  {
    id: "readVds",
    system: "fisheye",
    method: "GET",
    path: "/api/v2/network/vds/{vds}",
    write: false,
    source:
      "runbook stage 03 查询VDS创建状态; hosts_associated [] and vlans_count 0 become right after a while: facts, part B 5B 11",
    assumed: "ENOTFOUND; what stands in hosts_associated then, the request's own; 20 seconds until then",
    switches: [answersTell, hostsShown, systemNetworks, missingObject, unauthorised],
    checkedBy: "lab tests",
    handle: (site, call) => onVds(site, call, (vds, cluster) => envelope(shownVds(site, cluster, vds))),
  },
  {
    id: "updateVds",
    system: "fisheye",
    method: "PUT",
    path: "/api/v2/network/vds/{vds}",
    write: true,
    source: "none: documented in CloudTower's API only (/update-vds)",
    assumed: `all of it: a job, what is left out stays, refusals as of createVds; ${WHEN_BUSY}`,
    switches: [changeVds, vdsBondMode, missingObject, unauthorised],
    checkedBy: "lab tests",
    handle: (site, call) =>
      mayChange(site, call, (vds, cluster) => {
        const read = readVdsRequest(site, cluster, call.body, vds);
        if ("ec" in read) return failure(read.ec, read.msg);
        const change = { kind: "updateVds" as const, uuid: vds.uuid, to: read.spec };
        return startJob(site, call, { description: "NETWORK_UPDATE_VDS", change, vds: { ...vds, ...read.spec } });
      }),
  },
  {
    id: "deleteVds",
    system: "fisheye",
    method: "DELETE",
    path: "/api/v2/network/vds/{vds}",
    write: true,
    source: "none: documented in CloudTower's API only (/delete-vds)",
    assumed: `all of it: a job; EINUSE while networks are on it; ${WHEN_BUSY}`,
    switches: [changeVds, missingObject, unauthorised],
    checkedBy: "lab tests",
    handle: (site, call) =>
      mayChange(site, call, (vds, { vlans }) => {
        const left = vlans.filter((vlan) => vlan.vds === vds.uuid);
        if (left.length > 0)
          return failure("EINUSE", `on VDS ${vds.name} are ${left.map(({ name }) => name).join(", ")}`);
        const change = { kind: "deleteVds" as const, uuid: vds.uuid };
        return startJob(site, call, { description: "NETWORK_DELETE_VDS", change, vds: { ...vds } });
      }),
  },
];

function mayChange(site: SiteState, call: Call, answer: (vds: LabVds, cluster: LabCluster) => Answer): Answer {
  const changes = site.switches.of(changeVds);
  if (changes !== "job") return inSession(site, call, () => plainError(changes, "no such call"));
  return onVds(site, call, (vds, cluster) => {
    const busy = cluster.openJobs.some((id) => cluster.jobs[id]?.vds?.uuid === vds.uuid);
    return busy ? failure("EBUSY", `a job on VDS ${vds.name} has not ended`) : answer(vds, cluster);
  });
}

function shownVds(site: SiteState, cluster: LabCluster, vds: LabVds) {
  const shown = site.switches.of(hostsShown) && vds.settledAt !== undefined && site.isDue(vds.settledAt);
  const counted = shownVlans(site, cluster, vds).filter((vlan) => site.isDue(vlan.settledAt));
  const whole = {
    uuid: vds.uuid,
    ...bondOf(site, vds),
    description: "",
    name: vds.name,
    qos_enable: false,
    rb_interval: "",
    type: 1,
    work_mode: "single",
    hosts_associated: shown ? associated(vds) : [],
    vlans_count: counted.length,
  };
  return told(site, whole, ["vlans_count"]);
}
