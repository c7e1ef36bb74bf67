import fc from "fast-check";
import type { FaultRule } from "../../lab/faults";
import type { ResourceSpec } from "../kit/program";
import { ofCluster, oneMachine, without } from "./tower-machine";

/** What a plan wants of a machine. */
export interface WantedMachine {
  name: string;
  description: string;
  memory: number;
  running: boolean;
  /** Its own disks, by name, and the GiB of each. */
  disks: Record<string, number>;
  /** Volumes that it mounts by their names. */
  mounts: string[];
  nics: { vlan: string; enabled: boolean }[];
  deleteVolumes: boolean;
}

/** What a plan wants of the cluster: machines by resource, and the GiB of volumes that stand by themselves. */
export interface Wanted {
  machines: Record<string, WantedMachine>;
  volumes: Record<string, number>;
}

export type ByHand = "change" | "take out a disk" | "take out a NIC" | "rename a volume" | "delete";

/** One step of a random story. */
export type Move =
  | { kind: "up"; wanted: Wanted; refresh: boolean }
  /** The provider is killed at this step of input and output, if the run has so many. */
  | { kind: "killed up"; wanted: Wanted; at: number }
  /** Somebody does this by hand to a machine, if it stands; a refresh shows it. */
  | { kind: "by hand"; machine: string; does: ByHand }
  /** The next requests of an operation go wrong. */
  | { kind: "fault"; fault: FaultRule };

/** Volumes that are somebody else's: one that the third machine may mount, and one that nobody does. */
export const SPARE = "spare";
export const THEIRS = "theirs-system";
const MOUNTS: Record<string, string> = { one: "data-1", two: "data-2", three: SPARE };

const gib = fc.integer({ min: 1, max: 4 });

const wantedMachine = (slot: string): fc.Arbitrary<WantedMachine> =>
  fc.record({
    name: fc.constantFrom(slot, slot, `${slot}-renamed`),
    description: fc.constantFrom("", "of the shop"),
    memory: gib,
    running: fc.boolean(),
    disks: fc
      .subarray(["a", "b", "c"], { minLength: 1 })
      .chain((names) => fc.record(Object.fromEntries(names.map((name) => [`${slot}-${name}`, gib])))),
    mounts: fc.subarray([MOUNTS[slot] as string]),
    nics: fc.array(fc.record({ vlan: fc.constantFrom("default", "VLAN-20"), enabled: fc.boolean() }), { maxLength: 2 }),
    deleteVolumes: fc.boolean(),
  });

const wanted: fc.Arbitrary<Wanted> = fc.record({
  machines: fc
    .subarray(Object.keys(MOUNTS))
    .chain((slots) => fc.record(Object.fromEntries(slots.map((slot) => [slot, wantedMachine(slot)])))),
  volumes: fc
    .subarray(["data-1", "data-2"])
    .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, gib])))),
});

const lost: Partial<FaultRule>[] = [
  { drop: "before-commit" },
  { drop: "after-commit" },
  { answer: { status: 503, html: true, body: "busy" } },
  { answer: { status: 400, body: { code: "ResourceLocked", message: "locked", props: {} } } },
  { halfBody: true },
  { expireSession: true },
  { task: { fails: "the lab lets it fail" } },
];

const fault: fc.Arbitrary<FaultRule> = fc
  .record({
    operation: fc.constantFrom(
      "createTowerVm",
      "createVmVolume",
      "updateVmBasicInfo",
      "updateVmVolume",
      "addVmDisk",
      "expandVmDisk",
      "removeVmDisk",
      "addVmNic",
      "removeVmNicByWhere",
      "updateVmNicAdvanceInfo",
      "startTowerVm",
      "shutDownVm",
      "deleteTowerVm",
      "deleteVmVolume",
      "getVms",
      "getVmDisks",
      "getVmVolumes",
      "getTasks",
    ),
    what: fc.constantFrom(...lost),
    skip: fc.integer({ min: 0, max: 1 }),
    count: fc.integer({ min: 1, max: 2 }),
  })
  .map(({ what, ...rule }) => ({ ...rule, ...what }));

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("up" as const), wanted, refresh: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("killed up" as const), wanted, at: fc.integer({ min: 1, max: 150 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("by hand" as const),
      machine: fc.constantFrom(...Object.keys(MOUNTS)),
      does: fc.constantFrom<ByHand[]>("change", "take out a disk", "take out a NIC", "rename a volume", "delete"),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("fault" as const), fault }) },
);

/** A story of a stack of machines and of its cluster. */
export const story: fc.Arbitrary<Move[]> = fc.array(move, { minLength: 3, maxLength: 7 });

/**
 * What is wanted after what a run that failed or was killed may have begun: that stays in the plan, under its name, as
 * nobody else would ask for it. A disk does not shrink, and a volume that a machine is to mount stands. Where a disk goes
 * and another comes, volumes stay: that looks like another name of one, and is refused.
 */
export function goOn(
  begun: Wanted,
  wanted: Wanted,
  sizes: Map<string, number>,
  disksOf: (slot: string) => { any: string[]; both: string[] },
): Wanted {
  const grown = (name: string, size: number) => {
    sizes.set(name, Math.max(size, sizes.get(name) ?? 0));
    return sizes.get(name) as number;
  };
  const volumes = Object.fromEntries(
    Object.entries({ ...begun.volumes, ...wanted.volumes }).map(([name, size]) => [name, grown(name, size)]),
  );
  const machines = Object.fromEntries(
    Object.entries({ ...begun.machines, ...wanted.machines }).map(([slot, machine]) => {
      const before = begun.machines[slot];
      const disks = { ...before?.disks, ...machine.disks };
      const mounts = [...new Set([...(before?.mounts ?? []), ...machine.mounts])];
      const { any, both } = disksOf(slot);
      const isRenaming =
        any.some((name) => !(name in disks)) && Object.keys(disks).some((name) => !both.includes(name));
      const next: WantedMachine = {
        ...machine,
        deleteVolumes: machine.deleteVolumes && !isRenaming,
        name: before?.name ?? machine.name,
        // Of a machine that was just being made nobody knows yet whose a NIC is that the plan does not have: it is refused.
        nics: before?.nics ?? machine.nics,
        disks: Object.fromEntries(Object.entries(disks).map(([name, size]) => [name, grown(name, size)])),
        mounts: mounts.filter((name) => name === SPARE || name in volumes),
      };
      return [slot, next];
    }),
  );
  return { machines, volumes };
}

/** What is wanted, as resources. */
export function programOf({ machines, volumes }: Wanted): ResourceSpec[] {
  return [
    ...without,
    ...Object.entries(volumes).map(([name, size]) => ofCluster("VmVolume", name, { size: `${size} GiB` })),
    ...Object.entries(machines).map(([slot, wanted]) => {
      const { running, disks, mounts, memory, ...same } = wanted;
      const args = {
        ...same,
        memory: `${memory} GiB`,
        status: running ? "RUNNING" : "STOPPED",
        disks: [
          ...Object.entries(disks).map(([name, size]) => ({ name, size: `${size} GiB` })),
          ...mounts.map((name) => ({ name })),
        ],
        allowRestart: true,
        allowDestroy: true,
        forceStop: true,
      };
      return { ...oneMachine(args, slot), options: { dependsOn: ["cluster", ...Object.keys(volumes)] } };
    }),
  ];
}
