import { isDeepStrictEqual } from "node:util";
import type { LiveProgram, Said } from "./live-program";
import type { ResourceSpec } from "./program";
import type { Ended, ExportedResource } from "./project";
import type { Kept, Outcome, TestEngine } from "./test-engine";

export interface SpokenEngine {
  /**
   * Runs a verb with its flags as the command would, and tells it in the command's words: a row each resource that is
   * changed, what has been said on the rows, warnings, errors, outputs, and how many were changed. With `--diff` each
   * input that is another one, by its path: how the real engine lays that out is its own affair. Throws at a flag that
   * means nothing here.
   */
  pulumi(...args: string[]): Promise<Ended>;
  /** The resources that have a handler, as `stack export` has them. */
  resources(): ExportedResource[];
}

/** The test engine by the verbs and flags of the real one: what is tried on either is written down once. */
export function speak(engine: TestEngine, program: () => ResourceSpec[] | LiveProgram, said?: Said): SpokenEngine {
  async function pulumi(...args: string[]): Promise<Ended> {
    const [verb = "", ...rest] = args;
    const { flags, replace } = parsed(rest);
    const [refresh, continueOnError, nothing, skip, diff] = [
      "--refresh",
      "--continue-on-error",
      "--expect-no-changes",
      "--skip-preview",
      "--diff",
    ].map((flag) => flags.delete(flag));
    flags.delete("--yes");
    if (flags.size > 0) throw new Error(`the test engine knows no ${[...flags].join(", ")}`);
    Object.assign(said ?? {}, { lines: [], outputs: {} });
    // The real engine starts a provider for each run.
    await engine.kill();
    const types = new Map(engine.state.map(({ name, urn }) => [name, kindOf(urn)]));
    const outcome = await run(verb, {
      refresh: refresh === true,
      continueOnError: continueOnError === true,
      preview: !skip,
      replace,
    });
    for (const [name, urn] of outcome.urns) types.set(name, kindOf(urn));
    const changed = outcome.steps.filter((step) => !step.startsWith("refresh "));
    const code = outcome.ok && !(nothing && changed.length > 0) ? 0 : 1;
    const stdout = [
      ...changed.map((step) => rowOf(step, types, verb === "preview")),
      ...outcome.logs.map(
        ({ urn, text, warning }) => `${kindOf(urn)} ${nameOf(urn)} ${warning ? "warning: " : ""}${text}`,
      ),
      ...(diff ? outcome.changes.flatMap((change) => detailed(change, types)) : []),
      ...(said?.lines ?? []),
      ...outcome.errors.map((text) => `error: ${text}`),
      ...Object.entries(said?.outputs ?? {}).map(([name, value]) => `${name}: ${JSON.stringify(value)}`),
      ...counted(changed, engine.state, verb === "preview"),
      "",
    ].join("\n");
    return { code, stdout, output: stdout };
  }

  function run(
    verb: string,
    how: { refresh: boolean; continueOnError: boolean; preview: boolean; replace: string[] },
  ): Promise<Outcome> {
    if (verb === "preview") return engine.preview(program(), how);
    if (verb === "up") return engine.up(program(), how);
    if (verb === "refresh") return engine.refresh();
    if (verb === "destroy") return engine.destroy();
    throw new Error(`the test engine knows no ${verb}`);
  }

  return {
    pulumi,
    resources: () =>
      engine.state.map(({ urn, id, inputs, outputs, initErrors, dependencies }) => ({
        urn,
        type: urn.split("::")[2]?.split("$").at(-1) ?? "",
        id,
        inputs,
        outputs,
        initErrors,
        dependencies: engine.state.filter(({ name }) => dependencies.includes(name)).map((on) => on.urn),
      })),
  };
}

function parsed(args: string[]): { flags: Set<string>; replace: string[] } {
  const flags = new Set<string>();
  const replace: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    if (args[at] === "--replace") replace.push(nameOf(args[++at] ?? ""));
    else flags.add(args[at] ?? "");
  }
  return { flags, replace };
}

function rowOf(step: string, types: Map<string, string>, dry: boolean): string {
  const [verb = "", name = ""] = step.split(" ");
  const said = verb === "delete-replaced" ? "replace" : verb;
  return `${types.get(name) ?? ""} ${name} ${dry ? said : `${said}d`}`;
}

function counted(steps: string[], state: Kept[], dry: boolean): string[] {
  const words = steps.map((step) => step.split(" "));
  const replaced = new Set(words.filter(([verb]) => verb === "delete-replaced").map(([, name]) => name));
  const of = (verb: string) => words.filter(([each, name]) => each === verb && !replaced.has(name)).length;
  const line = (sign: string, count: number, verb: string, past: string) =>
    count > 0 ? [`    ${sign} ${count} ${dry ? `to ${verb}` : past}`] : [];
  const touched = new Set(words.map(([, name]) => name));
  const still = state.filter(({ name }) => !touched.has(name)).length;
  return [
    "Resources:",
    ...line("+", of("create"), "create", "created"),
    ...line("~", of("update"), "update", "updated"),
    ...line("-", of("delete"), "delete", "deleted"),
    ...line("+-", replaced.size, "replace", "replaced"),
    ...(still > 0 ? [`    ${still} unchanged`] : []),
  ];
}

function detailed({ name, from, to, secret }: Outcome["changes"][number], types: Map<string, string>): string[] {
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].filter((key) => !key.startsWith("__"));
  return [
    `~ ${types.get(name) ?? ""}: (update)`,
    ...keys.flatMap((key) => {
      const found = differences(from[key], to[key], key);
      return secret.includes(key) && found.length > 0 ? [`~ ${key}: [secret]`] : found;
    }),
  ];
}

/** A line each value that is another one, by its path. */
function differences(from: unknown, to: unknown, name: string): string[] {
  if (isDeepStrictEqual(from, to)) return [];
  if (isObject(from) && isObject(to))
    return [...new Set([...Object.keys(from), ...Object.keys(to)])].flatMap((key) =>
      differences(from[key], to[key], Array.isArray(to) ? `${name}[${key}]` : `${name}.${key}`),
    );
  if (from === undefined) return [`+ ${name}: ${JSON.stringify(to)}`];
  if (to === undefined) return [`- ${name}: ${JSON.stringify(from)}`];
  return [`~ ${name}: ${JSON.stringify(from)} => ${JSON.stringify(to)}`];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** `smtxos:Vlan` */
function kindOf(urn: string): string {
  return urn.split("::")[2]?.split("dynamic/").at(-1) ?? "";
}

function nameOf(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}
