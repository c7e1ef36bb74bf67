import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface StoredThing {
  id: string;
  name: string;
  size: number;
  zone: string;
  tags: string[];
  text: string;
  secret: string;
  mark: string;
  /** Counted up by each write. */
  revision: number;
}

type Job = { thing: string; looks: number; outcome: "done" | "failed" | "left" };

export interface StoreState {
  things: StoredThing[];
  jobs: Record<string, Job>;
  limit: number;
  setup: { owner: string; looks: number; failed: boolean } | undefined;
  made: number;
}

/** What a fault does to the request that it meets; a job that fails leaves nothing, or the thing; `hang` commits once released, unless its client is gone by then. */
type FaultKind =
  | "resetBefore"
  | "resetAfter"
  | "hang"
  | "expire"
  | "html502"
  | "halfBody"
  | "jobFails"
  | "jobFailsLeft"
  | "refuse";

export interface Fault {
  kind: FaultKind;
  /** As the record names it: `createThing`. Any operation unless told. */
  operation?: string;
  /** The how-manieth matching request, from 1; the next one unless told. */
  nth?: number;
}

export interface Recorded {
  operation: string;
  method: string;
  path: string;
  body: unknown;
  write: boolean;
  committed: boolean;
}

export interface StoreServer {
  /** `127.0.0.1:port` */
  address: string;
  /** What stands. Tests change it to make drift. */
  state: StoreState;
  readonly requests: Recorded[];
  writes(): Recorded[];
  clearRequests(): void;
  fault(fault: Fault): void;
  clearFaults(): void;
  /** Resolves once a request hangs. */
  hanging(): Promise<void>;
  /** Lets hanging requests go on to their commit. */
  release(): void;
  /** How many looks a job takes until it has ended. */
  jobLooks: number;
  close(): Promise<void>;
}

export const STORE_LOGIN = { username: "keeper", password: "Canary-Store-Login-1" };

const ROUTES: [operation: string, method: string, path: RegExp][] = [
  ["login", "POST", /^\/login$/],
  ["listThings", "GET", /^\/things$/],
  ["createThing", "POST", /^\/things$/],
  ["getThing", "GET", /^\/things\/([^/]+)$/],
  ["updateThing", "PUT", /^\/things\/([^/]+)$/],
  ["deleteThing", "DELETE", /^\/things\/([^/]+)$/],
  ["getJob", "GET", /^\/jobs\/([^/]+)$/],
  ["getLimit", "GET", /^\/settings\/limit$/],
  ["setLimit", "PUT", /^\/settings\/limit$/],
  ["getSetup", "GET", /^\/setup$/],
  ["setUp", "POST", /^\/setup$/],
  ["getInfo", "GET", /^\/info$/],
];

interface Answer {
  status: number;
  body?: unknown;
}

/**
 * A made-up vendor on loopback: bare JSON, log-in by token. It runs in the test's own process, so that it
 * outlives every provider that is killed, and it lets two things have one name, so that doubles show.
 */
export async function startStore(): Promise<StoreServer> {
  const requests: Recorded[] = [];
  let faults: (Fault & { left: number })[] = [];
  let token = 0;
  const held: (() => void)[] = [];
  let announceHang = () => {};
  let hang = new Promise<void>((resolve) => {
    announceHang = resolve;
  });

  const store: StoreServer = {
    address: "",
    state: { things: [], jobs: {}, limit: 10, setup: undefined, made: 0 },
    requests,
    writes: () => requests.filter((request) => request.write),
    clearRequests: () => void requests.splice(0),
    fault: (fault) => void faults.push({ ...fault, left: fault.nth ?? 1 }),
    clearFaults: () => {
      faults = [];
    },
    hanging: () => hang,
    release() {
      for (const go of held.splice(0)) go();
      hang = new Promise<void>((resolve) => {
        announceHang = resolve;
      });
    },
    jobLooks: 1,
    async close() {
      store.release();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  /** The fault that meets this request, if any; each is met once. */
  function faultFor(operation: string): FaultKind | undefined {
    const met = faults.find((fault) => (fault.operation ?? operation) === operation && --fault.left === 0);
    faults = faults.filter((fault) => fault !== met);
    return met?.kind;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://store");
    const body = await readJson(request);
    const route = ROUTES.find(([, method, path]) => method === request.method && path.test(url.pathname));
    if (!route) return send(response, { status: 501, body: { error: "no such operation" } });
    const [operation, method, path] = route;
    const write = method !== "GET" && operation !== "login";
    const entry: Recorded = { operation, method, path: url.pathname, body, write, committed: false };
    requests.push(entry);
    const commit = () => {
      entry.committed = true;
      return carryOut(operation, path.exec(url.pathname)?.[1] ?? "", url, body);
    };

    const fault = faultFor(operation);
    if (fault === "resetBefore") return void request.socket.destroy();
    if (fault === "html502") return void response.writeHead(502, { "content-type": "text/html" }).end("<h1>Bad</h1>");
    if (fault === "refuse") return send(response, { status: 409, body: { error: "the shelf is being moved" } });
    if (fault === "expire") token += 1;
    if (fault === "hang") {
      const going = new Promise<void>((resolve) => held.push(resolve));
      announceHang();
      await going;
    }
    if (operation !== "login" && request.headers.authorization !== `token ${token}`) {
      return send(response, { status: 401, body: { error: "log in first" } });
    }
    const answer = commit();
    if (fault === "resetAfter") return void request.socket.destroy();
    const outcome = fault === "jobFails" ? "failed" : fault === "jobFailsLeft" ? "left" : undefined;
    if (outcome && operation === "setUp" && store.state.setup) store.state.setup.failed = true;
    if (outcome) for (const job of Object.values(store.state.jobs)) job.outcome = outcome;
    if (fault === "halfBody") {
      const text = JSON.stringify(answer.body ?? {});
      response.writeHead(answer.status, { "content-type": "application/json", "content-length": text.length });
      response.write(text.slice(0, text.length / 2));
      return void setImmediate(() => request.socket.destroy());
    }
    send(response, answer);
  }

  function carryOut(operation: string, id: string, url: URL, body: Record<string, unknown>): Answer {
    const { state } = store;
    const thing = state.things.find((each) => each.id === id);
    const missing = { status: 404, body: { error: `no thing ${id}` } };
    switch (operation) {
      case "login":
        if (body.username !== STORE_LOGIN.username || body.password !== STORE_LOGIN.password)
          return { status: 401, body: { error: "wrong user or password" } };
        return { status: 200, body: { token: String(token) } };
      case "listThings":
        return { status: 200, body: state.things.filter((each) => each.name === url.searchParams.get("name")) };
      case "createThing": {
        state.made += 1;
        const made = { id: `t-${state.made}`, revision: 1, size: 0, tags: [], text: "", secret: "", mark: "" };
        state.things.push({ ...made, zone: String(body.zone), name: String(body.name), mark: String(body.mark ?? "") });
        const job = `j-${state.made}`;
        state.jobs[job] = { thing: made.id, looks: store.jobLooks, outcome: "done" };
        return { status: 202, body: { id: made.id, job } };
      }
      case "getThing":
        return thing ? { status: 200, body: thing } : missing;
      case "updateThing":
        if (!thing) return missing;
        Object.assign(thing, body, { revision: thing.revision + 1 });
        // This vendor keeps its own separator and order.
        thing.text = thing.text.replaceAll(",", ";");
        thing.tags.sort();
        return { status: 200, body: thing };
      case "deleteThing":
        if (!thing) return missing;
        state.things = state.things.filter((each) => each !== thing);
        return { status: 204 };
      case "getJob": {
        const job = state.jobs[id];
        if (!job) return { status: 404, body: { error: `no job ${id}` } };
        job.looks -= 1;
        if (job.looks > 0) return { status: 200, body: { state: "running", progress: 50 } };
        if (job.outcome !== "done") {
          if (job.outcome === "failed") state.things = state.things.filter((each) => each.id !== job.thing);
          return { status: 200, body: { state: "failed", progress: 50, error: "shelf is full" } };
        }
        return { status: 200, body: { state: "done", progress: 100 } };
      }
      case "getLimit":
        return { status: 200, body: { limit: state.limit } };
      case "setLimit":
        state.limit = Number(body.limit);
        return { status: 200, body: { limit: state.limit } };
      case "getSetup":
        if (state.setup && state.setup.looks > 0) state.setup.looks -= 1;
        return { status: 200, body: setupAnswer(state) };
      case "setUp":
        if (state.setup && !(state.setup.failed && state.setup.looks === 0))
          return { status: 409, body: { error: "set up already" } };
        state.setup = { owner: String(body.owner), looks: store.jobLooks, failed: false };
        return { status: 202, body: setupAnswer(state) };
      default:
        return { status: 200, body: { version: "1.2.3" } };
    }
  }

  const server: Server = createServer((request, response) => {
    serve(request, response).catch(() => request.socket.destroy());
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  store.address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return store;
}

function setupAnswer({ setup }: StoreState) {
  if (!setup) return { state: "absent" };
  return { state: setup.looks > 0 ? "running" : setup.failed ? "failed" : "done", owner: setup.owner };
}

/** Everything that a request brought along. */
async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  return text ? (JSON.parse(text) as Record<string, unknown>) : {};
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
