import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestEngineSite, type TestEngineSite } from "./test-engine-site";
import { machinesIn } from "./vms-stack";
import { towerSitePlan } from "./whole-site";

const UP = ["up", "--yes", "--skip-preview"];

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
  let stack: Awaited<ReturnType<typeof machinesIn<TestEngineSite>>>;
  beforeAll(async () => {
    stack = await machinesIn(await createTestEngineSite(plan), plan, "cloudtower");
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
    const { ran, named } = stack;
    const inputsOf = (name: string) => stack.site.engine.state.find((each) => each.name === name)?.inputs;
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

  test("they are not torn down unasked", async () => {
    const refused = await stack.site.pulumi("destroy", "--yes");
    expect(refused.code).not.toBe(0);
    expect(refused.output).toMatch(/the stack of machines in \S+ is not torn down: nothing has been deleted/);
    expect(stack.made()).toHaveLength(3);
  });
});
