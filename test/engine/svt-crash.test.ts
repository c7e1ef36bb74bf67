import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Lab } from "../../lab/lab";
import { labPlan } from "../../lab/lab.fixture";
import type { ResourceSpec } from "../kit/program";
import { killed } from "./crash-site";
import { clusterTemplate, type LabTemplate } from "./lab-site";

const CHUNK = 8_388_608;
/** Two chunks, the last one short. */
const BYTES = Buffer.alloc(CHUNK + 1_000, "tools");
const CHUNKS = [BYTES.subarray(0, CHUNK), BYTES.subarray(CHUNK)].map((chunk) => ({
  size: chunk.length,
  sha256: createHash("sha256").update(chunk).digest("hex"),
}));
const [OLD, NEW] = ["SMTX_VMTOOLS-3.2.0-1.iso", "SMTX_VMTOOLS-3.2.1-1.iso"];

let template: LabTemplate;
beforeAll(async () => {
  template = await clusterTemplate();
});
afterAll(() => template?.remove());

function program(name: string): ResourceSpec[] {
  const plan = labPlan();
  const addresses = plan.hosts.map(({ management }) => management);
  const connection = { name: plan.cluster.name, addresses, username: "root", password: "Canary-Root-1" };
  const args = { connection, name, size: BYTES.length, file: "tools.iso" };
  return [{ type: "smtxos:SvtImage", name: "svt", args }];
}

/** What the site is to have, whole. */
const expectImages =
  (...planned: string[]) =>
  (lab: Lab) => {
    const images = lab.site.model.cluster?.images ?? [];
    expect(images.map(({ name }) => name)).toEqual(planned);
    for (const { chunks } of images) expect(Object.values(chunks)).toEqual(CHUNKS);
  };
const files = { "tools.iso": BYTES };

// Takes every step that a first upload takes, and those of a deletion before it.
test("replacing the tools by newer ones, killed at every step, leaves the newer ones alone", async () => {
  const { steps, failures } = await killed(
    template,
    () => ({ before: program(OLD), after: program(NEW) }),
    expectImages(NEW),
    { files },
  );
  expect(failures).toEqual([]);
  expect(steps).toBeGreaterThan(15);
}, 300_000);

test("taking the tools away, killed at every step, leaves none, also where no list shows them", async () => {
  const { steps, failures } = await killed(template, () => ({ before: program(OLD), after: [] }), expectImages(), {
    files,
    switches: { svtListed: "never" },
  });
  expect(failures).toEqual([]);
  expect(steps).toBeGreaterThan(3);
}, 300_000);
