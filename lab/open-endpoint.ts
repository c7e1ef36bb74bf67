import type { Authority } from "./certificates";
import type { Faults } from "./faults";
import { hostKey } from "./host-keys";
import type { ListenPlace } from "./listen";
import type { Recorder } from "./record";
import { type SiteServer, startSiteServer } from "./site-server";
import type { SiteState } from "./site-state";
import { startSshServer } from "./ssh-server";
import type { Endpoint, SiteSystem } from "./system";

export interface OpenEndpointOptions {
  site: SiteState;
  faults: Faults;
  recorder: Recorder;
  authority: Authority;
  /** Where SSH host keys are kept. */
  dir: string;
  /** Addresses that certificates are for beside the endpoint's own. */
  alsoFor: string[];
  system: SiteSystem;
  endpoint: Endpoint;
  listen: ListenPlace;
}

/** Starts the server of an endpoint, of HTTP or of SSH. */
export function openEndpoint(options: OpenEndpointOptions): Promise<SiteServer> {
  const { site, faults, recorder, authority, dir, alsoFor, system, endpoint, listen } = options;
  if (endpoint.serves === "ssh") {
    const key = () => hostKey(dir, endpoint.hostKey());
    return startSshServer({ faults, recorder, endpoint, hostKey: key, listen });
  }
  const tls = endpoint.serves === "https" ? authority.issue(endpoint.address, ...alsoFor) : undefined;
  return startSiteServer({ site, faults, recorder, system, web: endpoint, listen, tls });
}
