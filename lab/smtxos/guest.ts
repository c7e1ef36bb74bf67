import type { SiteState } from "../site-state";
import { oneOf } from "../switch";
import type { LabVm } from "./cluster-model";
import { guestTools, toolsRunIn } from "./power";

export const noGuest = oneOf(
  "noGuest",
  ["empty", "null", "not-running"],
  "What guest_info is while no tools run in the guest.",
  "the runbook (stage 04) shows ga_state Running alone; before that guest_info may be empty, null, or have another ga_state (here NotRunning)",
);

/** Whether the tools run in the guest. */
export function toolsRun(site: SiteState, vm: LabVm): boolean {
  return site.switches.of(guestTools) === "installed" && toolsRunIn(vm, (moment) => site.isDue(moment));
}

/** guest_info as the runbook shows it (stage 04); its figures of the operating system are the sample's. */
export function guestInfo(site: SiteState, vm: LabVm) {
  if (!toolsRun(site, vm)) {
    const shown = site.switches.of(noGuest);
    return { empty: {}, null: null, "not-running": { ga_state: "NotRunning" } }[shown];
  }
  return {
    dns_servers: vm.guest?.dns ?? vm.cloudInit?.nameservers ?? [],
    expired: false,
    ga_state: "Running",
    ga_version: 4_000_000,
    gateway_ips: vm.nics.flatMap(({ address }) => address?.gateway ?? []),
    hostname: vm.guest?.hostname ?? vm.cloudInit?.hostname ?? "localhost.localdomain",
    kernel_info: "4.19.90-2307.3.0.oe1.smartx.37.x86_64",
    mounted: false,
    nics: [loopback, ...vm.nics.map((nic, index) => guestNic(nic, index))],
    os_version: "openEuler 20.03 (LTS-SP3)",
    storage: { disks: [], mount_points: [], size: 0, storage_pools: [], used: null },
    // Seconds.
    update_time: Math.floor(site.now / 1_000),
    vip: null,
  };
}

const loopback = {
  gateway_ip: "",
  gateway_ip_v6: "::",
  hardware_address: "00:00:00:00:00:00",
  ip_addresses: [
    { ip_address: "127.0.0.1", ip_address_type: "ipv4", netmask: "255.0.0.0", prefix: "8" },
    { ip_address: "::1", ip_address_type: "ipv6", netmask: "", prefix: "128" },
  ],
  ip_type: "unknown",
  ip_type_v6: "unknown",
  name: "lo",
};

function guestNic({ mac, address }: LabVm["nics"][number], index: number) {
  return {
    gateway_ip: address?.gateway ?? "",
    gateway_ip_v6: "",
    hardware_address: mac,
    ip_addresses: address
      ? [
          {
            ip_address: address.ip,
            ip_address_type: "ipv4",
            netmask: address.netmask,
            prefix: prefixOf(address.netmask),
          },
        ]
      : [],
    ip_type: address ? "static" : "dhcp",
    ip_type_v6: "dhcp",
    name: `ens${4 + index}`,
  };
}

/** 24 of 255.255.255.0, as text. */
function prefixOf(netmask: string): string {
  const bits = netmask.split(".").map((part) => Number(part).toString(2).replaceAll("0", ""));
  return String(bits.join("").length);
}
