import { z } from "zod";
import type { Operation } from "../operation";
import type { SiteState } from "../site-state";
import type { LabVm } from "../smtxos/cluster-model";
import { toolsRun } from "../smtxos/guest";
import { oneOf } from "../switch";
import { given } from "./keep";
import { changeVm, checkMade, LOCKS, onVms, updated } from "./machine-change";
import { parsed, Refused, rest } from "./rest";
import type { Shown } from "./shown-vms";
import { hostId, hostOf, hostsIn } from "./standing";
import type { LabTowerCluster } from "./tower-model";
import { siteOf } from "./tower-site";

export const runningVmOptions = oneOf(
  "runningVmOptions",
  ["refused", "changed"],
  "Video type, CPU model and clock of a virtual machine that runs.",
  "whether /update-vm-advanced-options changes a machine that runs",
);

const whereSchema = z.looseObject({ where: z.looseObject({}) });
const migrateSchema = whereSchema.extend({ data: z.looseObject({ host_id: z.string() }).optional() });
const advancedSchema = whereSchema.extend({
  data: z.looseObject({
    video_type: z.enum(["CIRRUS", "QXL", "VGA", "VIRTIO"]).optional(),
    cpu_model: z.string().min(1).optional(),
    clock_offset: z.enum(["LOCALTIME", "UTC"]).optional(),
    windows_optimize: z.boolean().optional(),
  }),
});
const guestSchema = whereSchema.extend({
  data: z.looseObject({
    hostname: z.string().min(1).optional(),
    dns_servers: z.array(z.string()).optional(),
    ntp_servers: z.array(z.string()).optional(),
  }),
});
const passwordSchema = whereSchema.extend({
  data: z.looseObject({ username: z.string().min(1), password: z.string().min(1) }),
});

const SCHEMA = `the vendor's schema; ${LOCKS}`;

/** Where a machine runs, what of its hardware is changed apart from the rest, and what its tools set in the guest. */
export const machineOptionOperations: Operation[] = [
  rest({
    id: "migrateVm",
    path: "/migrate-vm",
    write: true,
    source: SCHEMA,
    assumed:
      "400 for a machine that does not run, and for a host that it is on; without a host it moves to the next one; 404 for a host that is not the cluster's",
    example: {
      when: "changes",
      // The example's machine is stopped.
      request: ({ idOf }) => ({ where: { id: idOf("Vm") }, data: { host_id: idOf("Host") } }),
      status: 400,
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(migrateSchema, call.body);
      return onVms(site, tower, where, (machine) => {
        checkPower(machine, "running");
        const { cluster, vm } = machine;
        const hosts = hostsIn(site, cluster);
        const now = hostOf(site, cluster, vm)?.uuid;
        const next = hosts[(hosts.findIndex(({ uuid }) => uuid === now) + 1) % hosts.length]?.uuid;
        const host = data ? hostAsked(site, cluster, data.host_id) : next;
        if (host === now) throw new Refused(400, `virtual machine ${vm.name} is on that host`);
        return changeVm(site, tower, call, machine, "migrateVm", updated({ ...(host && { host }) }));
      });
    },
  }),
  rest({
    id: "updateVmAdvancedOptions",
    path: "/update-vm-advanced-options",
    write: true,
    source: SCHEMA,
    assumed: "what is left out stays; any CPU model; windows_optimize is not heeded",
    switches: [runningVmOptions],
    example: { when: "changes", request: ({ idOf }) => ({ where: { id: idOf("Vm") }, data: { video_type: "VGA" } }) },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(advancedSchema, call.body);
      const to = given({ videoType: data.video_type, cpuModel: data.cpu_model, clockOffset: data.clock_offset });
      return onVms(site, tower, where, (machine) => {
        const { vm, isNew } = machine;
        checkMade(vm, isNew);
        if (vm.status !== "stopped" && site.switches.of(runningVmOptions) === "refused")
          throw new Refused(400, `virtual machine ${vm.name} is ${vm.status}`);
        return changeVm(site, tower, call, machine, "updateVmAdvancedOptions", updated(to));
      });
    },
  }),
  rest({
    id: "updateVmHostOptions",
    path: "/update-vm-host-options",
    write: true,
    source: `${SCHEMA}; facts, cloudtower-operations: through the tools`,
    assumed: "what is left out stays; 400 where no tools run in the guest; NTP servers are shown nowhere",
    example: {
      when: "changes",
      // In the example's machine no tools run.
      request: ({ idOf }) => ({ where: { id: idOf("Vm") }, data: { hostname: "web", dns_servers: ["10.0.0.114"] } }),
      status: 400,
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(guestSchema, call.body);
      const to = given({ hostname: data.hostname, dns: data.dns_servers, ntp: data.ntp_servers });
      return onVms(site, tower, where, (machine) => {
        const { cluster, vm } = machine;
        if (!toolsRun(siteOf(site, cluster), vm)) throw new Refused(400, `no tools run in virtual machine ${vm.name}`);
        const act = updated({ guest: { ...vm.guest, ...to } });
        return changeVm(site, tower, call, machine, "updateVmHostOptions", act);
      });
    },
  }),
  rest({
    id: "resetVmGuestOsPassword",
    path: "/reset-vm-guest-os-password",
    write: true,
    source: `${SCHEMA}; facts, cloudtower-operations`,
    assumed: "400 where no tools run in the guest; any account; the password is shown nowhere, nor is it in the task",
    example: {
      when: "changes",
      // In the example's machine no tools run.
      request: ({ idOf }) => ({ where: { id: idOf("Vm") }, data: { username: "root", password: "Example-1" } }),
      status: 400,
    },
    checkedBy: "lab tests",
    handle: (site, tower, call) => {
      const { where, data } = parsed(passwordSchema, call.body);
      return onVms(site, tower, where, (machine) => {
        const { cluster, vm } = machine;
        if (!toolsRun(siteOf(site, cluster), vm)) throw new Refused(400, `no tools run in virtual machine ${vm.name}`);
        const passwords = { ...vm.guest?.passwords, [data.username]: data.password };
        const act = updated({ guest: { ...vm.guest, passwords } });
        return changeVm(site, tower, call, machine, "resetVmGuestOsPassword", act);
      });
    },
  }),
];

/** The uuid of a host that a request names by CloudTower's id. */
export function hostAsked(site: SiteState, cluster: LabTowerCluster, id: string): string {
  const host = hostsIn(site, cluster).find(({ uuid }) => hostId(site, cluster, uuid) === id);
  if (!host) throw new Refused(404, `host ${id} is not found in the cluster`);
  return host.uuid;
}

/** Refused for a machine that does not run, or does, and for one in the recycle bin. */
export function checkPower({ cluster, vm, isNew }: Shown, before: LabVm["status"]): void {
  checkMade(vm, isNew);
  if (vm.status !== before) throw new Refused(400, `virtual machine ${vm.name} is ${vm.status}`);
  if (cluster.own.recycled[vm.uuid] !== undefined)
    throw new Refused(400, `virtual machine ${vm.name} is in the recycle bin`);
}
