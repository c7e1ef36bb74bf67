import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startLab } from "../../lab/lab";
import { labPlan, standing } from "../../lab/lab.fixture";
import type { LabSwitches } from "../../lab/switches";
import { type CrashSite, crashMatrix } from "../kit/crash-matrix";
import type { ResourceSpec } from "../kit/program";
import { STACK } from "../kit/project";

const CHUNK = 8_388_608;
/** Two chunks, the last one short. */
const BYTES = Buffer.alloc(CHUNK + 1_000, "tools");
const CHUNKS = [BYTES.subarray(0, CHUNK), BYTES.subarray(CHUNK)].map((chunk) => ({
  size: chunk.length,
  sha256: createHash("sha256").update(chunk).digest("hex"),
}));
const [OLD, NEW] = ["SMTX_VMTOOLS-3.2.0-1.iso", "SMTX_VMTOOLS-3.2.1-1.iso"];

/** Keys and certificates of a lab: making them anew for each one would cost more than the rest. */
const template = mkdtempSync(join(tmpdir(), "svt-lab-"));
beforeAll(async () => {
  await (await startLab({ plan: labPlan(), dir: template })).stop();
});
afterAll(() => rmSync(template, { recursive: true, force: true }));

function program(name: string): ResourceSpec[] {
  const plan = labPlan();
  const addresses = plan.hosts.map(({ management }) => management);
  const connection = { name: plan.cluster.name, addresses, username: "root", password: "Canary-Root-1" };
  const args = { connection, name, size: BYTES.length, file: "tools.iso" };
  return [{ type: "smtxos:SvtImage", name: "svt", args }];
}

/** Kills at every step of the way; resolves with what failed, and at how many steps. */
async function killed(way: Pick<CrashSite, "before" | "after">, svtListed: LabSwitches["svtListed"] = "always") {
  const planned = way.after.map(({ args }) => args?.["name"]);
  const makeSite = async (): Promise<CrashSite> => {
    const dir = mkdtempSync(join(tmpdir(), "svt-lab-"));
    cpSync(template, dir, { recursive: true, filter: (path) => !path.endsWith("state.json") });
    const lab = await startLab({ plan: labPlan(), dir, speed: "instant", switches: { svtListed } });
    await standing(lab);
    lab.clearRequests();
    return {
      ...way,
      writes: () => lab.requests().filter(({ write }) => write).length,
      verify() {
        const images = lab.site.model.cluster?.images ?? [];
        expect(images.map(({ name }) => name)).toEqual(planned);
        for (const { chunks } of images) expect(Object.values(chunks)).toEqual(CHUNKS);
      },
      prepare(folder) {
        mkdirSync(join(folder, "stacks", STACK), { recursive: true });
        writeFileSync(join(folder, "stacks", STACK, "reach.json"), JSON.stringify(lab.reach));
        writeFileSync(join(folder, "tools.iso"), BYTES);
      },
      async close() {
        await lab.stop();
        rmSync(dir, { recursive: true, force: true });
      },
    };
  };
  const cases = await crashMatrix(makeSite, { readsOnce: process.env["SITEWRIGHT_TEST_FULL"] !== "1" });
  const steps = cases.length - 1;
  process.stdout.write(`${expect.getState().currentTestName}: killed at ${steps} steps\n`);
  return { steps, failures: cases.flatMap(({ failure }) => failure ?? []) };
}

// Takes every step that a first upload takes, and those of a deletion before it.
test("replacing the tools by newer ones, killed at every step, leaves the newer ones alone", async () => {
  const { steps, failures } = await killed({ before: program(OLD), after: program(NEW) });
  expect(failures).toEqual([]);
  expect(steps).toBeGreaterThan(15);
}, 300_000);

test("taking the tools away, killed at every step, leaves none, also where no list shows them", async () => {
  const { steps, failures } = await killed({ before: program(OLD), after: [] }, "never");
  expect(failures).toEqual([]);
  expect(steps).toBeGreaterThan(3);
}, 300_000);
