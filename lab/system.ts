import type { Model } from "./model";
import type { Answer, Call, Operation } from "./operation";
import type { LabSystem } from "./shell/system";
import type { SiteOptions } from "./site-options";
import type { SiteState } from "./site-state";
import type { SshMachine } from "./ssh-machine";
import type { Switch } from "./switch";

/**
 * One of the systems of which a site consists: all that the lab knows of it. Each is declared in its folder's
 * system.ts; lab/systems.ts lists them.
 */
export interface SiteSystem {
  name: string;
  /** Every call that it answers. */
  operations: readonly Operation[];
  /** What the facts do not settle of it. */
  switches: readonly Switch[];
  /** What is assumed of it and stands behind no single operation, or behind all of them. */
  assumed: readonly (readonly [what: string, why: string])[];
  /** Gives a model, a new one or one that was kept, what it must have of the system from the start. */
  seed?(model: Model, options: SiteOptions): void;
  /** Brings the site to this moment: what was under way may have ended. */
  advance(site: SiteState): void;
  /** Looks after what comes to pass though no client asks; until it is aborted. */
  watch?(site: SiteState, stopped: AbortSignal): Promise<void>;
  /** What happens to it behind a client's back. */
  byHand(site: SiteState): object;
  /** The operating systems in a model that shells run on. */
  computersIn?(model: Model): LabSystem[];
  /** Every endpoint that it serves at any time. */
  endpoints(plan: SiteOptions["plan"]): Place[];
  /** Begins to serve a site, until it is aborted. */
  serve(site: SiteState, stopped: AbortSignal): Serving;
  /** How it takes calls over HTTP, where that differs from what all do. */
  http?: HttpRules;
}

/** An address of the plan and a vendor's port. */
export interface Place {
  address: string;
  port: number;
}

/** `10.0.20.101:80`: what the record, fault rules and reach.json call it. */
export function endpointOf({ address, port }: Place): string {
  return `${address}:${port}`;
}

/** What a system serves; asked again after each change. */
export interface Serving {
  /** What listens just now. */
  listening(): Endpoint[];
  /** Addresses behind which something stands just now, also where nothing listens. */
  standing(): string[];
  /** By endpoint, the names of the SSH host keys that it may show. */
  hostKeys(): [endpoint: string, keys: string[]][];
}

export type Endpoint = WebEndpoint | SshEndpoint;

export interface WebEndpoint extends Place {
  serves: "http" | "https";
  /** The machine that is asked there, by uuid; undefined: no single one. */
  machine?: string;
  /** Whether its network is up; always unless told. */
  hasNetwork?(): boolean;
}

export interface SshEndpoint extends Place {
  serves: "ssh";
  machine: SshMachine;
  /** The name of the host key that it shows just now. */
  hostKey(): string;
}

export interface HttpRules {
  /** The operation of a call that its body says, not its path; undefined: its path does. */
  byBody?(method: string, path: string, body: unknown): Operation | undefined;
  /** What answers before the system itself, whatever the call; undefined: nothing does. */
  ahead?(site: SiteState, asked: { endpoint: string; url: string; tls: boolean }): AheadAnswer | undefined;
  /** What every answer to the n-th request has among its headers. */
  headers?(site: SiteState, n: number): Record<string, string>;
  /** An answer as it goes out. */
  sent?(site: SiteState, answer: Answer): Answer;
  /** Whether the body of an answer says, with a status that does not, that the call was not carried out. */
  isFailure?(body: unknown): boolean;
  /** Forgets the log-in that a call came with. */
  expireLogin?(site: SiteState, call: Call): void;
  /** A model of before with the log-ins of now. */
  withLogins?(past: Model, now: Readonly<Model>): Model;
}

export interface AheadAnswer extends Answer {
  headers?: Record<string, string>;
  /** As a web server's own page, not as JSON. */
  html?: boolean;
}

/** Whether a call has been carried out. */
export function succeeded({ http }: SiteSystem, { status, body }: Answer): boolean {
  return status < 300 && !http?.isFailure?.(body);
}
