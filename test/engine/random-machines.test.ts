import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LabCluster } from "../../lab/smtxos/cluster-model";
import { prepareStack } from "../kit/prepared-stack";
import type { ResourceSpec } from "../kit/program";
import { createProject, PROJECT, root, STACK } from "../kit/project";
import { type LabSite, type LabTemplate, labFrom, labSite } from "./lab-site";
import { goOn, type Move, programOf, SPARE, story, THEIRS, type Wanted } from "./random-machines";
import { addNetwork, addVolume, byHand, GIB, without } from "./tower-machine";
import { MACHINE, towerTemplate } from "./tower-site";

const full = process.env.SITEWRIGHT_TEST_FULL === "1";
/** The same stories each time, unless told: a failure that nobody has caused belongs into the full run. */
const seed = Number(process.env.SITEWRIGHT_TEST_SEED ?? (full ? Date.now() % 2 ** 31 : 1));

let template: LabTemplate;
beforeAll(async () => {
  template = await towerTemplate();
});
afterAll(() => template?.remove());

interface Run {
  ok: boolean;
  errors: string[];
  /** What was done to resources, refreshes left out: nothing, in a second up. */
  did: string[];
}

/** A lab, and what it was asked to write. */
type Site = Pick<LabSite, "lab" | "writes">;

/** An engine, and how it is killed. */
interface Driver {
  up(program: ResourceSpec[], refresh: boolean, killAt?: number): Promise<Run>;
  /** The volume of each disk as the state has it, by `resource/disk`. */
  volumes(): Promise<Map<string, string>>;
  destroy(): Promise<Run>;
}

function testDriver({ engine, project }: LabSite): Driver {
  const control = join(project.folder, "crash.json");
  Object.assign(project.env, { KIT_CRASH: control });
  const run = async (verb: () => Promise<{ ok: boolean; steps: string[]; errors: string[] }>) => {
    const { ok, steps, errors } = await verb();
    return { ok, errors, did: steps.filter((step) => !step.startsWith("refresh ")) };
  };
  return {
    async up(program, refresh, killAt) {
      if (killAt) writeFileSync(control, JSON.stringify({ at: killAt }));
      const came = await run(() => engine.up(program, { refresh, preview: !refresh && !killAt }));
      if (existsSync(control)) {
        rmSync(control);
        await engine.kill();
      }
      return came;
    },
    async volumes() {
      return volumesOf(engine.state);
    },
    destroy: () => run(() => engine.destroy()),
  };
}

/** As `testDriver`, of the real engine, which is killed so many steps of 20 ms after it has come up. */
function realDriver({ lab }: Site): { driver: Driver; close(): void } {
  const project = createProject();
  const settings = join(project.folder, `Pulumi.${STACK}.yaml`);
  prepareStack({ project: PROJECT, stack: STACK, state: join(project.folder, "state"), settings, passphrase: "kit" });
  writeFileSync(join(project.folder, "stacks", STACK, "reach.json"), JSON.stringify(lab.reach));
  project.writeSettings({ requestTimeout: "1s" });
  const run = async (killAt: number | undefined, ...args: string[]): Promise<Run> => {
    const running = project.start(...args);
    const timer = killAt ? setTimeout(() => running.kill(), 1_000 + killAt * 20) : undefined;
    const { code, output } = await running.ended;
    clearTimeout(timer);
    if (killAt) await project.pulumi("cancel", "--yes");
    const did = output.match(/[+~-]+ *\d+ (created|updated|deleted|replaced)/g) ?? [];
    return { ok: code === 0, errors: code === 0 ? [] : [output], did };
  };
  const driver: Driver = {
    up(program, refresh, killAt) {
      project.writeProgram(program);
      return run(killAt, "up", "--yes", "--skip-preview", ...(refresh ? ["--refresh"] : []));
    },
    volumes: async () => volumesOf((await project.state()).resources),
    destroy: () => run(undefined, "destroy", "--yes", "--skip-preview"),
  };
  return { driver, close: () => project.close() };
}

type Fields = Record<string, unknown>;

function volumesOf(resources: { urn: string; outputs?: Fields }[]): Map<string, string> {
  const machines = resources.filter(({ urn }) => urn.includes("cloudtower:Vm::"));
  return new Map(
    machines.flatMap(({ urn, outputs = {} }) => {
      const { disks = [], volumeIds = [] } = outputs as { disks?: { name: string }[]; volumeIds?: string[] };
      return disks.map(({ name }, at) => [`${urn.split("::").at(-1)}/${name}`, volumeIds[at] ?? ""] as const);
    }),
  );
}

/** The disks of a machine by its resource, those that only the state or only the cluster has told apart. */
function names(inState: Map<string, string>, site: Site) {
  return (slot: string) => {
    const known = [...inState.keys()]
      .filter((key) => key.startsWith(`${slot}/`))
      .map((key) => key.slice(slot.length + 1));
    const vm = cluster(site).vms.find(({ name }) => name.startsWith(slot));
    const standing = vm?.disks.map(({ name }) => name) ?? [];
    return { any: [...new Set([...known, ...standing])], both: known.filter((name) => standing.includes(name)) };
  };
}

const cluster = ({ lab }: Site) => lab.site.model.cluster as LabCluster;

/** Lives through a story, and checks after each move what must always hold, and at the end that all is well. */
async function live(moves: Move[], site: Site, driver: Driver): Promise<void> {
  const nothing: Wanted = { machines: {}, volumes: {} };
  let begun = nothing;
  let last = nothing;
  let isFaulty = false;
  const sizes = new Map<string, number>();
  /** Volumes of disks that the plan has had ever since. */
  let kept = new Map<string, string>();
  let volumesWanted = new Map<string, string>();

  expect((await driver.up(without, false)).errors).toEqual([]);
  addNetwork(site);
  byHand(site, ({ vms }) => vms.push({ ...structuredClone(MACHINE), name: "theirs" }));
  addVolume(site, THEIRS);
  addVolume(site, SPARE, false);
  const theirs = foreign(site);

  async function up(wanted: Wanted, refresh: boolean, killAt?: number): Promise<Run> {
    last = goOn(begun, wanted, sizes, names(await driver.volumes(), site));
    const isPlanned = (key: string) => {
      const [slot = "", disk = ""] = key.split("/");
      const machine = last.machines[slot];
      return machine !== undefined && (disk in machine.disks || machine.mounts.includes(disk));
    };
    kept = new Map([...kept].filter(([key]) => isPlanned(key)));
    volumesWanted = new Map([...volumesWanted].filter(([name]) => name in last.volumes));
    const run = await driver.up(programOf(last), refresh, killAt);
    begun = run.ok ? nothing : last;
    if (run.ok) {
      const stands = await driver.volumes();
      // A disk that the plan has had all along has the volume that it had.
      for (const [key, id] of kept) expect([key, stands.get(key)]).toEqual([key, id]);
      kept = stands;
      volumesWanted = new Map(
        Object.keys(last.volumes).map((name) => [
          name,
          cluster(site).volumes.find((volume) => volume.name === name)?.uuid as string,
        ]),
      );
    }
    return run;
  }

  for (const move of moves) {
    if (move.kind === "up") {
      const run = await up(move.wanted, move.refresh);
      expectExplained(run);
      // By hand or by a kill: what a refresh shows is brought about in one run.
      if (move.refresh && !isFaulty) expect(run.errors).toEqual([]);
    }
    if (move.kind === "killed up") await up(move.wanted, false, move.at);
    if (move.kind === "fault") {
      isFaulty = true;
      await site.lab.setFaults([move.fault]);
    }
    if (move.kind === "by hand") {
      doByHand(site, move);
      if (move.does === "delete") kept = new Map([...kept].filter(([key]) => !key.startsWith(`${move.machine}/`)));
    }
    expectSafe();
  }

  function expectSafe(): void {
    expect(foreign(site)).toEqual(theirs);
    const names = cluster(site).vms.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
    const uuids = cluster(site).volumes.map(({ uuid }) => uuid);
    expect([...volumesWanted].filter(([, uuid]) => !uuids.includes(uuid))).toEqual([]);
  }

  await site.lab.setFaults([]);
  expect(await up(last, true)).toMatchObject({ ok: true, errors: [] });
  expectSafe();
  expect(shown(site)).toEqual(planned(last));
  site.writes();
  expect(await driver.up(programOf(last), false)).toEqual({ ok: true, errors: [], did: [] });
  expect(site.writes()).toEqual([]);
  expect(await driver.destroy()).toMatchObject({ ok: true, errors: [] });
  expect(foreign(site)).toEqual(theirs);
}

/** What is somebody else's. */
function foreign(site: Site) {
  const { vms, volumes } = cluster(site);
  return structuredClone({
    vms: vms.filter(({ name }) => name === "theirs"),
    volumes: volumes.filter(({ name }) => name === SPARE || name === THEIRS),
  });
}

function doByHand(site: Site, { machine, does }: Extract<Move, { kind: "by hand" }>): void {
  byHand(site, (changed) => {
    const vm = changed.vms.find(({ name }) => name.startsWith(machine));
    if (!vm) return;
    if (does === "change") Object.assign(vm, { memory: 7 * GIB, ha: !vm.ha });
    if (does === "take out a disk") vm.disks.pop();
    if (does === "take out a NIC") vm.nics.pop();
    if (does === "rename a volume") {
      const volume = changed.volumes.find(({ uuid, name }) => uuid === vm.disks[0]?.volume && name.startsWith(machine));
      if (volume) volume.name = "renamed by hand";
    }
    if (does === "delete") changed.vms = changed.vms.filter((each) => each !== vm);
  });
}

/** The machines as they stand and as they are planned, but for what is somebody else's. */
function shown(site: Site) {
  const { vms, volumes, vlans } = cluster(site);
  return vms
    .filter(({ name }) => name !== "theirs")
    .map(({ name, memory, ha, status, disks, nics }) => ({
      name,
      memory,
      ha,
      status,
      disks: disks.map(({ volume }) => (volumes.find(({ uuid }) => uuid === volume)?.size ?? 0) / GIB).sort(),
      nics: nics.map(({ vlan, link }) => `${vlans.find(({ uuid }) => uuid === vlan)?.name} ${link}`).sort(),
    }))
    .sort(byName);
}

function planned({ machines, volumes }: Wanted): ReturnType<typeof shown> {
  return Object.values(machines)
    .map(({ name, memory, running, disks, mounts, nics }) => ({
      name,
      memory: memory * GIB,
      ha: true,
      status: running ? ("running" as const) : ("stopped" as const),
      disks: [...Object.values(disks), ...mounts.map((volume) => volumes[volume] ?? 1)].sort(),
      nics: nics.map(({ vlan, enabled }) => `${vlan} ${enabled ? "up" : "down"}`).sort(),
    }))
    .sort(byName);
}

function byName(one: { name: string }, other: { name: string }): number {
  return one.name < other.name ? -1 : 1;
}

/** A run that fails says what happened to what; it never shows a fault of the program. */
function expectExplained({ ok, errors }: Run): void {
  if (!ok) expect(errors.join("\n")).toMatch(/./);
  expect(errors.join("\n")).not.toMatch(/TypeError|ReferenceError|undefined|\[object/);
}

const switches = { shutdownWithoutTools: "works" } as const;
const runs = (full: number) => ({
  seed,
  numRuns: Number(process.env.SITEWRIGHT_TEST_RUNS ?? full),
  endOnFailure: process.env.SITEWRIGHT_TEST_SHRINK !== "1",
});

test(
  "machines, disks, NICs and volumes: whatever is planned, killed, changed behind its back or broken, up with a refresh brings it about",
  async () => {
    process.stdout.write(`random machines: seed ${seed} (SITEWRIGHT_TEST_SEED)\n`);
    const crashAt = join(root, "test", "kit", "crash-at.cjs");
    await fc.assert(
      fc.asyncProperty(story, async (moves) => {
        const site = await labSite(template, { switches }, { requestTimeout: "400ms" }, [crashAt]);
        try {
          await live(moves, site, testDriver(site));
        } finally {
          await site.end();
        }
      }),
      runs(full ? 100 : 12),
    );
  },
  full ? 3_600_000 : 600_000,
);

test.runIf(full)(
  "the same on the real engine, with the engine killed",
  async () => {
    await fc.assert(
      fc.asyncProperty(story, async (moves) => {
        const { lab, end } = await labFrom(template, { switches });
        const site: Site = {
          lab,
          writes() {
            const written = lab.requests().filter(({ write }) => write);
            lab.clearRequests();
            return written.map(({ operation }) => operation as string);
          },
        };
        const { driver, close } = realDriver(site);
        try {
          await live(moves, site, driver);
        } finally {
          close();
          await end();
        }
      }),
      runs(10),
    );
  },
  1_800_000,
);
