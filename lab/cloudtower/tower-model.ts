import type {
  LabImage,
  LabPower,
  LabSnapshot,
  LabTemplate,
  LabVds,
  LabVlan,
  LabVm,
  LabVolume,
} from "../smtxos/cluster-model";

declare module "../model" {
  interface Model {
    /** From its installation on. */
    cloudtower?: LabTower;
  }
}

declare module "../site-options" {
  interface SiteOptions {
    /** Which of CloudTower's documents it follows once it is installed; 4.6.0 unless told. */
    cloudtowerVersion?: TowerVersion;
  }
}

/** Documents of the vendor that this lab follows, one file a version. */
export const TOWER_VERSIONS = ["4.6.0", "4.8.0"] as const;
export type TowerVersion = (typeof TOWER_VERSIONS)[number];

/** What the lab remembers of an installed CloudTower. */
export interface LabTower {
  address: string;
  /** The virtual machine that it runs on, by uuid; undefined: it was installed by hand, on none of the lab's. */
  vm?: string;
  version: TowerVersion;
  /** Site time at which its installation ended. */
  installedAt: number;
  users: LabTowerUser[];
  /** Who each token or API key stands for, by user id. */
  tokens: Record<string, string>;
  organizations: { id: string; name: string }[];
  datacenters: LabDatacenter[];
  /** Undefined: there was none yet. */
  labels?: LabLabel[];
  clusters: LabTowerCluster[];
  /** Undefined: there was none yet. */
  vmFolders?: LabVmFolder[];
  libraryTemplates?: LabLibraryTemplate[];
  libraryImages?: LabLibraryImage[];
  /** Time servers in their order. */
  ntp: string[];
  license: LabTowerLicense;
  /** By name of the rule. */
  globalAlertRules: Record<string, Pick<LabAlertRule, "disabled" | "thresholds">>;
  tasks: LabTask[];
  /** Undefined: there was none yet. */
  uploads?: LabUpload[];
}

/** A file that is uploaded in chunks, one after another. */
export interface LabUpload {
  id: string;
  /** Undefined: ELF_IMAGE. */
  type?: "ELF_IMAGE" | "CONTENT_LIBRARY_IMAGE" | "SVT_IMAGE";
  cluster: string;
  /** Of the content library: those that it is given to. */
  clusters?: string[];
  /** Where CloudTower gets it from by itself; no chunk of such a one comes. */
  url?: string;
  /** Of the tools. */
  version?: number;
  /** How what CloudTower gets by itself ends; undefined: well. */
  outcome?: LabTask["outcome"];
  name: string;
  description: string;
  /** Bytes. */
  size: number;
  chunkSize: number;
  /** What came, in its order. */
  chunks: { size: number; sha256: string }[];
  status: "UPLOADING" | "SUCCESSED" | "FAILED";
  /** Site times. */
  startedAt: number;
  finishedAt: number | null;
}

/** The lists of objects that stand beside the clusters and that calls of one form make. */
export type PlainList = Exclude<
  {
    [Field in keyof LabTower]-?: NonNullable<LabTower[Field]> extends { id: string }[] ? Field : never;
  }[keyof LabTower],
  "users" | "clusters" | "tasks" | "uploads"
>;

export const USER_SOURCES = ["LOCAL", "LDAP", "AUTHN"] as const;

export interface LabTowerUser {
  id: string;
  username: string;
  source: (typeof USER_SOURCES)[number];
  role: "ROOT" | "ADMIN" | "READ_ONLY";
  password: string;
  /** Site time. */
  passwordSetAt: number;
}

export interface LabDatacenter {
  id: string;
  name: string;
  organization: string;
}

export interface LabLabel {
  id: string;
  key: string;
  value: string | null;
  /** Site time. */
  createdAt: number;
  /** CloudTower's ids of the virtual machines that it is on. */
  vms: string[];
}

export interface LabVmFolder {
  id: string;
  name: string;
  cluster: string;
  /** CloudTower's ids of the virtual machines in it. */
  vms: string[];
}

/** A template of the content library: one template in each of its clusters. */
export interface LabLibraryTemplate {
  id: string;
  name: string;
  description: string;
  cloudInit: boolean;
  /** Site time. */
  createdAt: number;
  busy?: LabBusy;
  /** Uuids of its templates, by the cluster's id. */
  templates: Record<string, string>;
}

/** An image of the content library: one ISO image in each of its clusters. */
export interface LabLibraryImage {
  id: string;
  name: string;
  description: string;
  /** Bytes. */
  size: number;
  /** Site time. */
  createdAt: number;
  busy?: LabBusy;
  /** Uuids of its ISO images, by the cluster's id. */
  images: Record<string, string>;
}

export type DisconnectedReason =
  | "LOAD_CLUSTER_FAILED"
  | "LOAD_CLUSTER_NETWORK_ERROR"
  | "LOAD_CLUSTER_NOT_FOUND"
  | "LOAD_CLUSTER_UNAUTHORIZED"
  | "LOAD_CLUSTER_UNHEALTHY";

/** Where a cluster is reached, and by which log-in. */
export interface LabConnection {
  ip: string;
  username: string;
  password: string;
}

/** A cluster as CloudTower has it, connected or not. */
export interface LabTowerCluster extends LabConnection {
  id: string;
  datacenter: string | undefined;
  state: "INITIALIZING" | "CONNECTED" | "DISCONNECTED" | "REMOVING";
  reason: DisconnectedReason | null;
  /** Site time; null unless it is disconnected. */
  disconnectedAt: number | null;
  /** Serial number of the cluster that it was last connected to, which says in which site it stands; null: never was. */
  serial: string | null;
  busy?: LabBusy;
  settings: LabClusterSettings;
  /** Of its own, for machines; null: none. Undefined: no call has set it. */
  recycleBin?: LabRecycleBin | null;
  /** Rules that differ from the global ones, by name. */
  alertRules: Record<string, LabAlertRule>;
  kept: LabKept;
  own: LabOwn;
}

/** What CloudTower alone knows of a cluster's machines and networks; they themselves are the cluster's. */
export interface LabOwn {
  /** By uuid of a machine, network, switch, volume, image, snapshot or template. */
  busy: Record<string, LabBusy>;
  /** How often CloudTower has changed a machine, by its uuid. */
  changes: Record<string, number>;
  /** Machines in the recycle bin: site time since which, by uuid. */
  recycled: Record<string, number>;
  /** What a task is making: the cluster does not have it yet. */
  newVms: LabNewVm[];
  newVlans: LabVlan[];
  /** Undefined: there was none yet. */
  newVdses?: LabVds[];
  newVolumes?: LabVolume[];
  newSnapshots?: LabSnapshot[];
  newTemplates?: LabTemplate[];
  /** None: what is uploaded stands in the cluster once it is whole. */
  newImages?: LabImage[];
}

export interface LabNewVm {
  vm: LabVm;
  volumes: LabVolume[];
}

/** What is done with an object; `until`: the site time at which that is no longer shown, undefined while it is done. */
export interface LabBusy {
  status: "CREATING" | "UPDATING" | "DELETING";
  until?: number;
}

/** Objects of a cluster that CloudTower alone has. */
export interface LabKept {
  views: LabView[];
  graphs: LabGraph[];
  racks: LabRack[];
  bricks: LabBrick[];
  nodes: LabNode[];
  /** Undefined: there was none yet. */
  placementGroups?: LabPlacementGroup[];
  /** Undefined: there was none yet. */
  snapshotPlans?: LabSnapshotPlan[];
}

interface LabKeptObject {
  id: string;
  busy?: LabBusy;
}

export const TIME_UNITS = ["DAY", "HOUR", "MINUTE", "MONTH"] as const;

/** A page of graphs. */
export interface LabView extends LabKeptObject {
  name: string;
  timeUnit: (typeof TIME_UNITS)[number];
  timeSpan: number;
}

export interface LabGraph extends LabKeptObject {
  view: string;
  title: string;
  type: "AREA" | "STACK";
  /** `cluster`, `host`, `vm` and others. */
  resourceType: string;
  metricName: string;
  metricType: "BOTTOMK" | "NORMAL" | "TOPK";
  metricCount: number;
  /** Ids of what it draws. */
  connected: string[];
  instanceIds: string[];
  network: string | null;
  service: string | null;
}

export interface LabRack extends LabKeptObject {
  name: string;
  /** Units. */
  height: number;
}

/** A chassis. */
export interface LabBrick extends LabKeptObject {
  name: string;
  /** Units. */
  height: number;
  /** Its unit in the rack. */
  position: number;
  capacity: LabPlace;
  /** The id of its rack; null: in none. */
  rack: string | null;
  tags: { tag: string; row: number; column: number }[];
}

export interface LabPlace {
  row: number | null;
  column: number | null;
}

/** Where a host sits; one that was never moved is not listed. */
export interface LabNode extends LabKeptObject {
  /** The id of its chassis; null: in none. */
  brick: string | null;
  place: LabPlace;
}

export const VM_POLICIES = ["MUST_DIFFERENT", "MUST_SAME", "PREFER_DIFFERENT", "PREFER_SAME"] as const;

/** Which of a placement group's machines stand beside one another, and on which hosts. */
export interface LabPlacementGroup extends LabKeptObject {
  name: string;
  description: string;
  enabled: boolean;
  vmPolicy: (typeof VM_POLICIES)[number];
  vmPolicyEnabled: boolean;
  must: LabHostPolicy;
  prefer: LabHostPolicy;
  /** CloudTower's ids of the virtual machines in it. */
  vms: string[];
  /** Site times. */
  createdAt: number;
  updatedAt: number;
}

export interface LabHostPolicy {
  enabled: boolean;
  policy: boolean;
  /** CloudTower's ids of the hosts. */
  hosts: string[];
}

export const PLAN_TYPES = ["DAY", "HOUR", "MINUTE", "MONTH", "WEEK"] as const;

/** When snapshots of machines are taken, and how many are kept. */
export interface LabSnapshotPlan extends LabKeptObject {
  name: string;
  type: (typeof PLAN_TYPES)[number];
  intervals: number[];
  /** `08:30`; null: none was given. */
  time: string | null;
  /** As they were given. */
  start: string;
  end: string | null;
  remain: number;
  suspended: boolean;
  /** CloudTower's ids of the virtual machines. */
  vms: string[];
  /** Groups of snapshots that it has taken: the lab takes none by itself. */
  groups: number;
}

/** One change to what a cluster keeps. */
export type KeptStep = { [List in keyof LabKept]-?: KeptStepOf<List> }[keyof LabKept];

export type KeptObject<List extends keyof LabKept> = NonNullable<LabKept[List]>[number];

export type KeptStepOf<List extends keyof LabKept> =
  | { list: List; act: "create"; id: string; object: KeptObject<List> }
  | { list: List; act: "update"; id: string; to: Partial<KeptObject<List>> }
  | { list: List; act: "delete"; id: string };

/** The default storage policy, null until one is set; k and m are those of erasure coding. */
export interface LabClusterSettings {
  id: string;
  policy: string | null;
  replicaNum: number | null;
  ecK: number | null;
  ecM: number | null;
  thinProvision: boolean | null;
}

export interface LabRecycleBin {
  enabled: boolean;
  retain: number;
}

export interface LabTowerLicense {
  id: string;
  serial: string;
  type: "TRIAL" | "PERPETUAL" | "SUBSCRIPTION";
  /** Site times. */
  signedAt: number;
  expiresAt: number;
}

export interface LabThreshold {
  severity: "CRITICAL" | "NOTICE" | "INFO";
  value: number;
  quantile: number | null;
}

export interface LabAlertRule {
  customized: boolean;
  disabled: boolean;
  thresholds: LabThreshold[];
}

export interface LabTask {
  id: string;
  description: string;
  /** `connectCluster` and the like. */
  mutation: string;
  resource: { type: string; id: string };
  user: string | null;
  args: Record<string, unknown>;
  /** Site time. */
  createdAt: number;
  outcome: "well" | "fails" | "never-ends" | "paused";
  /** What it says when it fails, in the form of the vendor's messages. */
  failure?: string;
  /** The cluster's own code for that, where it has one. */
  ec?: string;
  change: TaskChange;
  /** Undefined while it runs. */
  ended?: { at: number; status: "SUCCESSED" | "FAILED" };
}

export type TaskChange =
  | { kind: "connect"; cluster: string }
  | { kind: "reconnect"; cluster: string; to: LabConnection; datacenter: string | undefined }
  | { kind: "remove"; cluster: string }
  | { kind: "recycleBin"; cluster: string; to: LabRecycleBin | null }
  | { kind: "keep"; cluster: string; steps: KeptStep[] }
  | { kind: "vm"; cluster: string; uuid: string; act: VmAct }
  | OwnedChange
  | { kind: "plain"; cluster?: undefined; of: string; id: string; act: PlainAct }
  | { kind: "label"; cluster?: undefined; id: string; to: LabelChange }
  | LibraryChange
  | LibraryImageChange;

/** What a task does with an image of the content library; uuids of its ISO images by the cluster's id. */
export type LibraryImageAct =
  | { does: "update"; to: Partial<Pick<LabLibraryImage, "name" | "description">> }
  | { does: "distribute"; images: Record<string, string> }
  | { does: "withdraw"; clusters: string[] }
  | { does: "delete" };

export interface LibraryImageChange {
  kind: "libraryImage";
  cluster?: undefined;
  id: string;
  act: LibraryImageAct;
}

/** What a task does with a template of the content library; templates by the cluster's id. */
export type LibraryAct =
  | { does: "create" | "distribute"; templates: Record<string, LabTemplate> }
  | { does: "update"; to: Partial<Pick<LabLibraryTemplate, "name" | "description" | "cloudInit">> }
  | { does: "withdraw"; clusters: string[] }
  | { does: "delete" };

export interface LibraryChange {
  kind: "library";
  cluster?: undefined;
  id: string;
  act: LibraryAct;
}

/** What a task does with a plain object, of a kind of the vendor's schema. */
export type PlainAct = { does: "create" } | { does: "update"; to: object } | { does: "delete" };

/** A change of a machine and of what belongs to it. */
export interface VmUpdate {
  does: "update";
  to: Partial<LabVm>;
  newVolumes: LabVolume[];
  /** Bytes that volumes grow to, by uuid. */
  volumeSizes?: Record<string, number>;
  /** Volumes that are deleted with it. */
  goneVolumes?: string[];
  /** The id of the folder that it is put into; null: it is taken out of the one that it is in. */
  folder?: string | null;
}

/** Machines that labels are put on or taken from, by CloudTower's ids. */
export interface LabelChange {
  vms: string[];
  on: boolean;
}

/** What a task does with a machine. */
export type VmAct =
  | { does: "create"; status: LabPower; host?: string; folder?: string }
  | VmUpdate
  | { does: "power"; status: LabPower; host?: string }
  | { does: "restart" }
  | { does: "delete"; volumes: boolean }
  | { does: "recycle" }
  | { does: "recover" };

/** Objects of a cluster's own that CloudTower makes, changes and deletes by tasks of one form. */
export interface LabOwned {
  vlan: LabVlan;
  vds: LabVds;
  volume: LabVolume;
  snapshot: LabSnapshot;
  template: LabTemplate;
  image: LabImage;
}
export type OwnedKind = keyof LabOwned;

/** The cluster's list of them, and that of those that a task is making. */
export const OWNED = {
  vlan: { list: "vlans", making: "newVlans" },
  vds: { list: "vdses", making: "newVdses" },
  volume: { list: "volumes", making: "newVolumes" },
  snapshot: { list: "snapshots", making: "newSnapshots" },
  template: { list: "templates", making: "newTemplates" },
  image: { list: "images", making: "newImages" },
} as const;

export type OwnedAct<Kind extends OwnedKind = OwnedKind> =
  | { does: "create" }
  | { does: "update"; to: Partial<LabOwned[Kind]> }
  | { does: "delete" };

export interface OwnedChange<Kind extends OwnedKind = OwnedKind> {
  kind: Kind;
  cluster: string;
  uuid: string;
  act: OwnedAct<Kind>;
}
