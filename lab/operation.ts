import type { Example } from "./example";
import type { FaultRule } from "./faults";
import type { SiteState } from "./site-state";
import type { Switch } from "./switch";

/** A call as it came over the wire. */
export interface Call {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Record<string, string | undefined>;
  /** What stands in the path for each `{name}` of the operation's. */
  params: Record<string, string>;
  /** Parsed JSON; of a form its fields, a file as a SentFile; or undefined. */
  body: unknown;
  /** The bytes of the file in a form; neither kept nor recorded. */
  file?: Uint8Array | undefined;
  /** The machine that was asked, by uuid; undefined when what was asked is no single machine. */
  machine: string | undefined;
  /** How a deployment that the call starts goes, where a fault says so. */
  deployment?: FaultRule["deployment"];
  /** How a job that the call starts goes, where a fault says so. */
  job?: FaultRule["job"];
  /** Controllers that refuse their IPMI account, where a fault says so. */
  ipmiRefused?: FaultRule["ipmiRefused"];
  /** How a task of CloudTower that the call starts goes, where a fault says so. */
  task?: FaultRule["task"];
  /** The chunk that the call brings does not count. */
  chunkLost?: FaultRule["chunkLost"];
  /** The chunk that the call brings is kept with other bytes. */
  chunkSpoilt?: FaultRule["chunkSpoilt"];
}

export interface Answer {
  status: number;
  /** Undefined: none. */
  body: unknown;
}

/** One call that the lab knows. */
export interface Operation {
  /** Stands in COVERAGE.md, in fault rules and in the record. */
  id: string;
  /** As COVERAGE.md has it: the system, or the service of it that answers. */
  system: string;
  method: string;
  /** With `{name}` for what may be anything. */
  path: string;
  /** Of GraphQL: the first field that is asked for; "*": any that no other operation has. */
  graphql?: string;
  /** Whether a client that makes this call changes something. Log-ins do not. */
  write: boolean;
  /** Where the behaviour is documented. */
  source: string;
  /** What of it no document settles. */
  assumed?: string;
  /** The switches that change it. */
  switches?: readonly Switch[];
  /** A request that it carries out, for the walk that is held to the vendor's schema. */
  example?: Example;
  /** Which clients check it. */
  checkedBy: string;
  handle(site: SiteState, call: Call): Answer;
}
