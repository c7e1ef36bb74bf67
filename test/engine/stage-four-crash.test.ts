import { afterAll, beforeAll, expect, test } from "vitest";
import type { Lab } from "../../lab/lab";
import type { ResourceSpec } from "../kit/program";
import { killed } from "./crash-site";
import { digestsOf } from "./image-site";
import { clusterTemplate, type LabTemplate } from "./lab-site";
import { stageFour } from "./stage-four";

/** Two chunks, the last one short. */
const BYTES = Buffer.alloc(8_388_608 + 1_000, "tower");
const ADDRESS = { ip: "10.0.20.220", netmask: "255.255.255.0", gateway: "10.0.20.1" };
const files = { "tower.iso": BYTES };
const iso = { name: "tower.iso", size: BYTES.length, file: "tower.iso" };

let template: LabTemplate;
beforeAll(async () => {
  template = await clusterTemplate();
});
afterAll(() => template?.remove());

const image = (lab: Lab): ResourceSpec[] => stageFour(lab, { iso });
const withVm = (lab: Lab, vm: Record<string, unknown> = {}): ResourceSpec[] =>
  stageFour(lab, { iso, vm: { deleteVolumes: true, ...vm }, address: ADDRESS });

function expectImage({ site }: Lab): void {
  const images = site.model.cluster?.images ?? [];
  expect(images.map(({ chunks }) => Object.values(chunks))).toEqual([digestsOf(BYTES)]);
}

/** One machine on one volume, whole. */
function expectVm(lab: Lab, change: Record<string, unknown> = {}): void {
  expectImage(lab);
  const { vms, volumes, openJobs } = lab.site.model.cluster ?? {};
  expect(vms).toMatchObject([
    { name: "cloudtower", status: "running", vcpu: 8, nics: [{ address: ADDRESS }], ...change },
  ]);
  expect(volumes?.map(({ uuid }) => uuid)).toEqual(vms?.[0]?.disks.map(({ volume }) => volume));
  expect(openJobs).toEqual([]);
}

// Of a volume that no list shows nobody can know whose answer was lost: the steps before the first chunk are below.
test("an ISO image that is listed once it is whole, killed at every chunk, is there once", async () => {
  const { failures, kills } = await killed(template, (lab) => ({ before: [], after: image(lab) }), expectImage, {
    files,
    only: /images\/upload\?/,
    switches: { isoListed: "finished", imageMd5: "null" },
  });
  expect(failures).toEqual([]);
  expect(kills).toBeGreaterThan(2);
}, 300_000);

test("an image and the machine that is installed from it, killed at every step, are each there once", async () => {
  const { steps, failures } = await killed(
    template,
    (lab) => ({ before: [], after: withVm(lab) }),
    (lab) => expectVm(lab),
    { files },
  );
  expect(failures).toEqual([]);
  expect(steps).toBeGreaterThan(15);
}, 300_000);

test("a machine that is renamed and given another address, killed at every step, is the same one", async () => {
  const { failures } = await killed(
    template,
    (lab) => ({ before: withVm(lab), after: withVm(lab, { name: "tower", ha: false }) }),
    (lab) => expectVm(lab, { name: "tower", ha: false }),
    { files, only: /vm/i },
  );
  expect(failures).toEqual([]);
}, 300_000);

function expectNothing({ site }: Lab): void {
  const { images, vms, volumes } = site.model.cluster ?? {};
  expect({ images, vms, volumes }).toEqual({ images: [], vms: [], volumes: [] });
}

test("taking machine and image away, killed at every step, leaves none and no volume", async () => {
  const { failures } = await killed(template, (lab) => ({ before: withVm(lab), after: [] }), expectNothing, {
    files,
    only: /^(?!.*vms)/,
  });
  expect(failures).toEqual([]);
}, 300_000);

// At this speed a job outlives the run that was killed: the next one meets a machine that is still busy.
test("a machine that is being stopped or deleted when its run is killed goes all the same", async () => {
  const { failures, kills } = await killed(
    template,
    (lab) => ({ before: stageFour(lab, { iso, vm: { deleteVolumes: true } }), after: [] }),
    expectNothing,
    { files, speed: 6, only: /vms/ },
  );
  expect(failures).toEqual([]);
  expect(kills).toBeGreaterThan(3);
}, 300_000);
