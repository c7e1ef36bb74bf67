import { expect, test } from "vitest";
import { goodPlan, goodShapes } from "../../plan/good-plans.fixture";
import { createTestEngineSite } from "./test-engine-site";

/** Each of the shapes' choices once; all of them with SITEWRIGHT_TEST_FULL=1. The third is smtxos-settings.test.ts's. */
const shapes =
  process.env["SITEWRIGHT_TEST_FULL"] === "1"
    ? goodShapes
    : goodShapes.filter(
        ({ hosts, networks, storage, whole }) =>
          (hosts === 5 && networks === "storage-separate" && storage === "all-flash" && !whole) ||
          (hosts === 16 && networks === "storage-separate" && storage === "tiered" && whole) ||
          (hosts === 16 && networks === "separate" && storage === "all-flash" && !whole),
      );

test.each(shapes)(
  "$hosts hosts, $networks, $storage, every row: $whole: up brings all of stage 03 about, and a second up writes nothing",
  async (shape) => {
    const plan = goodPlan(shape);
    const site = await createTestEngineSite(plan, { speed: "instant" });
    try {
      const first = await site.pulumi("up", "--yes", "--skip-preview");
      expect(first.code, first.output).toBe(0);
      const { cluster } = site.lab.site.model;
      const planned = [plan.management.extra, plan.backup?.network, ...(plan.business?.networks ?? [])]
        .flatMap((network) => network ?? [])
        .map(({ name, vlan }) => `${name} ${vlan}`);
      const stands = cluster?.vlans.filter(({ use, name }) => use === "vm" && name !== "default") ?? [];
      expect(stands.map(({ name, vlanId }) => `${name} ${vlanId}`).sort()).toEqual(planned.sort());
      const switches = [plan.management, plan.storage, plan.backup, plan.business].flatMap(
        (part) => part?.switch ?? [],
      );
      expect(
        cluster?.vdses.map(({ name, hosts }) => `${name}: ${hosts.map(({ nics }) => nics.join("+")).join(" ")}`).sort(),
      ).toEqual(switches.map(({ name, nics }) => `${name}: ${plan.hosts.map(() => nics.join("+")).join(" ")}`).sort());
      expect(cluster).toMatchObject({ dns: plan.dns, ntp: { servers: plan.ntp }, managementVip: plan.cluster.vip });
      expect(Object.keys(cluster?.ipmi ?? {})).toHaveLength(plan.hosts.length);

      site.lab.clearRequests();
      const second = await site.pulumi("up", "--yes", "--skip-preview", "--refresh");
      expect(second.code, second.output).toBe(0);
      expect(site.lab.requests().filter(({ write }) => write)).toEqual([]);
    } finally {
      await site.close();
    }
  },
  240_000,
);
