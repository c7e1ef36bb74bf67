import http from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { FaultRule, Faults } from "./faults";
import { type ListenPlace, listenAt } from "./listen";
import type { Model } from "./model";
import type { Answer, Call, Operation } from "./operation";
import { readBody } from "./read-body";
import type { RecordedRequest, Recorder } from "./record";
import { operationOf } from "./router";
import type { SiteState } from "./site-state";
import { endpointOf, type SiteSystem, succeeded, type WebEndpoint } from "./system";
import { systems } from "./systems";

export interface SiteServer {
  port: number;
  close(): Promise<void>;
}

export interface SiteServerOptions {
  site: SiteState;
  faults: Faults;
  recorder: Recorder;
  /** Whose it is: what it serves is no other's. */
  system: SiteSystem;
  /** As the plan has it. */
  web: WebEndpoint;
  listen: ListenPlace;
  /** Of https. */
  tls: { key: string; cert: string } | undefined;
}

/** The web server of one address: plain or TLS, cut off while its host has no network. */
export async function startSiteServer(options: SiteServerOptions): Promise<SiteServer> {
  const { web, tls, listen } = options;
  const hasNetwork = () => web.hasNetwork?.() ?? true;
  const server = tls ? https.createServer(tls, answer) : http.createServer(answer);
  const sockets = new Set<Socket>();
  const closed = new AbortController();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    if (!hasNetwork()) socket.destroy();
  });
  server.on("clientError", (_error, socket) => socket.destroy());

  function answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    if (!hasNetwork()) {
      request.socket.destroy();
      return;
    }
    serve(options, request, response, closed.signal).catch((error: Error) => {
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { "content-type": "application/json" }).end(JSON.stringify({ lab: error.message }));
    });
  }

  return {
    port: await listenAt(server, endpointOf(web), listen),
    close: () =>
      new Promise((resolve) => {
        closed.abort();
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function serve(
  options: SiteServerOptions,
  request: http.IncomingMessage,
  response: http.ServerResponse,
  closed: AbortSignal,
): Promise<void> {
  const { site, faults, recorder, system, web } = options;
  const { http: rules } = system;
  const endpoint = endpointOf(web);
  const url = new URL(request.url ?? "/", "http://lab");
  const { body, file } = await readBody(request);
  const asked = { method: request.method ?? "GET", path: url.pathname, body };
  const routed = operationOf(system, asked);
  const operation = routed?.operation;
  const call: Call = {
    ...asked,
    query: url.searchParams,
    params: routed?.params ?? {},
    headers: request.headers as Call["headers"],
    file,
    machine: web.machine,
  };
  const record = recorder.open(
    {
      endpoint,
      method: call.method,
      path: call.path,
      query: Object.fromEntries(url.searchParams),
      headers: call.headers,
      rawBody: body,
    },
    operation,
  );
  response.once("close", () => recorder.close(record));
  const ahead = rules?.ahead?.(site, { endpoint, url: request.url ?? "/", tls: web.serves === "https" });
  if (ahead) return send(record, response, ahead, ahead.headers ?? {}, ahead.html);
  const fault = operation && faults.match(operation.id, endpoint);
  if (fault) record.fault = fault;
  // A call that still waits when the lab stops ends with it: the site is another lab's from then on.
  if (fault?.delay) await delay(fault.delay, undefined, { signal: closed });
  if (fault?.expireSession) rules?.expireLogin?.(site, call);
  if (fault?.drop === "before-commit") return void request.socket.destroy();
  if (fault?.hang === "before-commit") return;
  if (fault?.answer) {
    const { status, body: said, html } = fault.answer;
    return send(record, response, { status, body: said ?? {} }, headersOf(options, record), html);
  }
  const { settled } = site;
  const [given, committed] = operation ? carriedOut(options, operation, call, fault) : [notBuilt(call), false];
  record.committed = committed;
  const answer = rules?.sent?.(site, given) ?? given;
  // What the call has changed is on disk, and what it brings up stands, when its answer comes. That the change of another
  // could not be kept is that one's answer.
  if (site.settled === settled) await settled.catch(() => {});
  else await site.settled;
  if (fault?.drop === "after-commit") return void request.socket.destroy();
  if (fault?.hang === "after-commit") return;
  if (fault?.halfBody) {
    const text = JSON.stringify(answer.body);
    response.writeHead(answer.status, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(text),
    });
    response.write(text.slice(0, Math.ceil(text.length / 2)), () => request.socket.destroy());
    return;
  }
  send(record, response, answer, headersOf(options, record));
}

function headersOf({ site, system }: SiteServerOptions, { n }: RecordedRequest): Record<string, string> {
  return system.http?.headers?.(site, n) ?? {};
}

/** The model before the last write that took effect, of each site: what a stale read sees. */
const before = new WeakMap<SiteState, () => Model>();

/** Makes the call, in earnest or, by a fault, beside the site. Returns the answer and whether it has taken effect. */
function carriedOut(
  { site, system }: SiteServerOptions,
  operation: Operation,
  call: Call,
  fault: FaultRule | undefined,
): [Answer, boolean] {
  if (fault?.staleRead || fault?.lostUpdate) {
    const past = fault.staleRead ? (before.get(site)?.() ?? site.model) : site.model;
    return [operation.handle(site.apart(withLogins(past, site.model)), call), false];
  }
  const past = operation.write ? site.past : undefined;
  const { deployment, job, task, ipmiRefused, chunkLost, chunkSpoilt } = fault ?? {};
  const answer = operation.handle(site, { ...call, deployment, job, task, ipmiRefused, chunkLost, chunkSpoilt });
  const committed = succeeded(system, answer);
  if (past && committed) before.set(site, past);
  return [answer, committed];
}

/** The model of before with the log-ins of now: one since then holds. */
function withLogins(past: Model, now: Readonly<Model>): Model {
  return systems.reduce((model: Model, { http }: SiteSystem) => http?.withLogins?.(model, now) ?? model, past);
}

function send(
  record: RecordedRequest,
  response: http.ServerResponse,
  { status, body }: Answer,
  headers: Record<string, string>,
  html = false,
): void {
  record.status = status;
  // Not modified: such an answer has no body (facts, part B 5A 13).
  if (status === 304) return void response.writeHead(status, headers).end();
  const [type, text] = html
    ? ["text/html", `<html><head><title>${status} Bad Gateway</title></head><body><center>nginx</center></body></html>`]
    : ["application/json", JSON.stringify(body)];
  response.writeHead(status, { ...headers, "content-type": type, "content-length": Buffer.byteLength(text) }).end(text);
}

/** What the lab does not have it does not pretend to have. */
function notBuilt({ method, path }: Call): Answer {
  return {
    status: 501,
    body: { code: 501, message: `the lab does not have ${method} ${path}; lab/COVERAGE.md lists what it has` },
  };
}
