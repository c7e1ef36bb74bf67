import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { Hidden } from "./adapter";
import { BadSetting } from "./errors";
import type { Journal } from "./journal";
import { rememberKind } from "./kind-names";
import { leftBehind } from "./left-behind";
import type { Kind, LookupKind, ObjectKind, OneWayKind, SettingKind } from "./resource";
import { fieldNames, markSecrets, traits } from "./schema";
import { HOW_TO_SET_TIMEOUTS, type Timeouts, timeoutsFor } from "./timeouts-setting";

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
  // A state keeps both in one place: an output would take the input's.
  if (twice.length > 0) throw new Error(`${kind.type}: ${twice.join(", ")} is both an input and an output`);
  rememberKind(kind.type);
  const type = `pulumi-nodejs:dynamic/${kind.type}`;
  const secretOutputs = fieldNames(kind.outputs).filter((name) => traits(kind.outputs.shape[name] as z.ZodType).secret);

  class DefinedResource extends pulumi.CustomResource {
    static readonly kind = kind as unknown as Kind;

    constructor(name: string, args: pulumi.Inputs, options: pulumi.CustomResourceOptions = {}) {
      const marked = markSecrets(kind.inputs, args, pulumi.secret, pulumi.Output.isInstance) as pulumi.Inputs;
      super(
        type,
        name,
        {
          // Declares every field as an output, inputs that are left to their default too.
          ...Object.fromEntries(
            [...fieldNames(kind.inputs), ...fieldNames(kind.outputs)].map((name) => [name, undefined]),
          ),
          ...marked,
          ...hiddenInputs(kind as unknown as Kind, name, type, options),
        },
        {
          deleteBeforeReplace: true,
          ...options,
          additionalSecretOutputs: [...secretOutputs, ...(options.additionalSecretOutputs ?? [])],
        },
      );
    }
  }
  return DefinedResource as unknown as ResourceClass<I, O>;
}

/** URNs of all resources of this program. */
const urns: Promise<string>[] = [];

/**
 * Warns of what a killed run has begun and the program names no more: no resource is left to ask for it. To be called
 * once the program has made its resources. Of what a resource was before it was given another key, the lifecycle warns.
 */
export async function warnOfLeftBehind(journal: Journal): Promise<void> {
  const named = new Set(await Promise.all(urns));
  for (const entry of journal.begun()) if (!named.has(entry.urn)) pulumi.log.warn(leftBehind(entry));
}

function hiddenInputs(kind: Kind, name: string, type: string, options: pulumi.CustomResourceOptions): pulumi.Inputs {
  const config = new pulumi.Config();
  const timeouts = {
    ...timeoutsSetting(kind.type, config.get("timeouts")),
    ...options.customTimeouts,
  };
  const urn = withoutDependencies(pulumi.createUrn(name, type, options.parent));
  urns.push(urn);
  const hidden: { [K in keyof Hidden]: pulumi.Input<Hidden[K]> } = {
    __provider: `exports.handler=()=>require("@sitewright/providers/handler").handler("${kind.type}")`,
    __urn: urn,
    __schema: kind.schemaVersion ?? 1,
    __adopt: adoptSetting(config.get("adopt")),
    __after: oneWayUrns(options.dependsOn),
    __timeouts: Object.keys(timeouts).length > 0 ? timeouts : undefined,
  };
  return hidden;
}

/**
 * An output's value without what it depends on. A URN made from the parent's depends on the parent; a component
 * stands for all its children, so each child would wait for its siblings, and they for it.
 */
function withoutDependencies<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply((value) => resolve(value as T));
  });
}

/** URNs of the one-way resources among dependencies; undefined when there are none. */
function oneWayUrns(dependsOn: pulumi.CustomResourceOptions["dependsOn"]): Promise<string[] | undefined> {
  const isOneWay = (resource: pulumi.Resource) => (resource.constructor as { kind?: Kind }).kind?.sort === "one-way";
  const urns = pulumi.output(dependsOn).apply((value) => {
    const resources = [value ?? []].flat() as pulumi.Resource[];
    return pulumi.all(resources.filter(isOneWay).map((resource) => resource.urn));
  });
  return withoutDependencies(urns.apply((all) => (all.length > 0 ? all : undefined)));
}

const HOW_TO_ADOPT = "pulumi config set adopt all, or a name, or names with commas between them";

/** `all`, one name, or a list of names (`pulumi config set --path 'adopt[0]' …`). */
function adoptSetting(text: string | undefined): "all" | string[] | undefined {
  if (!text) return undefined;
  if (text === "all") return "all";
  if (!text.startsWith("[")) return text.split(",").map((each) => each.trim());
  return parsed("adopt", text, HOW_TO_ADOPT) as string[];
}

/** Of a kind, by operation: `pulumi config set --path timeouts.Cluster.create 2h`. */
function timeoutsSetting(type: string, text: string | undefined): Timeouts {
  if (!text) return {};
  const written = parsed("timeouts", text, HOW_TO_SET_TIMEOUTS);
  try {
    return timeoutsFor(type, written);
  } catch (error) {
    throw error instanceof BadSetting ? new pulumi.RunError(error.message) : error;
  }
}

function parsed(setting: string, text: string, how: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new pulumi.RunError(`the stack setting ${setting} cannot be read: ${text} — ${how}`);
  }
}
