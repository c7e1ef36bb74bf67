import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { credentials, Server, ServerCredentials, type ServiceError, type sendUnaryData, status } from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import {
  CheckRequest,
  ConfigureRequest,
  CreateRequest,
  DeleteRequest,
  DiffRequest,
  DiffResponse,
  ErrorResourceInitFailed,
  ReadRequest,
  UpdateRequest,
} from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { plugin, quickStart } from "./project";

export type Fields = Record<string, unknown>;

export interface LogLine {
  urn: string;
  text: string;
  warning: boolean;
  ephemeral: boolean;
}

/** An object exists, but the provider could not finish it: the engine keeps it. */
export class InitFailed extends Error {
  constructor(
    readonly id: string,
    readonly properties: Fields,
    readonly reasons: string[],
  ) {
    super(reasons.join("; "));
  }
}

/** The process died under a call. */
export class ProviderGone extends Error {}

/** What the engine says with a call beside properties. */
export interface Said {
  urn: string;
  /** Seconds that `customTimeouts` give the operation. */
  timeout?: number | undefined;
}

/** The process of a dynamic provider, spoken to as the engine does. */
export interface Provider {
  check(
    said: Said,
    olds: Fields,
    news: Fields,
  ): Promise<{ inputs: Fields; failures: { property: string; reason: string }[] }>;
  diff(said: Said, id: string, olds: Fields, news: Fields): Promise<Difference>;
  create(said: Said, inputs: Fields): Promise<{ id: string; outputs: Fields }>;
  /** Undefined when the object is gone. */
  read(
    said: Said,
    id: string,
    outputs: Fields,
  ): Promise<{ id: string; outputs: Fields; inputs: Fields | undefined } | undefined>;
  update(said: Said, id: string, olds: Fields, news: Fields): Promise<Fields>;
  delete(said: Said, id: string, outputs: Fields): Promise<void>;
  readonly logs: LogLine[];
  /** What the process printed on standard error. */
  stderr(): string;
  readonly pid: number;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Resolves when the process has ended, by itself or by `kill`. */
  readonly ended: Promise<void>;
}

export interface Difference {
  changes: "unknown" | "none" | "some";
  replaces: string[];
  deleteBeforeReplace: boolean;
}

export interface ProviderOptions {
  /** The folder of the compiled program. */
  main: string;
  project: string;
  /** Stack settings with their namespace, `kit:adopt`. */
  config: Record<string, string>;
  env: NodeJS.ProcessEnv;
  /** Scripts that the process loads before anything else. */
  preload?: string[];
  /** Milliseconds that the engine needs to take a line; none unless told. */
  logDelay?: number;
}

/** Starts the project's plugin in the folder of the program, as its script does. */
export async function startProvider(options: ProviderOptions): Promise<Provider> {
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
  function call<T>(send: (done: (error: ServiceError | null, answer: T) => void) => void): Promise<T> {
    const gone = ended.then(() => Promise.reject(new ProviderGone("the provider is gone")));
    const answered = new Promise<T>((resolve, reject) => {
      send((error, answer) => {
        if (!error) resolve(answer);
        // A broken connection shows before the end of the process does; the process is what is waited for.
        else if (error.code !== status.UNAVAILABLE) reject(meant(error));
      });
    });
    return Promise.race([answered, gone]);
  }

  const configure = new ConfigureRequest();
  configure.setArgs(struct(config));
  configure.setAcceptsecrets(true);
  await call((done) => client.configure(configure, done));

  return {
    logs,
    ended,
    pid: child.pid ?? 0,
    stderr: () => stderr,
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
    async check(said, olds, news) {
      const request = new CheckRequest();
      request.setUrn(said.urn);
      request.setOlds(struct(olds));
      request.setNews(struct(news));
      const answer = await call<import("@pulumi/pulumi/proto/provider_pb").CheckResponse>((done) =>
        client.check(request, done),
      );
      return { inputs: fields(answer.getInputs()), failures: answer.getFailuresList().map((each) => each.toObject()) };
    },
    async diff(said, id, olds, news) {
      const request = new DiffRequest();
      request.setUrn(said.urn);
      request.setId(id);
      request.setOlds(struct(olds));
      request.setNews(struct(news));
      const answer = await call<DiffResponse>((done) => client.diff(request, done));
      const { DIFF_NONE, DIFF_SOME } = DiffResponse.DiffChanges;
      const changes = answer.getChanges();
      return {
        changes: changes === DIFF_NONE ? "none" : changes === DIFF_SOME ? "some" : "unknown",
        replaces: answer.getReplacesList(),
        deleteBeforeReplace: answer.getDeletebeforereplace(),
      };
    },
    async create(said, inputs) {
      const request = new CreateRequest();
      request.setUrn(said.urn);
      request.setTimeout(said.timeout ?? 0);
      request.setProperties(struct(inputs));
      const answer = await call<import("@pulumi/pulumi/proto/provider_pb").CreateResponse>((done) =>
        client.create(request, done),
      );
      return { id: answer.getId(), outputs: fields(answer.getProperties()) };
    },
    async read(said, id, outputs) {
      const request = new ReadRequest();
      request.setUrn(said.urn);
      request.setId(id);
      request.setProperties(struct(outputs));
      const answer = await call<import("@pulumi/pulumi/proto/provider_pb").ReadResponse>((done) =>
        client.read(request, done),
      );
      if (!answer.getId()) return undefined;
      const inputs = answer.getInputs();
      return { id: answer.getId(), outputs: fields(answer.getProperties()), inputs: inputs && fields(inputs) };
    },
    async update(said, id, olds, news) {
      const request = new UpdateRequest();
      request.setUrn(said.urn);
      request.setTimeout(said.timeout ?? 0);
      request.setId(id);
      request.setOlds(struct(olds));
      request.setNews(struct(news));
      const answer = await call<import("@pulumi/pulumi/proto/provider_pb").UpdateResponse>((done) =>
        client.update(request, done),
      );
      return fields(answer.getProperties());
    },
    async delete(said, id, outputs) {
      const request = new DeleteRequest();
      request.setUrn(said.urn);
      request.setTimeout(said.timeout ?? 0);
      request.setId(id);
      request.setProperties(struct(outputs));
      await call<Empty>((done) => client.delete(request, done));
    },
  };
}

/** What the provider asks of its engine: to show lines. */
async function startEngineService(logs: LogLine[], delay: number): Promise<{ address: string; close(): void }> {
  const server = new Server();
  server.addService(EngineService as never, {
    log({ request }: { request: LogRequest }, done: sendUnaryData<Empty>) {
      const line = {
        urn: request.getUrn(),
        text: request.getMessage(),
        warning: request.getSeverity() === 2,
        ephemeral: request.getEphemeral(),
      };
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

function struct(value: Fields): Struct {
  return Struct.fromJavaScript(value as Record<string, JavaScriptValue>);
}

function fields(value: Struct | undefined): Fields {
  return (value?.toJavaScript() ?? {}) as Fields;
}

/** An error of the wire as what it says: a half-made object stands in its details. */
function meant(error: ServiceError): Error {
  const details = error.metadata?.get("grpc-status-details-bin")[0];
  if (details) {
    for (const detail of Status.deserializeBinary(details as Buffer).getDetailsList()) {
      if (!detail.getTypeName().endsWith("ErrorResourceInitFailed")) continue;
      const failed = ErrorResourceInitFailed.deserializeBinary(detail.getValue_asU8());
      return new InitFailed(failed.getId(), fields(failed.getProperties()), failed.getReasonsList());
    }
  }
  return new Error(error.details);
}
