import { appendFileSync } from "node:fs";
import type * as pulumi from "@pulumi/pulumi";
import { observers } from "../../providers/handler";
import { dynamicProvider } from "../../providers/kernel/adapter";
import { kindOf } from "./kind-of";

type Handler = Required<pulumi.dynamic.ResourceProvider>;
type Fields = Record<string, unknown>;

/** The run that the last call belonged to, as the test engine numbers them. */
let current: unknown;
const ofRun = new Map<string, Promise<Handler>>();

/**
 * As the product's handler, and the store's kinds beside. The real engine starts a process for each preview and each
 * run; the test engine keeps one, says which run a call belongs to (`__run`), and what a handler remembers ends with its
 * run here. With KIT_RECORD (a file) each call leaves a line there.
 */
export function handler(type: string): pulumi.dynamic.ResourceProvider {
  let config: Parameters<Handler["configure"]>[0];

  function of(props: Fields): Promise<Handler> {
    if (props.__run !== current) ofRun.clear();
    current = props.__run;
    let made = ofRun.get(type);
    if (!made) {
      made = make();
      ofRun.set(type, made);
    }
    return made;
  }

  async function make(): Promise<Handler> {
    const provider = dynamicProvider(kindOf(type), observers) as Handler;
    await provider.configure(config);
    return process.env.KIT_RECORD ? recorded(provider, type, process.env.KIT_RECORD) : provider;
  }

  return {
    async configure(request) {
      config = request;
    },
    check: async (olds, news: Fields) => (await of(news)).check(olds, bare(news)),
    diff: async (id, olds, news: Fields) => (await of(news)).diff(id, olds, bare(news)),
    create: async (props: Fields) => (await of(props)).create(bare(props)),
    read: async (id, props: Fields) => (await of(props)).read(id, bare(props)),
    update: async (id, olds, news: Fields) => (await of(news)).update(id, olds, bare(news)),
    delete: async (id, props: Fields) => (await of(props)).delete(id, bare(props)),
  };
}

function bare({ __run, ...props }: Fields): Fields {
  return props;
}

function recorded(provider: Handler, type: string, file: string): Handler {
  const note = (method: string, args: unknown[]) =>
    appendFileSync(file, `${JSON.stringify({ type, method, args })}\n`, { mode: 0o600 });
  return {
    configure: (request) => provider.configure(request),
    check: (...args) => {
      note("check", args);
      return provider.check(...args);
    },
    diff: (...args) => {
      note("diff", args);
      return provider.diff(...args);
    },
    create: (...args) => {
      note("create", args);
      return provider.create(...args);
    },
    read: (...args) => {
      note("read", args);
      return provider.read(...args);
    },
    update: (...args) => {
      note("update", args);
      return provider.update(...args);
    },
    delete: (...args) => {
      note("delete", args);
      return provider.delete(...args);
    },
  };
}
