import type { SitePlan } from "../../plan/site-plan";
import { FACTORY_PASSWORD } from "../smtxos/host-model";
import { smtxosByHand } from "../smtxos/interventions";
import type { Builder } from "./builder";
import { machineOf } from "./cluster";

type Network = SitePlan["management"]["network"];
type Switch = SitePlan["management"]["switch"];

/** Fisheye's root: the plan's password, or, as the plan seldom tells one, that of the hosts' factory. */
function rootOf({ cluster }: SitePlan): { username: string; password: string } {
  return { username: "root", password: cluster.admin.password ?? FACTORY_PASSWORD };
}

/**
 * What stage 03 of the runbook does with the plan: root's password, VIP, name and time servers, CPU model, passwords
 * of hosts and accounts of their controllers as far as the plan tells them, switches and networks. The image of the
 * virtual machines' tools is not uploaded.
 */
export function configureCluster({ site, plan, call }: Builder): void {
  const root = rootOf(plan);
  const account = { ...root, encrypted: false };
  call({ method: "POST", path: "/api/v3/users:setupRoot", body: { ...account, repeat: root.password } });
  const { token } = call<{ token: string }>({ method: "POST", path: "/api/v3/sessions", body: account });
  const put = (path: string, body: unknown) => call({ method: "PUT", path, token, body });
  const { vip } = plan.cluster;
  if (vip) put("/api/v2/settings/vip", { management_vip: vip, iscsi_vip: null });
  if (plan.dns.length > 0) put("/api/v2/settings/dns", { dns_servers: plan.dns });
  if (plan.ntp.length > 0) put("/api/v2/settings/ntp", { ntp_mode: "external", ntp_servers: plan.ntp });
  const { data } = call<{ data: { cpu_models: string[] } }>({
    method: "GET",
    path: "/api/v2/elf/cluster_recommended_cpu_models",
    token,
  });
  put("/api/v2/elf/cluster_cpu_compatibility", { cpu_model: data.cpu_models[0] });
  setAccounts({ site, plan, call }, token);
  addNetworks({ site, plan, call }, token);
  letJobsEnd(site);
}

function setAccounts({ site, plan, call }: Builder, token: string): void {
  const byHand = smtxosByHand(site);
  for (const { management, ssh, root } of plan.hosts) {
    if (ssh.password && ssh.username === "smartx") byHand.setHostPassword(management, "smartx", ssh.password);
    if (root.password) byHand.setHostPassword(management, "root", root.password);
  }
  const accounts = plan.hosts.flatMap(({ name, management, bmc }) => {
    if (!bmc?.username || !bmc.password) return [];
    const { uuid } = machineOf(site.model, management);
    return [{ node_uuid: uuid, node_name: name, host: bmc.address, user: bmc.username, password: bmc.password }];
  });
  if (accounts.length > 0) call({ method: "POST", path: "/api/v2/ipmi/upsert_accounts", token, body: { accounts } });
}

/** Row 5 on the management switch, rows 7 and 8 to 18 on switches of their own; with 存储独立 rows 8 to 18 too are on the management switch. */
function addNetworks({ site, plan, call }: Builder, token: string): void {
  const { management, backup, business } = plan;
  const managementVds = vdsNamed(management.switch.name);
  if (management.extra) vlan(managementVds, management.extra);
  if (backup) vlan(addSwitch(backup.switch), backup.network);
  if (!business || business.networks.length === 0) return;
  const vds = business.switch ? addSwitch(business.switch) : managementVds;
  for (const network of business.networks) vlan(vds, network);

  function addSwitch({ name, nics, bondMode }: Switch): string {
    const hosts = plan.hosts.map(({ management, storage }) => ({
      host_uuid: machineOf(site.model, management).uuid,
      nics_associated: nics,
      data_ip: storage,
    }));
    const bond = nics.length > 1 && bondMode ? { bond_mode: bondMode } : {};
    call({ method: "POST", path: "/api/v2/network/vds", token, body: { name, ...bond, hosts_associated: hosts } });
    // Its networks wait for its job.
    letJobsEnd(site);
    return vdsNamed(name);
  }

  function vdsNamed(name: string): string {
    const found = site.model.cluster?.vdses.find((each) => each.name === name);
    if (!found) throw new Error(`no switch ${name} in the lab`);
    return found.uuid;
  }

  function vlan(vds: string, { name, vlan: vlan_id }: Network): void {
    call({ method: "POST", path: `/api/v2/network/vds/${vds}/vlans`, token, body: { name, vlan_id, vds_uuid: vds } });
  }
}

/** Every job that is under way ends. */
export function letJobsEnd(site: Builder["site"]): void {
  site.pass(1);
  site.advance();
  if (site.model.cluster?.openJobs.length) throw new Error("a job of the lab does not end");
}
