import { parse, parseCIDR } from "ipaddr.js";
import type { SitePlan } from "../../plan/site-plan";
import { CLOUDTOWER_PASSWORD, HOME, INSTALLER, PREINSTALL } from "../guest/guest-model";
import { guestMachine } from "../guest/machine";
import type { LabCluster } from "../smtxos/cluster-model";
import { runbookVm } from "../smtxos/runbook-vm";
import { openSession } from "../smtxos/session";
import type { SshTerminal } from "../ssh-terminal";
import type { Builder } from "./builder";
import { netmaskOf } from "./cluster";
import { letJobsEnd } from "./configured";
import { uploadImage } from "./image";

/** CloudTower's root: the plan's password, or its factory's (runbook stage 04 配置cloudtower 管理员密码). */
function towerRoot({ cloudtower }: SitePlan): { username: string; password: string } {
  return { username: "root", password: cloudtower?.password ?? CLOUDTOWER_PASSWORD };
}

/** Stages 04 and 05 of the runbook: CloudTower's machine, its installation and first accounts, and the cluster in it. */
export async function addCloudTower(builder: Builder): Promise<void> {
  const { site, plan } = builder;
  const { token } = openSession(site, "root");
  addMachine(builder, token);
  const resolv = plan.dns.map((server) => `nameserver ${server}\n`).join("");
  await inGuest(builder, "sudo -n tee /etc/resolv.conf > /dev/null", resolv);
  await inGuest(builder, `nohup sudo -n sh ${PREINSTALL} > /dev/null 2>&1 < /dev/null &`);
  site.pass(1);
  await inGuest(builder, `nohup sudo -n ${INSTALLER} deploy >> ${HOME}/installer.out 2>&1 < /dev/null &`);
  site.pass(21);
  site.advance();
  if (!site.model.cloudtower) throw new Error("the installer of the lab's CloudTower does not end");
  connectCluster(builder);
}

function addMachine({ site, plan, call }: Builder, token: string): void {
  const address = plan.cloudtower?.address ?? "";
  const network = networkOf(plan, address);
  const fisheye = <T>(method: "GET" | "POST" | "PUT", path: string, body?: unknown) =>
    call<{ data: T }>({ method, path: `/api/v2${path}`, token, body }).data;
  const nic = nicOn(site.model.cluster as LabCluster, plan, network, fisheye);
  const [policy] = fisheye<{ uuid: string }[]>("GET", "/storage_policies");
  fisheye("POST", "/vms", runbookVm({ policy: policy?.uuid, nic, image: uploadImage(call, token, "cloudtower.iso") }));
  letJobsEnd(site);
  // Until its operating system is installed.
  site.pass(16);
  const vm = site.model.cluster?.vms.at(-1);
  const addressed = { ip_address: address, subnet_mask: netmaskOf(network.subnet), gateway: network.gateway ?? "" };
  fisheye("PUT", `/vms/${vm?.uuid}`, { nics: [{ ...nic, mac_address: vm?.nics[0]?.mac, ...addressed }] });
  letJobsEnd(site);
}

/** The network that has CloudTower's address: row 5 where it is used and has it, row 4 otherwise. */
function networkOf({ management: { network, extra } }: SitePlan, address: string): SitePlan["management"]["network"] {
  return extra && parse(address).match(parseCIDR(extra.subnet)) ? extra : network;
}

/** A port of the network; row 4 is the platform's own `default` (facts/planning-workbook.md, D4). */
function nicOn(
  { vdses, vlans }: LabCluster,
  { management }: SitePlan,
  network: SitePlan["management"]["network"],
  fisheye: <T>(method: "GET", path: string) => T,
) {
  const vds = vdses.find(({ name }) => name === management.switch.name);
  const on = vlans.filter(({ vds: of, use }) => of === vds?.uuid && use === "vm");
  const vlan =
    network === management.network
      ? on.find(({ name }) => name === "default")
      : on.find(({ name }) => name === network.name);
  const shown = fisheye<{ uuid: string; ovsbr_name: string }[]>("GET", "/network/vds");
  const ovs = shown.find(({ uuid }) => uuid === vds?.uuid)?.ovsbr_name;
  return { ovs, vlan_uuid: vlan?.uuid, model: "virtio", mirror: false, link: "up" };
}

/** Runs a command in the guest as over SSH; throws what it says when it fails. */
async function inGuest({ site }: Builder, command: string, input = ""): Promise<void> {
  let said = "";
  const say = (text: string) => {
    said += text;
  };
  const terminal: SshTerminal = {
    pty: false,
    out: say,
    err: say,
    secretLine: async () => undefined,
    rest: async () => input,
    end: () => {},
  };
  const never = new AbortController().signal;
  const session = { user: "cloudtower", terminal, fault: {}, lost: never, cut: () => {} };
  const { code } = await guestMachine(site, never).read(command).run(session);
  if (code !== 0) throw new Error(`${command} in the lab's guest ends with ${code}: ${said}`);
}

function connectCluster({ site, plan, call }: Builder): void {
  const root = towerRoot(plan);
  const rest = <T>(path: string, body: unknown, tower: string | null) =>
    call<T>({ method: "POST", path: `/v2/api${path}`, body, tower });
  rest("/create-root-user", { password: root.password }, null);
  const login = rest<{ data: { token: string } }>("/login", { ...root, source: "LOCAL" }, null);
  const { token } = login.data;
  type Made = { data: { id: string } }[];
  const [organization] = rest<Made>("/create-organization", [{ name: plan.customer ?? plan.cluster.name }], token);
  const wanted = { name: plan.datacenter ?? plan.cluster.name, organization_id: organization?.data.id };
  const [datacenter] = rest<Made>("/create-datacenter", [wanted], token);
  const ip = plan.cluster.vip ?? plan.hosts[0]?.management;
  const account = { username: "root", password: site.model.cluster?.rootPassword };
  rest("/connect-cluster", [{ ip, ...account, datacenter_id: datacenter?.data.id }], token);
  site.pass(10);
  site.advance();
  const [cluster] = site.model.cloudtower?.clusters ?? [];
  if (cluster?.state !== "CONNECTED")
    throw new Error(`the lab's CloudTower does not connect ${ip}: ${cluster?.reason}`);
}
