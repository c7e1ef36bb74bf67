/** What the facts do not settle, each a switch with what the lab does unless told otherwise. */
export interface LabSwitches {
  /** Status of the answer to GET /api/v2/settings/vip; 200: what was set. */
  readVip: 200 | 404 | 405;
  /** Status of the answer to a second users:setupRoot. */
  secondSetupRoot: number;
  /** The L2 cluster scan sees the other hosts. */
  clusterScanSees: boolean;
  /** Status of the answer to a wrong or missing token. */
  unauthorised: number;
  /** Which token /deployment/* takes on a deployed host: the fixed one, a session's, or either. */
  deploymentToken: "either" | "fixed" | "session";
  /** What deploy_status says once a deployment has ended. */
  statusAfterwards: "error" | "empty" | 500;
  /** When a deployed host's scan shows its name, port-mgt and port-storage. */
  deployedScan: "at-once" | "late" | "never";
  /** What `error` is in an envelope without one. */
  noError: "object" | "null";
  /** A deployment gives its hosts new SSH host keys. */
  newHostKeys: boolean;
  /** HTTP status of the answer for an object that is not there; its ec is ENOTFOUND. */
  missingObject: 200 | 404;
  /** Whether a failed job says why. */
  failedJobSays: "error" | "nothing";
  /** How POST and PUT of a switch spell LACP. */
  vdsBondMode: "either" | "lacp" | "balance-tcp";
  /** From when the list shows a switch: its request, or the end of its job. */
  vdsListed: "accepted" | "done";
  /** hosts_associated of a switch is right after a while; off: it stays empty, as in the samples. */
  hostsShown: boolean;
  /** What a job that makes a switch leaves when it fails. */
  failedVds: "nothing" | "left";
  /** PUT and DELETE of a switch's path: a job, or the status that refuses them. */
  changeVds: "job" | 404 | 405;
  /** PUT and DELETE of a VLAN's path: done at once, or the status that refuses them. */
  changeVlan: "direct" | 404 | 405;
  vlanIdAs: "number" | "string";
  /** Fisheye's lists of VLANs and of virtual machines: in `entities`, or bare. */
  listsAs: "entities" | "bare";
  /** Whether answers of SMTX OS have what nobody needs in order to go on. */
  answersTell: "all" | "least";
  /** The deployment's own networks stand among a switch's. */
  systemNetworks: boolean;
  /** What PUT /api/v2/settings/vip answers with. */
  setVipAnswers: "empty" | "job";
  /** Status of the answers to GETs of paths that the documents show for writing only; 200: what was set. */
  readDns: 200 | 404 | 405;
  readNtp: 200 | 404 | 405;
  readIpmi: 200 | 404 | 405;
  /** When GET /api/v2/images lists an image of the tools. */
  svtListed: "always" | "finished" | "never";
  /** When it lists an ISO image. */
  isoListed: "always" | "finished";
  /** How an ISO image is named: as it was sent, or always with .iso. */
  isoName: "as-sent" | "with-iso";
  /** Whether the list gives an image's MD5. */
  imageMd5: "given" | "null";
  /** DELETE of an image that a virtual machine has in its drive. */
  mountedImage: "refused" | "deleted";
  /** A second virtual machine of one name: made, refused when asked for, or failed in its job. */
  sameVmName: "made" | "refused" | "fails";
  /** From when the list shows a virtual machine: its request, or the end of its job. */
  vmListed: "accepted" | "done";
  /** What a job that makes a virtual machine leaves when it fails. */
  failedVm: "nothing" | "left";
  /** What guest_info is while no tools run in the guest. */
  noGuest: "empty" | "null" | "not-running";
  /** Whether what the images install brings the guest tools along. */
  guestTools: "installed" | "missing";
  /** PUT of a virtual machine's name, CPUs and memory: a job, or refused. */
  changeVm: "job" | "refused";
  /** Whether a NIC shows the address that the guest's tools have set; guest_info does. */
  nicAddress: "shown" | "guest-only";
  /** Whether sudo asks smartx for its password. */
  smartxSudo: "free" | "password";
  /** Whether sudo asks cloudtower for its password. */
  towerSudo: "free" | "password";
  /** The installer where preinstall.sh has not run. */
  unprepared: "fails" | "runs";
  /** How many objects a list of CloudTower's has without `first` and `last`. */
  pageSize: number | "all";
  /** How many it has at most, whatever `first` and `last` ask for. */
  longestPage: number | "all";
  /** Status of the answer to a wrong log-in to CloudTower. */
  wrongLogin: 400 | 401 | 404 | 500;
  /** `progress` of a task that has ended well. */
  doneProgress: 0 | 1;
  /** What a connection that fails leaves: a cluster with its reason, a failed task, both, or it is refused at once. */
  failedConnect: "both" | "disconnected" | "task" | "refused";
  /** A second datacenter of one name in an organisation. */
  sameDatacenter: "made" | "refused";
  /** Which names of erasure coding a cluster's default storage policy may have. */
  ecPolicy: "either" | "EC" | "EC_k_m";
  /** GraphQL has the query clusterSettingses. */
  readClusterSettings: boolean;
  /** How CloudTower changes views and graphs: by a task, or at once. */
  dashboardWrites: "task" | "direct";
  /** A second view of one name in a cluster. */
  sameViewName: "made" | "refused";
  /** How CloudTower changes racks, chassis and the places of hosts: by a task, or at once. */
  rackWrites: "task" | "direct";
  /** A second rack of one name in a cluster. */
  sameRackName: "made" | "refused";
  /** A rack that has chassis, or a chassis that has hosts, when it is to be deleted. */
  fullRack: "refused" | "emptied";
  /** A second virtual machine of one name, asked of CloudTower: its task fails, or the call is refused. */
  sameTowerVmName: "task" | "refused";
  /** What a task of CloudTower's that makes a virtual machine leaves when it fails. */
  failedTowerVm: "nothing" | "volumes" | "placeholder";
  /** What becomes of the volumes of a virtual machine that CloudTower deletes. */
  deletedVmVolumes: "deleted" | "kept";
  /** Shutting a guest down in which no tools run. */
  shutdownWithoutTools: "fails" | "works";
  /** What port 443 of CloudTower's machine does until it is installed there. */
  bareTower: "closed" | "502";
  /** What CloudTower's port 80 does. */
  towerHttp: "redirects" | "serves" | "closed";
}

export const defaultSwitches: LabSwitches = {
  readVip: 200,
  secondSetupRoot: 400,
  clusterScanSees: true,
  unauthorised: 401,
  deploymentToken: "either",
  statusAfterwards: "error",
  deployedScan: "at-once",
  noError: "object",
  newHostKeys: false,
  missingObject: 200,
  failedJobSays: "error",
  vdsBondMode: "either",
  vdsListed: "accepted",
  hostsShown: true,
  failedVds: "nothing",
  changeVds: "job",
  changeVlan: "direct",
  vlanIdAs: "number",
  listsAs: "entities",
  answersTell: "all",
  systemNetworks: true,
  setVipAnswers: "empty",
  readDns: 200,
  readNtp: 200,
  readIpmi: 405,
  svtListed: "always",
  isoListed: "always",
  isoName: "as-sent",
  imageMd5: "given",
  mountedImage: "refused",
  sameVmName: "made",
  vmListed: "accepted",
  failedVm: "nothing",
  noGuest: "empty",
  guestTools: "installed",
  changeVm: "job",
  nicAddress: "shown",
  smartxSudo: "free",
  towerSudo: "free",
  unprepared: "fails",
  pageSize: "all",
  longestPage: "all",
  wrongLogin: 400,
  doneProgress: 1,
  failedConnect: "both",
  sameDatacenter: "made",
  ecPolicy: "either",
  readClusterSettings: true,
  dashboardWrites: "task",
  sameViewName: "made",
  rackWrites: "direct",
  sameRackName: "made",
  fullRack: "refused",
  sameTowerVmName: "task",
  failedTowerVm: "nothing",
  deletedVmVolumes: "deleted",
  shutdownWithoutTools: "fails",
  bareTower: "closed",
  towerHttp: "redirects",
};

/** What is not known, for COVERAGE.md. */
export const switchNotes: Record<keyof LabSwitches, string> = {
  readVip: "the documents show PUT /api/v2/settings/vip only; whether a GET tells what was set (200), or is no call",
  secondSetupRoot: "a second POST /api/v3/users:setupRoot fails (facts, part B 5B 3), its status is not shown",
  clusterScanSees:
    "the L2 scan sees nothing over LACP or VLAN sub-interfaces (runbook, stage 01); which kind the site's network is. Off: no host is seen",
  unauthorised: "what a wrong or missing token is answered with: two public clients expect 401, no document shows it",
  deploymentToken:
    "the documents ask deploy_verify with the fixed token (runbook, stage 02) and all else with a session's after the deployment (facts, part B 5B 2); fixed or session: the other is refused on a deployed host",
  statusAfterwards:
    "the runbook (stage 02) expects an error or other unexpected data, and shows neither. error: an ec that is not EOK; empty: EOK and no state; 500: HTTP 500",
  deployedScan:
    "a capture of a deployed host has port-mgt and port-storage (facts, part A 2.2); from when on, and whether always, no document says. late: three minutes after the deployment; till then the scan is a factory host's",
  noError: "the documents show both {} and null where there is no error (facts, part B 5B 1)",
  newHostKeys: "whether hosts keep their SSH host keys through a deployment; no document says it",
  missingObject: "what an object that is not there is answered with; no document shows it",
  failedJobSays:
    "the state failed is known (facts, part B 5B 5); whether and where the job says why is not. error: in job.error",
  vdsBondMode:
    "the deployment request says balance-tcp, a public client sends lacp here (facts, part A 3.7); which is right",
  vdsListed: "a switch's uuid stands in its job while that is pending (facts, part B 5B 5); whether lists show it then",
  hostsShown:
    "the runbook (stage 03) tells to compare hosts_associated and shows []; taken as asked too early (facts, part B 5B 11)",
  failedVds: "what remains after a failed creation (facts, section 6). left: the switch, without hosts, for ever",
  changeVds: "whether fisheye has PUT and DELETE of a switch; CloudTower has /update-vds and /delete-vds",
  changeVlan:
    "whether fisheye has PUT and DELETE of a VLAN; CloudTower has /update-vm-vlan and /delete-vm-vlan, a public client sends the DELETE",
  listsAs:
    "a public client takes some lists of fisheye in data.entities and others bare (facts, part B 5B 6); which version does which is not known",
  answersTell:
    "the samples are of one version; others may leave fields out. least: no edition and type of the licence, of a virtual machine no disk's name, size, bus and policy, and neither ha, description, CPU model nor firmware, of the boot disk in a scan its drive and function alone, no count of VLANs, no figures of a storage policy",
  vlanIdAs: "vlan_id may be a string or a number (facts, part B 5B 6)",
  systemNetworks: "whether mgt-network and storage-network are listed among a switch's networks, and counted",
  setVipAnswers:
    "the answer to PUT /api/v2/settings/vip is not shown (facts, part B 5B 12); those to DNS and NTP have a job_id",
  readDns: "the documents show PUT /api/v2/settings/dns only",
  readNtp: "the documents show PUT /api/v2/settings/ntp only",
  readIpmi: "the documents show POST /api/v2/ipmi/upsert_accounts only",
  svtListed:
    "GET /api/v2/images is shown for ISO images; whether it lists an image of the tools is not. always: from its volume on; finished: once no chunk is missing",
  isoListed:
    "whether GET /api/v2/images lists an ISO image while chunks are missing. always: from its volume on; finished: once none is missing",
  isoName: "the runbook's list (stage 04) has a name with .iso, its upload one without (facts, part B 5B 12)",
  imageMd5: "the runbook's list (stage 04) has an md5; whether every image has one, and from when on, is not shown",
  mountedImage: "whether an image that a virtual machine has in its drive can be deleted; no document says it",
  sameVmName:
    "whether two virtual machines may have one name, and if not, whether the request or its job fails (facts, section 6, of CloudTower)",
  vmListed: "whether the list of virtual machines shows one while the job that makes it has not ended",
  failedVm: "what remains after a failed creation (facts, section 6). left: the machine, stopped, and its volumes",
  noGuest:
    "the runbook (stage 04) shows ga_state Running alone; before that guest_info may be empty, null, or have another ga_state (here NotRunning)",
  guestTools:
    "CloudTower's own ISO installs no guest tools; one with a changed kickstart does (facts, part A 4.5). missing: ga_state never becomes Running",
  changeVm:
    "the runbook (stage 04) shows PUT of a virtual machine for nics alone; a public client sends vm_name, vcpu, cpu and memory too. refused: EINVAL",
  nicAddress: "the runbook's sample of a NIC has no address before one is set; a public client reads nics[].ip_address",
  smartxSudo:
    "a public client sends sudo -n (facts, part A 3.8b), which works only where sudo asks for no password; no document says it",
  towerSudo:
    "an image whose kickstart is changed grants cloudtower sudo without a password (facts, part A 4.5); whether the vendor's own does",
  unprepared: "the runbook (stage 04) runs preinstall.sh first; what the installer does without is not shown",
  pageSize: "the default page size is not documented (facts, part B 5A 20)",
  longestPage:
    "nor is whether a list has a longest page (facts, part B 5A 20): a request for more than its server gives is answered with fewer",
  wrongLogin: "what a wrong log-in to CloudTower is answered with; the schema knows 400, 404 and 500",
  doneProgress: "a task that had ended well was captured at 0, where 1 is to be expected (facts, part B 5A 8)",
  failedConnect:
    "a failed connection is DISCONNECTED with a reason, a FAILED task, or both (facts, part B 5A 11); task: the cluster is gone; refused: HTTP 400 to the call itself",
  sameDatacenter: "whether two datacenters of an organisation may have one name",
  ecPolicy:
    "CloudTower's schema has EC alone, a public client sends EC_4_2_THIN_PROVISION (facts, part A 6); which GraphQL takes",
  readClusterSettings:
    "whether GraphQL lists cluster settings, with the figures that 4.6.0's REST lacks; off: only the answer to updateClusterSettings shows them",
  dashboardWrites:
    "whether creating, changing and deleting views and graphs is a task: the schema gives them an entityAsyncStatus, and allows task_id null",
  sameViewName: "whether two views of a cluster may have one name; public clients look for the name first",
  rackWrites:
    "whether creating, changing, moving and deleting racks, chassis and hosts in them is a task: the schema gives them no entityAsyncStatus, and allows a task_id",
  sameRackName: "whether two racks of a cluster may have one name",
  fullRack:
    "whether a rack or a chassis that is not empty can be deleted. emptied: what stood in it stands in none then",
  sameTowerVmName:
    "names of virtual machines are unique in CloudTower (facts, part B 5A 9, VM_DUPLICATED_NAME in a task's error_message); whether the call itself may be refused is not known (facts, section 6)",
  failedTowerVm:
    "what remains after a FAILED create-vm (facts, section 6; a public client clears up, and found volumes). placeholder: the row, until it is deleted",
  deletedVmVolumes: "whether /delete-vm deletes the machine's volumes; the schema's effect is about snapshots alone",
  shutdownWithoutTools:
    "a public client knows JOB_VM_SHUTDOWN_TIMEOUT for a guest without tools (facts, part B 5A 9); a guest may heed the power button all the same",
  bareTower:
    "whether something answers on port 443 of CloudTower's machine before its installer has ended; no document says it, a public client asks three times there and takes any answer (facts, part A 4.7). 502: a front end behind which nothing runs",
  towerHttp:
    "the workbook's port table lets CloudTower's port 80 lead to 443, the runbook logs in by plain http (facts, part A 1); redirects: 301",
};
