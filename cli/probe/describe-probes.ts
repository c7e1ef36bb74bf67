import type { Pin } from "./pins";
import { trustSnippet } from "./pins";
import type { Probed } from "./probe-plan";
import type { ProbeTarget, Way } from "./target";

/** What is asked, or with dryRun would be, one line a target: its address, what it is, and by which way. */
export function describeTargets(targets: ProbeTarget[], dryRun: boolean): string {
  const width = Math.max(...targets.map(({ address }) => address.length));
  const lines = targets.map((target) => `  ${target.address.padEnd(width)}  ${labelOf(target)}: ${waysOf(target)}`);
  return [`${dryRun ? "would probe" : "probing"} these ${targets.length} targets:`, ...lines].join("\n");
}

function labelOf({ role, host }: ProbeTarget): string {
  return host === undefined ? labels[role] : `${labels[role]} of ${host}`;
}

const labels: Record<ProbeTarget["role"], string> = {
  management: "management",
  bmc: "BMC",
  dns: "DNS server",
  ntp: "NTP server",
  vip: "cluster VIP",
  storage: "storage address",
  cloudtower: "CloudTower",
  observability: "OBS",
  backupService: "backup service",
  everoute: "ER VIP",
  everouteNode: "ER controller",
  testRange: "test range",
};

function waysOf({ ways, neighbour }: ProbeTarget): string {
  if (ways.every(({ at }) => at === undefined)) return "not at all, reach.json lists no way there";
  return [...ways.map(wayText), ...(neighbour ? ["ping", "ARP"] : [])].join(", ");
}

function wayText({ protocol, port, at, mapped }: Way): string {
  if (!at) return `${protocol} ${port} not (reach.json)`;
  return `${protocol} ${port}${mapped ? ` by reach.json at ${at.host}:${at.port}` : ""}`;
}

/** The facts of a probe for people, and the lines to paste into trust.yaml; the findings are described elsewhere. */
export function describeProbes({ facts, pins }: Probed, trustFile: string): string {
  const lines = facts.map(({ address, text }) => `  ${address}  ${text}`);
  return ["probed:", ...lines, ...pinLines(pins, trustFile)].join("\n");
}

function pinLines(pins: Pin[], trustFile: string): string[] {
  const kept = pins.filter((pin) => pin.kept === "same").map((pin) => pin.endpoint);
  const snippet = trustSnippet(pins);
  return [
    ...(kept.length > 0 ? [`as ${trustFile} keeps them: ${kept.join(", ")}`] : []),
    ...(snippet
      ? [
          `not in ${trustFile} yet; compare them on the servers' consoles, then paste (a deployment may make new ones):`,
          snippet.trimEnd(),
        ]
      : []),
  ];
}
