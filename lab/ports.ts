import { freePort } from "./free-port";
import { PortTaken } from "./listen";
import type { ModelFile } from "./model";

/** The ports of loopback at which a lab has the plan's endpoints. */
export interface Ports {
  /** Undefined: none, the plan does not have it. */
  of(endpoint: string): number | undefined;
  /**
   * Runs what listens on them. Others choose ports too: one that was taken since its choice is chosen anew, as long as
   * nobody knows it.
   */
  firstUse(listen: () => Promise<void>): Promise<void>;
}

/** All endpoints have their ports from the start, also those that answer only once the site has brought them up. */
export async function openPorts(file: ModelFile, endpoints: string[]): Promise<Ports> {
  const { ports } = file.model;
  const chosen = new Set<string>();

  async function choose(endpoint: string): Promise<void> {
    chosen.add(endpoint);
    ports[endpoint] = await freePort(new Set(Object.values(ports)));
  }

  for (const endpoint of endpoints) if (ports[endpoint] === undefined) await choose(endpoint);
  await file.save();

  return {
    of: (endpoint) => ports[endpoint],
    async firstUse(listen) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await listen();
        } catch (error) {
          if (!(error instanceof PortTaken && chosen.has(error.endpoint)) || attempt > 20) throw error;
          await choose(error.endpoint);
          await file.save();
        }
      }
    },
  };
}
