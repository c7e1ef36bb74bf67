import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseDuration } from "../../providers/kernel/duration";
import type { ResourceSpec } from "./program";
import { createProject, root } from "./project";
import { createTestEngine, type Kept, type ProviderKind, type TestEngine } from "./test-engine";

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
  /**
   * Keeps what it is now, for sites that go on from there: what a client has sent is done first. Undefined where it is at
   * something that the end of its client would cut off.
   */
  keep(): Promise<KeptSite | undefined>;
  close(): Promise<void>;
  settings?: Record<string, string>;
  environment?: NodeJS.ProcessEnv;
  /** Lays files into the project before the first run: a stack's reach.json. */
  prepare?(folder: string): void;
}

export interface KeptSite {
  /** A site that goes on from there. */
  open(): Promise<CrashSite>;
  drop(): void;
}

export interface CrashCase {
  /** The step at which the provider was killed, or what that leaves was copied; the last number is a run without. */
  at: number;
  step: string;
  failure: string | undefined;
}

/** All that a kill at a step leaves behind. */
interface Moment {
  at: number;
  step: string;
  /** Undefined where only a kill shows what it leaves. */
  site: KeptSite | undefined;
  /** Whether the way has written by then. */
  wrote: boolean;
  /** A copy of the project's folder. */
  files: string;
  state: Kept[];
  pending: string[];
}

/** A request that ran into it would be sent again, and so make steps that no other run has. */
const REQUEST_TIMEOUT = "10s";
/** How long (ms) after a kill the requests that the killed run had under way may still commit; see later.cjs. */
const STILL_UNDER_WAY = 400;
const kit = ["crash-at.cjs", "later.cjs"].map((name) => join(root, "test", "kit", name));
const NO_KILL = Number.MAX_SAFE_INTEGER;

export interface CrashMatrixOptions {
  /** Only the steps of such names. */
  only?: RegExp;
  /**
   * What is killed: a process, by SIGKILL, or a thread; or nothing where copies show it (see crashMatrix), as it is unless
   * told or SITEWRIGHT_TEST_FULL=1.
   */
  provider?: ProviderKind | "copies";
  /** Whether one kill is that of a real process, where others are shown by copies; true unless told. */
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
  /** How many of them went on from copies. */
  copied: number;
}

/**
 * For each step of input and output of the provider on the way from `before` to `after`: has it killed there, runs up
 * again, and once more. Resolves with what became of each case; three run at a time, since much of a case is waiting.
 *
 * A provider's memory dies with it: what the next run finds is the disk, the site and the engine's state alone. So one run
 * stops at each step while all three are copied, and the next run goes on from the copies; a kill in earnest is left for
 * one step of a way, and for those at which the site is at something. Of neighbouring steps that find the same, the first
 * is enough. With SITEWRIGHT_TEST_FULL=1 every step is taken, and every kill is a SIGKILL.
 */
export async function crashMatrix(
  makeSite: () => Promise<CrashSite>,
  options: CrashMatrixOptions = {},
): Promise<CrashMatrix> {
  const { only = /./, sigkill = true, preload = [] } = options;
  const full = process.env.SITEWRIGHT_TEST_FULL === "1";
  const { provider = full ? "process" : "copies" } = options;
  const isChosen = (name: string, at: number) => (full || at === 1 || findsSomethingNew(name)) && only.test(name);
  const moments: Moment[] = [];
  const whole = await crashCase(makeSite, NO_KILL, {
    preload,
    ...(provider === "copies"
      ? { provider: "thread", isChosen, noted: (moment) => moments.push(moment) }
      : { provider }),
  });
  const left = whole.steps.map((name, index) => ({ at: index + 1, name })).filter(({ name, at }) => isChosen(name, at));
  // The first where something stands that was not there, or is being done.
  const real = sigkill ? (moments.find(({ wrote, site }) => wrote || !site) ?? moments[0]) : undefined;
  let copied = 0;

  async function one({ at }: (typeof left)[number]): Promise<CrashCase> {
    const moment = moments.find((each) => each.at === at);
    if (moment?.site && moment !== real) {
      copied += 1;
      return caseFrom(moment, moment.site, preload);
    }
    const killed = provider === "copies" ? (moment === real ? "process" : "thread") : provider;
    return crashCase(makeSite, at, { provider: killed, preload });
  }
  const cases: CrashCase[] = [whole];
  async function worker(): Promise<void> {
    for (let next = left.shift(); next; next = left.shift()) cases.push(await one(next));
  }
  try {
    await Promise.all([worker(), worker(), worker()]);
  } finally {
    for (const { site, files } of moments) {
      site?.drop();
      rmSync(files, { recursive: true, force: true });
    }
  }
  return { steps: whole.steps.length, way: whole.steps, cases: cases.sort((a, b) => a.at - b.at), copied };
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

interface CaseOptions {
  provider: ProviderKind;
  preload: string[];
  /** Of which steps to note what a kill would leave, in the run that none befalls. */
  isChosen?(step: string, at: number): boolean;
  noted?(moment: Moment): void;
}

/** Kills the provider in earnest at a step, or not at all. */
async function crashCase(
  makeSite: () => Promise<CrashSite>,
  at: number,
  { provider, preload, isChosen, noted }: CaseOptions,
): Promise<CrashCase & { steps: string[] }> {
  const site = await makeSite();
  const run = prepared(site, { provider, preload, whileStopped });
  const { engine, project, env } = run;
  const control = join(project.folder, "crash.json");
  env.KIT_CRASH = control;
  const taken = () => JSON.parse(readFileSync(`${control}.steps`, "utf8")) as string[];

  async function whileStopped(): Promise<void> {
    const steps = taken();
    const step = steps.at(-1) as string;
    if (!isChosen?.(step, steps.length)) return;
    const kept = await site.keep();
    const files = mkdtempSync(join(tmpdir(), "kit-moment-"));
    const isOthers = (path: string) =>
      path.startsWith(control) || path.startsWith(join(project.folder, "node_modules"));
    cpSync(project.folder, files, { recursive: true, filter: (path) => !isOthers(path) });
    noted?.({
      at: steps.length,
      step,
      site: kept,
      wrote: site.writes() > writes,
      files,
      state: structuredClone(engine.state),
      pending: [...engine.pending],
    });
  }

  let reached: string[] = [];
  let writes = 0;
  try {
    if (site.before.length > 0) expectOk("the run before", await engine.up(site.before));
    site.between?.();
    writes = site.writes();
    // A provider that has checked what is dropped now would take its delete for a replacement's.
    if (site.after.length < site.before.length) await engine.kill();
    writeFileSync(control, JSON.stringify(noted ? { stop: true } : { at }));
    const killed = await engine.up(site.after);
    reached = taken();
    rmSync(control);
    if (at > reached.length) expectOk("the run without a kill", killed);
    else if (killed.ok) throw new Error("the run was to be killed, and was not");
    await run.converge();
    return { at: Math.min(at, reached.length + 1), step: reached.at(-1) ?? "", failure: undefined, steps: reached };
  } catch (error) {
    const failure = `killed at step ${at} (${reached.at(-1)}): ${(error as Error).message}`;
    return { at, step: reached.at(-1) ?? "", failure, steps: reached };
  } finally {
    await run.close();
  }
}

/** Goes on from what a kill at that moment leaves. */
async function caseFrom(moment: Moment, kept: KeptSite, preload: string[]): Promise<CrashCase> {
  const { at, step, files, state, pending } = moment;
  const run = prepared(await kept.open(), { provider: "thread", preload, files });
  try {
    run.engine.state = structuredClone(state);
    run.engine.pending = [...pending];
    await run.converge();
    return { at, step, failure: undefined };
  } catch (error) {
    return { at, step, failure: `killed at step ${at} (${step}): ${(error as Error).message}` };
  } finally {
    await run.close();
  }
}

interface PreparedOptions {
  provider: ProviderKind;
  preload: string[];
  /** A project's folder to begin with. */
  files?: string;
  whileStopped?(): Promise<void>;
}

/** A project and an engine for a site. */
function prepared(site: CrashSite, { provider, preload, files, whileStopped }: PreparedOptions) {
  const project = createProject();
  if (files) cpSync(files, project.folder, { recursive: true });
  site.prepare?.(project.folder);
  mkdirSync(project.memory, { recursive: true });
  const settings = { requestTimeout: REQUEST_TIMEOUT, ...site.settings };
  const env: NodeJS.ProcessEnv = { ...project.env, ...site.environment };
  const all = [...preload, ...kit];
  const engine = createTestEngine({ main: project.main, env, preload: all, provider, settings, whileStopped });
  return {
    project,
    env,
    engine,
    /** Runs up, and once more, as after a kill. */
    async converge() {
      env.KIT_LATER = String(Math.max(0, parseDuration(settings.requestTimeout, "requestTimeout") - STILL_UNDER_WAY));
      await converge(engine, site);
    },
    async close() {
      await engine.close();
      await site.close();
      project.close();
    },
  };
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
