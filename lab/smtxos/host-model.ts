import type { Hardware } from "../hardware";
import type { LabSystem } from "../shell/system";

declare module "../model" {
  interface Model {
    hosts: LabHost[];
    deployment?: Deployment;
    /** Log-ins to Fisheye, by token. */
    sessions: Record<string, { user: string; expires: number }>;
  }
}

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

/** Password of root and smartx on a host as it comes from the factory (samples of the deployment request). */
export const FACTORY_PASSWORD = "P@ssw0rd!123";

/** What a host calls itself until it is deployed. */
export const FACTORY_NAME = "localhost.localdomain";
