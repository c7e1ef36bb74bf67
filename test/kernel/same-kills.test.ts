import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Lab } from "../../lab/lab";
import { killed } from "../crash/killed";
import type { Way } from "../crash/way";
import { digestsOf } from "../engine/image-site";
import { clusterTemplate, type LabTemplate } from "../engine/lab-site";
import { machineFromImage } from "../engine/machine-from-image";
import { type CrashMatrix, type CrashMatrixOptions, crashMatrix } from "../kit/crash-matrix";
import { root } from "../kit/project";
import { thing } from "../kit/store-program";
import { startStore } from "../kit/store-server";
import type { ProviderKind } from "../kit/test-engine";

const KINDS = ["thread", "process"] as const satisfies ProviderKind[];
const planted = join(root, "test", "kit", "planted.cjs");
/** No step: of a way without a kill its steps alone. */
const NONE = /^$/;

type Run = (provider: ProviderKind, only: RegExp, fault?: Record<string, string>) => Promise<CrashMatrix>;

/** The steps at which a kill ends badly, for each way to run the provider. */
async function badly(run: Run, only: RegExp, fault: Record<string, string>): Promise<string[][]> {
  const found: string[][] = [];
  for (const kind of KINDS) {
    const { cases } = await run(kind, only, fault);
    found.push(cases.filter(({ failure }) => failure).map(({ at, step }) => `${at} ${step}`));
  }
  return found;
}

/** A thing of the store that is made. */
const made: Run = (provider, only, fault = {}) =>
  crashMatrix(
    async () => {
      const store = await startStore();
      return {
        before: [],
        after: [thing(store, "a")],
        environment: { KIT_PLANTED: JSON.stringify(fault) },
        verify: () => expect(store.state.things.map(({ name, size }) => [name, size])).toEqual([["A", 3]]),
        writes: () => store.writes().length,
        close: () => store.close(),
      };
    },
    { only, provider, preload: [planted] },
  );

describe("a thread and a process", () => {
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
    return killed(template, { ...way, verify, files }, { preload: [planted], ...options });
  }

  test("take the same steps at the store, and at the lab's cluster", async () => {
    const withVm: Run = (provider, only) =>
      onLab(
        { after: (lab) => machineFromImage(lab, { iso, vm: { deleteVolumes: true }, address }) },
        { provider, only },
      );
    for (const run of [made, withVm]) {
      const [thread, process] = [await run("thread", NONE), await run("process", NONE)];
      // Two chunks of an upload are on their way at a time, in whichever order.
      expect([...thread.way].sort()).toEqual([...process.way].sort());
      expect([thread, process].flatMap(({ cases }) => cases.flatMap(({ failure }) => failure ?? []))).toEqual([]);
    }
  });

  test.each([
    ["a journal without what is intended", { without: "intended" }],
    ["a line that is on disk only later", { late: "intended" }],
    ["a lost write that is sent again blindly", { blind: "/things?name=" }],
  ])("find the same kills that end badly: %s", async (_what, fault) => {
    const [thread, process] = await badly(made, /POST|fsync/, fault);
    expect(thread).not.toEqual([]);
    expect(thread).toEqual(process);
  });

  test("find the same kills that end badly: a checkpoint that comes late", async () => {
    const [thread, process] = await badly(uploaded, /images\/upload\?/, { late: "made" });
    expect(thread).not.toEqual([]);
    expect(thread).toEqual(process);
  });
});
