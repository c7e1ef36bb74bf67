import http from "node:http";
import https from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Faults } from "./faults";
import type { LabHost } from "./model";
import type { Answer, Call } from "./operation";
import type { RecordedRequest, Recorder } from "./record";
import { operationOf } from "./router";
import type { SiteState } from "./site-state";

export interface SiteServer {
  port: number;
  close(): Promise<void>;
}

export interface SiteServerOptions {
  site: SiteState;
  faults: Faults;
  recorder: Recorder;
  /** `10.0.20.101:80`, as the plan has it. */
  endpoint: string;
  host: () => LabHost | undefined;
  listen: { address: string; port: number };
  tls?: { key: string; cert: string };
}

/** The web server of one address: plain or TLS, cut off while its host has no network. */
export async function startSiteServer(options: SiteServerOptions): Promise<SiteServer> {
  const { site, host, tls, listen } = options;
  const server = tls ? https.createServer(tls, answer) : http.createServer(answer);
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    if (!site.answers(host())) socket.destroy();
  });
  server.on("clientError", (_error, socket) => socket.destroy());

  function answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    if (!site.answers(host())) {
      request.socket.destroy();
      return;
    }
    serve(options, request, response).catch((error: Error) => {
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { "content-type": "application/json" }).end(JSON.stringify({ lab: error.message }));
    });
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(explained(error, options.endpoint, listen)));
    server.listen(listen.port, listen.address, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function serve(
  options: SiteServerOptions,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const { site, faults, recorder, endpoint } = options;
  const url = new URL(request.url ?? "/", "http://lab");
  const operation = operationOf(request.method ?? "GET", url.pathname);
  const body = await readBody(request);
  const call: Call = {
    method: request.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers as Call["headers"],
    body,
    host: options.host(),
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
  const fault = operation && faults.match(operation.id, endpoint);
  if (fault?.delay) await delay(fault.delay);
  if (fault?.expireSession) site.expireSessions();
  if (fault?.drop === "before-commit") return void request.socket.destroy();
  if (fault?.hang === "before-commit") return;
  if (fault?.answer) {
    const { status, body: said, html } = fault.answer;
    return send(record, response, { status, body: said ?? {} }, html);
  }
  const answer = operation ? operation.handle(site, call) : notBuilt(call);
  record.committed = operation !== undefined && answer.status < 300;
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
  send(record, response, answer);
}

function send(record: RecordedRequest, response: http.ServerResponse, { status, body }: Answer, html = false): void {
  record.status = status;
  const [type, text] = html
    ? ["text/html", `<html><head><title>${status} Bad Gateway</title></head><body><center>nginx</center></body></html>`]
    : ["application/json", JSON.stringify(body)];
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(text) }).end(text);
}

/** What the lab does not have it does not pretend to have. */
function notBuilt({ method, path }: Call): Answer {
  return {
    status: 501,
    body: { code: 501, message: `the lab does not have ${method} ${path}; lab/COVERAGE.md lists what it has` },
  };
}

async function readBody(request: http.IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function explained(
  error: NodeJS.ErrnoException,
  endpoint: string,
  { address, port }: { address: string; port: number },
): Error {
  const at = `${address}:${port}`;
  if (error.code === "EADDRINUSE")
    return new Error(
      `the lab cannot serve ${endpoint}: ${at} is in use; stop what listens there, or remove the lab's folder to get other ports`,
    );
  if (error.code === "EADDRNOTAVAIL")
    return new Error(
      `the lab cannot serve ${endpoint}: no interface has the address; in a network namespace run: ip address add ${address}/32 dev lo`,
    );
  if (error.code === "EACCES") return new Error(`the lab cannot serve ${endpoint}: port ${port} needs root`);
  return error;
}
