import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import type { SitePlan } from "../plan/site-plan";
import { openAuthority } from "./certificates";
import { labClock } from "./clock";
import { createFaults, type FaultRule } from "./faults";
import { openModel } from "./model";
import { defaultSwitches, type LabSwitches } from "./operation";
import { createRecorder, type RecordedRequest } from "./record";
import { type SiteServer, startSiteServer } from "./site-server";
import { SiteState } from "./site-state";
import { makeHostKey, startSshServer } from "./ssh-server";

export interface LabOptions {
  /** The site to be: its hosts, fresh from the factory. */
  plan: SitePlan;
  /** Where it is kept: started again there, it is the same site on the same ports. */
  dir: string;
  /** How many times faster than real; `instant`: work is done at the first look. 1000 unless told. */
  speed?: number | "instant";
  /** What ids and serials are made from; counts for a new site only. */
  seed?: string;
  /** Listen on the plan's own addresses and the vendor's ports instead of ports on loopback. */
  ownAddresses?: boolean;
  faults?: FaultRule[];
  switches?: Partial<LabSwitches>;
}

/** What goes to reach.json, for clients that have the plan's addresses. */
export interface Reach {
  speed: number | "instant";
  only: boolean;
  /** PEM of the lab's authority. */
  ca: string;
  endpoints: Record<string, string>;
}

export interface Lab {
  reach: Reach;
  /** Writes reach.json, whole or not at all. */
  writeReach(file: string): Promise<void>;
  /** What was asked since the start or the last clear, in order. */
  requests(): RecordedRequest[];
  clearRequests(): void;
  setFaults(rules: FaultRule[]): void;
  /** How often each fault rule has applied. */
  faultsApplied(): number[];
  /** The living site, for what happens behind a client's back. */
  site: SiteState;
  stop(): Promise<void>;
}

/** Starts a site in the lab. */
export async function startLab(options: LabOptions): Promise<Lab> {
  const { plan, dir, speed = 1_000, ownAddresses = false } = options;
  mkdirSync(dir, { recursive: true });
  const file = openModel(dir, plan, options.seed ?? plan.cluster.name);
  const { model } = file;
  const site = new SiteState(file, labClock(speed, model.time), { ...defaultSwitches, ...options.switches });
  const faults = createFaults(file.ids);
  faults.set(options.faults ?? []);
  const recorder = createRecorder();
  const authority = openAuthority(dir);
  const servers = new Map<string, SiteServer>();

  /** Where an endpoint of the plan listens: its own address, or a port of loopback that it keeps. */
  function place(address: string, port: number) {
    return ownAddresses ? { address, port } : { address: "127.0.0.1", port: model.ports[`${address}:${port}`] ?? 0 };
  }

  async function serveWeb(
    address: string,
    port: 80 | 443,
    host: () => (typeof model.hosts)[number] | undefined,
  ): Promise<void> {
    const endpoint = `${address}:${port}`;
    const tls = port === 443 ? authority.issue(address) : undefined;
    keep(
      endpoint,
      await startSiteServer({ site, faults, recorder, endpoint, host, listen: place(address, port), tls }),
    );
  }

  function keep(endpoint: string, server: SiteServer): void {
    servers.set(endpoint, server);
    if (!ownAddresses) model.ports[endpoint] = server.port;
  }

  async function closeServer(endpoint: string): Promise<void> {
    const server = servers.get(endpoint);
    servers.delete(endpoint);
    await server?.close();
  }

  await Promise.all(
    model.hosts.map(async ({ managementIp: address, uuid }) => {
      const host = () => model.hosts.find((each) => each.uuid === uuid) as (typeof model.hosts)[number];
      await Promise.all([
        serveWeb(address, 80, host),
        serveWeb(address, 443, host),
        startSshServer({ site, host, hostKey: hostKey(dir, uuid), listen: place(address, 22) }).then((server) =>
          keep(`${address}:22`, server),
        ),
      ]);
    }),
  );

  // Addresses that answer only once the site has brought them up have their ports from the start.
  const later = [plan.cluster.vip, plan.cloudtower?.address].filter((address) => address !== undefined);
  if (!ownAddresses) {
    for (const endpoint of later.flatMap((address) => [`${address}:80`, `${address}:443`, `${address}:22`])) {
      model.ports[endpoint] ??= await freePort();
    }
  }

  /** The VIP follows what is set on the cluster; on loopback only the planned one can be reached. */
  let shown: string | undefined;
  let following: Promise<void> = Promise.resolve();
  function followVip(): void {
    const wanted = model.cluster?.managementVip ?? undefined;
    following = following.then(async () => {
      if (wanted === shown) return;
      if (shown !== undefined) await Promise.all([closeServer(`${shown}:80`), closeServer(`${shown}:443`)]);
      shown = wanted;
      if (wanted === undefined || (!ownAddresses && !model.ports[`${wanted}:80`])) return;
      await Promise.all([serveWeb(wanted, 80, () => undefined), serveWeb(wanted, 443, () => undefined)]).catch(
        (error: Error) => {
          process.stderr.write(`lab: ${error.message}\n`);
        },
      );
    });
  }
  site.onChange(followVip);
  followVip();
  await following;
  file.save();

  const reach: Reach = {
    speed,
    only: !ownAddresses,
    ca: authority.ca,
    endpoints: ownAddresses
      ? {}
      : Object.fromEntries(Object.entries(model.ports).map(([endpoint, port]) => [endpoint, `127.0.0.1:${port}`])),
  };

  return {
    reach,
    async writeReach(to) {
      writeFileSync(`${to}.new`, `${JSON.stringify(reach, undefined, 2)}\n`);
      renameSync(`${to}.new`, to);
    },
    requests: () => recorder.all(),
    clearRequests: () => recorder.clear(),
    setFaults: (rules) => faults.set(rules),
    faultsApplied: () => faults.applied(),
    site,
    async stop() {
      site.change(() => {});
      await following;
      await Promise.all([...servers.keys()].map(closeServer));
    },
  };
}

/** A port of loopback on which nothing listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** A host keeps its SSH key over restarts, or every client would refuse it. */
function hostKey(dir: string, uuid: string): string {
  const file = join(dir, `ssh-${uuid}.pem`);
  if (!existsSync(file)) writeFileSync(file, makeHostKey(), { mode: 0o600 });
  return readFileSync(file, "utf8");
}
