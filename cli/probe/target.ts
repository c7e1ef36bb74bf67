import type { Path } from "../../plan/draft";

/** What an address of the plan is for. */
export type Role = AddressRole | "management" | "bmc" | "dns" | "ntp";

/** Addresses that the site will take, and nobody else may have. */
export type AddressRole =
  | "vip"
  | "storage"
  | "cloudtower"
  | "observability"
  | "backupService"
  | "everoute"
  | "everouteNode"
  | "testRange";

/** One port of a target, and where reach.json lets it be asked. */
export interface Way {
  protocol: "tcp" | "udp";
  port: number;
  /** Where it is asked: the address itself, or the place that reach.json names. */
  at?: { host: string; port: number };
  /** Whether reach.json names that place. */
  mapped: boolean;
}

/** An address of the plan that is asked something. Plain data: it is listed before anything is sent. */
export interface ProbeTarget {
  role: Role;
  /** As the plan has it: an address, or a name for an NTP server. */
  address: string;
  /** The host that it belongs to. */
  host?: string;
  /** Where it stands in the plan. */
  path: Path;
  ways: Way[];
  /** Whether it is looked for beside its ports too: by ping and ARP. */
  neighbour: boolean;
}
