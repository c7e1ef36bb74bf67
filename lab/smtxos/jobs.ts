import type { Answer, Call, Operation } from "../operation";
import type { SiteState } from "../site-state";
import { oneOf } from "../switch";
import type { JobChange, LabCluster, LabJob, LabVds, LabVm } from "./cluster-model";
import { envelope } from "./envelope";
import { jobState } from "./job-end";
import { inSession, missing, missingObject, unauthorised } from "./session";

export const failedJobSays = oneOf(
  "failedJobSays",
  ["error", "nothing"],
  "Whether a failed job says why.",
  "the state failed is known (facts, part B 5B 5); whether and where the job says why is not. error: in job.error",
);

export const jobOperations: Operation[] = [
  {
    id: "readJob",
    system: "fisheye",
    method: "GET",
    path: "/api/v2/jobs/{id}",
    write: false,
    source:
      "runbook stage 03 查询VDS创建状态: the shape, and resources that are there while pending; stage 04 查询cloudtower虚拟机创建状态; facts, part B 5B 5: the states",
    assumed:
      "ENOTFOUND; where a failed job has its error; the descriptions but for NETWORK_CREATE_VDS and VM_CREATE; resources of jobs of no switch and no virtual machine, and event of jobs of no switch, empty; 5 seconds pending and 30 in all",
    switches: [failedJobSays, missingObject, unauthorised],
    checkedBy: "lab tests",
    handle: (site, call) =>
      inSession(site, call, (cluster) => {
        const job = cluster.jobs[call.params["id"] ?? ""];
        return job ? envelope({ job: shownJob(site, cluster, job) }) : missing(site, `job ${call.params["id"]}`);
      }),
  },
];

/** Takes a job on, well or as a fault of the call says, and answers with its id. `taken` changes the model with it. */
export function startJob(
  site: SiteState,
  call: Call,
  job: { description: string; change: JobChange; vds?: LabVds; vm?: LabVm },
  taken: (cluster: LabCluster) => void = () => {},
): Answer {
  const id = site.id(`job ${job.description} ${job.vds?.uuid ?? job.vm?.uuid ?? ""}`);
  site.change(({ cluster }) => {
    if (!cluster) return;
    cluster.jobs[id] = { id, startedAt: site.now, ...outcomeOf(call), ...job };
    cluster.openJobs.push(id);
    taken(cluster);
  });
  return envelope({ job_id: id });
}

function outcomeOf({ job }: Call): Pick<LabJob, "outcome" | "failure"> {
  if (job === undefined) return { outcome: "well" };
  if (job === "stuck") return { outcome: "never-ends" };
  return { outcome: "fails", failure: job === "fails" ? "the lab was told to let it fail" : job.fails };
}

function shownJob(site: SiteState, cluster: LabCluster, job: LabJob) {
  const state = jobState(cluster, job, site.now);
  const says = state === "failed" && site.switches.of(failedJobSays) === "error";
  const { vds } = job;
  return {
    job_id: job.id,
    state,
    life_cycle: "run",
    description: job.description,
    type: "action",
    user: "",
    resources: resourcesOf(site, job),
    schedule_task: null,
    one_time_task: null,
    // Seconds.
    ctime: Math.floor(job.startedAt / 1_000),
    task_list: [],
    queue: null,
    resource_group: null,
    event: vds ? vdsEvent(job, vds) : null,
    ...(says ? { error: { ec: "EJOBFAILED", msg: job.failure } } : {}),
  };
}

function resourcesOf(site: SiteState, { vds, vm }: LabJob) {
  if (vds) return { [vds.uuid]: vdsResource(site, vds) };
  return vm ? { [vm.uuid]: vmResource(vm) } : {};
}

/** The runbook's sample (stage 04) leaves most of it out. */
function vmResource({ uuid, name, vcpu, sockets, cores, memory, status }: LabVm) {
  return { type: "KVM_VM", uuid, vm_name: name, vcpu, cpu: { topology: { sockets, cores } }, memory, status };
}

function vdsResource(site: SiteState, vds: LabVds) {
  return {
    type: "NETWORK_VDS",
    uuid: vds.uuid,
    name: vds.name,
    ...bondOf(site, vds),
    description: "",
    status: "created",
    hosts_associated: Object.fromEntries(associated(vds).map((each) => [each.host_uuid, each])),
    work_mode: "single",
    qos_enable: false,
    rb_interval: "",
  };
}

/** A switch's bridge and bond, as the samples name them. */
export function bondOf(site: SiteState, { uuid, bondMode }: LabVds) {
  return {
    ovsbr_name: `ovsbr-${site.mac(uuid).replaceAll(":", "").slice(3)}`,
    bond_name: `bond-m-${uuid.slice(0, 8)}`,
    bond_type: "ovs_bond",
    bond_mode: bondMode,
  };
}

export function associated({ hosts }: LabVds) {
  return hosts.map((host) => ({ host_uuid: host.hostUuid, nics_associated: host.nics, data_ip: host.dataIp }));
}

function vdsEvent({ description }: LabJob, { uuid, name }: LabVds) {
  return {
    event_name: description.replace("NETWORK_", ""),
    user_name: "root",
    user_role: "ROOT",
    resources: { [uuid]: "NETWORK_VDS" },
    data: { name, uuid },
    user_type: "USER",
    batch: null,
  };
}
