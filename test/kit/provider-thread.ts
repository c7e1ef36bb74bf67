import { once } from "node:events";
import { join } from "node:path";
import { MessageChannel, Worker } from "node:worker_threads";
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

/** What a provider in a thread says; see thread/grpc.cjs, thread/start.cjs and thread/made-up-process.cjs. */
interface Message {
  ready?: true;
  killed?: true;
  stopped?: true;
  /** On standard error. */
  printed?: string;
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
/** The ids of the providers that live: more than there are at a time. */
const alive = new Int32Array(new SharedArrayBuffer(4 * 4_096));
let started = 0;

/** A provider that runs in a thread, and what it takes to make the next ones quick. */
export interface ProviderThread extends Provider {
  /** Keeps beside the bundles what V8 has made of them. */
  keepCode(): Promise<void>;
}

/** Threads in which no provider runs at the moment. */
const free: Worker[] = [];

function freeThread(): Worker {
  const known = free.pop();
  if (known) return known;
  const thread = new Worker(join(root, "test", "kit", "thread", "start.cjs"), {
    workerData: { bundles: bundleFolder(), handler },
    execArgv: [],
  });
  thread.once("exit", () => {
    if (free.includes(thread)) free.splice(free.indexOf(thread), 1);
  });
  return thread;
}

/**
 * Starts the project's plugin in a thread of this process: the same provider, its handlers and its messages, at a fifth
 * of what a process costs. A kill in the midst of a call ends the thread: what it has written to disk stays, its sockets
 * are closed, and not one more step of it is carried out. A provider that is at nothing when it is killed leaves its thread
 * to another one (thread/start.cjs, thread/ground.cjs). The watch over its engine has nothing to see here.
 */
export async function startProviderThread(options: ProviderOptions): Promise<ProviderThread> {
  const { main, project, config, env, preload = [], logDelay = 0, whileStopped = () => {} } = options;
  const logs: LogLine[] = [];
  const goesOn = new Int32Array(new SharedArrayBuffer(4));
  started += 1;
  const pid = FIRST_ID + started;
  Atomics.store(alive, pid % alive.length, pid);
  const thread = freeThread();
  thread.ref();
  const { port1: port, port2: itsPort } = new MessageChannel();
  let stderr = "";
  const waiting = new Map<number, (message: Message) => void>();
  let calls = 0;
  let hasBegun = () => {};
  const begun = new Promise<void>((resolve) => {
    hasBegun = resolve;
  });
  let hasEnded = () => {};
  const ended = new Promise<void>((resolve) => {
    hasEnded = resolve;
  });
  const end = () => {
    Atomics.store(alive, pid % alive.length, 0);
    port.close();
    thread.off("error", failed);
    thread.off("exit", end);
    hasEnded();
  };
  const failed = (error: Error) => {
    stderr += error.stack;
  };
  thread.on("error", failed);
  thread.once("exit", end);
  port.on("message", async (message: Message) => {
    if (message.stopped) {
      try {
        await whileStopped();
      } catch (error) {
        // It would stand still for ever: so its calls fail, and the run with them.
        failed(error as Error);
        return void thread.terminate();
      }
      Atomics.add(goesOn, 0, 1);
      Atomics.notify(goesOn, 0);
    } else if (message.printed !== undefined) stderr += message.printed;
    else if (message.ready) hasBegun();
    else if (message.killed) void thread.terminate();
    else if (message.id !== undefined) waiting.get(message.id)?.(message);
    else if (message.asked !== undefined) {
      const line = lineOf(LogRequest.deserializeBinary(message.bytes as Uint8Array));
      const take = () => {
        logs.push(line);
        port.postMessage({ taken: message.asked });
      };
      if (logDelay > 0) setTimeout(take, logDelay);
      else take();
    }
  });
  thread.postMessage(
    {
      lease: {
        port: itsPort,
        env: { ...set(env), PULUMI_NODEJS_PROJECT: project, NODE_OPTIONS: "" },
        preload,
        pid,
        alive,
        goesOn,
        folder: main,
        argv: [join(plugin, "dynamic-provider.cjs"), "test-engine"],
      },
    },
    [itsPort],
  );

  async function call<M extends keyof Calls>(method: M, request: Calls[M][0]): Promise<Calls[M][1]> {
    calls += 1;
    const id = calls;
    const answered = new Promise<Calls[M][1]>((resolve, reject) => {
      waiting.set(id, ({ bytes, error }) => {
        waiting.delete(id);
        if (error) reject(meant(error.details, error.metadata["grpc-status-details-bin"]?.[0]));
        else resolve(ANSWERS[method].deserializeBinary(bytes as Uint8Array));
      });
    });
    port.postMessage({ id, method, bytes: request.serializeBinary() });
    return Promise.race([
      answered,
      ended.then(() => Promise.reject(new ProviderGone(`the provider is gone${stderr && `: ${stderr}`}`))),
    ]);
  }

  await Promise.race([
    begun,
    ended.then(() => Promise.reject(new Error(`the provider ended at its start: ${stderr}`))),
  ]);
  async function leave(): Promise<void> {
    const isAtRest = waiting.size === 0;
    const left =
      isAtRest &&
      (await Promise.race([asked<{ left: boolean }>(thread, { leave: true }).catch(() => undefined), ended]))?.left;
    if (left) {
      end();
      thread.unref();
      free.push(thread);
    } else await thread.terminate();
    await ended;
  }
  let leaving: Promise<void> | undefined;
  const kill = () => {
    leaving ??= leave();
    return leaving;
  };
  const provider = await configured({ call, logs, ended, stderr: () => stderr, kill }, config);
  return { ...provider, keepCode: async () => void (await asked(thread, { keepCode: true })) };
}

/** What a thread answers, beside its provider. */
async function asked<Answer>(thread: Worker, question: object): Promise<Answer> {
  thread.postMessage(question);
  return (await once(thread, "message"))[0];
}

/** A process is not given what is undefined; a thread would be given that word. */
function set(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
}
