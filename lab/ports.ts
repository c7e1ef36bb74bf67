import { freePort } from "./free-port";
import { type ListenPlace, PortTaken } from "./listen";
import type { ModelFile } from "./model";
import { endpointOf, type Place } from "./system";

/** Where a lab listens for the plan's endpoints. */
export interface Places {
  /** Undefined: nowhere, on loopback the plan does not have it. */
  of(endpoint: Place): ListenPlace | undefined;
  /**
   * Runs what listens there. Others choose ports too: one that was taken since its choice is chosen anew, as long as
   * nobody knows it.
   */
  firstUse(listen: () => Promise<void>): Promise<void>;
}

/** The plan's own addresses, and the vendor's ports. */
export const OWN_PLACES: Places = { of: (endpoint) => endpoint, firstUse: (listen) => listen() };

/** Ports of loopback. All endpoints have their ports from the start, also those that answer only once the site has brought them up. */
export async function openPorts(file: ModelFile, endpoints: string[]): Promise<Places> {
  const { ports } = file.model;
  const chosen = new Set<string>();

  async function choose(endpoint: string): Promise<void> {
    chosen.add(endpoint);
    ports[endpoint] = await freePort(new Set(Object.values(ports)));
  }

  for (const endpoint of endpoints) if (ports[endpoint] === undefined) await choose(endpoint);
  await file.save();

  return {
    of(endpoint) {
      const port = ports[endpointOf(endpoint)];
      return port === undefined ? undefined : { address: "127.0.0.1", port };
    },
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
