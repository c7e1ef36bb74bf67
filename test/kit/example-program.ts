import { createHash } from "node:crypto";
import { exampleArgs } from "../../providers/examples";
import { FileTerm, OutputTerm, SecretTerm, type Term, withTerms } from "../../providers/kernel/example";
import type { Kind } from "../../providers/kernel/resource";
import type { ResourceSpec } from "./program";

/** What the terms of examples stand for in a lab. */
export interface ExampleValues {
  /** Secrets by the stack's setting; one that is not named is made up. */
  secrets?: Record<string, string>;
  /** Contents of files by their path in the project. */
  files?: Record<string, Uint8Array>;
}

/** The resources of these kinds' examples, each after the one before it. */
export function exampleProgram(kinds: readonly Kind[], values: ExampleValues = {}): ResourceSpec[] {
  return kinds.map((kind, index) => ({
    type: kind.type,
    name: exampleName(kind.type),
    args: exampleInputs(kind, exampleArgs(kind), values),
    options: { dependsOn: kinds.slice(0, index).map(({ type }) => exampleName(type)) },
  }));
}

/** As `exampleProgram`, with what the examples name as changed in the resources of these types. */
export function changedProgram(program: ResourceSpec[], kinds: readonly Kind[], values: ExampleValues = {}) {
  return program.map((spec) => {
    const kind = kinds.find(({ type }) => type === spec.type);
    return kind?.example?.changed
      ? { ...spec, args: { ...spec.args, ...exampleInputs(kind, kind.example.changed, values) } }
      : spec;
  });
}

/** What the resource of an example is called: `smtxos-License`. */
export function exampleName(type: string): string {
  return type.replace(":", "-");
}

function exampleInputs(kind: Kind, written: object, { secrets = {}, files = {} }: ExampleValues) {
  return withTerms(written, inLab) as Record<string, unknown>;

  function inLab(term: Term<unknown>): unknown {
    if (term instanceof OutputTerm) return { $ref: [exampleName(term.type), ...term.path].join(".") };
    if (term instanceof SecretTerm) return secrets[term.setting] ?? `Canary-${term.setting}`;
    const bytes = term instanceof FileTerm ? files[term.file] : undefined;
    if (!(term instanceof FileTerm) || !bytes) throw new Error(`${kind.type}: what its example stands on is not there`);
    return term.fact === "size" ? bytes.length : createHash("sha256").update(bytes).digest("hex");
  }
}
