import { afterAll, beforeAll, expect, test } from "vitest";
import type { Lab } from "../../lab/lab";
import { killed } from "./crash-site";
import { DNS, guestIn, guestTemplate, installation, nameServers, resolvConf } from "./installation-site";
import type { LabTemplate } from "./lab-site";

let template: LabTemplate;
beforeAll(async () => {
  template = await guestTemplate();
});
afterAll(() => template?.remove());

const program = (servers = DNS) => [installation(), nameServers(servers)];

/** By one installer, which nothing has disturbed, with the name servers of the plan. */
function expectInstalled(lab: Lab, servers = DNS): void {
  expect(guestIn(lab)?.installerStarts).toBe(1);
  expect(guestIn(lab)?.processes.filter(({ breaks }) => breaks)).toEqual([]);
  expect(lab.site.model.cloudtower).toBeDefined();
  expect(resolvConf(lab)).toBe(servers.map((server) => `nameserver ${server}\n`).join(""));
}

test("CloudTower's installation, killed at every step, is one run of the installer", async () => {
  const { failures, kills } = await killed(
    template,
    () => ({ before: [], after: program() }),
    (lab) => expectInstalled(lab),
  );
  expect(failures).toEqual([]);
  expect(kills).toBeGreaterThan(10);
}, 300_000);

// At this speed preinstall.sh and the installer outlive the run that was killed: the next one meets them at work.
test("killed while preinstall.sh or the installer is at work, the next run waits for them", async () => {
  const { failures, kills } = await killed(
    template,
    () => ({ before: [], after: program() }),
    (lab) => expectInstalled(lab),
    {
      speed: 300,
      only: /^(running|ended) .*(preinstall|deploy)/,
    },
  );
  expect(failures).toEqual([]);
  expect(kills).toBeGreaterThan(2);
}, 300_000);

test("name servers that the plan changes, killed at every step, are set", async () => {
  const other = ["10.0.0.3"];
  const { failures } = await killed(
    template,
    () => ({ before: program(), after: program(other) }),
    (lab) => expectInstalled(lab, other),
  );
  expect(failures).toEqual([]);
}, 300_000);
