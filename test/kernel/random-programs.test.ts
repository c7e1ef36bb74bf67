import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ResourceSpec } from "../kit/program";
import { createProject, root } from "../kit/project";
import { createRealStack } from "../kit/real-stack";
import { thing } from "../kit/store-program";
import { type Fault, type StoreServer, startStore } from "../kit/store-server";
import { createTestEngine } from "../kit/test-engine";

/** What the program wants of each thing: its name at the store and its size. */
type Wanted = Record<string, { name: string; size: number }>;

/** One turn of a life: something changes in the plan or at the site, then a run follows, whole or with trouble. */
type Turn =
  | { do: "plan"; slot: string; size: number }
  | { do: "rename"; slot: string; name: string }
  | { do: "drop"; slot: string }
  | { do: "drift"; size: number }
  | { do: "vanish" }
  | { do: "refresh" }
  | { do: "fault"; fault: Fault }
  | { do: "kill"; at: number };

const slot = fc.constantFrom("a", "b", "c");
const size = fc.integer({ min: 1, max: 9 });
const turn: fc.Arbitrary<Turn> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("plan" as const), slot, size }) },
  fc.record({ do: fc.constant("rename" as const), slot, name: fc.constantFrom("one", "two", "three") }),
  fc.record({ do: fc.constant("drop" as const), slot }),
  fc.record({ do: fc.constant("drift" as const), size }),
  fc.constant({ do: "vanish" as const }),
  fc.constant({ do: "refresh" as const }),
  fc.record({
    do: fc.constant("fault" as const),
    fault: fc.record({
      kind: fc.constantFrom<Fault["kind"]>("resetBefore", "resetAfter", "expire", "html502", "halfBody", "refuse"),
      operation: fc.constantFrom("listThings", "createThing", "updateThing", "deleteThing", "getThing", "getJob"),
    }),
  }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant("kill" as const), at: fc.integer({ min: 1, max: 40 }) }) },
);
const life = fc.array(turn, { minLength: 3, maxLength: 8 });

interface Runner {
  store: StoreServer;
  /** Whether it came through. */
  up(program: ResourceSpec[], refresh: boolean, killAt?: number): Promise<boolean>;
}

/** Lives through the turns, then demands that the site is the plan, and that a further run writes nothing. */
async function live({ store, up }: Runner, turns: Turn[]): Promise<void> {
  const wanted: Wanted = { a: { name: "a", size: 3 } };
  /** What a killed or failed run may have begun: dropped or renamed in the plan, nobody would ask for it again. */
  let begun = new Set<string>();
  const program = () =>
    Object.entries(wanted).map(([key, { name, size }], index, all) =>
      // One after another, so that what is created in which order is the same in every run.
      thing(store, key, { name: `${key}-${name}`, size }, { dependsOn: all.slice(0, index).map(([each]) => each) }),
    );
  for (const each of turns) {
    let refresh = each.do === "refresh";
    const first = store.state.things[0];
    if (each.do === "plan") wanted[each.slot] = { name: wanted[each.slot]?.name ?? each.slot, size: each.size };
    const mayGo = "slot" in each && !begun.has(each.slot);
    if (each.do === "rename" && mayGo && wanted[each.slot]) Object.assign(wanted[each.slot] ?? {}, { name: each.name });
    if (each.do === "drop" && mayGo) delete wanted[each.slot];
    if (each.do === "fault") store.fault(each.fault);
    if (each.do === "drift" && first) Object.assign(first, { size: each.size });
    if (each.do === "vanish") store.state.things = store.state.things.slice(1);
    if (each.do === "drift" || each.do === "vanish") refresh = true;
    const whole = await up(program(), refresh, each.do === "kill" ? each.at : undefined);
    begun = new Set(whole ? [] : Object.keys(wanted));
  }
  store.clearFaults();
  expect(await up(program(), true)).toBe(true);
  const stands = store.state.things.map(({ name, size }) => ({ name, size }));
  const planned = Object.entries(wanted).map(([key, { name, size }]) => ({ name: `${key}-${name}`, size }));
  const byName = (one: { name: string }, other: { name: string }) => (one.name < other.name ? -1 : 1);
  expect(stands.sort(byName)).toEqual(planned.sort(byName));
  store.clearRequests();
  expect(await up(program(), false)).toBe(true);
  expect(store.writes()).toEqual([]);
}

const full = process.env.SITEWRIGHT_TEST_FULL === "1";
/** The same lives each time, unless told: a failure that nobody has caused belongs into the full run. */
const seed = Number(process.env.SITEWRIGHT_TEST_SEED ?? (full ? Date.now() % 2 ** 31 : 1));

test(
  "whatever happens on the way, the site ends as the plan says (test engine)",
  async () => {
    process.stdout.write(`random programs: seed ${seed} (SITEWRIGHT_TEST_SEED)\n`);
    await fc.assert(
      fc.asyncProperty(life, async (turns) => {
        const store = await startStore();
        const project = createProject({ speed: 1000 });
        const control = join(project.folder, "crash.json");
        const engine = createTestEngine({
          main: project.main,
          env: { ...project.env, KIT_CRASH: control },
          preload: [join(root, "test", "kit", "crash-at.cjs")],
          settings: { requestTimeout: "400ms" },
        });
        try {
          await live(
            {
              store,
              async up(program, refresh, killAt) {
                if (killAt) writeFileSync(control, JSON.stringify({ at: killAt }));
                const { ok } = await engine.up(program, { refresh: refresh || killAt !== undefined });
                if (existsSync(control)) {
                  rmSync(control);
                  await engine.kill();
                }
                return ok;
              },
            },
            turns,
          );
        } finally {
          await engine.close();
          await store.close();
          project.close();
        }
      }),
      { seed, numRuns: full ? 200 : 25 },
    );
  },
  full ? 3_600_000 : 600_000,
);

test.runIf(full)(
  "the same on the real engine, with the engine killed",
  async () => {
    await fc.assert(
      fc.asyncProperty(life, async (turns) => {
        const stack = await createRealStack({ requestTimeout: "1s" }, { speed: 1000 });
        try {
          await live(
            {
              store: stack.store,
              async up(program, refresh, killAt) {
                stack.writeProgram(program);
                const running = stack.start("up", "--yes", "--skip-preview", ...(refresh ? ["--refresh"] : []));
                const timer = killAt ? setTimeout(() => running.kill(), 1_000 + killAt * 50) : undefined;
                const { code } = await running.ended;
                clearTimeout(timer);
                if (killAt) await stack.pulumi("cancel", "--yes");
                return code === 0;
              },
            },
            turns,
          );
        } finally {
          await stack.end();
        }
      }),
      { seed, numRuns: 10, endOnFailure: true },
    );
  },
  1_800_000,
);
