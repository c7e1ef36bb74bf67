import type { SitePlan } from "../../plan/site-plan";
import type { SiteState } from "../site-state";
import { oneOf } from "../switch";
import type { Endpoint, Place, Serving } from "../system";
import { hasNetwork } from "./deployment-course";
import { hostMachine } from "./host-machine";
import type { LabHost } from "./host-model";

export const newHostKeys = oneOf(
  "newHostKeys",
  [false, true],
  "A deployment gives its hosts new SSH host keys.",
  "whether hosts keep their SSH host keys through a deployment; no document says it",
  "SSH of each host",
);

const PORTS = [80, 443, 22];

/** Of every host and of the VIP. */
export function smtxosEndpoints({ hosts, cluster: { vip } }: SitePlan): Place[] {
  const addresses = [...hosts.map(({ management }) => management), ...(vip === undefined ? [] : [vip])];
  return addresses.flatMap((address) => PORTS.map((port) => ({ address, port })));
}

/** The hosts, and the VIP that is set on the cluster. */
export function serveSmtxos(site: SiteState, stopped: AbortSignal): Serving {
  // A host is reached where it was at the start.
  const hosts = site.model.hosts.map(({ managementIp: address, uuid }) => {
    const host = () => site.model.hosts.find((each) => each.uuid === uuid) as LabHost;
    const web = { address, machine: uuid, hasNetwork: () => hasNetwork(site, host()) };
    const endpoints: Endpoint[] = [
      { serves: "http", port: 80, ...web },
      { serves: "https", port: 443, ...web },
      { serves: "ssh", port: 22, address, machine: hostMachine(site, host, stopped), hostKey: () => keyOf(host()) },
    ];
    return { address, uuid, endpoints };
  });

  function keyOf({ uuid, deployed }: LabHost): string {
    return deployed && site.switches.of(newHostKeys) ? `${uuid}-deployed` : uuid;
  }

  function vips(): string[] {
    const { managementVip } = site.model.cluster ?? {};
    return managementVip ? [managementVip] : [];
  }

  return {
    listening: () => [
      ...hosts.flatMap(({ endpoints }) => endpoints),
      ...vips().flatMap((address): Endpoint[] => [
        { serves: "http", address, port: 80 },
        { serves: "https", address, port: 443 },
      ]),
    ],
    standing: () => [...hosts.map(({ address }) => address), ...vips()],
    // Those of before a deployment and after it.
    hostKeys: () =>
      hosts.map(({ address, uuid }) => [
        `${address}:22`,
        site.switches.of(newHostKeys) ? [uuid, `${uuid}-deployed`] : [uuid],
      ]),
  };
}
