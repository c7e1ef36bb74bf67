/** Something that the facts do not settle: what the lab may do of it. */
interface Switch<Value> {
  /** The first is what the lab does unless told otherwise. */
  values: readonly [Value, ...Value[]];
  /** Any whole number between these is one too. */
  numbers?: readonly [from: number, to: number];
  /** What it is about. */
  says: string;
  /** What is known, and where that stands. */
  source: string;
}

type Scalar = string | number | boolean;

function oneOf<const Values extends readonly [Scalar, ...Scalar[]]>(
  values: Values,
  says: string,
  source: string,
): Switch<Values[number]> {
  return { values, says, source };
}

/** A status of HTTP that stands for a failure. */
function status(usual: number, says: string, source: string): Switch<number> {
  return { values: [usual], numbers: [400, 599], says, source };
}

/** A number of objects, or a word. */
function orCount<const Word extends string>(usual: Word, says: string, source: string): Switch<number | Word> {
  return { values: [usual], numbers: [1, 1_000_000], says, source };
}

/** What the facts do not settle, each a switch. */
export const SWITCHES = {
  readVip: oneOf(
    [200, 404, 405],
    "Status of the answer to GET /api/v2/settings/vip; 200: what was set.",
    "the documents show PUT /api/v2/settings/vip only; whether a GET tells what was set (200), or is no call",
  ),
  secondSetupRoot: status(
    400,
    "Status of the answer to a second users:setupRoot.",
    "a second POST /api/v3/users:setupRoot fails (facts, part B 5B 3), its status is not shown",
  ),
  clusterScanSees: oneOf(
    [true, false],
    "The L2 cluster scan sees the other hosts.",
    "the L2 scan sees nothing over LACP or VLAN sub-interfaces (runbook, stage 01); which kind the site's network is. false: no host is seen",
  ),
  unauthorised: status(
    401,
    "Status of the answer to a wrong or missing token.",
    "what a wrong or missing token is answered with: two public clients expect 401, no document shows it",
  ),
  deploymentToken: oneOf(
    ["either", "fixed", "session"],
    "Which token /deployment/* takes on a deployed host: the fixed one, a session's, or either.",
    "the documents ask deploy_verify with the fixed token (runbook, stage 02) and all else with a session's after the deployment (facts, part B 5B 2); fixed or session: the other is refused on a deployed host",
  ),
  statusAfterwards: oneOf(
    ["error", "empty", 500],
    "What deploy_status says once a deployment has ended.",
    "the runbook (stage 02) expects an error or other unexpected data, and shows neither. error: an ec that is not EOK; empty: EOK and no state; 500: HTTP 500",
  ),
  deployedScan: oneOf(
    ["at-once", "late", "never"],
    "When a deployed host's scan shows its name, port-mgt and port-storage.",
    "a capture of a deployed host has port-mgt and port-storage (facts, part A 2.2); from when on, and whether always, no document says. late: three minutes after the deployment; till then the scan is a factory host's",
  ),
  noError: oneOf(
    ["object", "null"],
    "What `error` is in an envelope without one.",
    "the documents show both {} and null where there is no error (facts, part B 5B 1)",
  ),
  newHostKeys: oneOf(
    [false, true],
    "A deployment gives its hosts new SSH host keys.",
    "whether hosts keep their SSH host keys through a deployment; no document says it",
  ),
  missingObject: oneOf(
    [200, 404],
    "HTTP status of the answer for an object that is not there; its ec is ENOTFOUND.",
    "what an object that is not there is answered with; no document shows it",
  ),
  failedJobSays: oneOf(
    ["error", "nothing"],
    "Whether a failed job says why.",
    "the state failed is known (facts, part B 5B 5); whether and where the job says why is not. error: in job.error",
  ),
  vdsBondMode: oneOf(
    ["either", "lacp", "balance-tcp"],
    "How POST and PUT of a switch spell LACP.",
    "the deployment request says balance-tcp, a public client sends lacp here (facts, part A 3.7); which is right",
  ),
  vdsListed: oneOf(
    ["accepted", "done"],
    "From when the list shows a switch: its request, or the end of its job.",
    "a switch's uuid stands in its job while that is pending (facts, part B 5B 5); whether lists show it then",
  ),
  hostsShown: oneOf(
    [true, false],
    "hosts_associated of a switch is right after a while; false: it stays empty, as in the samples.",
    "the runbook (stage 03) tells to compare hosts_associated and shows []; taken as asked too early (facts, part B 5B 11)",
  ),
  failedVds: oneOf(
    ["nothing", "left"],
    "What a job that makes a switch leaves when it fails.",
    "what remains after a failed creation (facts, section 6). left: the switch, without hosts, for ever",
  ),
  changeVds: oneOf(
    ["job", 404, 405],
    "PUT and DELETE of a switch's path: a job, or the status that refuses them.",
    "whether fisheye has PUT and DELETE of a switch; CloudTower has /update-vds and /delete-vds",
  ),
  changeVlan: oneOf(
    ["direct", 404, 405],
    "PUT and DELETE of a VLAN's path: done at once, or the status that refuses them.",
    "whether fisheye has PUT and DELETE of a VLAN; CloudTower has /update-vm-vlan and /delete-vm-vlan, a public client sends the DELETE",
  ),
  vlanIdAs: oneOf(
    ["number", "string"],
    "How a network's vlan_id is written.",
    "vlan_id may be a string or a number (facts, part B 5B 6)",
  ),
  listsAs: oneOf(
    ["entities", "bare"],
    "Fisheye's lists of VLANs and of virtual machines: in `entities`, or bare.",
    "a public client takes some lists of fisheye in data.entities and others bare (facts, part B 5B 6); which version does which is not known",
  ),
  answersTell: oneOf(
    ["all", "least"],
    "Whether answers of SMTX OS have what nobody needs in order to go on.",
    "the samples are of one version; others may leave fields out. least: no edition and type of the licence, of a virtual machine no disk's name, size, bus and policy, and neither ha, description, CPU model nor firmware, of the boot disk in a scan its drive and function alone, no count of VLANs, no figures of a storage policy",
  ),
  systemNetworks: oneOf(
    [true, false],
    "The deployment's own networks stand among a switch's.",
    "whether mgt-network and storage-network are listed among a switch's networks, and counted",
  ),
  earlyVlan: oneOf(
    ["taken", "busy"],
    "A network for a switch whose job has not ended yet: made, or refused (EBUSY).",
    "a public client that is used at real sites asks for the networks as soon as the pending job tells the switch's uuid, and does not wait for its end; no document says whether one must",
  ),
  vlanOrder: oneOf(
    ["vm-first", "system-first"],
    "Which of a switch's networks its list begins with: those of virtual machines, or the deployment's own.",
    "a public client that is used at real sites takes the first network of the management switch with the planned VLAN id for CloudTower's machine, and mgt-network and default have the same: what virtual machines can use stands first, or alone (systemNetworks)",
  ),
  setVipAnswers: oneOf(
    ["empty", "job"],
    "What PUT /api/v2/settings/vip answers with.",
    "the answer to PUT /api/v2/settings/vip is not shown (facts, part B 5B 12); those to DNS and NTP have a job_id",
  ),
  readDns: oneOf(
    [200, 404, 405],
    "Status of the answer to GET /api/v2/settings/dns; 200: what was set.",
    "the documents show PUT /api/v2/settings/dns only",
  ),
  readNtp: oneOf(
    [200, 404, 405],
    "Status of the answer to GET /api/v2/settings/ntp; 200: what was set.",
    "the documents show PUT /api/v2/settings/ntp only",
  ),
  readIpmi: oneOf(
    [405, 200, 404],
    "Status of the answer to GET /api/v2/ipmi/upsert_accounts; 200: what was set.",
    "the documents show POST /api/v2/ipmi/upsert_accounts only",
  ),
  svtListed: oneOf(
    ["always", "finished", "never"],
    "When GET /api/v2/images lists an image of the tools.",
    "GET /api/v2/images is shown for ISO images; whether it lists an image of the tools is not. always: from its volume on; finished: once no chunk is missing",
  ),
  isoListed: oneOf(
    ["always", "finished"],
    "When it lists an ISO image.",
    "whether GET /api/v2/images lists an ISO image while chunks are missing. always: from its volume on; finished: once none is missing",
  ),
  isoName: oneOf(
    ["as-sent", "with-iso"],
    "How an ISO image is named: as it was sent, or always with .iso.",
    "the runbook's list (stage 04) has a name with .iso, its upload one without (facts, part B 5B 12)",
  ),
  imageMd5: oneOf(
    ["given", "null"],
    "Whether the list gives an image's MD5.",
    "the runbook's list (stage 04) has an md5; whether every image has one, and from when on, is not shown",
  ),
  mountedImage: oneOf(
    ["refused", "deleted"],
    "DELETE of an image that a virtual machine has in its drive.",
    "whether an image that a virtual machine has in its drive can be deleted; no document says it",
  ),
  sameVmName: oneOf(
    ["made", "refused", "fails"],
    "A second virtual machine of one name: made, refused when asked for, or failed in its job.",
    "whether two virtual machines may have one name, and if not, whether the request or its job fails (facts, section 6, of CloudTower)",
  ),
  vmListed: oneOf(
    ["accepted", "done"],
    "From when the list shows a virtual machine: its request, or the end of its job.",
    "whether the list of virtual machines shows one while the job that makes it has not ended",
  ),
  failedVm: oneOf(
    ["nothing", "left"],
    "What a job that makes a virtual machine leaves when it fails.",
    "what remains after a failed creation (facts, section 6). left: the machine, stopped, and its volumes",
  ),
  noGuest: oneOf(
    ["empty", "null", "not-running"],
    "What guest_info is while no tools run in the guest.",
    "the runbook (stage 04) shows ga_state Running alone; before that guest_info may be empty, null, or have another ga_state (here NotRunning)",
  ),
  guestTools: oneOf(
    ["installed", "missing"],
    "Whether what the images install brings the guest tools along.",
    "CloudTower's own ISO installs no guest tools; one with a changed kickstart does (facts, part A 4.5). missing: ga_state never becomes Running",
  ),
  changeVm: oneOf(
    ["job", "refused"],
    "PUT of a virtual machine's name, CPUs and memory: a job, or refused.",
    "the runbook (stage 04) shows PUT of a virtual machine for nics alone; a public client sends vm_name, vcpu, cpu and memory too. refused: EINVAL",
  ),
  nicAddress: oneOf(
    ["shown", "guest-only"],
    "Whether a NIC shows the address that the guest's tools have set; guest_info does.",
    "the runbook's sample of a NIC has no address before one is set; a public client reads nics[].ip_address",
  ),
  smartxSudo: oneOf(
    ["free", "password"],
    "Whether sudo asks smartx for its password.",
    "a public client sends sudo -n (facts, part A 3.8b), which works only where sudo asks for no password; no document says it",
  ),
  towerSudo: oneOf(
    ["free", "password"],
    "Whether sudo asks cloudtower for its password.",
    "an image whose kickstart is changed grants cloudtower sudo without a password (facts, part A 4.5); whether the vendor's own does",
  ),
  unprepared: oneOf(
    ["fails", "runs"],
    "The installer where preinstall.sh has not run.",
    "the runbook (stage 04) runs preinstall.sh first; what the installer does without is not shown",
  ),
  pageSize: orCount(
    "all",
    "How many objects a list of CloudTower's has without `first` and `last`.",
    "the default page size is not documented (facts, part B 5A 20)",
  ),
  longestPage: orCount(
    "all",
    "How many it has at most, whatever `first` and `last` ask for.",
    "nor is whether a list has a longest page (facts, part B 5A 20): a request for more than its server gives is answered with fewer",
  ),
  wrongLogin: oneOf(
    [400, 401, 404, 500],
    "Status of the answer to a wrong log-in to CloudTower.",
    "what a wrong log-in to CloudTower is answered with; the schema knows 400, 404 and 500",
  ),
  doneProgress: oneOf(
    [1, 0],
    "`progress` of a task that has ended well.",
    "a task that had ended well was captured at 0, where 1 is to be expected (facts, part B 5A 8)",
  ),
  failedConnect: oneOf(
    ["both", "disconnected", "task", "refused"],
    "What a connection that fails leaves: a cluster with its reason, a failed task, both, or it is refused at once.",
    "a failed connection is DISCONNECTED with a reason, a FAILED task, or both (facts, part B 5A 11); task: the cluster is gone; refused: HTTP 400 to the call itself",
  ),
  sameDatacenter: oneOf(
    ["made", "refused"],
    "A second datacenter of one name in an organisation.",
    "whether two datacenters of an organisation may have one name",
  ),
  ecPolicy: oneOf(
    ["either", "EC", "EC_k_m"],
    "Which names of erasure coding a cluster's default storage policy may have.",
    "CloudTower's schema has EC alone, a public client sends EC_4_2_THIN_PROVISION (facts, part A 6); which GraphQL takes",
  ),
  readClusterSettings: oneOf(
    [true, false],
    "GraphQL has the query clusterSettingses.",
    "whether GraphQL lists cluster settings, with the figures that 4.6.0's REST lacks; false: only the answer to updateClusterSettings shows them",
  ),
  dashboardWrites: oneOf(
    ["task", "direct"],
    "How CloudTower changes views and graphs: by a task, or at once.",
    "whether creating, changing and deleting views and graphs is a task: the schema gives them an entityAsyncStatus, and allows task_id null",
  ),
  sameViewName: oneOf(
    ["made", "refused"],
    "A second view of one name in a cluster.",
    "whether two views of a cluster may have one name; public clients look for the name first",
  ),
  rackWrites: oneOf(
    ["direct", "task"],
    "How CloudTower changes racks, chassis and the places of hosts: by a task, or at once.",
    "whether creating, changing, moving and deleting racks, chassis and hosts in them is a task: the schema gives them no entityAsyncStatus, and allows a task_id",
  ),
  sameRackName: oneOf(
    ["made", "refused"],
    "A second rack of one name in a cluster.",
    "whether two racks of a cluster may have one name",
  ),
  fullRack: oneOf(
    ["refused", "emptied"],
    "A rack that has chassis, or a chassis that has hosts, when it is to be deleted.",
    "whether a rack or a chassis that is not empty can be deleted. emptied: what stood in it stands in none then",
  ),
  sameTowerVmName: oneOf(
    ["task", "refused"],
    "A second virtual machine of one name, asked of CloudTower: its task fails, or the call is refused.",
    "names of virtual machines are unique in CloudTower (facts, part B 5A 9, VM_DUPLICATED_NAME in a task's error_message); whether the call itself may be refused is not known (facts, section 6)",
  ),
  failedTowerVm: oneOf(
    ["nothing", "volumes", "placeholder"],
    "What a task of CloudTower's that makes a virtual machine leaves when it fails.",
    "what remains after a FAILED create-vm (facts, section 6; a public client clears up, and found volumes). placeholder: the row, until it is deleted",
  ),
  deletedVmVolumes: oneOf(
    ["deleted", "kept"],
    "What becomes of the volumes of a virtual machine that CloudTower deletes.",
    "whether /delete-vm deletes the machine's volumes; the schema's effect is about snapshots alone",
  ),
  shutdownWithoutTools: oneOf(
    ["fails", "works"],
    "Shutting a guest down in which no tools run.",
    "a public client knows JOB_VM_SHUTDOWN_TIMEOUT for a guest without tools (facts, part B 5A 9); a guest may heed the power button all the same",
  ),
  bareTower: oneOf(
    ["closed", "502"],
    "What port 443 of CloudTower's machine does until it is installed there.",
    "whether something answers on port 443 of CloudTower's machine before its installer has ended; no document says it, a public client asks three times there and takes any answer (facts, part A 4.7). 502: a front end behind which nothing runs",
  ),
  towerHttp: oneOf(
    ["serves", "redirects", "closed"],
    "What CloudTower's port 80 does: it serves as 443 does, or leads there (301).",
    "the runbook logs in by plain http (stage 04 登录), as a public client does, while all its other calls are https; the workbook's port table lets CloudTower's port 80 lead to 443 (facts, part A 1)",
  ),
};

export type SwitchName = keyof typeof SWITCHES;

/** How a lab's switches stand. */
export type LabSwitches = {
  -readonly [Name in SwitchName]: (typeof SWITCHES)[Name] extends Switch<infer Value> ? Value : never;
};

export const switchNames = Object.keys(SWITCHES) as SwitchName[];

export const defaultSwitches = Object.fromEntries(
  Object.entries(SWITCHES).map(([name, { values }]) => [name, values[0]]),
) as LabSwitches;
