import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { resources } from "../../providers/handler";
import { storeKinds } from "./store-kinds";

/**
 * A resource of a test's program. A value `{"$ref": "thing-a.revision"}` in the arguments is another's output, and
 * `cluster.members.0.uuid` what is within one.
 */
export interface ResourceSpec {
  /** `store:Thing`, or `component` for a resource that only groups others. */
  type: string;
  name: string;
  args?: Record<string, unknown>;
  options?: {
    /** Name of a component of the same program. */
    parent?: string;
    dependsOn?: string[];
    ignoreChanges?: string[];
    replaceOnChanges?: string[];
    /** The component that it was under; `""` for none. */
    movedFrom?: string;
    customTimeouts?: pulumi.CustomTimeouts;
    retainOnDelete?: boolean;
  };
}

export const COMPONENT_TYPE = "kit:index:Group";

class Group extends pulumi.ComponentResource {
  constructor(name: string, options: pulumi.ComponentResourceOptions) {
    super(COMPONENT_TYPE, name, {}, options);
  }
}

/** Builds the resources of program.json, in its order. */
export function run(file: string): void {
  const made = new Map<string, pulumi.Resource>();
  const of = (name: string): pulumi.Resource => {
    const found = made.get(name);
    if (!found) throw new Error(`${file}: nothing named ${name} comes before it is used`);
    return found;
  };

  function resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== "object" || value === null) return value;
    if ("$ref" in value) {
      const [name = "", ...path] = String(value.$ref).split(".");
      return path.reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], of(name));
    }
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item)]));
  }

  for (const { type, name, args, options = {} } of JSON.parse(readFileSync(file, "utf8")) as ResourceSpec[]) {
    const { parent, dependsOn, movedFrom, ...plain } = options;
    const merged: pulumi.CustomResourceOptions = {
      ...plain,
      ...(parent ? { parent: of(parent) } : {}),
      ...(dependsOn ? { dependsOn: dependsOn.map(of) } : {}),
      ...(movedFrom === undefined
        ? {}
        : { aliases: [movedFrom ? { parent: of(movedFrom) } : { parent: pulumi.rootStackResource }] }),
    };
    if (type === "component") {
      made.set(name, new Group(name, merged));
      continue;
    }
    const resource = [...storeKinds(), ...resources].find((each) => each.kind.type === type);
    if (!resource) throw new Error(`${file}: no kind ${type}`);
    const Kind = resource as unknown as new (...args: unknown[]) => pulumi.CustomResource;
    made.set(name, new Kind(name, resolve(args ?? {}), merged));
  }
}
