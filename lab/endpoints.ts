import type { OwnAddresses } from "./own-addresses";
import type { SiteServer } from "./site-server";

/** What a lab's endpoints are opened and closed by. */
export interface EndpointsOptions {
  /** By endpoint, how each is opened that is to listen just now. */
  wanted(): Map<string, () => Promise<SiteServer>>;
  /** What has an address just now, also where nothing listens at it. */
  standing(): string[];
  /** Where the lab adds the plan's addresses to this machine. */
  addresses: OwnAddresses | undefined;
}

export interface Endpoints {
  /** Closes what is to listen no more and opens what is to listen now; throws where one cannot be opened. */
  listen(): Promise<void>;
  /** The same once all that was asked for before is done; an endpoint that cannot be opened is named on standard error. */
  relisten(): Promise<void>;
  /** Closes all of them; nothing is opened again. */
  close(): Promise<void>;
}

/** The servers of a site, kept in step with what it has at its addresses. */
export function createEndpoints({ wanted, standing, addresses }: EndpointsOptions): Endpoints {
  const servers = new Map<string, SiteServer>();
  let closed = false;
  // One after the other: two changes at once would both find an endpoint closed.
  let last = Promise.resolve();

  async function listen(): Promise<void> {
    if (closed) return;
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

  return {
    listen() {
      const now = last.then(listen);
      last = now.catch(() => {});
      return now;
    },
    relisten() {
      last = last.then(listen).catch((error: Error) => {
        process.stderr.write(`lab: ${error.message}\n`);
      });
      return last;
    },
    async close() {
      closed = true;
      await last;
      await Promise.all([...servers.keys()].map(closeServer));
      await addresses?.have([]);
    },
  };
}
