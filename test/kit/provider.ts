import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import {
  CheckRequest,
  type CheckResponse,
  ConfigureRequest,
  type ConfigureResponse,
  CreateRequest,
  type CreateResponse,
  DeleteRequest,
  DiffRequest,
  DiffResponse,
  ErrorResourceInitFailed,
  ReadRequest,
  type ReadResponse,
  UpdateRequest,
  type UpdateResponse,
} from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import type { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";

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
  /** The state's inputs, with a read and a delete. */
  inputs?: Fields;
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
  /** What is done each time it has stopped itself (SIGSTOP), before it goes on; of a thread alone. */
  whileStopped?: (() => Promise<void>) | undefined;
}

/** The calls of a provider that the kit makes, each with its question and its answer. */
export interface Calls {
  configure: [ConfigureRequest, ConfigureResponse];
  check: [CheckRequest, CheckResponse];
  diff: [DiffRequest, DiffResponse];
  create: [CreateRequest, CreateResponse];
  read: [ReadRequest, ReadResponse];
  update: [UpdateRequest, UpdateResponse];
  delete: [DeleteRequest, Empty];
}

/** A provider that runs, however it is spoken to. */
export interface Running extends Pick<Provider, "logs" | "stderr" | "kill" | "ended"> {
  /** Throws ProviderGone when the provider ends under it. */
  call<M extends keyof Calls>(method: M, request: Calls[M][0]): Promise<Calls[M][1]>;
}

/** Hands a provider its settings, and speaks with it from then on. */
export async function configured(running: Running, config: ProviderOptions["config"]): Promise<Provider> {
  const { call, logs, stderr, kill, ended } = running;
  const configure = new ConfigureRequest();
  configure.setArgs(struct(config));
  configure.setAcceptsecrets(true);
  await call("configure", configure);

  return {
    logs,
    ended,
    stderr,
    kill,
    async check(said, olds, news) {
      const request = new CheckRequest();
      request.setUrn(said.urn);
      request.setOlds(struct(olds));
      request.setNews(struct(news));
      const answer = await call("check", request);
      return { inputs: fields(answer.getInputs()), failures: answer.getFailuresList().map((each) => each.toObject()) };
    },
    async diff(said, id, olds, news) {
      const request = new DiffRequest();
      request.setUrn(said.urn);
      request.setId(id);
      request.setOlds(struct(olds));
      request.setNews(struct(news));
      const answer = await call("diff", request);
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
      const answer = await call("create", request);
      return { id: answer.getId(), outputs: fields(answer.getProperties()) };
    },
    async read(said, id, outputs) {
      const request = new ReadRequest();
      request.setUrn(said.urn);
      request.setId(id);
      request.setInputs(struct(said.inputs ?? {}));
      request.setProperties(struct(outputs));
      const answer = await call("read", request);
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
      const answer = await call("update", request);
      return fields(answer.getProperties());
    },
    async delete(said, id, outputs) {
      const request = new DeleteRequest();
      request.setUrn(said.urn);
      request.setTimeout(said.timeout ?? 0);
      request.setId(id);
      request.setOldInputs(struct(said.inputs ?? {}));
      request.setProperties(struct(outputs));
      await call("delete", request);
    },
  };
}

/** A line that the provider says to its engine. */
export function lineOf(request: LogRequest): LogLine {
  return {
    urn: request.getUrn(),
    text: request.getMessage(),
    warning: request.getSeverity() === 2,
    ephemeral: request.getEphemeral(),
  };
}

function struct(value: Fields): Struct {
  return Struct.fromJavaScript(value as Record<string, JavaScriptValue>);
}

function fields(value: Struct | undefined): Fields {
  return (value?.toJavaScript() ?? {}) as Fields;
}

/** An error of the wire as what it says: a half-made object stands in its `grpc-status-details-bin`. */
export function meant(said: string, details: Uint8Array | undefined): Error {
  if (details) {
    for (const detail of Status.deserializeBinary(details).getDetailsList()) {
      if (!detail.getTypeName().endsWith("ErrorResourceInitFailed")) continue;
      const failed = ErrorResourceInitFailed.deserializeBinary(detail.getValue_asU8());
      return new InitFailed(failed.getId(), fields(failed.getProperties()), failed.getReasonsList());
    }
  }
  return new Error(said);
}
