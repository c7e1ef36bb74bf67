import type { IncomingMessage } from "node:http";
import { onTestFinished } from "vitest";
import { z } from "zod";
import { manualClock } from "../kernel/fixtures/manual-clock.fixture";
import { json, stackFolder, wire } from "../kernel/fixtures/wire.fixture";
import { pathTo } from "../kernel/path";
import { createTrust } from "../kernel/trust";
import { cloudtower, type TowerCaller } from "./client";

const { startServer } = wire(onTestFinished);

export interface Row {
  id: string;
  cluster: string;
}
export interface Where {
  AND?: Where[];
  id?: string;
  id_in?: string[];
  id_gt?: string;
  cluster?: string;
}
export interface Request {
  where?: Where;
  orderBy?: string;
  first: number;
}

/** Ids with gaps, in no order; every other one of cluster B. */
export const rowsOf = (count: number): Row[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `c${String((i * 7) % count).padStart(3, "0")}`,
    cluster: i % 2 ? "B" : "A",
  }));

export function fits(row: Row, { AND = [], id, id_in, id_gt, cluster }: Where): boolean {
  return (
    AND.every((each) => fits(row, each)) &&
    (id === undefined || row.id === id) &&
    (id_in === undefined || id_in.includes(row.id)) &&
    (id_gt === undefined || row.id > id_gt) &&
    (cluster === undefined || row.cluster === cluster)
  );
}

async function bodyOf(request: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString()) as Request;
}

/** A list as the vendor's schema has it, unless `answer` says otherwise; `meanwhile` is done after each page. */
export async function startList(
  live: Row[],
  {
    longest = 100,
    meanwhile = () => {},
    answer,
    accepts = () => true,
  }: {
    longest?: number;
    meanwhile?: (page: number) => void;
    answer?: (request: Request) => Row[];
    /** Whether a key holds. */
    accepts?: (key: string | undefined) => boolean;
  } = {},
) {
  const requests: Request[] = [];
  const server = await startServer(async (message, response) => {
    const request = await bodyOf(message);
    if (!accepts(message.headers.authorization)) return json(response, 401, { message: "invalid token" });
    requests.push(request);
    const { where = {}, orderBy, first } = request;
    const found = live.filter((row) => fits(row, where));
    if (orderBy === "id_ASC") found.sort((a, b) => (a.id < b.id ? -1 : 1));
    json(response, 200, answer ? answer(request) : found.slice(0, Math.min(first, longest)));
    meanwhile(requests.length);
  });
  const caller = callerOf(server.port);
  const labels = {
    what: "labels",
    path: pathTo`/get-labels`,
    row: z.looseObject({ id: z.string(), cluster: z.string() }),
  };
  const list = (where?: Where) => cloudtower(caller).list({ ...labels, where: where as Record<string, unknown> });
  return { list, labels, caller, requests };
}

function callerOf(port: number): TowerCaller {
  const reach = { speed: 1, only: false, endpoints: {} };
  const clients = new Map<string, unknown>();
  const transport = {
    reach,
    clock: manualClock(),
    trust: createTrust({ folder: stackFolder(), reach, notice: () => {} }),
    timeoutMs: 5_000,
  };
  const shared = (key: string, make: () => unknown) => {
    if (!clients.has(key)) clients.set(key, make());
    return clients.get(key);
  };
  const connection = {
    name: "T",
    addresses: [`127.0.0.1:${port}`],
    password: "Canary-Key-1",
    scheme: "http",
    source: "API_KEY",
  };
  const { signal } = new AbortController();
  return { connection, signal, workspace: { shared, transport, clock: transport.clock } } as unknown as TowerCaller;
}
