import type { PlannedHost } from "../../plan/site-plan";
import { NotAuthorised, Refused, SitewrightError } from "../../providers/kernel/errors";
import { type Caller, predeploy } from "../../providers/smtxos/client";

export type SeenHost = Awaited<ReturnType<ReturnType<typeof predeploy>["scanCluster"]>>[number];
type Scan = Awaited<ReturnType<ReturnType<typeof predeploy>["scan"]>>;

/** What a planned host says of itself at its deployment API. */
export interface HostState {
  uuid?: string;
  serial?: string;
  /**
   * Undefined where it refuses the fixed token of a factory image: some versions may do so once they are deployed
   * (facts, part B 5B 2).
   */
  deployed: boolean | undefined;
  /** Where a deployed host is not as the plan has it: `hostname`, `management`, `storage`. */
  differs: ("hostname" | "management" | "storage")[];
}

/** Asks a host for its scan and whether it is deployed. Undefined where it does not tell. */
export async function askHost(caller: Caller, planned: PlannedHost): Promise<HostState | undefined> {
  const client = predeploy(caller, planned.management);
  try {
    const [scan, deployed] = await Promise.all([client.scan(), client.isDeployed()]);
    return {
      uuid: scan.host_uuid,
      ...(scan.sn && { serial: scan.sn }),
      deployed,
      differs: deployed ? differences(scan, planned) : [],
    };
  } catch (error) {
    if (error instanceof NotAuthorised) return { deployed: undefined, differs: [] };
    if (error instanceof SitewrightError || caller.signal.aborted) return undefined;
    throw error;
  }
}

/** Ports as a deployment names them (facts of the vendor's captures, as in providers/smtxos/scan.ts). */
function differences(scan: Scan, planned: PlannedHost): HostState["differs"] {
  const addressOf = (port: string) => scan.ifaces.find(({ name }) => name === port)?.ipv4?.split("/")[0];
  const checks = [
    // One that tells no name may have any.
    ["hostname", !scan.hostname || scan.hostname.toLowerCase() === planned.name.toLowerCase()],
    ["management", addressOf("port-mgt") === planned.management],
    ["storage", addressOf("port-storage") === planned.storage],
  ] as const;
  return checks.filter(([, same]) => !same).map(([what]) => what);
}

/** What a host sees of its kind in layer 2; empty where it sees or tells nothing. */
export async function seenBy(caller: Caller, address: string): Promise<SeenHost[]> {
  try {
    return await predeploy(caller, address).scanCluster();
  } catch (error) {
    if (error instanceof SitewrightError || caller.signal.aborted) return [];
    throw error;
  }
}

/** Whether a deployed SMTX OS speaks at an address: also a refusal in its envelope, or of the token, is its answer. */
export async function speaksSmtxos(caller: Caller, address: string): Promise<boolean> {
  try {
    return await predeploy(caller, address).isDeployed();
  } catch (error) {
    if (error instanceof Refused) return error.vendorCode !== undefined;
    if (error instanceof NotAuthorised) return true;
    if (error instanceof SitewrightError || caller.signal.aborted) return false;
    throw error;
  }
}
