import { mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { type ByHand, byHandOf } from "./by-hand";
import { openAuthority } from "./certificates";
import { createEndpoints } from "./endpoints";
import { createFaults, type FaultRule } from "./faults";
import { lockFolder } from "./folder-lock";
import { fingerprintOf, hostKey } from "./host-keys";
import type { ListenPlace } from "./listen";
import { openEndpoint } from "./open-endpoint";
import { openSite } from "./open-site";
import { networkNamespace, ownAddresses as takeOwnAddresses } from "./own-addresses";
import { OWN_PLACES, openPorts } from "./ports";
import type { Reach } from "./reach";
import { createRecorder, type RecordedRequest, recordTo } from "./record";
import { endSessions } from "./shell/machine";
import type { SiteOptions } from "./site-options";
import type { SiteServer } from "./site-server";
import type { SiteState } from "./site-state";
import type { LabSwitches } from "./switches";
import { endpointOf, type Serving, type SiteSystem } from "./system";
import { systems } from "./systems";
import { trustFile } from "./trust-file";
import { writeWhole } from "./write-whole";

export interface LabOptions extends SiteOptions {
  /** Where it is kept: started again there, it is the same site on the same ports. */
  dir: string;
  /**
   * How many times faster than real; `instant`: work is done at the first look. 1000 unless told. At 0 time stands
   * still but for `site.pass`, for tests of the lab itself: clients that divide their waits by it need more.
   */
  speed?: number | "instant";
  /** What ids and serials are made from; counts for a new site only. */
  seed?: string;
  /** Listen on the plan's own addresses and the vendor's ports instead of ports on loopback. */
  ownAddresses?: boolean;
  faults?: FaultRule[];
  switches?: Partial<LabSwitches>;
  /**
   * Sites of other labs in this process whose clusters this one's CloudTower reaches too: what is done to a cluster
   * here is done there. Their seeds must differ, and a lab that is started again is given them again.
   */
  neighbours?: readonly SiteState[];
  /** Certificates are for loopback too, for clients that know nothing of the plan's addresses. */
  loopbackCertificates?: boolean;
  /** How many requests the record keeps at most, the newest; 100,000 unless told. */
  recordLimit?: number;
  /** A file to which each request is appended as a line of JSON once it has ended. */
  recordTo?: string;
}

/** A running lab; by the name of each system, what a test or the demo does to it behind a client's back. */
export interface Lab extends ByHand {
  reach: Reach;
  /** PEM file of the lab's authority, in the lab's folder. */
  caFile: string;
  /** Writes reach.json, whole or not at all. */
  writeReach(file: string): Promise<void>;
  /** What was asked since the start or the last clear, in order. */
  requests(): RecordedRequest[];
  clearRequests(): void;
  /** Other rules from now on. Resolves once endpoints that they refuse are closed, and the others open. */
  setFaults(rules: FaultRule[]): Promise<void>;
  /** How often each fault rule has applied. */
  faultsApplied(): number[];
  /** The living site: its model and its time. */
  site: SiteState;
  stop(): Promise<void>;
}

const all: readonly SiteSystem[] = systems;

/**
 * Starts a site in the lab. Throws, with nothing left listening, when an address or a port cannot be had, when
 * another lab runs on the folder, or when what is kept there cannot be read.
 */
export async function startLab(options: LabOptions): Promise<Lab> {
  mkdirSync(options.dir, { recursive: true });
  const unlock = lockFolder(options.dir);
  const undo: (() => unknown)[] = [unlock];
  try {
    return await serveSite(options, undo, unlock);
  } catch (error) {
    for (const step of undo.reverse()) await step();
    throw error;
  }
}

/** Opens the site and serves it; what it has taken, `undo` gives back, the last first. */
async function serveSite(options: LabOptions, undo: (() => unknown)[], unlock: () => void): Promise<Lab> {
  const { plan, dir, speed = 1_000 } = options;
  const planned = all.flatMap((system) => system.endpoints(plan));
  const addresses = options.ownAddresses
    ? await takeOwnAddresses([...new Set(planned.map(({ address }) => address))], dir)
    : undefined;
  undo.push(() => addresses?.have([]));
  const { site, file } = openSite({ ...options, speed });
  const places = addresses ? OWN_PLACES : await openPorts(file, planned.map(endpointOf));
  const ended = new AbortController();
  undo.push(() => ended.abort());
  const serving = all.map((system) => ({ system, ...system.serve(site, ended.signal) }));

  const faults = createFaults(file.ids);
  faults.set(options.faults ?? []);
  const recorder = createRecorder(options.recordLimit, options.recordTo ? recordTo(options.recordTo) : undefined);
  const authority = openAuthority(dir);

  const alsoFor = options.loopbackCertificates ? ["127.0.0.1"] : [];
  const opened = { site, faults, recorder, authority, dir, alsoFor };

  /** What the systems serve just now, and nothing that a fault refuses. */
  function wanted(): Map<string, () => Promise<SiteServer>> {
    const now = serving.flatMap(({ system, listening }) => listening().map((endpoint) => ({ system, endpoint })));
    return new Map(
      now.flatMap(({ system, endpoint }) => {
        const name = endpointOf(endpoint);
        if (!places.of(endpoint) || faults.refuses(name)) return [];
        // Its place is asked for again: a port may be chosen anew.
        const start = () => openEndpoint({ ...opened, system, endpoint, listen: places.of(endpoint) as ListenPlace });
        return [[name, start]];
      }),
    );
  }

  const standing = () => serving.flatMap((each) => each.standing());
  const endpoints = createEndpoints({ addresses, standing, wanted });
  undo.push(() => endpoints.close());
  await places.firstUse(endpoints.listen);
  site.onChange(endpoints.relisten);
  site.change((model) => endSessions(all.flatMap((system) => system.computersIn?.(model) ?? [])));
  for (const system of all) void system.watch?.(site, ended.signal);

  const hostKeys = fingerprints(serving, dir);
  // At its own addresses the site is trusted as a real one is.
  if (addresses) writeWhole(join(dir, "trust.yaml"), trustFile(basename(authority.caFile), hostKeys), 0o644);
  const reach: Reach = {
    lab: true,
    ...(addresses && { namespace: networkNamespace() }),
    speed,
    only: addresses === undefined,
    ca: authority.ca,
    hostKeys: addresses ? {} : hostKeys,
    endpoints: addresses ? {} : onLoopback(site.model.ports),
  };

  async function stop(): Promise<void> {
    ended.abort();
    try {
      // Keeps the site's time.
      site.change(() => {});
      await endpoints.close();
      await site.settled;
    } finally {
      unlock();
    }
  }

  let stopped: Promise<void> | undefined;
  return {
    ...byHandOf(site),
    reach,
    caFile: authority.caFile,
    async writeReach(to) {
      writeWhole(to, `${JSON.stringify(reach, undefined, 2)}\n`, 0o644);
    },
    requests: () => recorder.all(),
    clearRequests: () => recorder.clear(),
    async setFaults(rules) {
      faults.set(rules);
      await endpoints.relisten();
    },
    faultsApplied: () => faults.applied(),
    site,
    // Once: by the second time another lab may have the folder.
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** The keys that each machine shows, by endpoint. */
function fingerprints(serving: Serving[], dir: string): Record<string, string[]> {
  const named = serving.flatMap(({ hostKeys }) => hostKeys());
  return Object.fromEntries(
    named.map(([endpoint, keys]) => [endpoint, keys.map((name) => fingerprintOf(hostKey(dir, name)))]),
  );
}

function onLoopback(ports: Record<string, number>): Reach["endpoints"] {
  return Object.fromEntries(Object.entries(ports).map(([endpoint, port]) => [endpoint, `127.0.0.1:${port}`]));
}
