import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { utils } from "ssh2";
import type { SitePlan } from "../plan/site-plan";
import { openAuthority } from "./certificates";
import { labClock } from "./clock";
import { bareTower, towerHttp } from "./cloudtower/front";
import { TOWER_VERSIONS, type TowerVersion } from "./cloudtower/tower-model";
import { createFaults, type FaultRule } from "./faults";
import { lockFolder } from "./folder-lock";
import { freePort } from "./free-port";
import { guestMachine } from "./guest/machine";
import type { HardwareOption } from "./hardware";
import { newHostKeys } from "./host-key";
import { hostMachine } from "./host-machine";
import { PortTaken } from "./listen";
import { type LabHost, openModel } from "./model";
import { networkNamespace, type OwnAddresses, ownAddresses as takeOwnAddresses } from "./own-addresses";
import { createRecorder, type RecordedRequest, recordTo } from "./record";
import { endSessions } from "./shell/machine";
import { type SiteServer, startSiteServer } from "./site-server";
import { SiteState } from "./site-state";
import { makeHostKey, startSshServer } from "./ssh-server";
import { SwitchStates } from "./switch";
import type { LabSwitches } from "./switches";
import { trustFile } from "./trust-file";
import { writeWhole } from "./write-whole";

export interface LabOptions {
  /** The site to be: its hosts, fresh from the factory. */
  plan: SitePlan;
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
  /** Disks by name of a profile for all hosts, or other hardware by management address; counts for new hosts only. */
  hardware?: HardwareOption;
  faults?: FaultRule[];
  switches?: Partial<LabSwitches>;
  /** Which of CloudTower's documents it follows once it is installed; 4.6.0 unless told. */
  cloudtowerVersion?: TowerVersion;
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

/** What goes to reach.json, for clients that have the plan's addresses. */
export interface Reach {
  /** What a stack tells a lab by. */
  lab: true;
  /** The network namespace that the lab listens in, where that is at the plan's own addresses. */
  namespace?: string;
  speed: number | "instant";
  only: boolean;
  /** PEM of the lab's authority. */
  ca: string;
  /** SHA-256 fingerprints of the SSH host keys that a host, or CloudTower's guest, may show, by endpoint. */
  hostKeys: Record<string, string[]>;
  endpoints: Record<string, string>;
}

export interface Lab {
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
  /** The living site, for what happens behind a client's back. */
  site: SiteState;
  stop(): Promise<void>;
}

/**
 * Starts a site in the lab. Throws, with nothing left listening, when an address or a port cannot be had, when
 * another lab runs on the folder, or when what is kept there cannot be read.
 */
export async function startLab(options: LabOptions): Promise<Lab> {
  const { plan, dir } = options;
  mkdirSync(dir, { recursive: true });
  const unlock = lockFolder(dir);
  const servers = new Map<string, SiteServer>();
  let addresses: OwnAddresses | undefined;
  try {
    addresses = options.ownAddresses ? await takeOwnAddresses(addressesOf(plan), dir) : undefined;
    return await serveSite(options, servers, addresses, unlock);
  } catch (error) {
    await Promise.all([...servers.values()].map((server) => server.close()));
    await addresses?.have([]);
    unlock();
    throw error;
  }
}

async function serveSite(
  options: LabOptions,
  servers: Map<string, SiteServer>,
  addresses: OwnAddresses | undefined,
  unlock: () => void,
): Promise<Lab> {
  const { plan, dir, speed = 1_000, ownAddresses = false } = options;
  const file = openModel(dir, { plan, seed: options.seed ?? plan.cluster.name, hardware: options.hardware });
  const { model } = file;
  const tower = { address: plan.cloudtower?.address, version: options.cloudtowerVersion ?? TOWER_VERSIONS[0] };
  const { neighbours = [] } = options;
  // Equal seeds make clusters of one serial number, which could not be told apart.
  if (new Set([model, ...neighbours.map((each) => each.model)].map(({ seed }) => seed)).size <= neighbours.length)
    throw new Error(`two of the lab's site and its neighbours have one seed: give each its own`);
  const switches = new SwitchStates(options.switches ?? {});
  const site = new SiteState(file, labClock(speed, model.time), switches, tower, neighbours);
  const faults = createFaults(file.ids);
  faults.set(options.faults ?? []);
  const recorder = createRecorder(options.recordLimit, options.recordTo ? recordTo(options.recordTo) : undefined);
  const authority = openAuthority(dir);

  const ended = new AbortController();

  // All endpoints have their ports from the start, also those that answer only once the site has brought them up.
  const chosen = new Set<string>();
  async function choosePort(endpoint: string): Promise<void> {
    chosen.add(endpoint);
    model.ports[endpoint] = await freePort(new Set(Object.values(model.ports)));
  }
  if (!ownAddresses) {
    for (const endpoint of addressesOf(plan).flatMap(endpointsOf))
      if (model.ports[endpoint] === undefined) await choosePort(endpoint);
    file.save();
  }

  const alsoFor = options.loopbackCertificates ? ["127.0.0.1"] : [];

  /** Where an endpoint of the plan listens: its own address, or a port of loopback that it keeps. */
  function place(address: string, port: number) {
    return ownAddresses ? { address, port } : { address: "127.0.0.1", port: model.ports[`${address}:${port}`] ?? 0 };
  }

  function web(
    address: string,
    port: 80 | 443,
    host: () => LabHost | undefined,
    cloudtower = false,
  ): [string, () => Promise<SiteServer>] {
    const endpoint = `${address}:${port}`;
    return [
      endpoint,
      () => {
        const tls = port === 443 ? authority.issue(address, ...alsoFor) : undefined;
        const listen = place(address, port);
        return startSiteServer({ site, faults, recorder, endpoint, host, listen, tls, cloudtower });
      },
    ];
  }

  function ssh(address: string, host: () => LabHost): [string, () => Promise<SiteServer>] {
    const endpoint = `${address}:22`;
    const key = () => {
      const { uuid, deployed } = host();
      return hostKey(dir, deployed && site.switches.of(newHostKeys) ? `${uuid}-deployed` : uuid);
    };
    return [
      endpoint,
      () => {
        const machine = hostMachine(site, host, ended.signal);
        return startSshServer({ faults, recorder, endpoint, machine, hostKey: key, listen: place(address, 22) });
      },
    ];
  }

  /** The guest's key is one, whichever machine has the address (assumed). */
  function guestSsh(address: string): [string, () => Promise<SiteServer>] {
    const endpoint = `${address}:22`;
    const machine = guestMachine(site, ended.signal);
    const key = () => hostKey(dir, "cloudtower");
    return [
      endpoint,
      () => startSshServer({ faults, recorder, endpoint, machine, hostKey: key, listen: place(address, 22) }),
    ];
  }

  const hostAddresses = model.hosts.map(({ managementIp }) => managementIp);
  const hosts = model.hosts.flatMap(({ managementIp, uuid }) => {
    const host = () => model.hosts.find((each) => each.uuid === uuid) as LabHost;
    return [web(managementIp, 80, host), web(managementIp, 443, host), ssh(managementIp, host)];
  });

  /** What listens just now: the hosts, the VIP that is set on the cluster, CloudTower once it is installed, and nothing that a fault has refused. */
  function wanted(): Map<string, () => Promise<SiteServer>> {
    const vip = model.cluster?.managementVip;
    const listens = (address?: string) => address && (ownAddresses || model.ports[`${address}:443`]);
    const installed = site.towerAnswers ? model.cloudtower?.address : undefined;
    const tower = listens(installed) ? installed : undefined;
    const planned = plan.cloudtower?.address;
    const front = !tower && site.towerGuest && site.switches.of(bareTower) === "502";
    const bare = front && listens(planned) ? planned : undefined;
    const noHost = () => undefined;
    // On loopback only what the plan has can be reached.
    const reached = vip && (ownAddresses || model.ports[`${vip}:80`]);
    const all = [
      ...hosts,
      ...(reached ? [web(vip, 80, noHost), web(vip, 443, noHost)] : []),
      ...(planned && site.towerGuest ? [guestSsh(planned)] : []),
      ...(tower ? [web(tower, 443, noHost, true)] : []),
      ...(bare ? [web(bare, 443, noHost, true)] : []),
      ...(tower && site.switches.of(towerHttp) !== "closed" ? [web(tower, 80, noHost, true)] : []),
    ];
    return new Map(all.filter(([endpoint]) => !faults.refuses(endpoint)));
  }

  /** What has an address just now, also where nothing listens at it. */
  function standing(): string[] {
    const { managementVip } = model.cluster ?? {};
    const tower = site.towerGuest || site.towerAnswers ? plan.cloudtower?.address : undefined;
    return [...hostAddresses, ...(managementVip ? [managementVip] : []), ...(tower ? [tower] : [])];
  }

  let stopped: Promise<void> | undefined;
  async function listen(): Promise<void> {
    // A change to a site that is stopped opens nothing again.
    if (stopped) return;
    const now = wanted();
    await Promise.all([...servers.keys()].filter((endpoint) => !now.has(endpoint)).map(closeServer));
    await addresses?.have(standing());
    const started = await Promise.allSettled(
      [...now].map(async ([endpoint, start]) => {
        if (!servers.has(endpoint)) servers.set(endpoint, await start());
      }),
    );
    for (const each of started) if (each.status === "rejected") throw each.reason;
  }

  async function closeServer(endpoint: string): Promise<void> {
    const server = servers.get(endpoint);
    servers.delete(endpoint);
    await server?.close();
  }

  /** Others choose ports too: one that was taken since its choice is chosen anew, as long as nobody knows it. */
  async function listenFirst(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await listen();
      } catch (error) {
        if (!(error instanceof PortTaken && chosen.has(error.endpoint)) || attempt > 20) throw error;
        await choosePort(error.endpoint);
        file.save();
      }
    }
  }

  // One after the other: two changes at once would both find an endpoint closed.
  let listening = listenFirst();
  await listening;
  function relisten(): Promise<void> {
    listening = listening.then(listen).catch((error: Error) => {
      process.stderr.write(`lab: ${error.message}\n`);
    });
    return listening;
  }
  site.onChange(relisten);
  endSessions(site);
  void site.watchGuests(ended.signal);

  const hostKeys = Object.fromEntries([...model.hosts.map(hostKeysOf), ...guestKeys()]);
  // At its own addresses the site is trusted as a real one is.
  if (ownAddresses) writeWhole(join(dir, "trust.yaml"), trustFile(basename(authority.caFile), hostKeys), 0o644);
  const reach: Reach = {
    lab: true,
    ...(ownAddresses && { namespace: networkNamespace() }),
    speed,
    only: !ownAddresses,
    ca: authority.ca,
    hostKeys: ownAddresses ? {} : hostKeys,
    endpoints: ownAddresses
      ? {}
      : Object.fromEntries(Object.entries(model.ports).map(([endpoint, port]) => [endpoint, `127.0.0.1:${port}`])),
  };

  /** The keys that a host shows, before and after a deployment. */
  function hostKeysOf({ managementIp, uuid }: LabHost): [string, string[]] {
    const names = site.switches.of(newHostKeys) ? [uuid, `${uuid}-deployed`] : [uuid];
    return [`${managementIp}:22`, names.map((name) => fingerprintOf(hostKey(dir, name)))];
  }

  function guestKeys(): [string, string[]][] {
    const address = plan.cloudtower?.address;
    return address ? [[`${address}:22`, [fingerprintOf(hostKey(dir, "cloudtower"))]]] : [];
  }

  async function stop(): Promise<void> {
    ended.abort();
    // Keeps the site's time.
    site.change(() => {});
    await listening;
    await Promise.all([...servers.keys()].map(closeServer));
    await addresses?.have([]);
    unlock();
  }

  return {
    reach,
    caFile: authority.caFile,
    async writeReach(to) {
      writeWhole(to, `${JSON.stringify(reach, undefined, 2)}\n`, 0o644);
    },
    requests: () => recorder.all(),
    clearRequests: () => recorder.clear(),
    async setFaults(rules) {
      faults.set(rules);
      await relisten();
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

/** Every address at which the site is or will be reached. */
function addressesOf(plan: SitePlan): string[] {
  const later = [plan.cluster.vip, plan.cloudtower?.address].filter((address) => address !== undefined);
  return [...plan.hosts.map((host) => host.management), ...later];
}

function endpointsOf(address: string): string[] {
  return [80, 443, 22].map((port) => `${address}:${port}`);
}

/** As `ssh-keygen -l` prints it. */
function fingerprintOf(pem: string): string {
  const key = utils.parseKey(pem);
  if (key instanceof Error) throw key;
  return `SHA256:${createHash("sha256").update(key.getPublicSSH()).digest("base64").replace(/=+$/, "")}`;
}

/** A host keeps its SSH key over restarts, or every client would refuse it. */
function hostKey(dir: string, name: string): string {
  const file = join(dir, `ssh-${name}.pem`);
  if (!existsSync(file)) writeWhole(file, makeHostKey());
  return readFileSync(file, "utf8");
}
