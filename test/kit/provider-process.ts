import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { credentials, Server, ServerCredentials, type ServiceError, type sendUnaryData, status } from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { plugin, quickStart } from "./project";
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

export interface ProviderProcess extends Provider {
  readonly pid: number;
}

/** Starts the project's plugin in the folder of the program, as its script does. */
export async function startProviderProcess(options: ProviderOptions): Promise<ProviderProcess> {
  const { main, project, config, env, preload = [], logDelay = 0 } = options;
  const logs: LogLine[] = [];
  const { address, close } = await startEngineService(logs, logDelay);
  const script = join(plugin, "dynamic-provider.cjs");
  const child = spawn(process.execPath, [script, address], {
    cwd: main,
    env: {
      ...env,
      PULUMI_NODEJS_PROJECT: project,
      NODE_OPTIONS: [quickStart, ...preload.map((script) => `--require ${script}`)].join(" "),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => {
      close();
      resolve();
    });
  });
  const port = await portOf(child, () => stderr);
  const client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
  ended.then(() => client.close());

  /** One call; a process that dies takes its calls along at once, whatever gRPC would wait for. */
  function call<M extends keyof Calls>(method: M, request: Calls[M][0]): Promise<Calls[M][1]> {
    const gone = ended.then(() => Promise.reject(new ProviderGone("the provider is gone")));
    const answered = new Promise<Calls[M][1]>((resolve, reject) => {
      const send = client[method].bind(client) as (request: Calls[M][0], done: sendUnaryData<Calls[M][1]>) => void;
      send(request, (error, answer) => {
        if (!error) resolve(answer as Calls[M][1]);
        // A broken connection shows before the end of the process does; the process is what is waited for.
        else if (error.code !== status.UNAVAILABLE) reject(told(error as ServiceError));
      });
    });
    return Promise.race([answered, gone]);
  }

  const provider = await configured(
    {
      call,
      logs,
      ended,
      stderr: () => stderr,
      async kill() {
        child.kill("SIGKILL");
        await ended;
      },
    },
    config,
  );
  return { ...provider, pid: child.pid ?? 0 };
}

/** What the provider asks of its engine: to show lines. */
async function startEngineService(logs: LogLine[], delay: number): Promise<{ address: string; close(): void }> {
  const server = new Server();
  server.addService(EngineService as never, {
    log({ request }: { request: LogRequest }, done: sendUnaryData<Empty>) {
      const line = lineOf(request);
      const take = () => {
        logs.push(line);
        done(null, new Empty());
      };
      if (delay > 0) setTimeout(take, delay);
      else take();
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { address: `127.0.0.1:${port}`, close: () => server.forceShutdown() };
}

/** The provider prints its port as its first line. */
function portOf(child: ChildProcess, stderr: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes("\n")) resolve(text.split("\n")[0] ?? "");
    });
    child.once("exit", (code) => reject(new Error(`the provider ended at its start (${code}): ${stderr()}`)));
  });
}

function told(error: ServiceError): Error {
  return meant(error.details, error.metadata?.get("grpc-status-details-bin")[0] as Buffer | undefined);
}
