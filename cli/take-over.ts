import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { NOT_DELETED, ONLY_ADOPTS } from "../providers/kernel/adopt";
import { type Engine, type EngineEnded, engineFor } from "./engine";
import { Interrupted, UsageError } from "./exit";
import { type StackSettings, stackSettings } from "./stack-settings";

/** The stack whose plan a file is; undefined where it lies in no stack's folder. */
export function stackOf(planFile: string): StackSettings | undefined {
  const folder = dirname(resolve(planFile));
  const settings = stackSettings(folder, basename(folder));
  return settings && folder === join(settings.project, "stacks", settings.stack) ? settings : undefined;
}

/**
 * Takes over what stands of a stack's plan. The state is made by the engine itself, in a run of the program in which
 * nothing is written to the site (`onlyAdopts`); the refresh after it lets go what does not stand; and a preview says what
 * is left to the next up. Each may be cut off, and be done again.
 */
export async function takeOver(stack: StackSettings): Promise<void> {
  const engine = engineFor(stack);
  console.error(`taking over what stands into the state of stack ${stack.stack}: nothing is written to the site`);
  const only = { [ONLY_ADOPTS]: "true" };
  try {
    const taken = await ended(engine, ["up", "--yes", "--skip-preview", "--continue-on-error"], only);
    // With the settings of the run before it, and without the program: what stands is all that it asks for.
    const seen = await ended(engine, ["refresh", "--yes", "--skip-preview"], { ...only, PULUMI_RUN_PROGRAM: "false" });
    console.error("looking at what is left to the next pulumi up");
    const preview = digestOf(await engine.ended(["preview", "--show-sames", "--json"]));
    tell([taken, seen, preview], stack, preview);
  } catch (error) {
    if (error instanceof Interrupted) console.error(`${ONCE_MORE}, which goes on`);
    throw error;
  }
}

const ONCE_MORE = "run no pulumi destroy before this command once more";

/** Whether a run has done all that it was to do, and what is to be known of it. */
interface Ran {
  isWell: boolean;
  told: string[];
}

function tell(runs: Ran[], stack: StackSettings, { kept, left }: Pick<Digest, "kept" | "left">): void {
  for (const text of new Set(runs.flatMap(({ told }) => told))) console.error(`sitewright: ${text}`);
  const isDone = runs.every(({ isWell }) => isWell);
  if (!isDone) process.exitCode = 1;
  console.log(
    `${kept} resources of stack ${stack.stack} are in its state as they stand; nothing was written to the site`,
  );
  for (const [op, what] of Object.entries(LEFT)) {
    const each = left.filter((one) => one.op === op);
    if (each.length > 0) console.log([`${what}:`, ...each.map(({ text }) => `  ${text}`)].join("\n"));
  }
  if (isDone && left.length === 0) console.log("pulumi preview shows no change");
  if (!isDone) console.log(`put right what is told above; ${ONCE_MORE}`);
}

/** By the engine's word for it, what is left to the next up. */
const LEFT: Record<string, string> = {
  create: "made by the next pulumi up, since they do not stand or cannot be read",
  update: "changed by the next pulumi up, since they stand otherwise than planned",
  replace: "deleted and made anew by the next pulumi up",
  delete: "deleted by the next pulumi up, since the plan has them no more",
};

const eventSchema = z.looseObject({
  diagnosticEvent: z.looseObject({ urn: z.string().optional(), message: z.string(), severity: z.string() }).optional(),
  resOutputsEvent: z.looseObject({ metadata: z.looseObject({ urn: z.string() }) }).optional(),
});

/** Undefined for what is none, as the last line of an engine that was killed. */
function eventOf(line: string): z.output<typeof eventSchema> | undefined {
  const json = parsed(line);
  return typeof json === "object" && json !== null ? eventSchema.safeParse(json).data : undefined;
}

/** What the engine says of any run in which something has failed. */
const RUN_FAILED = /^(update|refresh) failed$/;
/** Milliseconds between two words of how far it is. */
const PROGRESS = 5_000;

/** A run of the engine. Throws where it has not come to its work. */
async function ended(engine: Engine, args: string[], more: NodeJS.ProcessEnv): Promise<Ran> {
  const errors: string[] = [];
  const warnings: string[] = [];
  let [begun, isKept, count, last] = [false, false, 0, 0];
  const onLine = (line: string) => {
    const { diagnosticEvent: said, resOutputsEvent: done } = eventOf(line) ?? {};
    begun ||= line.startsWith("{");
    if (done?.metadata.urn.includes(DYNAMIC)) {
      count += 1;
      if (Date.now() - last >= PROGRESS) {
        last = Date.now();
        console.error(`pulumi ${args[0]}: ${count} resources, the last of them ${nameOf(done.metadata.urn)}`);
      }
    }
    if (said?.severity === "warning") warnings.push(saidOf(said));
    if (said?.severity !== "error" || RUN_FAILED.test(saidOf({ message: said.message }))) return;
    // What is left to the next up is told as that.
    if (said.message.includes(NOT_DELETED)) isKept = true;
    else errors.push(saidOf(said));
  };
  const { code, stderr } = await engine.ended([...args, "--json"], { more, onLine });
  if (code !== 0 && !begun) throw notBegun(args[0], stderr);
  const isWell = code === 0 || (isKept && errors.length === 0);
  return { isWell, told: [...errors, ...warnings, ...(isWell ? [] : saidBeside(args[0], code, stderr))] };
}

/** What an engine that failed has said beside its events, and that it was killed. */
function saidBeside(verb: string | undefined, code: number | null, stderr: string): string[] {
  const text = stderr.trim();
  return [...(text ? [`pulumi ${verb}: ${text}`] : []), ...(code === null ? [`pulumi ${verb} was killed`] : [])];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function notBegun(verb: string | undefined, stderr: string): Error {
  const text = `pulumi ${verb}: ${stderr.trim()}`;
  if (/no stack named/.test(stderr))
    return new UsageError(`${text}\nmake the stack first (pulumi stack init), then this command once more`);
  return new Error(text);
}

function saidOf({ urn, message }: { urn?: string | undefined; message: string }): string {
  const text = message.replace(/^error: /, "").trim();
  return urn === undefined ? text : `${nameOf(urn)}: ${text}`;
}

const stateSchema = z.looseObject({ inputs: z.record(z.string(), z.unknown()).optional() });
const digestSchema = z.looseObject({
  steps: z
    .array(
      z.looseObject({
        op: z.string(),
        urn: z.string(),
        oldState: stateSchema.nullish(),
        newState: stateSchema.nullish(),
      }),
    )
    .default([]),
  diagnostics: z
    .array(
      z.looseObject({ urn: z.string().optional(), message: z.string().default(""), severity: z.string().optional() }),
    )
    .default([]),
});

interface Digest extends Ran {
  /** How many resources are in the state, and stay. */
  kept: number;
  /** What is left to do, with names. */
  left: { op: string; text: string }[];
}

function digestOf({ code, stdout, stderr }: EngineEnded): Digest {
  const read = digestSchema.safeParse(parsed(stdout));
  if (!read.success) throw notBegun("preview", stderr || `it has ended with ${code ?? "a signal"}, and said nothing`);
  const { steps, diagnostics } = read.data;
  const own = steps.filter(({ urn }) => urn.includes(DYNAMIC));
  const left = own.flatMap(({ op, urn, oldState, newState }) => {
    if (!(op in LEFT)) return [];
    const differ = op === "update" ? differing(oldState?.inputs ?? {}, newState?.inputs ?? {}) : [];
    return [{ op, text: differ.length > 0 ? `${nameOf(urn)}: ${differ.join(", ")}` : nameOf(urn) }];
  });
  const errors = diagnostics.filter(({ severity }) => severity === "error").map(saidOf);
  return {
    isWell: code === 0,
    told: [...errors, ...(code === 0 ? [] : saidBeside("preview", code, stderr))],
    // A replacement is three steps.
    kept: own.filter(({ op }) => ["same", "update", "replace"].includes(op)).length,
    left,
  };
}

const DYNAMIC = "pulumi-nodejs:dynamic/";

/** `smtxos:Vlan business-1120` */
function nameOf(urn: string): string {
  const [types = "", name = ""] = urn.split("::").slice(2);
  return `${types.split(DYNAMIC).at(-1)} ${name}`;
}

function differing(stands: Record<string, unknown>, planned: Record<string, unknown>): string[] {
  const names = new Set([...Object.keys(stands), ...Object.keys(planned)].filter((name) => !name.startsWith("__")));
  return [...names].filter((name) => JSON.stringify(stands[name]) !== JSON.stringify(planned[name]));
}
