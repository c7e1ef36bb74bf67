import { createHash } from "node:crypto";
import { expect } from "vitest";
import type { Lab } from "../../lab/lab";
import { labPlan } from "../../lab/lab.fixture";
import { clusterTemplate } from "../engine/lab-site";
import type { ResourceSpec } from "../kit/program";
import type { Way } from "./way";

const CHUNK = 8_388_608;
/** Two chunks, the last one short. */
const BYTES = Buffer.alloc(CHUNK + 1_000, "tools");
const CHUNKS = [BYTES.subarray(0, CHUNK), BYTES.subarray(CHUNK)].map((chunk) => ({
  size: chunk.length,
  sha256: createHash("sha256").update(chunk).digest("hex"),
}));
const [OLD, NEW] = ["SMTX_VMTOOLS-3.2.0-1.iso", "SMTX_VMTOOLS-3.2.1-1.iso"];

function program(name: string, file = "tools.iso"): ResourceSpec[] {
  const plan = labPlan();
  const addresses = plan.hosts.map(({ management }) => management);
  const connection = { name: plan.cluster.name, addresses, username: "root", password: "Canary-Root-1" };
  const args = { connection, name, size: BYTES.length, file };
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
const files = () => ({ "tools.iso": BYTES, "media/tools.iso": BYTES });

/** The image of the virtual machines' tools. */
export const toolsWays: Way[] = [
  // Takes every step that a first upload takes, and those of a deletion before it.
  {
    name: "replacing the tools by newer ones, killed at every step, leaves the newer ones alone",
    template: clusterTemplate,
    before: () => program(OLD),
    after: () => program(NEW),
    verify: expectImages(NEW),
    files,
    moreStepsThan: 15,
  },
  {
    name: "tools whose file lies elsewhere now, killed at every step, are not sent again",
    template: clusterTemplate,
    before: () => program(OLD),
    after: () => program(OLD, "media/tools.iso"),
    verify: expectImages(OLD),
    files,
  },
  {
    name: "taking the tools away, killed at every step, leaves none, also where no list shows them",
    template: clusterTemplate,
    before: () => program(OLD),
    after: () => [],
    verify: expectImages(),
    files,
    switches: { svtListed: "never" },
    moreStepsThan: 3,
  },
];
