import { z } from "zod";
import type { PackedForm } from "../kernel/chunk-form";
import { NotAuthorised, PlanConflict, Refused } from "../kernel/errors";
import { createHttpClient, type HttpClient } from "../kernel/http";
import { orphanSignal } from "../kernel/orphan";
import { rememberPasswordCell, rightPassword, somePassword } from "../kernel/password-places";
import { type Path, pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import type { SharedReads } from "../kernel/shared-reads";
import type { Workspace } from "../kernel/workspace";
import type { TowerConnection } from "./connection";
import { ResourceLocked, sessionExpired, TowerRefused, throwRefusal } from "./refusals";
import { type Where, walk } from "./walk";

/** Vendor milliseconds between two tries of what another task has locked. */
const LOCKED = 5_000;

/** How many times the request time-out a part of a file may take: at 4 MiB and 10 s, lines from 1 Mbit/s on. */
const CHUNK_PATIENCE = 12;

interface RestCall<T> {
  /** What it is for, as in "Unable to …": `read the clusters`. */
  operation: string;
  /** Without /v2/api: `/get-clusters`. */
  path: Path;
  body?: unknown;
  schema: z.ZodType<T>;
  /** Before the first log-in: sent without a token. */
  anonymous?: boolean;
}

interface WriteCall<T> extends Omit<RestCall<T>, "body"> {
  /** What it is when it is sent, where that depends on what stands: a write that waits is sent later than it is called. */
  body?: unknown | (() => Promise<unknown>);
  /** It does the same however often it is carried out, so it is sent again when its answer was lost. */
  idempotent?: boolean;
}

interface UploadCall<T> extends RestCall<T> {
  /** Part of a file, with the fields before it. */
  form: PackedForm;
}

interface ListCall<T extends { id: string }> {
  /** What is listed: `clusters of CloudTower`. */
  what: string;
  path: Path;
  where?: Where | undefined;
  row: z.ZodType<T>;
}

interface GraphqlCall<T> {
  operation: string;
  /** `query name($…) {…}`; its name is sent as operationName. */
  query: string;
  variables?: Record<string, unknown>;
  /** Of `data`. */
  schema: z.ZodType<T>;
  anonymous?: boolean;
  idempotent?: boolean;
}

/** What a call needs of its context; a command has no more. */
export type TowerCaller = Pick<Context, "connection" | "signal" | "wait"> & {
  workspace: Pick<Workspace, "clock" | "logIns" | "shared" | "transport">;
};

/** REST under /v2/api and GraphQL at /api, in one session. */
export interface TowerClient {
  /** Changes nothing, and may be repeated. */
  read<T>(call: RestCall<T>): Promise<T>;
  /** Undefined: 304, there was nothing to change. Waits while another task has the object (ResourceLocked). */
  write<T>(call: WriteCall<T>): Promise<T | undefined>;
  /** Sends a part of a file, once. */
  upload<T>(call: UploadCall<T>): Promise<T>;
  /** Every object that `where` finds, page by page. All lists that are called have `id_gt` and `id_ASC` (the vendor's schema). */
  list<T extends { id: string }>(call: ListCall<T>): Promise<T[]>;
  query<T>(call: GraphqlCall<T>): Promise<T>;
  mutate<T>(call: GraphqlCall<T>): Promise<T>;
  /** Undefined when the log-in of this connection works, its refusal where there is one. Throws when that cannot be told. */
  refusedLogIn(): Promise<NotAuthorised | undefined>;
  /** Has a log-in that was refused tried again: a password was set, or may have been. */
  passwordChanged(): void;
}

/**
 * The client of a CloudTower. Besides what every HTTP client throws: TowerRefused with CloudTower's words,
 * ResourceLocked once the operation's time is up.
 */
export function cloudtower(context: TowerCaller): TowerClient {
  const { signal } = context;
  const http = clientOf(context);

  async function sent<T>(call: WriteCall<T> & { read: boolean }): Promise<T | undefined> {
    const { operation, path, schema, anonymous, read, idempotent = read } = call;
    const body = typeof call.body === "function" ? await call.body() : (call.body ?? {});
    try {
      const { data } = await http.request({
        operation,
        method: "POST",
        path: pathTo`/v2/api${path}`,
        body,
        schema,
        anonymous,
        read,
        idempotent,
        signal,
      });
      return data;
    } catch (error) {
      // Has no body (facts, part B 5A 13).
      if (error instanceof Refused && error.status === 304) return undefined;
      throw error;
    }
  }

  async function graphql<T>(call: GraphqlCall<T>, read: boolean): Promise<T> {
    const { operation, query, variables = {}, schema, anonymous, idempotent = read } = call;
    const operationName = query.match(/(?:query|mutation)\s+(\w+)/)?.[1];
    const { data } = await http.request({
      operation,
      method: "POST",
      path: pathTo`/api`,
      body: { operationName, variables, query },
      schema: z.looseObject({ data: schema }),
      anonymous,
      read,
      idempotent,
      signal,
    });
    return data.data as T;
  }

  /** A refusal by a lock is an answer: what was refused may be sent again. */
  function whenUnlocked<T>(operation: string, work: () => Promise<T>): Promise<T> {
    return context.wait<T>(
      operation,
      async () => {
        try {
          return { done: await written(work) };
        } catch (error) {
          if (!(error instanceof ResourceLocked)) throw error;
          return {
            pending: `locked by another task (${error.locked.join(", ") || "CloudTower does not say of what"})`,
          };
        }
      },
      { interval: LOCKED / 4, cap: LOCKED },
    );
  }

  /** What was read before a write tells nothing of what is there after it, or while it is on its way. */
  async function written<T>(work: () => Promise<T>): Promise<T> {
    dropReads(context);
    try {
      return await work();
    } finally {
      dropReads(context);
    }
  }

  return {
    async read(call) {
      const data = await sent({ ...call, read: true });
      if (data === undefined) throw new TowerRefused(`Unable to ${call.operation}: CloudTower answered 304 to a read`);
      return data;
    },
    write: (call) => whenUnlocked(call.operation, () => sent({ ...call, read: false })),
    async upload({ operation, path, form, schema }) {
      const { data } = await written(() =>
        http.request({
          operation,
          method: "POST",
          path: pathTo`/v2/api${path}`,
          body: form.bytes,
          headers: { "content-type": form.type },
          schema,
          timeoutMs: context.workspace.transport.timeoutMs * CHUNK_PATIENCE,
          signal,
        }),
      );
      return data;
    },
    list({ what, path, where, row }) {
      const schema = oneOrMany(row);
      return walk(what, where, (body) => this.read({ operation: `list the ${what}`, path, body, schema }));
    },
    query: (call) => graphql(call, true),
    mutate: (call) => whenUnlocked(call.operation, () => graphql(call, false)),
    async refusedLogIn() {
      try {
        const token = await logIn(context, http, context.connection, signal);
        // An API key is no log-in: a read tells whether it holds.
        if (isApiKey(context.connection)) await http.request({ ...anyRead, headers: { authorization: token }, signal });
        return undefined;
      } catch (error) {
        if (error instanceof NotAuthorised) return error;
        throw error;
      }
    },
    passwordChanged: () => context.workspace.logIns.forget(wayTo(context.connection)),
  };
}

/** Who asks for what several wait for: with the credentials of the latest of them, and ended by none. */
export function forAll(context: TowerCaller): () => TowerCaller {
  const { connection, workspace } = context;
  const latest = workspace.shared(`cloudtower caller ${connection.name}`, () => ({ context }));
  latest.context = context;
  return () => ({ ...latest.context, signal: orphanSignal });
}

/** What the resources of a connection read together; see rows.ts. */
export function heldReads({ connection, workspace }: TowerCaller): Map<string, SharedReads<never>> {
  return workspace.shared(`cloudtower reads ${connection.name}`, () => new Map());
}

/** Has all that is read from now on asked for anew: something has changed, or may have. */
export function dropReads(context: TowerCaller): void {
  for (const reads of heldReads(context).values()) reads.drop();
}

/** An answer in the shape that the schema has (an array) or that the runbook shows (an object): facts, part B 5A 1. */
export function oneOrMany<T>(row: z.ZodType<T>): z.ZodType<T[]> {
  return z.preprocess((data) => (Array.isArray(data) ? data : [data]), z.array(row)) as unknown as z.ZodType<T[]>;
}

/** What a call that makes or changes something answers: the task, null when it was done at once, and the object's id. */
export const started = z.looseObject({ task_id: z.string().nullish(), data: z.looseObject({ id: z.string().min(1) }) });

const anyRead = {
  operation: "see whether the API key holds",
  method: "POST",
  path: pathTo`/v2/api/get-organizations`,
  body: { first: 1 },
  anonymous: true,
  read: true,
  idempotent: true,
} as const;

function clientOf(context: TowerCaller): HttpClient {
  const { connection, workspace } = context;
  // A log-in takes the credentials of the latest call: an update may have brought new ones.
  const latest: TowerConnection = workspace.shared(`cloudtower log-in ${connection.name}`, () => ({ ...connection }));
  Object.assign(latest, connection);
  const { scheme = "https" } = connection as TowerConnection;
  rememberPasswordCell(connection.name, "集群管理信息!G3, in a site.yaml cloudtower.password");
  return workspace.shared(`cloudtower ${scheme} ${connection.name}`, () => {
    const http: HttpClient = createHttpClient<string>({
      connection: connection.name,
      addresses: connection.addresses,
      scheme,
      // Messages of tasks and errors come in its language (facts, part B 5A 21).
      headers: { "content-language": "en-US" },
      requestIdHeader: "x-tower-request-id",
      sessionExpired,
      interpret(status, data, _headers, describe) {
        throwRefusal(status, data, describe, connection.name);
        return data;
      },
      login: (send) => logIn(context, { request: send }, latest),
      // The token as it is, without Bearer (facts, part A 1).
      authorise: (headers, token) => {
        headers.authorization = token;
      },
      ...workspace.transport,
    });
    return http;
  });
}

const loginAnswer = z.looseObject({ data: z.looseObject({ token: z.string().min(1).max(8_192) }) });

/** What an account of CloudTower belongs to. */
function wayTo({ name }: TowerConnection): string {
  return `cloudtower ${name}`;
}

/** A token. Throws NotAuthorised however CloudTower words its refusal: its status is not documented. */
async function logIn(
  { workspace }: TowerCaller,
  http: Pick<HttpClient, "request">,
  connection: TowerConnection,
  signal?: AbortSignal,
): Promise<string> {
  const { name, username = "root", password, source = "LOCAL" } = connection;
  if (!password) {
    throw new PlanConflict(`no password is known for connection ${name}`, somePassword(name));
  }
  if (source === "API_KEY") return password;
  return workspace.logIns.attempt(wayTo(connection), { username: `${username} (${source})`, password }, async () => {
    try {
      const { data } = await http.request({
        operation: `log in to ${name} as ${username} (${source})`,
        method: "POST",
        path: pathTo`/v2/api/login`,
        body: { username, password, source },
        anonymous: true,
        read: true,
        idempotent: true,
        schema: loginAnswer,
        signal,
      });
      return data.data.token;
    } catch (error) {
      if (!(error instanceof TowerRefused)) throw error;
      throw new NotAuthorised(error.message, rightPassword(name), { cause: error });
    }
  });
}

function isApiKey(connection: TowerConnection): boolean {
  return connection.source === "API_KEY";
}
