import { expect, test } from "vitest";
import { stringify } from "yaml";
import { z } from "zod";
import { readAnyPlan } from "../plan/read";
import { vmsPlanSchema } from "../plan/vms/vms-plan";
import { fileOf } from "../plan/workbook.fixture";
import { vmInputs } from "../providers/cloudtower/vm-inputs";
import { VmPlacementGroup } from "../providers/cloudtower/vm-placement-group";

type Part = Record<string, unknown>;

/** What a field may hold, without how it is described, and what it is where nothing is said. */
function formOf(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(formOf);
  if (typeof part !== "object" || part === null) return part;
  const form = ["type", "anyOf", "enum", "const", "pattern", "format", "minimum", "maximum", "minLength", "maxLength"];
  const lists = ["minItems", "maxItems", "items", "properties", "required"];
  return Object.fromEntries(
    Object.entries(part).flatMap(([key, value]) => {
      if (key === "properties")
        return [[key, Object.fromEntries(Object.entries(value as Part).map(([name, each]) => [name, formOf(each)]))]];
      return [...form, ...lists].includes(key) ? [[key, formOf(value)]] : [];
    }),
  );
}

const propertiesOf = (schema: z.ZodType) =>
  (z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as { properties: Record<string, Part> }).properties;
const plan = propertiesOf(vmsPlanSchema) as Record<
  string,
  { properties?: Part; items?: { properties: Record<string, Part> } }
>;
const planned = plan.vms?.items?.properties ?? {};
const provided = propertiesOf(vmInputs);

/** What is not the machine's own, and is the same for all of a plan. */
const elsewhere = ["connection", "cluster"];
/** What a plan says in another way: see docs/vms-yaml.md. */
const sugar = ["key", "iso"];

test("a plan has every input of the provider's machine, and no other but its own", () => {
  expect(
    Object.keys(planned)
      .filter((field) => !sugar.includes(field))
      .sort(),
  ).toEqual(
    Object.keys(provided)
      .filter((field) => !elsewhere.includes(field))
      .sort(),
  );
});

test("the defaults have the fields of a machine, but for what makes it this one", () => {
  const { name: _name, key: _key, ...rest } = planned;
  expect(plan.defaults?.properties).toEqual(rest);
});

test.each(Object.keys(provided).filter((field) => !elsewhere.includes(field)))(
  "%s of a plan is what the provider's machine takes",
  (field) => {
    const [ours, theirs] = [structuredClone(planned[field]), structuredClone(provided[field])] as [Part, Part];
    if (field === "disks") {
      // A disk of a plan has a name where it is told none.
      expect(itemOf(ours).required).toBeUndefined();
      expect(itemOf(theirs).required).toEqual(["name"]);
      delete itemOf(theirs).required;
    }
    if (field === "nics") {
      // An address may be a range, which has a first number.
      delete itemOf(ours).properties.firstNumber;
      for (const nic of [ours, theirs]) delete itemOf(nic).properties.ipAddress;
    }
    expect(formOf(ours)).toEqual(formOf(theirs));
  },
);

test("a placement group of a plan is what the provider's takes, but for what all of a plan share", () => {
  const {
    connection: _connection,
    cluster: _cluster,
    shared: _shared,
    ...theirs
  } = propertiesOf(VmPlacementGroup.kind.inputs);
  expect(formOf(itemOf(plan.placementGroups as Part).properties)).toEqual(formOf(theirs));
});

const many = (count: number, text: string) => Array.from({ length: count }, () => text);
const base = { name: "web-01", template: "rocky-9" };
const own = { name: "web-01", vcpu: 1, memory: "1 GiB" };
const whole = { ...own, ioPolicy: "RESTRICT_WHOLE_VM" };
const portWith = (port: object) => ({ ...own, nics: [{ vlan: "default", ...port }] });
const diskWith = (limits: object) => [{ name: "os", size: "1 GiB", ...limits }];

test.each<[property: string, machine: object]>([
  ["maxIops", { ...own, maxIops: 500 }],
  ["maxBandwidth", { ...own, ioPolicy: "RESTRICT_EACH_DISK", maxBandwidth: false }],
  ["maxIopsPolicy", { ...whole, maxIopsPolicy: "FORCED" }],
  ["maxBandwidthPolicy", { ...whole, maxBandwidth: false, maxBandwidthPolicy: "FORCED" }],
  ["disks.0.maxIops", { ...whole, disks: diskWith({ maxIops: 500 }) }],
  ["disks.0.maxIopsPolicy", { ...whole, ioPolicy: "RESTRICT_EACH_DISK", disks: diskWith({ maxIopsPolicy: "FORCED" }) }],
  ["nics.0.qos.ingress.rateLimit", portWith({ qos: { ingress: { burst: 1 } } })],
  ["nics.0.qos.egress.rateLimit", portWith({ qos: { egress: {} } })],
  ["fullCopy", { name: "web-01", vcpu: 1, memory: "1 GiB", fullCopy: true }],
  ["cpuCores", { ...base, cpuCores: 2 }],
  ["cloudInit.userData", { ...base, cloudInit: { userData: "é".repeat(16 * 1024 + 1) } }],
  ["cloudInit.nameservers", { ...base, cloudInit: { nameservers: many(4, "10.0.0.1") } }],
  ["cloudInit.publicKeys", { ...base, cloudInit: { publicKeys: many(11, "ssh-ed25519 AAAA") } }],
])("what the provider refuses of %s is found in the plan, in the same words", async (property, machine) => {
  const connection = { name: "TOWER", addresses: ["10.0.20.15"], username: "root", password: "x" };
  const refused = vmInputs.safeParse({ connection, cluster: "c1", ...machine });
  expect(refused.error?.issues.map(({ path }) => path.join("."))).toEqual([property]);
  const text = { kind: "virtual-machines", cloudtower: "10.0.20.15", cluster: "HCI-01", vms: [machine] };
  const { findings } = await readAnyPlan(fileOf(stringify(text), "vms.yaml"));
  expect(findings).toHaveLength(1);
  expect(findings[0]?.params).toMatchObject({
    path: `vms.0.${property}`,
    problem: refused.error?.issues[0]?.message,
    problemZh: expect.stringMatching(/\p{Script=Han}/u),
  });
});

test.each<[what: string, machine: object]>([
  ["two sources", { ...base, clone: "db" }],
  ["no CPUs", { name: "web-01", memory: "1 GiB" }],
  ["no memory", { name: "web-01", vcpu: 1 }],
  ["data for cloud-init without a template", { ...own, cloudInit: { nameservers: ["10.0.0.1"] } }],
  ["CPUs that are no multiple of the cores", { ...own, vcpu: 3, cpuCores: 2 }],
  ["two disks of a name", { ...own, disks: [...diskWith({}), ...diskWith({})] }],
  ["an address without a mask", portWith({ ipAddress: "10.0.0.9" })],
  ["a mask without an address", portWith({ subnetMask: "255.255.255.0" })],
  ["a gateway without an address", portWith({ gateway: "10.0.0.1" })],
  [
    "a hardware address twice",
    { ...own, nics: many(2, "52:54:00:12:34:56").map((macAddress) => ({ vlan: "v", macAddress })) },
  ],
])("the plan refuses %s, as the provider does", async (_what, machine) => {
  const connection = { name: "TOWER", addresses: ["10.0.20.15"], username: "root", password: "x" };
  expect(vmInputs.safeParse({ connection, cluster: "c1", ...machine }).success).toBe(false);
  const text = { kind: "virtual-machines", cloudtower: "10.0.20.15", cluster: "HCI-01", vms: [machine] };
  const { ok, findings } = await readAnyPlan(fileOf(stringify(text), "vms.yaml"));
  expect([ok, findings.some(({ severity }) => severity === "error")]).toEqual([false, true]);
});

function itemOf(list: Part): { required?: string[]; properties: Part } {
  return list.items as { required?: string[]; properties: Part };
}
