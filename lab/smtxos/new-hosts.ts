import type { PlannedHost } from "../../plan/site-plan";
import { hardwareFor } from "../hardware";
import type { Model } from "../model";
import { type Seeded, seeded } from "../random";
import type { SiteOptions } from "../site-options";
import { FACTORY_NAME, FACTORY_PASSWORD, type LabHost } from "./host-model";

/** Sees to it that a model, a new one or one that was kept, has the plan's hosts: each that it lacks is fresh from the factory. */
export function seedHosts(model: Model, site: SiteOptions): void {
  model.hosts ??= [];
  model.sessions ??= {};
  // A host that the plan has gained since is a new machine in the rack.
  for (const host of site.plan.hosts) {
    const known = model.hosts.find((each) => each.managementIp === host.management);
    if (!known) model.hosts.push(freshHost(site, host, seeded(model.seed)));
    else if (!known.bmc) Object.assign(known, bmcOf(host));
  }
}

function freshHost({ plan, hardware }: SiteOptions, host: PlannedHost, ids: Seeded): LabHost {
  return {
    uuid: ids.uuid(`host ${host.management}`),
    serial: machineSerial(ids.hex(`serial ${host.management}`, 32)),
    hostname: FACTORY_NAME,
    managementIp: host.management,
    storageIp: host.storage,
    managementNic: plan.management.switch.nics[0] as string,
    storageNic: plan.storage.switch.nics[0] as string,
    deployed: false,
    remains: false,
    passwords: { root: FACTORY_PASSWORD, smartx: FACTORY_PASSWORD },
    ...bmcOf(host),
    hardware: hardwareFor(plan, host.management, hardware),
  };
}

function bmcOf({ bmc }: PlannedHost): Pick<LabHost, "bmc"> {
  if (!bmc) return {};
  const { address, username, password } = bmc;
  return { bmc: { address, ...(username && { user: username }), ...(password && { password }) } };
}

/** As a virtual machine has it in the captures: two halves of eight bytes. */
function machineSerial(hex: string): string {
  const bytes = hex.match(/../g) ?? [];
  return `VMware-${bytes.slice(0, 8).join(" ")}-${bytes.slice(8).join(" ")}`;
}
