import { mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkServerIdentity } from "node:tls";
import { type SitePlan, sitePlanSchema } from "../plan/site-plan";
import { layLabAuthority } from "../test/kit/lab-authority";
import { type Lab, type LabOptions, startLab } from "./lab";
import { runbookVm } from "./smtxos/runbook-vm";

const TOKEN = "e79b85fc18b7402fbcc0391fe8d7d24c";
export const [FIRST, SECOND, VIP] = ["10.0.20.101", "10.0.20.102", "10.0.20.10"];

/** A plan of so many hosts, 10.0.20.101 and up. */
export function labPlan(hosts = 3): SitePlan {
  return sitePlanSchema.parse({
    kind: "site",
    cluster: { name: "HCI-01", vip: VIP, boost: true },
    hosts: Array.from({ length: hosts }, (_, index) => ({
      name: `node-${String(index + 1).padStart(2, "0")}`,
      management: `10.0.20.${101 + index}`,
      storage: `10.0.21.${101 + index}`,
    })),
    management: {
      switch: { name: "VDS-MGT", nics: ["ens224", "ens192"], bondMode: "active-backup" },
      network: { name: "default", subnet: "10.0.20.0/24", gateway: "10.0.20.1" },
    },
    storage: {
      switch: { name: "VDS-SDS", nics: ["ens256", "ens161"], bondMode: "active-backup" },
      network: { name: "storage-network", subnet: "10.0.21.0/24" },
    },
  });
}

/** Runs `body` with a lab in a folder of its own, and ends both. */
export async function withLab(options: Partial<LabOptions>, body: (lab: Lab, dir: string) => Promise<void>) {
  const dir = mkdtempSync(join(tmpdir(), "lab-"));
  layLabAuthority(dir);
  const lab = await startLab({ plan: labPlan(), dir, speed: "instant", ...options });
  try {
    await body(lab, dir);
  } finally {
    await lab.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

export interface Asked {
  /** Address of the plan; the first host's unless told. */
  at?: string;
  port?: 80 | 443;
  /** Sent as JSON; a Buffer as it is. */
  body?: unknown;
  token?: string;
  headers?: Record<string, string>;
  /** Real milliseconds after which the client gives up. */
  timeout?: number;
}

export interface Reply {
  status: number;
  type: string;
  text: string;
  headers: http.IncomingHttpHeaders;
  body: Body;
}

/** What any answer of the lab may hold. */
export interface Body {
  ec?: string;
  data?: Record<string, unknown>;
  error?: { msg?: string };
  token?: string;
  message?: string;
  [key: string]: unknown;
}

/** One request on a connection of its own, by plain node:http or, verified by the lab's CA, node:https. */
export function ask(lab: Lab, method: string, path: string, asked: Asked = {}): Promise<Reply> {
  const { at = FIRST, port = 80, body, token = TOKEN, headers = {}, timeout } = asked;
  const [address, listening] = (lab.reach.endpoints[`${at}:${port}`] as string).split(":");
  const tls = {
    ca: lab.reach.ca,
    // The client goes to loopback, the certificate is for the planned address.
    checkServerIdentity: (_name: string, certificate: Parameters<typeof checkServerIdentity>[1]) =>
      checkServerIdentity(at, certificate),
  };
  const sent = body === undefined || Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const request = (port === 443 ? https : http).request(
      {
        host: address,
        port: listening,
        method,
        path,
        agent: false,
        headers: { "x-smartx-token": token, "content-type": "application/json", ...lengthOf(sent), ...headers },
        signal: timeout === undefined ? undefined : AbortSignal.timeout(timeout),
        ...(port === 443 ? tls : {}),
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.once("error", reject);
        response.once("end", () => {
          const type = response.headers["content-type"] ?? "";
          const parsed = type === "application/json" ? (JSON.parse(text) as Body) : {};
          resolve({ status: response.statusCode ?? 0, type, text, headers: response.headers, body: parsed });
        });
      },
    );
    request.once("error", reject);
    request.end(sent);
  });
}

/** Without it node sends the body of a DELETE as something after the request. */
function lengthOf(body: Buffer | undefined): Record<string, string> {
  return body ? { "content-length": String(body.length) } : {};
}

export interface Scan {
  host_uuid: string;
  host_ip: string;
  hostname: string;
  disks: { drive: string; function: string; model: string; serial: string; size: number; type: string }[];
  ifaces: { name: string; ipv4: string | null; ipv6: string | null; hwaddr: string }[];
}

export async function scan(lab: Lab, at: string): Promise<Scan> {
  return (await ask(lab, "GET", "/api/v2/deployment/host", { at })).body.data as unknown as Scan;
}

/** The vendor's request for the plan's hosts, written out by hand. */
export async function deployRequest(lab: Lab, plan: SitePlan) {
  const hosts = await Promise.all(
    plan.hosts.map(async (planned) => ({ planned, found: await scan(lab, planned.management) })),
  );
  const vds = ({ switch: { name, bondMode, nics } }: { switch: SitePlan["storage"]["switch"] }) => ({
    name,
    bond_mode: bondMode,
    hosts_associated: hosts.map(({ found }) => ({ host_uuid: found.host_uuid, nics_associated: [...nics] })),
  });
  const network = (type: "mgt" | "storage", attached: string, gateway?: string) => ({
    name: `${type}-network`,
    attached_vds: attached,
    network_type: type,
    network_config: {
      service: hosts.map(({ planned, found }) => ({
        host_uuid: found.host_uuid,
        service_interface_name: `port-${type}`,
        service_interface_ip: type === "mgt" ? planned.management : planned.storage,
        netmask: "255.255.255.0",
      })),
      ...(gateway === undefined ? {} : { route: [{ gateway }] }),
    },
    mode: { type: "vlan_access", network_identities: [0] },
  });
  return {
    platform: "kvm",
    cluster_name: plan.cluster.name,
    dns_server: ["127.0.0.1"],
    vdses: [vds(plan.management), vds(plan.storage)],
    networks: [
      network("mgt", plan.management.switch.name, "10.0.20.1"),
      network("storage", plan.storage.switch.name),
    ] as const,
    hosts: hosts.map(({ planned, found }, index) => ({
      host_ip: planned.management,
      host_uuid: found.host_uuid,
      hostname: planned.name,
      disk_data_with_cache: false,
      host_passwords: ["root", "smartx"].map((user) => ({ user, password: "c+G6KvJYsKyQyY4U" })),
      tags: [] as string[],
      ifaces: [
        { ip: planned.management, function: "mgt" },
        { ip: planned.storage, function: "storage" },
      ],
      disks: found.disks.filter((disk) => disk.function !== "boot"),
      is_master: index < (plan.hosts.length < 5 ? 3 : 5),
      with_faster_ssd_as_cache: true,
    })),
    ntp: { mode: "internal", ntp_server: null, current_time: "2026-01-04T07:49:20.978Z" },
    vhost_enabled: true,
    rdma_enabled: false,
  };
}

export async function deploy(lab: Lab, plan: SitePlan = labPlan()): Promise<Reply> {
  return ask(lab, "POST", "/api/v2/deployment/cluster", { body: await deployRequest(lab, plan) });
}

/** Sets Fisheye's root up and logs in. Returns the session's token. */
export async function logIn(lab: Lab, password = "Canary-Root-1"): Promise<string> {
  const account = { username: "root", password, encrypted: false };
  await ask(lab, "POST", "/api/v3/users:setupRoot", { body: { ...account, repeat: password } });
  return (await ask(lab, "POST", "/api/v3/sessions", { body: account })).body.token as string;
}

/** Calls in a session of a cluster that stands. */
export interface Session {
  token: string;
  call(method: string, path: string, body?: unknown): Promise<Reply>;
  /** The answer's data; throws when ec is not EOK. */
  data<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** The state of a job. */
  job(id: string): Promise<string>;
}

/** Deploys the plan, whole, and logs in. */
export async function standing(lab: Lab, plan: SitePlan = labPlan()): Promise<Session> {
  await deploy(lab, plan);
  lab.site.pass(30);
  return sessionOf(lab, await logIn(lab));
}

export function sessionOf(lab: Lab, token: string): Session {
  const call = (method: string, path: string, body?: unknown) => ask(lab, method, `/api/v2${path}`, { token, body });
  async function data<T>(method: string, path: string, body?: unknown): Promise<T> {
    const reply = await call(method, path, body);
    if (reply.body.ec !== "EOK") throw new Error(`${method} ${path}: ${reply.status} ${reply.text}`);
    return reply.body.data as T;
  }
  const job = async (id: string) => (await data<{ job: { state: string } }>("GET", `/jobs/${id}`)).job.state;
  return { token, call, data, job };
}

/** A request for a switch with these ports of every host of the plan. */
export function vdsRequest(lab: Lab, name: string, nics: string[], bond_mode?: string) {
  const hosts_associated = lab.site.model.hosts.map((host) => ({
    host_uuid: host.uuid,
    nics_associated: nics,
    data_ip: host.storageIp,
  }));
  return { name, ...(bond_mode && { bond_mode }), hosts_associated };
}

/** The runbook's request for CloudTower's machine, on the management switch's own network, from this image. */
export async function towerVm(session: Session, image: string) {
  const [policy] = await session.data<{ uuid: string }[]>("GET", "/storage_policies");
  const switches = await session.data<{ uuid: string; name: string; ovsbr_name: string }[]>("GET", "/network/vds");
  const vds = switches.find(({ name }) => name === "VDS-MGT");
  const vlans = `/network/vds/${vds?.uuid}/vlans`;
  const { entities } = await session.data<{ entities: { uuid: string; name: string }[] }>("GET", vlans);
  const vlan = entities.find(({ name }) => name === "default");
  const nic = { ovs: vds?.ovsbr_name, vlan_uuid: vlan?.uuid, model: "virtio", mirror: false, link: "up" };
  return runbookVm({ policy: policy?.uuid, nic, image });
}

/** A volume as the site answers with it. */
export interface Volume {
  chunk_size: number;
  image_path: string;
  image_uuid: string;
  to_upload: number[];
  zbs_volume_id: string;
}

/** Makes the volume of an ISO image. */
export function isoVolume(session: Session, name: string, size: number): Promise<Volume> {
  return session.data("POST", `/images/upload/volume?name=${name}&size=${size}&device=nfs&description=&task_id=2`);
}

/** Sends one chunk in a form, as browsers do, to a path under /api/v2. */
export async function sendChunk(
  lab: Lab,
  token: string,
  path: string,
  volume: Volume,
  number: number,
  bytes: Buffer<ArrayBuffer>,
  field = "file",
): Promise<Reply> {
  const form = new FormData();
  form.append(field, new Blob([bytes]), "image.iso");
  const packed = new Response(form);
  const query = `zbs_volume_id=${volume.zbs_volume_id}&chunk_num=${number}&image_uuid=${volume.image_uuid}`;
  const headers = { "content-type": packed.headers.get("content-type") ?? "" };
  const body = Buffer.from(await packed.arrayBuffer());
  return ask(lab, "POST", `/api/v2${path}?${query}`, { token, headers, body });
}

/** Uploads a small ISO image, whole. */
export async function wholeIso(lab: Lab, session: Session, name: string, bytes: Buffer<ArrayBuffer>): Promise<Volume> {
  const volume = await isoVolume(session, name, bytes.length);
  await sendChunk(lab, session.token, "/images/upload", volume, 0, bytes);
  return volume;
}
