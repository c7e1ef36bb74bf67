/** What the facts do not settle, each a switch with what the lab does unless told otherwise. */
export interface LabSwitches {
  /** GET /api/v2/settings/vip answers what was set. */
  vipReadable: boolean;
  /** Status of the answer to a second users:setupRoot. */
  secondSetupRoot: number;
  /** The L2 cluster scan sees the other hosts. */
  clusterScanSees: boolean;
  /** Status of the answer to a wrong or missing token. */
  unauthorised: number;
}

export const defaultSwitches: LabSwitches = {
  vipReadable: true,
  secondSetupRoot: 400,
  clusterScanSees: true,
  unauthorised: 401,
};

/** What is not known, for COVERAGE.md. */
export const switchNotes: Record<keyof LabSwitches, string> = {
  vipReadable:
    "the documents show PUT /api/v2/settings/vip only; whether a GET tells what was set. Off: it answers 404",
  secondSetupRoot: "a second POST /api/v3/users:setupRoot fails (facts, part B 5B 3), its status is not shown",
  clusterScanSees:
    "the L2 scan sees nothing over LACP or VLAN sub-interfaces (runbook, stage 01); which kind the site's network is. Off: no host is seen",
  unauthorised: "what a wrong or missing token is answered with: two public clients expect 401, no document shows it",
};
