import { expect } from "vitest";
import type { Lab } from "../../lab/lab";
import { digestsOf } from "../engine/image-site";
import { clusterTemplate } from "../engine/lab-site";
import { machineFromImage } from "../engine/machine-from-image";
import type { ResourceSpec } from "../kit/program";
import type { Way } from "./way";

/** Two chunks, the last one short. */
const BYTES = Buffer.alloc(8_388_608 + 1_000, "tower");
const ADDRESS = { ip: "10.0.20.220", netmask: "255.255.255.0", gateway: "10.0.20.1" };
const files = () => ({ "tower.iso": BYTES, "media/tower.iso": BYTES });
const iso = { name: "tower.iso", size: BYTES.length, file: "tower.iso" };

const image = (lab: Lab, file = iso.file): ResourceSpec[] => machineFromImage(lab, { iso: { ...iso, file } });
const withVm = (lab: Lab, vm: Record<string, unknown> = {}): ResourceSpec[] =>
  machineFromImage(lab, { iso, vm: { deleteVolumes: true, ...vm }, address: ADDRESS });

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

function expectNothing({ site }: Lab): void {
  const { images, vms, volumes } = site.model.cluster ?? {};
  expect({ images, vms, volumes }).toEqual({ images: [], vms: [], volumes: [] });
}

/** ISO images, and the virtual machines that are installed from them. */
export const machineWays: Way[] = [
  // Of a volume that no list shows nobody can know whose answer was lost: the steps before the first chunk are below.
  {
    name: "an ISO image that is listed once it is whole, killed at every chunk, is there once",
    template: clusterTemplate,
    after: (lab) => image(lab),
    verify: expectImage,
    files,
    only: { steps: /images\/upload\?/ },
    switches: { isoListed: "finished", imageMd5: "null" },
    moreKillsThan: 2,
  },
  {
    name: "an ISO image whose file lies elsewhere now, killed at every step, is not sent again",
    template: clusterTemplate,
    before: (lab) => image(lab),
    after: (lab) => image(lab, "media/tower.iso"),
    verify: expectImage,
    files,
  },
  {
    name: "an image and the machine that is installed from it, killed at every step, are each there once",
    template: clusterTemplate,
    after: (lab) => withVm(lab),
    verify: (lab) => expectVm(lab),
    files,
    moreStepsThan: 15,
  },
  {
    name: "a machine that is renamed and given another address, killed at every step, is the same one",
    template: clusterTemplate,
    before: (lab) => withVm(lab),
    after: (lab) => withVm(lab, { name: "tower", ha: false }),
    verify: (lab) => expectVm(lab, { name: "tower", ha: false }),
    files,
    only: { steps: /vm/i, of: ["smtxos:Vm"] },
  },
  {
    name: "taking machine and image away, killed at every step, leaves none and no volume",
    template: clusterTemplate,
    before: (lab) => withVm(lab),
    after: () => [],
    verify: expectNothing,
    files,
    // Those of the machine are in the next way.
    only: { steps: /^(?!.*vms)/, of: ["smtxos:IsoImage"] },
  },
  // At this speed a job outlives the run that was killed: the next one meets a machine that is still busy.
  {
    name: "a machine that is being stopped or deleted when its run is killed goes all the same",
    template: clusterTemplate,
    before: (lab) => machineFromImage(lab, { iso, vm: { deleteVolumes: true } }),
    after: () => [],
    verify: expectNothing,
    files,
    speed: 6,
    only: { steps: /vms/, of: ["smtxos:Vm"] },
    moreKillsThan: 3,
  },
];
