import type { LabClock } from "./clock";
import { towerChange } from "./cloudtower/advance";
import { newTower } from "./cloudtower/new-tower";
import type { LabTower, TowerVersion } from "./cloudtower/tower-model";
import { type GuestLook, guestChange, nextGuestMoment } from "./guest/advance";
import type { LabGuest } from "./guest/guest-model";
import { type Deployment, FACTORY_NAME, type LabHost, type Model, type ModelFile } from "./model";
import type { LabCluster, LabVds, LabVlan, LabVm } from "./smtxos/cluster-model";
import { endJob, failedVds, failedVm, jobsDue } from "./smtxos/job-end";
import { newCluster } from "./smtxos/new-cluster";
import type { SwitchStates } from "./switch";
import { Waiting } from "./waiting";

const MINUTE = 60_000;

/**
 * A deployment over its time, minutes of the site. The stage names but for the first are made up (the runbook
 * shows one); what is known is that the hosts reconfigure their network and that connections break meanwhile.
 */
export const STAGES: { until: number; name: string; reachable: boolean }[] = [
  { until: 2, name: "prepare_network_and_config_file", reachable: true },
  { until: 4, name: "configure_network", reachable: false },
  { until: 9, name: "install_services", reachable: true },
  { until: 16, name: "create_storage_pool", reachable: true },
  { until: 18, name: "restart_services", reachable: false },
  { until: 22, name: "verify_cluster", reachable: true },
];
/** The fixed token of a host that is not deployed (runbook, stage 01). */
export const PREDEPLOY_TOKEN = "e79b85fc18b7402fbcc0391fe8d7d24c";

const SESSION_LIFE = 7 * 24 * 60 * MINUTE;

/** When a deployment ends or stays where it is, milliseconds after its start. */
function endOf({ endsAt }: Deployment): number {
  const stage = STAGES[Math.min(endsAt ?? STAGES.length, STAGES.length) - 1] ?? STAGES[0];
  return (stage?.until ?? 0) * MINUTE;
}

/** The living site: what calls change, and what tests and the demo change behind a client's back. */
export class SiteState {
  private readonly listeners: (() => Promise<void>)[] = [];
  private readonly waiting: Waiting;

  /** Ends once what the last change brought up or took down is so. */
  settled: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly file: ModelFile,
    private readonly clock: LabClock,
    readonly switches: SwitchStates,
    /** Where CloudTower goes, and which; without an address the plan has none. */
    private readonly towerPlan: { address: string | undefined; version: TowerVersion },
    /** Sites of other labs whose clusters its CloudTower reaches too. */
    readonly neighbours: readonly SiteState[] = [],
    /** Beside the site: ids made here are none that the site itself gives later. */
    private readonly aside = false,
  ) {
    this.waiting = new Waiting(clock);
  }

  get model(): Readonly<Model> {
    return this.file.model;
  }

  get now(): number {
    return this.clock.now();
  }

  /** Whether work that is due at a moment of the site's time is done: with `instant` at the first look. */
  isDue(moment: number): boolean {
    return this.clock.instant || this.now >= moment;
  }

  /** A new id for something of this name: the same in every site of one seed, whatever else is made meanwhile. */
  id(name: string): string {
    const { ids } = this.file.model;
    const count = (ids[name] ?? 0) + 1;
    ids[name] = count;
    return this.file.ids.uuid(`${this.aside ? "aside " : ""}${name} ${count}`);
  }

  /** An id of what the site has one of. */
  fixedId(name: string): string {
    return this.file.ids.uuid(name);
  }

  /** As id and fixedId, in the form of CloudTower's ids. */
  cuid(name: string): string {
    return this.file.ids.cuid(this.id(name));
  }

  fixedCuid(name: string): string {
    return this.file.ids.cuid(name);
  }

  mac(name: string): string {
    return this.file.ids.mac(name);
  }

  /** The same site in its own time on a copy of a model: what changes there is neither kept nor seen by anybody. */
  apart(model: Model): SiteState {
    const file = { model: structuredClone(model), ids: this.file.ids, save: () => {} };
    const neighbours = this.neighbours.map((each) => each.apart(each.model));
    return new SiteState(file, this.clock, this.switches, this.towerPlan, neighbours, true);
  }

  /** Every change goes through here, so that it is on disk before it is answered. */
  change(change: (model: Model) => void): void {
    change(this.file.model);
    this.file.model.time = this.now;
    this.file.save();
    this.settled = Promise.all(this.listeners.map((listener) => listener()));
    this.waiting.wake();
  }

  /** Resolves at a moment of the site's time or at the next change before it; rejects when it is aborted. */
  until(moment: number, signal: AbortSignal): Promise<void> {
    return this.waiting.until(moment, signal);
  }

  /** Looks at the guests when something is due there, for clients that ask for nothing but an open port. Ends when it is aborted. */
  async watchGuests(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.advanceGuests();
      await this.until(nextGuestMoment(this.look) ?? Number.POSITIVE_INFINITY, signal).catch(() => {});
    }
  }

  onChange(listener: () => Promise<void>): void {
    this.listeners.push(listener);
  }

  /** Brings the model to this moment: what was under way may have ended. */
  advance(): void {
    this.endDeployment();
    this.endJobs();
    this.advanceGuests();
    for (const neighbour of this.neighbours) neighbour.advance();
    const change = towerChange(this);
    if (change) this.change(change);
  }

  private get look(): GuestLook {
    return {
      model: this.model,
      now: this.now,
      isDue: (moment) => this.isDue(moment),
      switches: this.switches,
      address: this.towerPlan.address,
      installed: (model, vm) => this.putTower(model, vm),
    };
  }

  /** The machine whose guest answers at CloudTower's address, by uuid. */
  get towerGuest(): string | undefined {
    const guests = Object.entries(this.model.cluster?.guests ?? {});
    return guests.find(([, guest]) => guest.up)?.[0];
  }

  /** Whether an installed CloudTower answers: always, unless the machine that it runs on is off. */
  get towerAnswers(): boolean {
    const { cloudtower, cluster } = this.model;
    if (!cloudtower) return false;
    return cloudtower.vm === undefined || (cluster?.guests[cloudtower.vm]?.up ?? false);
  }

  private advanceGuests(): void {
    const change = guestChange(this.look);
    if (change) this.change(change);
  }

  private putTower(model: Model, vm?: string): void {
    const { address, version } = this.towerPlan;
    if (address === undefined) throw new Error("the plan has no CloudTower: its cloudtower.address is missing");
    model.cloudtower ??= { ...newTower(address, version, this.file.ids, this.now), ...(vm !== undefined && { vm }) };
  }

  private endJobs(): void {
    const { cluster } = this.model;
    if (!cluster) return;
    const due = jobsDue(cluster, this.now, this.clock.instant);
    if (due.length === 0) return;
    this.change((model) => {
      const keep = { vds: this.switches.of(failedVds) === "left", vm: this.switches.of(failedVm) === "left" };
      for (const id of due) endJob(this.clusterOf(model), id, keep, (moment) => this.isDue(moment));
    });
  }

  private endDeployment(): void {
    const { deployment } = this.model;
    if (!deployment || this.elapsed < endOf(deployment) || deployment.outcome === "never-ends") return;
    this.change((model) => {
      delete model.deployment;
      for (const planned of deployment.hosts) {
        const host = model.hosts.find((each) => each.uuid === planned.uuid) as LabHost;
        host.remains = true;
        if (deployment.outcome === "fails") continue;
        Object.assign(host, {
          deployed: true,
          hostname: planned.hostname,
          managementIp: planned.managementIp,
          storageIp: planned.storageIp,
          passwords: { ...host.passwords, ...planned.passwords },
        });
      }
      if (deployment.outcome === "fails") return;
      model.cluster = newCluster(deployment, this.file.ids, this.now);
    });
  }

  private get elapsed(): number {
    if (!this.model.deployment) return 0;
    return this.clock.instant ? Number.POSITIVE_INFINITY : this.now - this.model.deployment.startedAt;
  }

  /** Where the deployment is; undefined when none runs. */
  get stage(): { index: number; of: number; name: string; reachable: boolean } | undefined {
    this.advance();
    if (!this.model.deployment) return undefined;
    const minutes = Math.min(this.elapsed, endOf(this.model.deployment) - 1) / MINUTE;
    const index = STAGES.findIndex((stage) => minutes < stage.until);
    const stage = STAGES[index] as (typeof STAGES)[number];
    return { index: index + 1, of: STAGES.length, ...stage };
  }

  /** Whether a host's network is up: hosts of a running deployment lose it twice. */
  answers(host: LabHost | undefined): boolean {
    const stage = this.stage;
    if (!host || !stage || stage.reachable) return true;
    return !this.model.deployment?.hosts.some((each) => each.uuid === host.uuid);
  }

  openSession(user: string): { token: string; created: number; expires: number } {
    const token = this.id("session").replaceAll("-", "");
    const [created, expires] = [this.now, this.now + SESSION_LIFE];
    this.change((model) => {
      model.sessions[token] = { user, expires };
    });
    return { token, created, expires };
  }

  hasSession(token: string | undefined): boolean {
    const session = token === undefined ? undefined : this.model.sessions[token];
    return session !== undefined && session.expires > this.now;
  }

  // What happens behind a client's back.

  /** So many minutes of the site's time go by at once. */
  pass(minutes: number): void {
    this.clock.pass(minutes * MINUTE);
    this.waiting.wake();
  }

  /** CloudTower is installed by hand at the plan's address: it answers from now on, and nobody has an account yet. */
  installCloudTower(): void {
    this.change((model) => this.putTower(model));
  }

  /** Somebody changes anything in CloudTower by hand. */
  changeTower(change: (tower: LabTower) => void): void {
    this.change(({ cloudtower }) => {
      if (!cloudtower) throw new Error("no CloudTower is installed in the lab yet");
      change(cloudtower);
    });
  }

  /** Somebody works by hand in the guest of CloudTower's machine. */
  changeTowerGuest(change: (guest: LabGuest) => void): void {
    this.change(({ cluster }) => {
      const guest = cluster?.guests[this.towerGuest ?? ""];
      if (!guest) throw new Error("no guest answers at CloudTower's address yet");
      change(guest);
    });
  }

  /** Somebody lets CloudTower's paused tasks go on. */
  resumeTasks(): void {
    this.changeTower(({ tasks }) => {
      for (const task of tasks) if (task.outcome === "paused") task.outcome = "well";
    });
  }

  /** Somebody sets the management VIP by hand; null takes it away. */
  setManagementVip(address: string | null): void {
    this.change((model) => {
      this.clusterOf(model).managementVip = address;
    });
  }

  /** Somebody changes Fisheye's password by hand. */
  setRootPassword(password: string): void {
    this.change((model) => {
      this.clusterOf(model).rootPassword = password;
      model.sessions = {};
    });
  }

  /** Somebody sets name servers or time servers by hand. */
  changeSettings(settings: Partial<Pick<LabCluster, "dns" | "ntp" | "cpuModel">>): void {
    this.change((model) => {
      Object.assign(this.clusterOf(model), settings);
    });
  }

  /** Somebody changes the account of a host's out-of-band controller. */
  setBmc(managementIp: string, bmc: NonNullable<LabHost["bmc"]>): void {
    this.change((model) => {
      this.hostOf(model, managementIp).bmc = bmc;
    });
  }

  /** Somebody changes a switch by hand. */
  changeVds(name: string, change: (vds: LabVds) => void): void {
    this.change((model) => {
      const vds = this.clusterOf(model).vdses.find((each) => each.name === name);
      if (!vds) throw new Error(`no switch ${name} in the lab`);
      change(vds);
    });
  }

  /** Somebody changes a VLAN by hand. */
  changeVlan(name: string, change: (vlan: LabVlan) => void): void {
    this.change((model) => {
      const vlan = this.clusterOf(model).vlans.find((each) => each.name === name);
      if (!vlan) throw new Error(`no VLAN ${name} in the lab`);
      change(vlan);
    });
  }

  /** Somebody changes a virtual machine by hand. */
  changeVm(name: string, change: (vm: LabVm) => void): void {
    this.change((model) => {
      const vm = this.clusterOf(model).vms.find((each) => each.name === name);
      if (!vm) throw new Error(`no virtual machine ${name} in the lab`);
      change(vm);
    });
  }

  /** Somebody changes a password on a host by hand. */
  setHostPassword(managementIp: string, account: keyof LabHost["passwords"], password: string): void {
    this.change((model) => {
      this.hostOf(model, managementIp).passwords[account] = password;
    });
  }

  renameHost(managementIp: string, hostname: string): void {
    this.change((model) => {
      this.hostOf(model, managementIp).hostname = hostname;
    });
  }

  /** Another machine, other ports, other disks. */
  changeHardware(managementIp: string, change: (hardware: LabHost["hardware"]) => void): void {
    this.change((model) => change(this.hostOf(model, managementIp).hardware));
  }

  /** A host that some earlier deployment has left deployed. */
  markDeployed(managementIp: string): void {
    this.change((model) => {
      Object.assign(this.hostOf(model, managementIp), { deployed: true, remains: true });
    });
  }

  /** SMTX OS is installed anew: a factory host again. */
  reinstall(managementIp: string): void {
    this.change((model) => {
      Object.assign(this.hostOf(model, managementIp), {
        deployed: false,
        remains: false,
        hostname: FACTORY_NAME,
      });
    });
  }

  /** One session is forgotten, of Fisheye or of CloudTower. */
  expireSession(token: string | undefined): void {
    this.change((model) => {
      delete model.sessions[token ?? ""];
      delete model.cloudtower?.tokens[token ?? ""];
    });
  }

  expireSessions(): void {
    this.change((model) => {
      model.sessions = {};
      if (model.cloudtower) model.cloudtower.tokens = {};
    });
  }

  /** How the next accepted deployment ends. */
  nextDeployment: "well" | "fails" | "never-ends" = "well";

  private hostOf(model: Model, managementIp: string): LabHost {
    const host = model.hosts.find((each) => each.managementIp === managementIp);
    if (!host) throw new Error(`no host ${managementIp} in the lab`);
    return host;
  }

  private clusterOf(model: Model): NonNullable<Model["cluster"]> {
    if (!model.cluster) throw new Error("no cluster stands in the lab yet");
    return model.cluster;
  }
}
