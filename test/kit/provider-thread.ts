import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import {
  CheckResponse,
  ConfigureResponse,
  CreateResponse,
  DiffResponse,
  ReadResponse,
  UpdateResponse,
} from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { bundleFolder, handler } from "./bundles";
import { plugin, root } from "./project";
import {
  type Calls,
  configured,
  type LogLine,
  lineOf,
  meant,
  type Provider,
  ProviderGone,
  type ProviderOptions,
} from "./provider";

/** What a thread says; see thread/grpc.cjs, thread/start.cjs and thread/made-up-process.cjs. */
interface Message {
  ready?: true;
  killed?: true;
  kept?: true;
  /** The number of the call that is answered. */
  id?: number;
  bytes?: Uint8Array;
  error?: { details: string; metadata: Record<string, Uint8Array[]> };
  /** The number of a call to the engine. */
  asked?: number;
}

const ANSWERS: { [M in keyof Calls]: { deserializeBinary(bytes: Uint8Array): Calls[M][1] } } = {
  configure: ConfigureResponse,
  check: CheckResponse,
  diff: DiffResponse,
  create: CreateResponse,
  read: ReadResponse,
  update: UpdateResponse,
  delete: Empty,
};

/** Above every process of the machine; see thread/made-up-process.cjs. */
const FIRST_ID = 4_194_304 + 1;
/** The ids of the threads that live: more than there are at a time. */
const alive = new Int32Array(new SharedArrayBuffer(4 * 4_096));
let started = 0;

/** A thread in which the provider runs, and what it takes to make the next ones quick. */
export interface ProviderThread extends Provider {
  /** Keeps beside the bundles what V8 has made of them. */
  keepCode(): Promise<void>;
}

/**
 * Starts the project's plugin in a thread of this process: the same provider, its handlers and its messages, at a fifth
 * of what a process costs. Its end is a kill, too: what it has written to disk stays, its sockets are closed, and not one
 * more step of it is carried out. The watch over its engine has nothing to see here.
 */
export async function startProviderThread(options: ProviderOptions): Promise<ProviderThread> {
  const { main, project, config, env, preload = [], logDelay = 0 } = options;
  const logs: LogLine[] = [];
  started += 1;
  const pid = FIRST_ID + started;
  Atomics.store(alive, pid % alive.length, pid);
  const thread = new Worker(join(root, "test", "kit", "thread", "start.cjs"), {
    env: { ...set(env), PULUMI_NODEJS_PROJECT: project, NODE_OPTIONS: "" },
    workerData: {
      bundles: bundleFolder(),
      handler,
      preload,
      pid,
      alive,
      folder: main,
      argv: [join(plugin, "dynamic-provider.cjs"), "test-engine"],
    },
    execArgv: [],
    stdout: true,
    stderr: true,
  });
  let stderr = "";
  thread.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  thread.stdout.resume();
  const waiting = new Map<number, (message: Message) => void>();
  let calls = 0;
  let ready = () => {};
  let kept = () => {};
  const begun = new Promise<void>((resolve) => {
    ready = resolve;
  });
  thread.on("message", (message: Message) => {
    if (message.ready) ready();
    else if (message.kept) kept();
    else if (message.killed) void thread.terminate();
    else if (message.id !== undefined) waiting.get(message.id)?.(message);
    else if (message.asked !== undefined) {
      const line = lineOf(LogRequest.deserializeBinary(message.bytes as Uint8Array));
      const take = () => {
        logs.push(line);
        thread.postMessage({ taken: message.asked });
      };
      if (logDelay > 0) setTimeout(take, logDelay);
      else take();
    }
  });
  thread.on("error", (error) => (stderr += error.stack));
  const ended = new Promise<void>((resolve) => {
    thread.once("exit", () => {
      Atomics.store(alive, pid % alive.length, 0);
      resolve();
    });
  });

  function call<M extends keyof Calls>(method: M, request: Calls[M][0]): Promise<Calls[M][1]> {
    calls += 1;
    const id = calls;
    const gone = ended.then(() => Promise.reject(new ProviderGone("the provider is gone")));
    const answered = new Promise<Calls[M][1]>((resolve, reject) => {
      waiting.set(id, ({ bytes, error }) => {
        waiting.delete(id);
        if (error) reject(meant(error.details, error.metadata["grpc-status-details-bin"]?.[0]));
        else resolve(ANSWERS[method].deserializeBinary(bytes as Uint8Array));
      });
    });
    thread.postMessage({ id, method, bytes: request.serializeBinary() });
    return Promise.race([answered, gone]);
  }

  await Promise.race([
    begun,
    ended.then(() => Promise.reject(new Error(`the provider ended at its start: ${stderr}`))),
  ]);
  const provider = await configured(
    {
      call,
      logs,
      ended,
      stderr: () => stderr,
      async kill() {
        await thread.terminate();
        await ended;
      },
    },
    config,
  );
  return {
    ...provider,
    keepCode: () =>
      new Promise((resolve) => {
        kept = resolve;
        thread.postMessage({ keepCode: true });
      }),
  };
}

/** A process is not given what is undefined; a thread would be given that word. */
function set(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
}
