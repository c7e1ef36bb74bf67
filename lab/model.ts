import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { PlannedHost, SitePlan } from "../plan/site-plan";
import type { LabTower } from "./cloudtower/tower-model";
import { type Hardware, type HardwareOption, hardwareFor } from "./hardware";
import { type Seeded, seeded } from "./random";
import type { LabSystem } from "./shell/system";
import type { LabCluster } from "./smtxos/cluster-model";
import type { SiteStage } from "./stage/site-stage";
import { writeWhole } from "./write-whole";

/** What the lab remembers of one machine. */
export interface LabHost {
  uuid: string;
  serial: string;
  hostname: string;
  managementIp: string;
  storageIp: string;
  /** The port that has the management address before a deployment: the first of the plan's management switch. */
  managementNic: string;
  /** The port by which the L2 scan finds it: the first of the plan's storage switch. */
  storageNic: string;
  /** A deployment ended well on it. */
  deployed: boolean;
  /** A deployment that failed has left its networks behind. */
  remains: boolean;
  passwords: { root: string; smartx: string };
  /** Its out-of-band controller; user and password that the plan does not tell may be any. */
  bmc?: { address: string; user?: string; password?: string };
  hardware: Hardware;
  /** What shells on it have done; undefined before the first. */
  system?: LabSystem;
}

/** A host as the deployment request named it. */
export interface DeployedHost {
  hostIp: string;
  uuid: string;
  hostname: string;
  managementIp: string;
  storageIp: string;
  /** What the accounts' passwords become; an account that is not named keeps its own. */
  passwords?: Partial<LabHost["passwords"]>;
}

export interface Deployment {
  /** Site time at which it was accepted. */
  startedAt: number;
  /** Each host as the request named it, in the request's order. */
  hosts: DeployedHost[];
  clusterName: string;
  masters: string[];
  /** Its switches, each with the ports of each host; bondMode is empty for a single port. */
  vdses: { name: string; bondMode: string; hosts: { uuid: string; nics: string[] }[] }[];
  networks: { name: string; vds: string; vlanId: number; use: "mgt" | "storage" }[];
  outcome: "well" | "fails" | "never-ends";
  /** The stage, counted from 1, at which it fails or stays; the last unless told. */
  endsAt?: number;
}

/** The site as it stands, all of it; saved after each change. */
export interface Model {
  /** Of this file; see FORMAT. */
  format: number;
  seed: string;
  /** Site time when it was last saved. */
  time: number;
  hosts: LabHost[];
  /** To which `lab start --stage` has brought it. */
  stage?: SiteStage;
  deployment?: Deployment;
  cluster?: LabCluster;
  /** From its installation on. */
  cloudtower?: LabTower;
  sessions: Record<string, { user: string; expires: number }>;
  /** How many ids each name has had. */
  ids: Record<string, number>;
  ports: Record<string, number>;
}

/** Password of root and smartx on a host as it comes from the factory (samples of the deployment request). */
export const FACTORY_PASSWORD = "P@ssw0rd!123";

/** What a host calls itself until it is deployed. */
export const FACTORY_NAME = "localhost.localdomain";

/** Counts up when a kept site would be misread. */
const FORMAT = 5;

export interface ModelFile {
  model: Model;
  ids: Seeded;
  /** Writes the site once all that this turn of the process does has changed it. Resolves when it is on disk. */
  save(): Promise<void>;
  /** The site as it was last written, as JSON. */
  readonly written: string;
}

/** What a site, or a host that is new in it, is made from. */
export interface NewSite {
  plan: SitePlan;
  seed: string;
  hardware?: HardwareOption | undefined;
}

/** The model kept in a folder, or a new one of hosts fresh from the factory. */
export function openModel(folder: string, site: NewSite): ModelFile {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "state.json");
  const model = readModel(file) ?? freshModel(site.seed);
  // A host that the plan has gained since is a new machine in the rack.
  for (const host of site.plan.hosts) {
    const known = model.hosts.find((each) => each.managementIp === host.management);
    if (!known) model.hosts.push(freshHost(site, host, seeded(model.seed)));
    else if (!known.bmc) Object.assign(known, bmcOf(host));
  }
  let written = "";
  function write(): void {
    written = JSON.stringify(model);
    writeWhole(file, written);
  }
  write();
  let saving: Promise<void> | undefined;
  return {
    model,
    ids: seeded(model.seed),
    save() {
      // One request may change a site hundreds of times, and a site of thousands of machines takes its time to write.
      saving ??= Promise.resolve().then(() => {
        saving = undefined;
        write();
      });
      return saving;
    },
    get written() {
      return written;
    },
  };
}

function readModel(file: string): Model | undefined {
  try {
    const model = JSON.parse(readFileSync(file, "utf8")) as Model;
    if (model.format !== FORMAT) throw new Error("another version of the lab wrote it");
    return model;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Error(
      `the lab's state ${file} cannot be used (${(error as Error).message}); remove its folder to begin anew`,
    );
  }
}

function freshModel(seed: string): Model {
  return { format: FORMAT, seed, time: Date.UTC(2026, 0, 1), sessions: {}, ids: {}, ports: {}, hosts: [] };
}

function freshHost({ plan, hardware }: NewSite, host: PlannedHost, ids: Seeded): LabHost {
  return {
    uuid: ids.uuid(`host ${host.management}`),
    serial: machineSerial(ids.hex(`serial ${host.management}`, 32)),
    hostname: FACTORY_NAME,
    managementIp: host.management,
    storageIp: host.storage,
    managementNic: plan.management.switch.nics[0] as string,
    storageNic: plan.storage.switch.nics[0] as string,
    deployed: false,
    remains: false,
    passwords: { root: FACTORY_PASSWORD, smartx: FACTORY_PASSWORD },
    ...bmcOf(host),
    hardware: hardwareFor(plan, host.management, hardware),
  };
}

function bmcOf({ bmc }: PlannedHost): Pick<LabHost, "bmc"> {
  if (!bmc) return {};
  const { address, username, password } = bmc;
  return { bmc: { address, ...(username && { user: username }), ...(password && { password }) } };
}

/** As a virtual machine has it in the captures: two halves of eight bytes. */
function machineSerial(hex: string): string {
  const bytes = hex.match(/../g) ?? [];
  return `VMware-${bytes.slice(0, 8).join(" ")}-${bytes.slice(8).join(" ")}`;
}
