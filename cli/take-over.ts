import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { NOT_DELETED, ONLY_ADOPTS } from "../providers/kernel/adopt";
import { type Engine, type EngineEnded, engineFor } from "./engine";
import { UsageError } from "./exit";
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
  const taken = await ended(engine, ["up", "--yes", "--skip-preview", "--continue-on-error"], only);
  // With the settings of the run before it, and without the program: what stands is all that it asks for.
  const seen = await ended(engine, ["refresh", "--yes", "--skip-preview"], { ...only, PULUMI_RUN_PROGRAM: "false" });
  const preview = await engine.ended(["preview", "--show-sames", "--json"]);
  const told = digestOf(preview);
  for (const text of new Set([...taken.told, ...seen.told, ...told.errors])) console.error(`sitewright: ${text}`);
  const isDone = [taken, seen, preview].every(({ code }) => code === 0);
  if (!isDone) process.exitCode = 1;
  const { kept, left } = told;
  console.log(
    `${kept} resources of stack ${stack.stack} are in its state as they stand; nothing was written to the site`,
  );
  for (const [op, what] of Object.entries(LEFT)) {
    const each = left.filter((one) => one.op === op);
    if (each.length > 0) console.log([`${what}:`, ...each.map(({ text }) => `  ${text}`)].join("\n"));
  }
  if (isDone && left.length === 0) console.log("pulumi preview shows no change");
  if (!isDone)
    console.log("put right what is told above, then this command once more; until then run no pulumi destroy");
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
});

/** A run of the engine, and what has failed in it or is to be known. Throws where it has not come to its work. */
async function ended(engine: Engine, args: string[], env: NodeJS.ProcessEnv) {
  const { code, stdout, stderr } = await engine.ended([...args, "--json"], env);
  const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
  if (code !== 0 && lines.length === 0) throw notBegun(args[0], stderr);
  const said = lines.flatMap((line) => {
    const { diagnosticEvent: each } = eventSchema.parse(JSON.parse(line));
    // What the plan has no more the preview tells.
    const isTold = each?.severity === "error" || each?.severity === "warning";
    return each && isTold ? [{ ...each, isLeft: each.message.includes(NOT_DELETED) }] : [];
  });
  const failed = said.filter(
    ({ isLeft, severity, message }) => severity === "error" && !isLeft && !SUMMARY.test(message),
  );
  const isDone = code === 0 || (failed.length === 0 && said.some(({ isLeft }) => isLeft));
  return { code: isDone ? 0 : code, told: said.filter(({ isLeft }) => !isLeft).map(saidOf) };
}

/** What the engine says of a run at the end, after each error. */
const SUMMARY = /^(error: )?update failed\s*$/;

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

/** What a preview says: how many resources are in the state, and what is left to do, with names. */
function digestOf({ code, stdout, stderr }: EngineEnded) {
  if (code !== 0 && !stdout.trimStart().startsWith("{")) throw notBegun("preview", stderr);
  const { steps, diagnostics } = digestSchema.parse(JSON.parse(stdout));
  const own = steps.filter(({ urn }) => urn.includes(DYNAMIC));
  const left = own.flatMap(({ op, urn, oldState, newState }) => {
    if (!(op in LEFT)) return [];
    const differ = op === "update" ? differing(oldState?.inputs ?? {}, newState?.inputs ?? {}) : [];
    return [{ op, text: differ.length > 0 ? `${nameOf(urn)}: ${differ.join(", ")}` : nameOf(urn) }];
  });
  return {
    kept: own.filter(({ op }) => op !== "create").length,
    left,
    errors: diagnostics.filter(({ severity }) => severity === "error").map(saidOf),
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
