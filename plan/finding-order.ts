import type { Finding } from "./finding";
import type { FindingCode } from "./finding-text";
import { blocks } from "./waivers";

/** Codes that are told before the others: while these stand, what the others say may be wrong; … */
const first: FindingCode[][] = [
  ["template-other", "layout-unknown"],
  // … and what takes something that others use, or lets a stranger in.
  [
    "probe-pin-differs",
    "probe-address-taken",
    "address-twice",
    "vm-address-twice",
    "vm-address-gateway",
    "vm-mac-twice",
    "address-in-test-range",
    "address-reserved",
    "subnet-overlaps",
    "vlan-twice",
    "nic-shared",
    "nic-twice",
    "host-serial-twice",
    "cluster-name-differs",
  ],
];

/** Codes that can wait: who reads the file, … */
const last: FindingCode[][] = [
  ["password-in-plan"],
  // … and what stands in papers alone, of which nothing is built.
  [
    "rack-name-differs",
    "rack-unit-differs",
    "rack-unit-twice",
    "rack-unit-invalid",
    "rack-position-half",
    "rack-host-missing",
    "rack-device-twice",
    "rack-device-unplanned",
    "rack-layout-unknown",
    "ipmi-value-ignored",
    "ipmi-subnet-overlaps",
    "ipmi-gateway-outside",
    "version-unknown",
    "waiver-unused",
  ],
];

/**
 * The findings in the order in which people are told of them, by code: errors, then warnings, then what is waived;
 * within each what is most likely to hurt first, and then in the order of the plan. What is waived is one group for
 * each waiver's words.
 */
export function groupFindings<T extends Finding>(findings: readonly T[]): T[][] {
  const groups = new Map<string, T[]>();
  for (const finding of findings) {
    const key = JSON.stringify([finding.severity, finding.code, finding.waived]);
    const group = groups.get(key);
    if (group) group.push(finding);
    else groups.set(key, [finding]);
  }
  return [...groups.values()].sort(([a], [b]) => (a && b ? weight(a) - weight(b) : 0));
}

function weight(finding: Finding): number {
  const sort = finding.waived ? 2 : blocks(finding) ? 0 : 1;
  const early = first.findIndex((codes) => codes.includes(finding.code));
  const late = last.findIndex((codes) => codes.includes(finding.code));
  const rank = early >= 0 ? early : first.length + 1 + late;
  return sort * 100 + rank;
}
