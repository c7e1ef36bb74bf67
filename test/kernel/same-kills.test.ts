import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Lab } from "../../lab/lab";
import { cloudtowerWays } from "../crash/cloudtower";
import { killed } from "../crash/killed";
import { smtxosWays } from "../crash/smtxos";
import type { Way } from "../crash/way";
import { digestsOf } from "../engine/image-site";
import { clusterTemplate, type LabTemplate } from "../engine/lab-site";
import { machineFromImage } from "../engine/machine-from-image";
import { type CrashMatrix, type CrashMatrixOptions, crashMatrix } from "../kit/crash-matrix";
import { crashStore } from "../kit/crash-store";
import { root } from "../kit/project";
import { thing } from "../kit/store-program";

type Killed = CrashMatrixOptions["provider"];
const KINDS: Killed[] = ["copies", "process"];
const planted = join(root, "test", "kit", "planted.cjs");
/** No step: of a way without a kill its steps alone. */
const NONE = /^$/;

type Run = (provider: Killed, only: RegExp, fault?: Record<string, string>) => Promise<CrashMatrix>;

/** The steps at which a kill ends badly, for each way to bring it about. */
async function badly(run: Run, only: RegExp, fault: Record<string, string>, kinds = KINDS): Promise<string[][]> {
  const found: string[][] = [];
  for (const kind of kinds) {
    const { cases, copied } = await run(kind, only, fault);
    expect(cases.at(-1)?.failure).toBeUndefined();
    expect(copied > 0).toBe(kind === "copies");
    found.push(cases.filter(({ failure }) => failure).map(({ at, step }) => `${at} ${step}`));
  }
  return found;
}

/** A thing of the store that is made. */
const made: Run = (provider, only, fault = {}) =>
  crashMatrix(
    () =>
      crashStore((store) => ({
        before: [],
        after: [thing(store, "a")],
        environment: { KIT_PLANTED: JSON.stringify(fault) },
        verify: () => expect(store.state.things.map(({ name, size }) => [name, size])).toEqual([["A", 3]]),
      })),
    { only, provider, sigkill: false, preload: [planted] },
  );

async function ofWay(way: Way, options: CrashMatrixOptions): Promise<CrashMatrix> {
  const template = await way.template();
  try {
    return await killed(template, way, options);
  } finally {
    template.remove();
  }
}

describe("copies of what a kill leaves, kills of a thread and SIGKILL", () => {
  let template: LabTemplate;
  beforeAll(async () => {
    template = await clusterTemplate();
  });
  afterAll(() => template?.remove());

  const bytes = Buffer.alloc(8_388_608 + 1_000, "tower");
  const iso = { name: "tower.iso", size: bytes.length, file: "tower.iso" };
  const address = { ip: "10.0.20.220", netmask: "255.255.255.0", gateway: "10.0.20.1" };

  /** An image that no list shows until it is whole, so that its id is known by the journal alone. */
  const uploaded: Run = (provider, only, fault = {}) =>
    onLab(
      {
        after: (lab) => machineFromImage(lab, { iso }),
        environment: { KIT_PLANTED: JSON.stringify(fault) },
        switches: { isoListed: "finished", imageMd5: "null" },
      },
      { provider, only },
    );

  function onLab(way: Pick<Way, "after" | "environment" | "switches">, options: CrashMatrixOptions) {
    const files = () => ({ "tower.iso": bytes });
    const verify = ({ site }: Lab) =>
      expect(site.model.cluster?.images.map(({ chunks }) => Object.values(chunks))).toEqual([digestsOf(bytes)]);
    return killed(template, { ...way, verify, files }, { preload: [planted], sigkill: false, ...options });
  }

  test("take the same steps at the store, at the lab's cluster and by SSH", async () => {
    const withVm: Run = (provider, only) =>
      onLab(
        { after: (lab) => machineFromImage(lab, { iso, vm: { deleteVolumes: true }, address }) },
        { provider, only },
      );
    const theirs = ["name servers that the plan changes", "taking machine and image away"].map((begins) => {
      const way = [...cloudtowerWays, ...smtxosWays].find(({ name }) => name.startsWith(begins)) as Way;
      return (provider: Killed, only: RegExp) => ofWay(way, { provider, only });
    });
    for (const run of [made, withVm, ...theirs]) {
      const all: CrashMatrix[] = [];
      for (const kind of ["copies", "thread", "process"] as const) all.push(await run(kind, NONE));
      // Two chunks of an upload are on their way at a time, in whichever order.
      const [copies, ...others] = all.map(({ way }) => [...way].sort());
      for (const other of others) expect(other).toEqual(copies);
      expect(all.flatMap(({ cases }) => cases.flatMap(({ failure }) => failure ?? []))).toEqual([]);
    }
  });

  test.each([
    ["a journal without what is intended", { without: "intended" }, [...KINDS, "thread" as const]],
    ["a line that is on disk only later", { late: "intended" }, KINDS],
    ["a lost write that is sent again blindly", { blind: "/things?name=" }, KINDS],
  ])("find the same kills that end badly: %s", async (_what, fault, kinds) => {
    const [copies, ...others] = await badly(made, /POST|fsync/, fault, kinds);
    expect(copies).not.toEqual([]);
    for (const other of others) expect(other).toEqual(copies);
  });

  test("find the same kills that end badly: a checkpoint that comes late", async () => {
    const [copies, process] = await badly(uploaded, /images\/upload/, { late: "made" });
    expect(copies).not.toEqual([]);
    expect(copies).toEqual(process);
  });
});
