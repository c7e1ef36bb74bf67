import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { Hidden } from "./adapter";
import { refuseWithoutCheckpoints } from "./checkpoints";
import { homeOf, stateOfStack } from "./engine-state";
import { SitewrightError } from "./errors";
import { withinStack } from "./identity";
import type { Journal } from "./journal";
import { rememberKind } from "./kind-names";
import { leftBehind } from "./left-behind";
import { watchEngine } from "./orphan";
import type { Kind, LookupKind, ObjectKind, OneWayKind, SettingKind } from "./resource";
import { fieldNames, markSecrets, traits } from "./schema";
import { readSetting } from "./settings";
import { sortOf } from "./sorts/sort-of";
import { words } from "./words";

/** The resource class that a program uses. */
export interface ResourceClass<I extends z.ZodObject, O extends z.ZodObject> {
  new (name: string, args: pulumi.Inputs & ArgsOf<I>, options?: pulumi.CustomResourceOptions): Resource<I, O>;
  readonly kind: Kind;
}

type ArgsOf<I extends z.ZodObject> = { [K in keyof z.input<I>]: pulumi.Input<DeepInput<z.input<I>[K]>> };
type DeepInput<T> = T extends object ? { [K in keyof T]: pulumi.Input<DeepInput<T[K]>> } : T;

export type Resource<I extends z.ZodObject, O extends z.ZodObject> = pulumi.CustomResource & {
  readonly [K in keyof z.output<I> | keyof z.output<O>]: pulumi.Output<(z.output<I> & z.output<O>)[K]>;
};

/**
 * Makes the resource class of a kind. What reaches the state is a constant handler text of under 100 bytes:
 * `require` of one name that stays valid for ever, and the kind's type. A serialised closure would carry
 * code into the state and show a diff on every resource whenever the code changes.
 */
export function defineResource<I extends z.ZodObject, O extends z.ZodObject>(
  kind: ObjectKind<I, O> | SettingKind<I, O> | OneWayKind<I, O> | LookupKind<I, O>,
): ResourceClass<I, O> {
  const twice = fieldNames(kind.inputs).filter((name) => fieldNames(kind.outputs).includes(name));
  // The state has inputs and outputs in one place, where an output would replace the input of the same name.
  if (twice.length > 0) throw new Error(`${kind.type}: ${twice.join(", ")} is both an input and an output`);
  rememberKind(kind.type);
  const type = `pulumi-nodejs:dynamic/${kind.type}`;
  const secretOutputs = fieldNames(kind.outputs).filter((name) => traits(kind.outputs.shape[name] as z.ZodType).secret);

  class DefinedResource extends pulumi.CustomResource {
    static readonly kind = kind as unknown as Kind;

    constructor(name: string, args: pulumi.Inputs, options: pulumi.CustomResourceOptions = {}) {
      watchEngine();
      let tell: (aliases: pulumi.Input<string>[]) => void = () => {};
      const aliases = new Promise<pulumi.Input<string>[]>((resolve) => {
        tell = resolve;
      });
      const marked = markSecrets(kind.inputs, args, pulumi.secret, pulumi.Output.isInstance) as pulumi.Inputs;
      const limit = Error.stackTraceLimit;
      try {
        // Pulumi's SDK notes where each of a resource's promises is made, four a field (runtime/debuggable.js), and maps
        // that to sources: of a thousand machines that is most of a program's time, and a gigabyte.
        Error.stackTraceLimit = 0;
        super(
          type,
          name,
          {
            // Declares every field as an output, also inputs that are left to their default.
            ...Object.fromEntries(
              [...fieldNames(kind.inputs), ...fieldNames(kind.outputs)].map((name) => [name, undefined]),
            ),
            ...marked,
            ...hiddenInputs(kind as unknown as Kind, { name, type, options, aliases }),
          },
          {
            deleteBeforeReplace: true,
            ...options,
            additionalSecretOutputs: [...secretOutputs, ...(options.additionalSecretOutputs ?? [])],
          },
        );
      } finally {
        Error.stackTraceLimit = limit;
      }
      // Pulumi has worked out the resource's other URNs, by its parent's aliases too, and has them in this field.
      tell((this as unknown as { __aliases?: pulumi.Input<string>[] }).__aliases ?? []);
    }
  }
  return DefinedResource as unknown as ResourceClass<I, O>;
}

/** URNs of all resources of this program. */
const urns: Promise<string>[] = [];

/**
 * Warns of objects that a killed run has begun and the program names no more, since no resource is left to look for
 * them. To be called once the program has made its resources. Of an object whose resource has another key by now, the
 * lifecycle warns.
 */
export async function warnOfLeftBehind(journal: Journal): Promise<void> {
  const named = new Set((await Promise.all(urns)).map(withinStack));
  for (const entry of journal.begun())
    if (!named.has(withinStack(entry.urn))) pulumi.log.warn(words(leftBehind(entry), 2_000));
}

interface Named {
  name: string;
  type: string;
  options: pulumi.CustomResourceOptions;
  /** The other URNs under which the state may have the resource. */
  aliases: Promise<pulumi.Input<string>[]>;
}

function hiddenInputs(kind: Kind, { name, type, options, aliases }: Named): pulumi.Inputs {
  orRefuse(() => refuseWithoutCheckpoints(kind, name));
  refuseBadSettings();
  const urn = withoutDependencies(pulumi.createUrn(name, type, options.parent));
  urns.push(urn);
  const state = stateOfStack();
  const hidden: { [K in keyof Hidden]: pulumi.Input<Hidden[K] | undefined> } = {
    __provider: `exports.handler=()=>require("@sitewright/providers/handler").handler("${kind.type}")`,
    __schema: kind.schemaVersion ?? 1,
    __known: sortOf(kind).needsKnown ? isKnown(urn, aliases) : undefined,
    __home: state.then(homeOf),
  };
  return hidden;
}

async function isKnown(urn: Promise<string>, aliases: Named["aliases"]): Promise<boolean> {
  const others = (await aliases).map((alias) => withoutDependencies(pulumi.output(alias)));
  const [state, ...names] = await Promise.all([stateOfStack(), urn, ...others]);
  return names.some((each) => state.has(each));
}

/**
 * Reads the provider's settings in the program first: one error for a bad setting, instead of one for each resource.
 */
function refuseBadSettings(): void {
  const config = new pulumi.Config();
  orRefuse(() => {
    for (const name of ["adopt", "timeouts", "requestTimeout", "trust", "home"] as const)
      readSetting(name, (key) => config.get(key));
  });
}

/** What is the user's to mend ends the program without a stack. */
function orRefuse(look: () => void): void {
  try {
    look();
  } catch (error) {
    if (error instanceof SitewrightError) throw new pulumi.RunError(error.message);
    throw error;
  }
}

/**
 * The value of an output, without its dependencies. A URN that is made from the parent's depends on the parent, and a
 * component stands for all its children: each child would wait for its siblings, and they for it.
 */
function withoutDependencies<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply((value) => resolve(value as T));
  });
}
