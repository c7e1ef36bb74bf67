import type * as pulumi from "@pulumi/pulumi";
import { cloudtower } from "./cloudtower/kinds";
import { dynamicProvider } from "./kernel/adapter";
import type { Observers } from "./kernel/observer";
import { site } from "./site/kinds";
import { smtxos } from "./smtxos/kinds";
import type { System } from "./system";

/** Every system that a site may have. */
export const systems: readonly System[] = [smtxos, cloudtower, site];

export const resources = systems.flatMap((system) => system.resources);
export const kinds = resources.map((resource) => resource.kind);

/** Where one system of a site cannot be read back and another can: by what a connection's `observer` names. */
export const observers: Observers = Object.fromEntries(
  systems.flatMap(({ name, observer }) => (observer ? [[name, observer] as const] : [])),
);

const providers = new Map<string, pulumi.dynamic.ResourceProvider>();

/** The provider of a kind; what the handler text in the state asks for. One a process, as its sessions are shared. */
export function handler(type: string): pulumi.dynamic.ResourceProvider {
  let provider = providers.get(type);
  if (!provider) {
    const kind = kinds.find((each) => each.type === type);
    if (!kind) throw new Error(`no resource kind ${type}; is the program older than the state?`);
    provider = dynamicProvider(kind, observers);
    providers.set(type, provider);
  }
  return provider;
}
