import { expect } from "vitest";
import type { Lab } from "../../lab/lab";
import { DNS, guestIn, guestTemplate, installation, nameServers, resolvConf } from "../engine/installation-site";
import type { Way } from "./way";

const program = (servers = DNS, dns = DNS) => [installation({ dns }), nameServers(servers)];

/** By one installer, which nothing has disturbed, with the name servers of the plan. */
function expectInstalled(lab: Lab, servers = DNS): void {
  expect(guestIn(lab)?.installerStarts).toBe(1);
  expect(guestIn(lab)?.processes.filter(({ breaks }) => breaks)).toEqual([]);
  expect(lab.site.model.cloudtower).toBeDefined();
  expect(resolvConf(lab)).toBe(servers.map((server) => `nameserver ${server}\n`).join(""));
}

const OTHER = ["10.0.0.3"];

/** CloudTower in its machine, over SSH: its installation and its name servers. */
export const installationWays: Way[] = [
  {
    name: "CloudTower's installation, killed at every step, is one run of the installer",
    template: guestTemplate,
    after: () => program(),
    verify: (lab) => expectInstalled(lab),
    moreKillsThan: 10,
  },
  // At this speed preinstall.sh and the installer outlive the run that was killed: the next one meets them at work.
  {
    name: "killed while preinstall.sh or the installer is at work, the next run waits for them",
    template: guestTemplate,
    after: () => program(),
    verify: (lab) => expectInstalled(lab),
    speed: 300,
    only: { steps: /^(running|ended) .*(preinstall|deploy)/ },
    moreKillsThan: 2,
  },
  {
    name: "name servers that the plan changes, killed at every step, are set, and the installation stays",
    template: guestTemplate,
    before: () => program(),
    after: () => program(OTHER, OTHER),
    verify: (lab) => expectInstalled(lab, OTHER),
  },
];
