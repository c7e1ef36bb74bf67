import { afterAll, beforeAll, expect, test } from "vitest";
import type { StateResource } from "./site-project";
import { createWholeSite, createWholeTestEngineSite, towerSitePlan } from "./whole-site";

const plan = towerSitePlan();
const CLOUDTOWER = { cloudtowerVersion: "4.8.0" } as const;
let real: Awaited<ReturnType<typeof createWholeSite>>;
let ours: Awaited<ReturnType<typeof createWholeTestEngineSite>>;

beforeAll(async () => {
  real = await createWholeSite(plan, CLOUDTOWER);
  ours = await createWholeTestEngineSite(plan, CLOUDTOWER);
});
afterAll(async () => {
  await real?.close();
  await ours?.close();
});

/** Without what two stacks, and two labs, have each of their own: names, ids, serials and the hour. */
function alike(value: unknown): unknown {
  const text = JSON.stringify(value)
    .replaceAll("urn:pulumi:site::sitewright::", "URN::")
    .replaceAll("urn:pulumi:test::kit::", "URN::")
    .replaceAll("stacks/site/", "STACK/")
    .replaceAll("stacks/test/", "STACK/")
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "UUID")
    .replace(/VMware-[0-9a-f]{2}( [0-9a-f]{2}){7}-[0-9a-f]{2}( [0-9a-f]{2}){7}/g, "SERIAL")
    .replace(/\bc[a-z0-9]{24}\b/g, "CUID")
    // The images of tools and CloudTower are uploaded side by side: which is the first is chance.
    .replace(/(zbs-iscsi-datastore-UUID)\/\d+/g, "$1/N")
    // A workbook tells when it was filled in.
    .replace(/\b[0-9a-f]{64}\b/g, "SHA256");
  return withoutMarks(JSON.parse(text));
}

/** A secret as `stack export --show-secrets` has it is its value. */
function withoutMarks(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMarks);
  if (typeof value !== "object" || value === null) return value;
  if ("plaintext" in value) return JSON.parse(String(value.plaintext));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutMarks(item)]));
}

/** Each resource with a handler by its URN: what it is given, and what it waits for. */
function seen(resources: StateResource[]): Record<string, unknown> {
  const handled = resources.filter(({ type }) => type.startsWith("pulumi-nodejs:dynamic/"));
  return Object.fromEntries(
    handled.map(({ urn, inputs, dependencies = [] }) => [
      alike(urn),
      { inputs: alike(inputs), dependencies: (alike(dependencies) as string[]).sort() },
    ]),
  );
}

function expectAfterWhatTheyStandOn(resources: StateResource[]): void {
  const all = resources.filter(({ type }) => type.startsWith("pulumi-nodejs:dynamic/"));
  const handled = all.map(({ urn }) => urn);
  for (const { urn, dependencies = [] } of all)
    for (const on of dependencies.filter((each) => handled.includes(each)))
      expect(handled.indexOf(on), `${urn} before ${on}`).toBeLessThan(handled.indexOf(urn));
}

test("a plan's resources are the same, given the same, after the same, by the real engine and by the test engine", async () => {
  for (const site of [real, ours]) {
    const { code, output } = await site.pulumi("up", "--yes", "--skip-preview");
    expect(code, output).toBe(0);
  }
  const exported = await real.pulumi("stack", "export", "--show-secrets");
  const { resources } = JSON.parse(exported.output).deployment as { resources: StateResource[] };
  const { resources: kept } = (await ours.state()).deployment;
  expect(kept.length).toBeGreaterThan(35);
  expect(seen(kept)).toEqual(seen(resources));
  for (const each of [resources, kept]) expectAfterWhatTheyStandOn(each);
  const urn = ({ outputs }: StateResource) => outputs?.__home;
  expect(new Set(kept.map(urn))).toEqual(new Set(["lab"]));
});

test("and the requests of both to their labs are the same writes", () => {
  const writes = ({ lab }: Pick<typeof real, "lab">) =>
    lab
      .requests()
      .filter(({ write }) => write)
      .map(({ operation }) => operation)
      .sort();
  expect(writes(ours)).toEqual(writes(real));
});
