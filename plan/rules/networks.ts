import { type Draft, fieldOf } from "../draft";
import { addressNumber, blockOf, isInside, isReserved, overlap } from "../ipv4";
import { networkOf } from "../names";
import { PLATFORM_NETWORK } from "../site-plan";
import { networksOf, type PartialNetwork, type PartialPlan, type SwitchOwner } from "./partial-plan";
import { hasError, report, reportTwice } from "./report";

/** Subnets, gateways and VLAN ids of the networks, rows 3 to 18 of 虚拟网络. */
export function checkNetworks(draft: Draft, plan: PartialPlan): void {
  const networks = networksOf(plan);
  reportTwice(
    draft,
    "network-name-twice",
    networks.map(({ path, network }) => ({ path: [...path, "name"], value: network.name })),
  );
  const blocks = networks.map(({ network }) => blockOf(network.subnet));
  networks.forEach(({ path, network }, i) => {
    const at = [...path, "subnet"];
    const block = blocks[i];
    if (!block) return;
    straighten(draft, at, network);
    const { prefix } = block;
    if (prefix < 8 || prefix > 30) report(draft, "subnet-prefix", at, { value: network.subnet, params: { prefix } });
    const other = networks[blocks.slice(0, i).findIndex((before) => before && overlap(before, block))];
    if (other) {
      report(draft, "subnet-overlaps", at, {
        value: network.subnet,
        other: [...other.path, "subnet"],
        params: { subnet: String(other.network.subnet) },
      });
    }
    checkGateway(draft, path, network);
  });
  const management = plan.management?.network;
  const gateway = ["management", "network", "gateway"];
  if (management?.subnet && management.gateway === undefined && !hasError(draft, gateway)) {
    report(draft, "gateway-missing", gateway);
  }
  // 虚拟网络 D4 is not for the user to write (facts on the workbook): the deployment gives the network its name.
  const name = management?.name;
  if (typeof name === "string" && name !== PLATFORM_NETWORK)
    report(draft, "platform-network-name", ["management", "network", "name"], { value: name, params: { name } });
  checkVlans(draft, networks);
  checkIpmi(draft, plan);
}

/**
 * A subnet may be written with any of its addresses, as the vendor's own tool takes it; the plan holds the network.
 * A warning, for what is meant is plain.
 */
function straighten(draft: Draft, at: (string | number)[], network: PartialNetwork): void {
  const subnet = networkOf(network.subnet ?? "");
  if (subnet === undefined || subnet === network.subnet) return;
  report(draft, "subnet-host-bits", at, { value: network.subnet, params: { field: fieldOf(at), subnet } });
  network.subnet = subnet;
}

function checkGateway(draft: Draft, path: (string | number)[], network: PartialNetwork): void {
  const block = blockOf(network.subnet);
  const gateway = addressNumber(network.gateway ?? "");
  if (!block || gateway === undefined) return;
  const details = {
    value: network.gateway,
    other: [...path, "subnet"],
    params: { subnet: network.subnet ?? "" },
  };
  if (!isInside(gateway, block)) report(draft, "gateway-outside-subnet", [...path, "gateway"], details);
  else if (isReserved(gateway, block)) report(draft, "address-reserved", [...path, "gateway"], details);
}

/**
 * 0 is untagged and may stand on every switch, but once, as any id: two untagged networks of one switch are the same
 * layer-2 network under two names.
 */
function checkVlans(draft: Draft, networks: ReturnType<typeof networksOf>): void {
  const seen = new Map<SwitchOwner, Map<number, (string | number)[]>>();
  for (const { path, network, owner } of networks) {
    const at = [...path, "vlan"];
    // Blank is untagged for management and storage and a mistake of its own elsewhere.
    const vlan = network.vlan ?? 0;
    if (hasError(draft, at) || typeof vlan !== "number") continue;
    const ids = seen.get(owner) ?? new Map<number, (string | number)[]>();
    seen.set(owner, ids);
    const other = ids.get(vlan);
    if (other) report(draft, "vlan-twice", at, { value: String(vlan), other, params: { vlan } });
    else ids.set(vlan, at);
  }
}

/** Row 3 is for information: nothing is made of it, so what is wrong with it is a warning. */
function checkIpmi(draft: Draft, plan: PartialPlan): void {
  const ipmi = plan.ipmi;
  const block = blockOf(ipmi?.subnet);
  if (!ipmi || !block) return;
  straighten(draft, ["ipmi", "subnet"], ipmi);
  const other = networksOf(plan).find(({ network }) => {
    const each = blockOf(network.subnet);
    return each && overlap(each, block);
  });
  if (other) {
    report(draft, "ipmi-subnet-overlaps", ["ipmi", "subnet"], {
      value: ipmi.subnet,
      other: [...other.path, "subnet"],
      params: { subnet: String(other.network.subnet) },
    });
  }
  const gateway = addressNumber(ipmi.gateway ?? "");
  if (gateway !== undefined && (!isInside(gateway, block) || isReserved(gateway, block))) {
    report(draft, "ipmi-gateway-outside", ["ipmi", "gateway"], {
      value: ipmi.gateway,
      other: ["ipmi", "subnet"],
      params: { subnet: String(ipmi.subnet) },
    });
  }
}
