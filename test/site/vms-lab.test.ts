import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { readPlan } from "../../plan/read";
import { createSiteProject, type SiteProject } from "./site-project";
import { machinesIn } from "./vms-stack";

const UP = ["up", "--yes", "--skip-preview"];
const GIB = 2 ** 30;
const STACKS = join(__dirname, "..", "..", "stacks");

/** stacks/vms-lab by the real engine, in the site of stacks/lab; each test goes on where the one before left it. */
let site: SiteProject;
let stack: Awaited<ReturnType<typeof machinesIn<SiteProject>>>;
let before: { vms: string[]; volumes: string[] };
beforeAll(async () => {
  const loaded = await readPlan(join(STACKS, "lab"));
  if (!loaded.ok) throw new Error("stacks/lab has no plan");
  site = await createSiteProject(loaded.plan);
  stack = await machinesIn(site, loaded.plan, "template");
  stack.writePlan(readFileSync(join(STACKS, "vms-lab", "vms.yaml"), "utf8"));
  const { config } = parse(readFileSync(join(STACKS, "Pulumi.vms-lab.yaml"), "utf8"));
  site.writeSettings(
    Object.fromEntries(Object.entries<string>(config).map(([key, value]) => [key.replace("sitewright:", ""), value])),
  );
  before = standing();
});
afterAll(() => site?.close());

const groups = () => site.lab.site.model.cloudtower?.clusters[0]?.kept.placementGroups ?? [];
const sizesOf = (name: string) =>
  stack.named(name).disks.map(({ volume }) => stack.cluster().volumes.find(({ uuid }) => uuid === volume)?.size);
/** Machines and volumes, by name. */
function standing() {
  const { vms, volumes } = stack.cluster();
  return { vms: vms.map(({ name }) => name), volumes: volumes.map(({ name }) => name) };
}

test("all are made of the template, each once, with a larger disk, and its address by cloud-init", async () => {
  const { writes } = await stack.ran(...UP);
  expect(writes.filter((each) => each === "createVmFromTemplate")).toHaveLength(20);
  expect(stack.made()).toHaveLength(20);
  expect(stack.named("web-07")).toMatchObject({
    status: "running",
    vcpu: 4,
    memory: 8 * GIB,
    nics: [{ address: { ip: "10.1.20.17", netmask: "255.255.255.0", gateway: "10.1.20.1", by: "cloud-init" } }],
    cloudInit: { nameservers: ["10.0.0.114"] },
  });
  expect(sizesOf("web-07")).toEqual([100 * GIB]);
  expect(stack.named("db-02")).toMatchObject({
    status: "running",
    memory: 64 * GIB,
    nics: [{ vlan: stack.vlanOf("VLAN-1121"), address: { ip: "10.1.21.12", gateway: "", by: "cloud-init" } }],
  });
  expect(sizesOf("db-02")).toEqual([100 * GIB, 500 * GIB]);
  expect(groups()).toMatchObject([
    { name: "db", vmPolicy: "MUST_DIFFERENT", vms: [expect.any(String), expect.any(String)] },
  ]);
});

test("a second up writes nothing", async () => {
  expect((await stack.ran(...UP, "--refresh")).writes).toEqual([]);
});

test("what is changed by hand is shown: power, memory, the network of a NIC, a disk that was taken out", async () => {
  const { byHand, ran, vlanOf } = stack;
  byHand("web-05", (vm) => Object.assign(vm, { status: "stopped" }));
  byHand("web-06", (vm) => Object.assign(vm, { memory: GIB }));
  byHand("web-07", ({ nics: [nic] }) => Object.assign(nic ?? {}, { vlan: vlanOf("VLAN-1121") }));
  byHand("db-01", ({ disks }) => disks.pop());
  const { output, writes } = await ran("preview", "--refresh", "--diff");
  expect(output).toMatch(/status *: "STOPPED" => "RUNNING"/);
  expect(output).toMatch(/memory *: 1073741824 => /);
  expect(output).toMatch(/vlan *: "VLAN-1121" => "VLAN-1120"/);
  expect(output).toMatch(/disks *: \[\s+\+ \[1\]: \{\s+\+ name *: "db-01-2"/);
  expect(writes).toEqual([]);
});

test("and put back, the disk with what is on it", async () => {
  const { ran, named, vlanOf, cluster } = stack;
  const volumes = cluster().volumes.map(({ uuid }) => uuid);
  await ran(...UP, "--refresh");
  expect(named("web-05").status).toBe("running");
  expect(named("web-06")).toMatchObject({ status: "running", memory: 8 * GIB });
  expect(named("web-07").nics[0]?.vlan).toBe(vlanOf("VLAN-1120"));
  expect(sizesOf("db-01")).toEqual([100 * GIB, 500 * GIB]);
  expect(cluster().volumes.map(({ uuid }) => uuid)).toEqual(volumes);
});

test("destroyed, they go with their volumes and their group, and nothing else does", async () => {
  await stack.ran("destroy", "--yes", "--skip-preview");
  expect(standing()).toEqual(before);
  expect(groups()).toEqual([]);
});
