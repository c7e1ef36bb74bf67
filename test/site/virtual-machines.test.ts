import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LabCluster, LabVm } from "../../lab/smtxos/cluster-model";
import { bringToStage } from "../../lab/stage/stage";
import { readPlan } from "../../plan/read";
import type { SitePlan } from "../../plan/site-plan";
import { createTestEngineSite } from "./test-engine-site";
import { towerSitePlan } from "./whole-site";

const UP = ["up", "--yes", "--skip-preview"];
const GIB = 2 ** 30;
const STACKS = join(__dirname, "..", "..", "stacks");

/** A stack of machines in a lab whose site stands. */
async function machinesIn(plan: SitePlan) {
  const site = await createTestEngineSite(plan);
  rmSync(join(site.stack, "plan.xlsx"));
  await bringToStage(site.lab.site, plan, "cloudtower");
  site.env.SITEWRIGHT_CLOUDTOWER_PASSWORD = plan.cloudtower?.password;
  const cluster = () => site.lab.site.model.cluster as LabCluster;
  const made = () => cluster().vms.filter(({ name }) => name !== "cloudtower");
  return {
    site,
    cluster,
    made,
    named: (name: string) => made().find((vm) => vm.name === name) as LabVm,
    vlanOf: (name: string) => cluster().vlans.find((vlan) => vlan.name === name)?.uuid as string,
    inputsOf: (name: string) => site.engine.state.find((each) => each.name === name)?.inputs,
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

type Stack = Awaited<ReturnType<typeof machinesIn>>;

/** stacks/vms-lab in the site of stacks/lab; each test goes on where the one before left it. */
describe("the machines of stacks/vms-lab", () => {
  let stack: Stack;
  beforeAll(async () => {
    const loaded = await readPlan(join(STACKS, "lab"));
    if (!loaded.ok) throw new Error("stacks/lab has no plan");
    stack = await machinesIn(loaded.plan);
    stack.writePlan(readFileSync(join(STACKS, "vms-lab", "vms.yaml"), "utf8"));
  });
  afterAll(() => stack?.site.close());

  test("are made, each once, and run", async () => {
    const { output, writes } = await stack.ran(...UP);
    expect(writes.filter((each) => each === "createTowerVm")).toHaveLength(20);
    expect(stack.made()).toHaveLength(20);
    expect(stack.named("web-07")).toMatchObject({ status: "running", memory: 8 * GIB, disks: [{ name: "web-07-1" }] });
    const disks = [{ name: "db-02-1" }, { name: "db-02-2" }];
    expect(stack.named("db-02")).toMatchObject({ status: "stopped", memory: 64 * GIB, disks });
    expect(stack.named("db-02").nics[0]?.vlan).toBe(stack.vlanOf("VLAN-1121"));
    expect(output).toMatch(/addresses: .*"web-01":"none told"/);
  });

  test("a second up writes nothing", async () => {
    expect((await stack.ran(...UP, "--refresh")).writes).toEqual([]);
  });

  test("what is changed by hand is shown, and put back: power, memory, the network of a NIC, a disk that was taken out", async () => {
    const { byHand, ran, named, vlanOf, cluster } = stack;
    byHand("web-05", (vm) => Object.assign(vm, { status: "stopped" }));
    byHand("web-06", (vm) => Object.assign(vm, { memory: GIB }));
    byHand("web-07", ({ nics: [nic] }) => Object.assign(nic ?? {}, { vlan: vlanOf("VLAN-1121") }));
    byHand("db-01", ({ disks }) => disks.pop());
    const { output } = await ran("preview", "--refresh", "--diff");
    expect(output).toMatch(/status: "STOPPED" => "RUNNING"/);
    expect(output).toMatch(/memory: 1073741824 => /);
    expect(output).toMatch(/nics\[0\]\.vlan: "VLAN-1121" => "VLAN-1120"/);
    expect(output).toMatch(/disks\[1\]/);
    const volumes = cluster().volumes.map(({ uuid }) => uuid);
    await ran(...UP, "--refresh");
    expect(named("web-05").status).toBe("running");
    expect(named("web-06")).toMatchObject({ status: "running", memory: 8 * GIB });
    expect(named("web-07").nics[0]?.vlan).toBe(vlanOf("VLAN-1120"));
    expect(named("db-01").disks.map(({ name }) => name)).toEqual(["db-01-1", "db-01-2"]);
    expect(cluster().volumes.map(({ uuid }) => uuid)).toEqual(volumes);
    expect((await ran(...UP, "--refresh")).writes).toEqual([]);
  });

  test("they are not torn down unasked, and then all of them with their volumes", async () => {
    const refused = await stack.site.pulumi("destroy", "--yes");
    expect(refused.code).not.toBe(0);
    expect(refused.output).toMatch(/the stack of machines in \S+ is not torn down: nothing has been deleted/);
    expect(stack.made()).toHaveLength(20);
    stack.site.writeSettings({ teardown: "true" });
    await stack.ran(...UP);
    await stack.ran("destroy", "--yes");
    expect(stack.cluster().vms.map(({ name }) => name)).toEqual(["cloudtower"]);
    expect(stack.cluster().volumes.filter(({ name }) => /^(web|db)-/.test(name))).toEqual([]);
  });
});

describe("machines with addresses of a range", () => {
  const plan = towerSitePlan();
  const vms = (entries: string) => `kind: virtual-machines
cloudtower: ${plan.cloudtower?.address}
cluster: ${plan.cluster.name}
defaults:
  vcpu: 2
  memory: 4 GiB
  status: STOPPED
  disks: [{ size: 40 GiB }]
  nics: [{ vlan: VLAN-1120, ipAddress: 10.1.20.11-10.1.20.40, subnetMask: 255.255.255.0, gateway: 10.1.20.1 }]
vms:
${entries}
`;
  let stack: Stack;
  beforeAll(async () => {
    stack = await machinesIn(plan);
  });
  afterAll(() => stack?.site.close());

  test("a plan with an error registers nothing, and says where it is", async () => {
    stack.writePlan(vms("  - name: app-{01..03}\n  - name: web-{03..04}"));
    stack.site.lab.clearRequests();
    const { code, output } = await stack.site.pulumi(...UP);
    expect(code).not.toBe(0);
    expect(output).toMatch(/nothing was registered\n.*line 12, column 5 .*\[vm-address-twice\]\n.*app-03's \(line 11/);
    expect(stack.site.lab.requests()).toEqual([]);
  });

  test("one that the plan drops goes, and nobody else is touched", async () => {
    const { ran, inputsOf, named } = stack;
    stack.writePlan(vms("  - name: web-{05..08}"));
    await ran(...UP);
    expect(inputsOf("web-08")).toMatchObject({ nics: [{ ipAddress: "10.1.20.18" }] });
    const others = () => ["web-05", "web-06", "web-08"].map((name) => [inputsOf(name), named(name)]);
    const before = others();
    stack.writePlan(vms("  - name: web-{05..06}\n  - name: web-08"));
    const { output } = await ran(...UP);
    expect(output).toMatch(/- 1 deleted\n +5 unchanged/);
    expect(output).not.toMatch(/updated|created|replaced/);
    expect(named("web-07")).toBeUndefined();
    expect(others()).toEqual(before);
  });

  test("one with a key is renamed in place, and its disks stay what they are", async () => {
    const { uuid, disks } = stack.named("web-05");
    stack.writePlan(vms("  - { name: 'shop-{05..06}', key: 'web-{05..06}' }\n  - name: web-08"));
    const { output, writes } = await stack.ran(...UP);
    expect(output).toMatch(/~ 2 updated\n/);
    expect(output).not.toMatch(/deleted|created|replaced/);
    expect(writes).toEqual(["updateVmBasicInfo", "updateVmBasicInfo"]);
    expect(stack.named("shop-05")).toMatchObject({ uuid, disks });
    expect((await stack.ran(...UP, "--refresh")).writes).toEqual([]);
  });
});
