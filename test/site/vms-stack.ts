import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { LabCluster, LabVm } from "../../lab/smtxos/cluster-model";
import type { SiteStage } from "../../lab/stage/site-stage";
import { bringToStage } from "../../lab/stage/stage";
import type { SitePlan } from "../../plan/site-plan";
import type { SiteProject } from "./site-project";

/** A project becomes a stack of machines, in a lab whose site stands at a stage. */
export async function machinesIn<S extends Omit<SiteProject, "start">>(site: S, plan: SitePlan, stage: SiteStage) {
  rmSync(join(site.stack, "plan.xlsx"));
  await bringToStage(site.lab.site, plan, stage);
  site.env.SITEWRIGHT_CLOUDTOWER_PASSWORD = plan.cloudtower?.password;
  const cluster = () => site.lab.site.model.cluster as LabCluster;
  const made = () => cluster().vms.filter(({ name }) => name !== "cloudtower");
  return {
    site,
    cluster,
    made,
    named: (name: string) => made().find((vm) => vm.name === name) as LabVm,
    vlanOf: (name: string) => cluster().vlans.find((vlan) => vlan.name === name)?.uuid as string,
    writePlan: (text: string) => writeFileSync(join(site.stack, "vms.yaml"), text),
    /** What a run that ends well says, and writes. */
    async ran(...args: string[]): Promise<{ output: string; writes: string[] }> {
      site.lab.clearRequests();
      const { code, output } = await site.pulumi(...args);
      expect(code, output).toBe(0);
      const writes = site.lab.requests().filter(({ write }) => write);
      return { output, writes: writes.map(({ operation }) => String(operation)) };
    },
    /** Somebody changes a machine by hand. */
    byHand(name: string, change: (vm: LabVm) => void): void {
      site.lab.site.change((model) => {
        const vm = model.cluster?.vms.find((each) => each.name === name);
        if (vm) change(vm);
      });
    },
  };
}
