import { appendFileSync } from "node:fs";
import type * as pulumi from "@pulumi/pulumi";
import { handler as productHandler } from "../../providers/handler";
import { dynamicProvider } from "../../providers/kernel/adapter";
import { storeKinds } from "./store-kinds";

const providers = new Map<string, pulumi.dynamic.ResourceProvider>();

/** As the product's handler, and the store's kinds beside. With KIT_RECORD (a file) each call leaves a line there. */
export function handler(type: string): pulumi.dynamic.ResourceProvider {
  let provider = providers.get(type);
  if (!provider) {
    const kind = storeKinds().find((resource) => resource.kind.type === type)?.kind;
    provider = kind ? dynamicProvider(kind) : productHandler(type);
    if (process.env.KIT_RECORD) provider = recorded(provider, type, process.env.KIT_RECORD);
    providers.set(type, provider);
  }
  return provider;
}

function recorded(
  provider: pulumi.dynamic.ResourceProvider,
  type: string,
  file: string,
): pulumi.dynamic.ResourceProvider {
  const note = (method: string, args: unknown[]) =>
    appendFileSync(file, `${JSON.stringify({ type, method, args })}\n`, { mode: 0o600 });
  return {
    configure: (request) => provider.configure?.(request) ?? Promise.resolve(),
    check: (...args) => {
      note("check", args);
      return provider.check?.(...args) as ReturnType<NonNullable<typeof provider.check>>;
    },
    diff: (...args) => {
      note("diff", args);
      return provider.diff?.(...args) as ReturnType<NonNullable<typeof provider.diff>>;
    },
    create: (...args) => {
      note("create", args);
      return provider.create(...args);
    },
    read: (...args) => {
      note("read", args);
      return provider.read?.(...args) as ReturnType<NonNullable<typeof provider.read>>;
    },
    update: (...args) => {
      note("update", args);
      return provider.update?.(...args) as ReturnType<NonNullable<typeof provider.update>>;
    },
    delete: (...args) => {
      note("delete", args);
      return provider.delete?.(...args) as ReturnType<NonNullable<typeof provider.delete>>;
    },
  };
}
