import { z } from "zod";
import type { Credentials } from "../kernel/credentials";
import { BadAnswer, NotAuthorised, Refused } from "../kernel/errors";
import { createHttpClient, type HttpClient } from "../kernel/http";
import { rememberPasswordCell } from "../kernel/password-places";
import { pathTo } from "../kernel/path";
import type { Context } from "../kernel/resource";
import { words } from "../kernel/words";
import type { Workspace } from "../kernel/workspace";
import { clusterScanSchema, type HostScan, hostScanSchema, type SeenHost } from "./scan";

/** The fixed token that every SMTX OS image accepts before it is deployed (runbook, stage 01). No secret. */
const PREDEPLOY_TOKEN = "e79b85fc18b7402fbcc0391fe8d7d24c";

/** The exact words of an accepted deployment (vendor's tool; the runbook shows no answer). */
const DEPLOYING = "SUCCEEDED: A new cluster deploying task is on its way now.";

export interface DeployStatus {
  /** Undefined when the host gave a status without a state. */
  running: boolean | undefined;
  /** `stage 3/9 prepare_network_and_config_file`, and what the vendor says beside. */
  text: string;
}

/** A host's deployment API: plain http by its address, as the vendor has it. */
export interface PredeployClient {
  scan(): Promise<HostScan>;
  /** What the host sees of its kind in the layer 2 of its storage port. Over LACP and on VLANs it sees nothing. */
  scanCluster(): Promise<SeenHost[]>;
  isDeployed(): Promise<boolean>;
  deploy(request: object): Promise<void>;
  /** `hostIp` must be what the deployment request named the host by. Throws Refused when the host knows of none. */
  deployStatus(hostIp: string): Promise<DeployStatus>;
}

const statusSchema = z.looseObject({
  current_stage: z.number().nullish(),
  total_stages: z.number().nullish(),
  stage_info: z.string().nullish(),
  msg: z.string().nullish(),
  state: z.string().nullish(),
});

/** What a call needs of its context; a command has no more. */
export type Caller = Pick<Context, "signal"> & { workspace: Pick<Workspace, "shared" | "transport"> };

export function predeploy(context: Caller, address: string): PredeployClient {
  const http = context.workspace.shared(`smtxos predeploy ${address}`, () =>
    createHttpClient({
      connection: address,
      addresses: [address],
      scheme: "http",
      headers: { "x-smartx-token": PREDEPLOY_TOKEN },
      interpret: openEnvelope,
      // Nobody has vouched for what answers here, and what a host has to say is some ten kilobytes.
      maxAnswerBytes: 4 * 1024 * 1024,
      ...context.workspace.transport,
    }),
  );
  const { signal } = context;
  return {
    async scan() {
      const { data } = await http.request({
        operation: `scan host ${address}`,
        method: "GET",
        path: pathTo`/api/v2/deployment/host`,
        schema: hostScanSchema,
        signal,
      });
      return data;
    },
    async scanCluster() {
      const { data } = await http.request({
        operation: `scan the cluster from host ${address}`,
        method: "GET",
        path: pathTo`/api/v2/deployment/cluster`,
        schema: clusterScanSchema,
        signal,
      });
      return data.hosts ?? [];
    },
    async isDeployed() {
      const { data } = await http.request({
        operation: `verify the deployment of host ${address}`,
        method: "GET",
        path: pathTo`/api/v2/deployment/deploy_verify`,
        schema: z.looseObject({ is_deployed: z.boolean() }),
        signal,
      });
      return data.is_deployed;
    },
    async deploy(request) {
      const { data } = await http.request({
        operation: "deploy the cluster",
        method: "POST",
        path: pathTo`/api/v2/deployment/cluster`,
        body: request,
        schema: z.looseObject({ msg: z.string() }),
        signal,
      });
      if (data.msg !== DEPLOYING)
        throw new BadAnswer(`Unable to deploy the cluster: host ${address} answered "${words(data.msg)}"`);
    },
    async deployStatus(hostIp) {
      const { data } = await http.request({
        operation: `ask host ${address} for the deployment's status`,
        method: "GET",
        path: pathTo`/api/v2/deployment/host/deploy_status`,
        query: { host_ip: hostIp },
        schema: statusSchema,
        signal,
      });
      const stage = data.current_stage ? `stage ${data.current_stage}/${data.total_stages ?? "?"} ` : "";
      return {
        running: data.state?.includes("running"),
        text: `${stage}${data.stage_info ?? data.state ?? "no state"}${data.msg ? ` (${data.msg})` : ""}`,
      };
    },
  };
}

/** Fisheye, the management of a deployed cluster: https, one session a process. Its lists come whole: no document shows pages. */
export function fisheye(context: Context): HttpClient {
  const { connection, workspace } = context;
  // A log-in takes the credentials of the latest call: an update may have brought new ones.
  const latest = workspace.shared(`smtxos log-in ${connection.name}`, () => ({ ...connection }));
  Object.assign(latest, connection);
  rememberPasswordCell(connection.name, "主机规划!M19, in a site.yaml cluster.admin.password");
  return workspace.shared(`smtxos fisheye ${connection.name}`, () =>
    createHttpClient<string>({
      connection: connection.name,
      addresses: connection.addresses,
      interpret: openEnvelope,
      login: async (send) => {
        const { username = "root", password } = latest;
        const { data } = await workspace.logIns.attempt(wayTo(context), { username, password }, () =>
          send(logInOf(connection.name, { username, password })),
        );
        return data.token;
      },
      authorise: (headers, token) => {
        headers["x-smartx-token"] = token;
      },
      ...workspace.transport,
    }),
  );
}

/** Characters: what is longer no server takes in a header. */
const LONGEST_TOKEN = 8_192;

const sessionSchema = z.looseObject({ token: z.string().min(1).max(LONGEST_TOKEN) });

export type LogIn = Required<Credentials>;

function logInOf(connection: string, { username, password }: Credentials) {
  return {
    operation: `log in to ${connection}`,
    method: "POST",
    path: pathTo`/api/v3/sessions`,
    body: { username, password, encrypted: false },
    idempotent: true,
    schema: sessionSchema,
  } as const;
}

/** What an account of Fisheye belongs to. */
function wayTo({ connection }: Context): string {
  return `fisheye ${connection.name}`;
}

/**
 * Tries a log-in apart from any session, unless it was refused before. Undefined when it works, the refusal where there
 * is one; throws when that cannot be told.
 */
export async function refusedLogIn(context: Context, logIn: LogIn): Promise<NotAuthorised | undefined> {
  const { connection, signal, workspace } = context;
  try {
    await workspace.logIns.attempt(wayTo(context), logIn, () =>
      fisheye(context).request({ ...logInOf(connection.name, logIn), anonymous: true, read: true, signal }),
    );
    return undefined;
  } catch (error) {
    if (error instanceof NotAuthorised) return error;
    throw error;
  }
}

/** Sets the administrator's first password. The site takes it once; a second time is refused. */
export async function setUpRoot(context: Context, { username, password }: LogIn): Promise<void> {
  try {
    await fisheye(context).request({
      operation: `set the password of ${username} on ${context.connection.name}`,
      method: "POST",
      path: pathTo`/api/v3/users:setupRoot`,
      body: { username, password, repeat: password, encrypted: false },
      anonymous: true,
      signal: context.signal,
    });
  } finally {
    // Whatever the answer, or none: what was refused before may be right now.
    context.workspace.logIns.forget(wayTo(context));
  }
}

/** Opens the envelope of /api/v2: `ec` other than EOK is a failure even at HTTP 200. /api/v3 has none. */
function openEnvelope(status: number, data: unknown, _headers: unknown, describe: string): unknown {
  const envelope = envelopeSchema.safeParse(data);
  if (!envelope.success) return data;
  const { ec, error } = envelope.data;
  if (ec === "EOK") return envelope.data.data;
  const said = words(
    typeof error === "object" && error !== null && "msg" in error ? String(error.msg) : JSON.stringify(error ?? {}),
  );
  throw new Refused(`${describe} was refused with ${words(ec, 100)}: ${said}`, { status, vendorCode: ec });
}

// A failure may come without data, and a success without error.
const envelopeSchema = z.looseObject({ ec: z.string(), data: z.unknown().optional(), error: z.unknown().optional() });
