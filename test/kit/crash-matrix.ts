import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDuration } from "../../providers/kernel/duration";
import type { ResourceSpec } from "./program";
import { createProject, root } from "./project";
import { createTestEngine, type ProviderKind, type TestEngine } from "./test-engine";

/** The other side of one case, fresh. */
export interface CrashSite {
  /** What stands before the operation that is killed; empty for a creation. */
  before: ResourceSpec[];
  /** What the killed run, and the one after it, shall bring about; empty for a deletion. */
  after: ResourceSpec[];
  /** What happens behind the provider's back before the run that is killed. */
  between?(): void;
  /** How many writes the other side has seen. */
  writes(): number;
  /** Throws unless the site is what `after` says: nothing doubled, orphaned or lost. */
  verify(): void;
  close(): Promise<void>;
  settings?: Record<string, string>;
  environment?: NodeJS.ProcessEnv;
  /** Lays files into the project before the first run: a stack's reach.json. */
  prepare?(folder: string): void;
}

export interface CrashCase {
  /** The step at which the provider was killed; the last number is a run that was not. */
  at: number;
  step: string;
  failure: string | undefined;
}

/** A request that ran into it would be sent again, and so make steps that no other run has. */
const REQUEST_TIMEOUT = "10s";
/** How long (ms) after a kill the requests that the killed run had under way may still commit; see later.cjs. */
const STILL_UNDER_WAY = 400;
const kit = ["crash-at.cjs", "later.cjs"].map((name) => join(root, "test", "kit", name));

export interface CrashMatrixOptions {
  /** Only the steps of such names. */
  only?: RegExp;
  /** How the provider runs, and so what a kill is; see the test engine. */
  provider?: ProviderKind;
  /** Whether one kill is that of a real process, where `provider` does not say how all run; true unless told. */
  sigkill?: boolean | undefined;
  /** Scripts that the provider loads before anything else, beside those of the matrix. */
  preload?: string[];
}

export interface CrashMatrix {
  /** How many steps the way has when nothing is killed. */
  steps: number;
  /** Their names. */
  way: string[];
  /** What became of each kill, and of the run without one. */
  cases: CrashCase[];
}

/**
 * Kills the provider at each of its steps of input and output on the way from `before` to `after`, then runs up
 * again, and once more. Resolves with what became of each case; three run at a time, since much of a case is waiting.
 *
 * A provider's memory dies with it: what the next run finds is the disk and the site alone. Of neighbouring steps that
 * find both the same, the first is enough, and is taken alone unless SITEWRIGHT_TEST_FULL=1.
 */
export async function crashMatrix(
  makeSite: () => Promise<CrashSite>,
  { only = /./, provider, sigkill = true, preload = [] }: CrashMatrixOptions = {},
): Promise<CrashMatrix> {
  const whole = await crashCase(makeSite, Number.MAX_SAFE_INTEGER, { provider, preload });
  const cases: CrashCase[] = [whole];
  const chosen = whole.steps
    .map((name, index) => ({ at: index + 1, name }))
    .filter(({ name, at }) => process.env.SITEWRIGHT_TEST_FULL === "1" || at === 1 || findsSomethingNew(name))
    .filter(({ name }) => only.test(name));
  // The first after a write has left.
  const real = sigkill ? (chosen.find(({ name }) => name.startsWith("written ")) ?? chosen[0]) : undefined;
  async function worker(): Promise<void> {
    for (let next = chosen.shift(); next; next = chosen.shift())
      cases.push(
        await crashCase(makeSite, next.at, { provider: provider ?? (next === real ? "process" : undefined), preload }),
      );
  }
  await Promise.all([worker(), worker(), worker()]);
  return { steps: whole.steps.length, way: whole.steps, cases: cases.sort((a, b) => a.at - b.at) };
}

/**
 * Whether the disk or the site may be another than at the step before: after a write has left, been answered or been
 * noted. Not before one leaves, nor at a read or a log-in, nor between a line's writing and its fsync, which a kill of
 * the process alone does not tell apart.
 */
function findsSomethingNew(step: string): boolean {
  if (/ GET |\/(sessions|login)$| \/v2\/api\/get-| command: ((sudo -n )?tail .*|cat .*|pgrep -f '[^']*')$/.test(step))
    return false;
  return !/^before (fsyncSync|[A-Z]+ )/.test(step);
}

async function crashCase(
  makeSite: () => Promise<CrashSite>,
  at: number,
  { provider, preload }: { provider: ProviderKind | undefined; preload: string[] },
): Promise<CrashCase & { steps: string[] }> {
  const site = await makeSite();
  const project = createProject();
  const control = join(project.folder, "crash.json");
  site.prepare?.(project.folder);
  mkdirSync(project.memory, { recursive: true });
  const settings = { requestTimeout: REQUEST_TIMEOUT, ...site.settings };
  const env: NodeJS.ProcessEnv = { ...project.env, ...site.environment, KIT_CRASH: control };
  const engine = createTestEngine({ main: project.main, env, preload: [...preload, ...kit], provider, settings });
  let reached: string[] = [];
  try {
    if (site.before.length > 0) expectOk("the run before", await engine.up(site.before));
    site.between?.();
    // A provider that has checked what is dropped now would take its delete for a replacement's.
    if (site.after.length < site.before.length) await engine.kill();
    writeFileSync(control, JSON.stringify({ at }));
    const killed = await engine.up(site.after);
    reached = JSON.parse(readFileSync(`${control}.steps`, "utf8"));
    rmSync(control);
    env.KIT_LATER = String(Math.max(0, parseDuration(settings.requestTimeout, "requestTimeout") - STILL_UNDER_WAY));
    if (at > reached.length) expectOk("the run without a kill", killed);
    else if (killed.ok) throw new Error("the run was to be killed, and was not");
    await converge(engine, site);
    return { at: Math.min(at, reached.length + 1), step: reached.at(-1) ?? "", failure: undefined, steps: reached };
  } catch (error) {
    const failure = `killed at step ${at} (${reached.at(-1)}): ${(error as Error).message}`;
    return { at, step: reached.at(-1) ?? "", failure, steps: reached };
  } finally {
    await engine.close();
    await site.close();
    project.close();
  }
}

async function converge(engine: TestEngine, site: CrashSite): Promise<void> {
  expectOk("the run after the kill", await engine.up(site.after));
  const writes = site.writes();
  const second = await engine.up(site.after);
  expectOk("the second run", second);
  if (second.steps.length > 0) throw new Error(`the second run did ${second.steps.join(", ")}`);
  if (site.writes() !== writes) throw new Error(`the second run wrote ${site.writes() - writes} times`);
  site.verify();
  const stands = engine.state.map((kept) => kept.name).join(", ");
  const planned = site.after.map((spec) => spec.name).join(", ");
  if (stands !== planned) throw new Error(`in the state stands "${stands}", planned is "${planned}"`);
}

function expectOk(what: string, { ok, errors }: { ok: boolean; errors: string[] }): void {
  if (!ok) throw new Error(`${what} failed: ${errors.join("; ")}`);
}
