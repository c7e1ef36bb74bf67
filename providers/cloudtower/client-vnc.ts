import { isIPv6 } from "node:net";
import { z } from "zod";
import { Refused } from "../kernel/errors";
import { pathTo } from "../kernel/path";
import { registerSecret } from "../kernel/redact";
import { cloudtower, type TowerCaller } from "./client";
import { TowerRefused } from "./refusals";

/** Which way a viewer goes: CloudTower hands it on, or it reaches the cluster itself. */
export type VncWay = "tower" | "cluster";

const restAnswer = z.looseObject({ redirect: z.string(), direct: z.string().nullish(), cluster_ip: z.string() });

const fields = "vm_uuid host_ip cluster_ip raw_token";
const query = (more = "") => `query vnc($input: VncInput!) { vnc(input: $input) { ${fields}${more} } }`;
const graphqlAnswer = z.looseObject({
  vnc: z.looseObject({
    vm_uuid: z.string().min(1),
    host_ip: z.string().min(1),
    cluster_ip: z.string().min(1),
    raw_token: z.string().min(1),
    token: z.string().min(1).nullish(),
  }),
});

/**
 * The address of a machine's screen for noVNC, `wss://…/websockify/?uuid=…&token=…&host=…`: by /get-vm-vnc-info, which
 * CloudTower has from 4.0 on, or by GraphQL (cloudtower-api-guide, 如何获取 VNC 信息). Its token is a secret from here on.
 */
export async function vncAddress(caller: TowerCaller, vm: { id: string; name: string }, way: VncWay): Promise<string> {
  return (await byRest(caller, vm, way)) ?? (await byGraphql(caller, vm, way));
}

/** Undefined where there is no such call, or where it tells no address: what its texts hold is not documented. */
async function byRest(caller: TowerCaller, { id, name }: { id: string; name: string }, way: VncWay) {
  try {
    const { redirect, direct, cluster_ip } = await cloudtower(caller).read({
      operation: `read the way to the screen of ${name}`,
      path: pathTo`/get-vm-vnc-info`,
      body: { vm: { id } },
      schema: restAnswer,
    });
    return way === "tower" ? addressIn(redirect, towerOf(caller)) : direct ? addressIn(direct, cluster_ip) : undefined;
  } catch (error) {
    if (error instanceof Refused && (error.status === 404 || error.status === 405)) return undefined;
    throw error;
  }
}

/** A whole address, or its path alone. */
function addressIn(text: string, host: string): string | undefined {
  const base = `wss://${inAddress(host)}`;
  if (!URL.canParse(text, base)) return undefined;
  const address = new URL(text, base);
  if (!address.pathname.includes("/websockify")) return undefined;
  if (!["uuid", "token", "host"].every((name) => address.searchParams.has(name))) return undefined;
  address.protocol = "wss:";
  keepSecret(address.searchParams.get("token") ?? "");
  return address.href;
}

async function byGraphql(caller: TowerCaller, { id, name }: { id: string; name: string }, way: VncWay) {
  const ask = (more?: string) =>
    cloudtower(caller).query({
      operation: `read the way to the screen of ${name}`,
      query: query(more),
      variables: { input: { vm: { id } } },
      schema: graphqlAnswer,
    });
  const { vnc } = await ask(" token").catch((error) => {
    // A CloudTower whose vnc has no token for the way through itself takes raw_token there.
    if (error instanceof TowerRefused) return ask();
    throw error;
  });
  const { vm_uuid, host_ip, cluster_ip, raw_token } = vnc;
  const token = (way === "tower" && vnc.token) || raw_token;
  for (const each of [raw_token, vnc.token ?? ""]) keepSecret(each);
  const host = way === "tower" ? towerOf(caller) : cluster_ip;
  const asked = `uuid=${encodeURIComponent(vm_uuid)}&token=${encodeURIComponent(token)}&host=${encodeURIComponent(host_ip)}`;
  return `wss://${inAddress(host)}/websockify/?${asked}`;
}

function keepSecret(token: string): void {
  registerSecret(token);
  registerSecret(encodeURIComponent(token));
}

function towerOf({ connection }: TowerCaller): string {
  return connection.addresses[0] ?? "";
}

function inAddress(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}
