import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { killedRun } from "./killed-run";
import { SMTXOS_RESOURCES, sitePlan } from "./plans";
import { createSiteProject, type SiteProject } from "./site-project";

const UP = ["up", "--yes", "--skip-preview"];
const PLAN = sitePlan(3);

/** One run after another is killed, each at another point; whatever the point, the site is made once. */
describe.skipIf(!existsSync("/proc/self/stat"))("kill -9 of the engine", () => {
  let site: SiteProject;
  const deployments = () => site.lab.requests().filter((request) => request.operation === "deployCluster");

  const killedWhen = (point: (output: string) => boolean) => killedRun(site, UP, point);

  /** Runs up to its end, and refresh as our error text and README say; nothing is left over. */
  async function converges(): Promise<void> {
    const up = await site.pulumi(...UP);
    expect(up.code, up.output).toBe(0);
    const refresh = await site.pulumi("refresh", "--yes", "--clear-pending-creates");
    expect(refresh.code, refresh.output).toBe(0);
    const { deployment } = await site.state();
    expect(deployment.pending_operations ?? []).toEqual([]);
    expect(deployment.resources.filter((each) => each.urn.includes("smtxos:"))).toHaveLength(SMTXOS_RESOURCES);
    expect(deployments().filter((request) => request.committed)).toHaveLength(1);
  }

  describe("while the request hangs and commits only after the kill", () => {
    beforeAll(async () => {
      site = await createSiteProject(PLAN, { speed: 100 });
      site.lab.smtxos.nextDeployment = "never-ends";
    });
    afterAll(() => site?.close());

    test("the provider goes with its engine, and the request commits behind them", async () => {
      site.writeSettings({ requestTimeout: "8s" });
      site.lab.setFaults([{ operation: "deployCluster", count: 1, delay: 6_000 }]);
      await killedWhen(() => deployments().length > 0);
      expect(deployments().map((request) => request.committed)).toEqual([false]);
    });

    test("the next run waits for it and sends none; it is killed while the deployment runs", async () => {
      const [hanging] = deployments();
      site.lab.clearRequests();
      await killedWhen((said) => said.includes("deployment of cluster HCI-01: stage"));
      expect(hanging?.committed).toBe(true);
      expect(deployments()).toEqual([]);
    });

    test("the next one is killed while the hosts have no network", async () => {
      site.lab.clearRequests();
      let cut = false;
      await killedWhen((output) => {
        const asked = site.lab.requests().some((request) => request.operation === "deployStatus");
        if (asked && !cut) {
          cut = true;
          const { now } = site.lab.site;
          site.lab.site.change((model) => {
            if (model.deployment) model.deployment.startedAt = now - 2 * 60_000;
          });
        }
        return output.includes("deployment of cluster HCI-01: no answer for now");
      });
      expect(deployments()).toEqual([]);
    });

    test("the next one is killed between two resources", async () => {
      site.lab.site.change((model) => {
        if (model.deployment) Object.assign(model.deployment, { outcome: "well", startedAt: 0 });
      });
      site.lab.setFaults([{ operation: "setVip", count: 1, hang: "after-commit" }]);
      await killedWhen(() => site.lab.requests().some((request) => request.operation === "setVip"));
      expect(deployments()).toEqual([]);
    });

    test("the last one finds everything as it should be", async () => {
      const up = await site.pulumi(...UP);
      expect(up.code, up.output).toBe(0);
      expect(deployments()).toEqual([]);
      const refresh = await site.pulumi("refresh", "--yes", "--clear-pending-creates");
      expect(refresh.code, refresh.output).toBe(0);
      const { deployment } = await site.state();
      expect(deployment.pending_operations ?? []).toEqual([]);
      expect(deployment.resources.filter((each) => each.urn.includes("smtxos:"))).toHaveLength(SMTXOS_RESOURCES);
      expect((await site.pulumi("preview", "--expect-no-changes")).code).toBe(0);
    });

    test("a VLAN that was being made when a run was killed, and is then taken out of the plan, is named", async () => {
      const extra = { name: "Infra-network", vlan: 30, subnet: "10.0.30.0/24", gateway: "10.0.30.1" };
      const wider = { ...PLAN, management: { ...PLAN.management, extra } };
      const stands = () => site.lab.site.model.cluster?.vlans.some(({ name }) => name === extra.name);
      await site.writePlan(wider);
      site.lab.setFaults([{ operation: "createVlan", count: 1, hang: "after-commit" }]);
      await killedWhen(() => site.lab.requests().some((request) => request.operation === "createVlan"));
      await site.writePlan(PLAN);
      const dropped = await site.pulumi(...UP);
      expect(dropped.code, dropped.output).toBe(0);
      expect(dropped.output).toMatch(
        /warning: Vlan\/\S+\/Infra-network was begun by a run that was cut off, .*may stand at/,
      );
      expect(stands()).toBe(true);
      await site.writePlan(wider);
      const back = await site.pulumi(...UP);
      expect(back.code, back.output).toBe(0);
      expect(back.output).not.toMatch(/was begun by a run/);
      await site.writePlan(PLAN);
      expect((await site.pulumi(...UP)).output).not.toMatch(/was begun by a run/);
      expect(stands()).toBe(false);
    });
  });

  describe("at the request", () => {
    beforeAll(async () => {
      site = await createSiteProject(PLAN);
      site.writeSettings({ requestTimeout: "5s" });
    });
    afterAll(() => site?.close());

    test("before it is answered, when it never commits: the next run sends it", async () => {
      site.lab.setFaults([{ operation: "deployCluster", count: 1, hang: "before-commit" }]);
      await killedWhen(() => deployments().length > 0);
      site.lab.setFaults([{ operation: "deployCluster", count: 1, hang: "after-commit" }]);
      await killedWhen(() => deployments().length > 1);
      expect(deployments().map((request) => request.committed)).toEqual([false, true]);
    });

    test("after it has committed unanswered: no later run sends it again", async () => {
      await converges();
      expect(deployments()).toHaveLength(2);
    });
  });
});
