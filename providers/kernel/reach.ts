import { isIPv6 } from "node:net";
import { z } from "zod";
import { BadFile, CannotReach } from "./errors";
import { readIfThere } from "./files";

const ENDPOINT = /^(\[[0-9a-fA-F:.]+\]|[^\s[\]:/]+):(\d{1,5})$/;

/** `host:port`, as the user's file has it. */
export const endpointSchema = z
  .string()
  .refine((text) => isPort(ENDPOINT.exec(text)?.[2]), "must be host:port, an IPv6 address in brackets");

function isPort(digits: string | undefined): boolean {
  return Number(digits) >= 1 && Number(digits) <= 65_535;
}

const reachSchema = z.strictObject({
  lab: z.boolean().default(false),
  namespace: z.string().optional(),
  speed: z.union([z.number().positive(), z.literal("instant")]).default(1),
  only: z.boolean().default(false),
  ca: z.string().optional(),
  hostKeys: z.record(endpointSchema, z.array(z.string())).default({}),
  endpoints: z.record(endpointSchema, endpointSchema).default({}),
});

/** Where a stack's endpoints are really reached: the lab's ports, NAT, port forwards (reach.json). */
export interface Reach {
  /** Whether a lab has written the file and serves the endpoints in it: no real site is behind them. */
  lab?: boolean;
  /** The network namespace (`net:[…]`) of a lab that has the plan's own addresses. */
  namespace?: string;
  /** How many times faster than real time the site works; `instant` where its jobs are done at the first look. */
  speed: number | "instant";
  /** Whether only the listed endpoints may be spoken to. */
  only: boolean;
  /** PEM of an authority that is trusted for the listed endpoints. */
  ca?: string;
  /** Fingerprints (`SHA256:…`) of the SSH host keys that the listed endpoints may show. */
  hostKeys?: Record<string, string[]>;
  /** `host:port` as the plan has it → `host:port` to dial; IPv6 in brackets. */
  endpoints: Record<string, string>;
  /** The file that this was read from. */
  file?: string;
}

export interface Endpoint {
  host: string;
  port: number;
}

/** Reads reach.json. Without a file every endpoint is reached under its own address. */
export function readReach(file: string | undefined): Reach {
  const text = file === undefined ? undefined : readIfThere(file);
  if (text === undefined) return { ...reachSchema.parse({}), file };
  const result = reachSchema.safeParse(parseJson(text, file));
  if (!result.success) {
    const issue = result.error.issues[0];
    const at = issue && issue.path.length > 0 ? ` at ${z.core.toDotPath(issue.path)}` : "";
    throw new BadFile(`${file}${at}: ${issue?.message ?? "not a reach file"}`, HOW);
  }
  const reach = result.data;
  const endpoints = Object.entries(reach.endpoints).map(([from, to]) => [canonical(from), to]);
  return { ...reach, endpoints: Object.fromEntries(endpoints), file };
}

const HOW =
  'expected {"speed": 1, "only": false, "endpoints": {"host:port": "host:port"}}; the lab writes it at each start';

function parseJson(text: string, file: string | undefined): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BadFile(`${file} is not JSON: ${(error as Error).message}`, HOW, { cause: error });
  }
}

/** `host:port` with IPv6 in brackets and one spelling for each address: the name of an endpoint everywhere. */
export function endpointName(host: string, port: number): string {
  const bare = host.replace(/^\[|\]$/g, "");
  // The URL parser shortens IPv6 to its one canonical form.
  const name = isIPv6(bare) ? new URL(`http://[${bare}]`).hostname : bare.toLowerCase();
  return `${name}:${port}`;
}

/** The parts of `host:port`, without brackets. Throws on anything else. */
export function parseEndpoint(text: string): Endpoint {
  const match = ENDPOINT.exec(text);
  if (!match?.[1] || !isPort(match[2])) throw new BadFile(`"${text}" is not host:port`);
  return { host: match[1].replace(/^\[|\]$/g, ""), port: Number(match[2]) };
}

function canonical(text: string): string {
  const { host, port } = parseEndpoint(text);
  return endpointName(host, port);
}

/** Whether reach.json says where to dial this endpoint. */
export function isMapped(reach: Reach, host: string, port: number): boolean {
  return Object.hasOwn(reach.endpoints, endpointName(host, port));
}

/**
 * Where to dial an endpoint; undefined when the file allows its own endpoints only and lacks this one. A lab's file
 * always allows its own only, unless the lab has the plan's own addresses.
 */
export function resolve(reach: Reach, host: string, port: number): Endpoint | undefined {
  const mapped = reach.endpoints[endpointName(host, port)];
  if (mapped !== undefined) return parseEndpoint(mapped);
  const listedOnly = reach.only || (reach.lab && reach.namespace === undefined);
  return listedOnly ? undefined : { host: host.replace(/^\[|\]$/g, ""), port };
}

/** Where to dial an endpoint. Throws CannotReach (nothing sent) when the reach file does not allow it. */
export function whereToDial(reach: Reach, host: string, port: number): Endpoint {
  const where = resolve(reach, host, port);
  if (where) return where;
  throw new CannotReach(`${reach.file ?? "the reach file"} knows no endpoint ${endpointName(host, port)}`, {
    sent: false,
    hint: reach.lab
      ? "in a lab nothing else is spoken to: start it with a plan that has this address"
      : "with `only` set nothing else is spoken to: add this address, or remove `only`",
  });
}

/** The factor that every sleep and vendor deadline is divided by. */
export function speedFactor(reach: Reach): number {
  return reach.speed === "instant" ? 1_000 : reach.speed;
}
